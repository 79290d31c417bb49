"""Coin Metrics community data: daily network figures of several chains. CC BY-NC 4.0, so the user switches it on."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from collectors.reading import each, expect, json_of, moment, not_negative, text
from collectors.source import Backfill, Parsed, Reply, Request, Row, Source, SourceContext
from ledgers.glass import OnchainMetric

METRICS = {  # theirs: ours and its unit
    "AdrActCnt": ("active_addresses", "count"),
    "TxCnt": ("tx_count", "count"),
    "HashRate": ("hash_rate", "TH/s"),
    "SplyCur": ("supply", "coins"),
    "CapMVRVCur": ("mvrv", "ratio"),
}
COVERED = ("BTC", "ETH", "XRP", "ADA", "DOGE", "LINK", "LTC", "BCH")


def requests(context: SourceContext) -> list[Request]:
    """One request for all followed coins that the community data covers."""
    assets = ",".join(symbol.lower() for symbol in context.symbols if symbol in COVERED) or "btc"
    start = context.window.start if context.window else context.now - timedelta(days=7)
    end = context.window.end if context.window else context.now
    return [
        Request(
            f"{context.base_url}/v4/timeseries/asset-metrics",
            params={
                "assets": assets,
                "metrics": ",".join(METRICS),
                "frequency": "1d",
                "start_time": start.date().isoformat(),
                "end_time": end.date().isoformat(),
                "ignore_unsupported_errors": "true",
                "page_size": "10000",
            },
        )
    ]


def parse(reply: Reply) -> Parsed:
    """`data` has one object per asset and day, its figures as strings; `next_page_token` leads on.

    Source: docs.coinmetrics.io/api/v4, /timeseries/asset-metrics.
    """
    document = expect(json_of(reply), dict, "the reply")
    parsed = each(expect(document.get("data"), list, "data"), day)
    if token := document.get("next_page_token"):
        params = {**reply.request.params, "next_page_token": str(token)}
        parsed.follow.append(Request(reply.request.url, params=params))
    return parsed


def day(item: Any) -> list[Row]:
    """The figures of one asset on one day; those the provider leaves out or null are no rows."""
    return list(rows(item))


def rows(item: Any) -> Iterator[Row]:
    """One row per figure."""
    symbol, observed_at = text(item["asset"], "asset").upper(), moment(item["time"], "time")
    for theirs, (metric, unit) in METRICS.items():
        if item.get(theirs) is not None:
            value = not_negative(item[theirs], theirs)
            values = {"symbol": symbol, "metric": metric, "observed_at": observed_at, "value": value, "unit": unit}
            yield Row(OnchainMetric, values)


SOURCES = (
    Source(
        name="coinmetrics_assets",
        ledger="glass",
        base_url="https://community-api.coinmetrics.io",
        requests=requests,
        parse=parse,
        every=timedelta(days=1),
        publication_lag=timedelta(hours=30),
        warn_after=timedelta(hours=50),
        error_after=timedelta(hours=98),
        requests_per_minute=30,
        on_by_default=False,
        backfill=Backfill(depth=timedelta(days=730), window=timedelta(days=365), reach=timedelta(days=6)),
        attribution="Coin Metrics community data, CC BY-NC 4.0: not for commercial use",
    ),
)
