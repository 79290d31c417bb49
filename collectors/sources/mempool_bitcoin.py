"""mempool.space: Bitcoin's fee rates each hour, its hash rate and difficulty each day."""

from datetime import datetime, timedelta
from typing import Any

from collectors.reading import each, epoch, expect, json_of, not_negative, positive
from collectors.source import Backfill, Parsed, Reply, Request, Row, Source, SourceContext
from ledgers.glass import OnchainMetric

BASE_URL = "https://mempool.space"
FEES = {"fastestFee": "fee_rate_fastest", "halfHourFee": "fee_rate_half_hour", "hourFee": "fee_rate_hour"}
PERIODS = {"1m": 30, "3m": 90, "6m": 180, "1y": 365, "2y": 730, "3y": 1095}  # the path's word, in days


def fee_requests(context: SourceContext) -> list[Request]:
    """What a transaction had better pay now."""
    return [Request(f"{context.base_url}/api/v1/fees/recommended")]


def parse_fees(reply: Reply) -> Parsed:
    """An object of fee rates in sat/vB, as of the moment they are asked for.

    Source: mempool.space/docs/api, "GET Recommended Fees".
    """
    document = expect(json_of(reply), dict, "the reply")
    return each(FEES, lambda name: metric(FEES[name], reply.slot, positive(document[name], name), "sat/vB"))


def hashrate_requests(context: SourceContext) -> list[Request]:
    """The shortest period that holds the wanted window; it always ends now."""
    days = (context.now - context.window.start).days + 1 if context.window else 30
    period = next((word for word, length in PERIODS.items() if length >= days), "3y")
    return [Request(f"{context.base_url}/api/v1/mining/hashrate/{period}")]


def parse_hashrate(reply: Reply) -> Parsed:
    """`hashrates` has one average per day in H/s, `difficulty` one value per change.

    Source: mempool.space/docs/api, "GET Hashrate".
    """
    document = expect(json_of(reply), dict, "the reply")
    rates = each(expect(document.get("hashrates"), list, "hashrates"), hash_rate)
    changes = each(expect(document.get("difficulty"), list, "difficulty"), difficulty)
    return Parsed(rates.rows + changes.rows, rates.rejects + changes.rejects)


def hash_rate(item: Any) -> Row:
    """One day's average."""
    return metric("hash_rate", epoch(item["timestamp"], "timestamp"), positive(item["avgHashrate"], "hash rate"), "H/s")


def difficulty(item: Any) -> Row:
    """The difficulty from one retarget on."""
    return metric("difficulty", epoch(item["time"], "time"), not_negative(item["difficulty"], "difficulty"), "")


def metric(name: str, observed_at: datetime, value: float, unit: str) -> Row:
    """A figure of the Bitcoin chain."""
    return Row(
        OnchainMetric, {"symbol": "BTC", "metric": name, "observed_at": observed_at, "value": value, "unit": unit}
    )


SOURCES = (
    Source(
        name="mempool_fees",
        ledger="glass",
        base_url=BASE_URL,
        requests=fee_requests,
        parse=parse_fees,
        every=timedelta(hours=1),
        publication_lag=timedelta(0),
        warn_after=timedelta(hours=3),
        error_after=timedelta(hours=12),
        requests_per_minute=10,
        attribution="Fees: mempool.space",
    ),
    Source(
        name="mempool_hashrate",
        ledger="glass",
        base_url=BASE_URL,
        requests=hashrate_requests,
        parse=parse_hashrate,
        every=timedelta(days=1),
        publication_lag=timedelta(hours=26),
        warn_after=timedelta(hours=50),
        error_after=timedelta(hours=98),
        requests_per_minute=10,
        backfill=Backfill(depth=timedelta(days=1090), window=timedelta(days=1090), reach=timedelta(days=29)),
        attribution="Hash rate: mempool.space",
    ),
)
