"""blockchain.info: daily charts of the Bitcoin chain: transactions, addresses, fees, volume."""

from datetime import timedelta
from typing import Any

from collectors.errors import SourceChanged
from collectors.reading import each, epoch, expect, json_of, not_negative
from collectors.source import Backfill, Parsed, Reply, Request, Row, Source, SourceContext
from ledgers.glass import OnchainMetric

CHARTS = {  # the chart's name: our metric and its unit
    "n-transactions": ("tx_count", "count"),
    "n-unique-addresses": ("active_addresses", "count"),
    "transaction-fees": ("fees_total", "BTC"),
    "estimated-transaction-volume-usd": ("transfer_volume", "USD"),
}
POLL_DAYS = 7


def requests(context: SourceContext) -> list[Request]:
    """One request per chart: the last days, or the days of the window."""
    start = context.window.start if context.window else context.now - timedelta(days=POLL_DAYS)
    days = (context.window.end - start).days if context.window else POLL_DAYS
    return [
        Request(
            f"{context.base_url}/charts/{chart}",
            params={
                "timespan": f"{max(days, 1)}days",
                "start": start.date().isoformat(),
                "format": "json",
                "sampled": "false",
            },
            context={"metric": metric, "unit": unit},
        )
        for chart, (metric, unit) in CHARTS.items()
    ]


def parse(reply: Reply) -> Parsed:
    """`values` holds one x (seconds, the day's beginning) and y per day.

    Source: blockchain.com/explorer/api/charts_api.
    """
    document = expect(json_of(reply), dict, "the reply")
    if document.get("status") != "ok":
        raise SourceChanged(f"status is {document.get('status')!r}")
    return each(expect(document.get("values"), list, "values"), lambda point: metric(point, reply))


def metric(point: Any, reply: Reply) -> Row:
    """One day of one chart."""
    return Row(
        OnchainMetric,
        {
            "symbol": "BTC",
            "metric": reply.request.context["metric"],
            "observed_at": epoch(point["x"], "x"),
            "value": not_negative(point["y"], "y"),
            "unit": reply.request.context["unit"],
        },
    )


SOURCES = (
    Source(
        name="blockchain_charts",
        ledger="glass",
        base_url="https://api.blockchain.info",
        requests=requests,
        parse=parse,
        every=timedelta(days=1),
        publication_lag=timedelta(hours=26),
        warn_after=timedelta(hours=50),
        error_after=timedelta(hours=98),
        requests_per_minute=6,
        backfill=Backfill(depth=timedelta(days=730), window=timedelta(days=365), reach=timedelta(days=POLL_DAYS - 1)),
        attribution="Charts: Blockchain.com",
    ),
)
