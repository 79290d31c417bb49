"""Binance perpetuals: funding rate and open interest of the followed coins against USDT."""

from datetime import timedelta
from typing import Any

from collectors.errors import SourceChanged
from collectors.reading import Unreadable, each, epoch, expect, json_of, not_negative, number, text
from collectors.source import Backfill, Parsed, Reply, Request, Row, Source, SourceContext
from ledgers.glass import DerivativeMetric

BASE_URL = "https://fapi.binance.com"
QUOTE = "USDT"


def funding_requests(context: SourceContext) -> list[Request]:
    """The latest rates of each coin, or those of the window."""
    return [Request(f"{context.base_url}/fapi/v1/fundingRate", params=p) for p in windows(context, "100")]


def interest_requests(context: SourceContext) -> list[Request]:
    """The latest hours of each coin, or those of the window; the provider keeps a month."""
    return [
        Request(f"{context.base_url}/futures/data/openInterestHist", params={**p, "period": "1h"})
        for p in windows(context, "500")
    ]


def windows(context: SourceContext, limit: str) -> list[dict[str, str]]:
    """Parameters of one request per coin."""
    span = {}
    if context.window:
        start, end = (int(t.timestamp() * 1000) for t in (context.window.start, context.window.end))
        span = {"startTime": str(start), "endTime": str(end - 1)}
    return [{"symbol": f"{symbol}{QUOTE}", "limit": limit, **span} for symbol in context.symbols]


def parse_funding(reply: Reply) -> Parsed:
    """A list of `fundingTime` (ms) and `fundingRate`, a fraction per interval; negative is normal.

    Source: developers.binance.com, USD-M futures, "Get Funding Rate History".
    """
    return each(items_of(reply), funding)


def funding(item: Any) -> Row:
    """One settlement. Its stamp is a few milliseconds late: kept to the second, so that a re-issue is no new row."""
    settled = epoch(item["fundingTime"], "fundingTime").replace(microsecond=0)
    return metric(item, "funding_rate", settled, number(item["fundingRate"], "fundingRate"), "fraction")


def parse_interest(reply: Reply) -> Parsed:
    """A list of `timestamp` (ms), `sumOpenInterest` in coins and `sumOpenInterestValue` in USDT.

    Source: developers.binance.com, USD-M futures, "Open Interest Statistics".
    """
    return each(items_of(reply), interest)


def interest(item: Any) -> list[Row]:
    """One hour: coins and value."""
    at = epoch(item["timestamp"], "timestamp")
    coins = not_negative(item["sumOpenInterest"], "sumOpenInterest")
    value = not_negative(item["sumOpenInterestValue"], "sumOpenInterestValue")
    return [
        metric(item, "open_interest", at, coins, "coins"),
        metric(item, "open_interest_value", at, value, QUOTE),
    ]


def items_of(reply: Reply) -> list[Any]:
    """The list in a reply; an object is Binance's way to say what is wrong."""
    document = json_of(reply)
    if isinstance(document, dict) and "msg" in document:
        raise SourceChanged(f"Binance says {document.get('code')}: {str(document['msg'])[:80]}")
    items: list[Any] = expect(document, list, "the reply")
    return items


def metric(item: Any, name: str, observed_at: Any, value: float, unit: str) -> Row:
    """A figure of one perpetual."""
    market = text(item["symbol"], "symbol").upper()
    if not market.endswith(QUOTE) or market == QUOTE:
        raise Unreadable(f"{market[:40]!r} is not a market against {QUOTE}")
    return Row(
        DerivativeMetric,
        {
            "symbol": market.removesuffix(QUOTE),
            "metric": name,
            "quote": QUOTE,
            "venue": "BINANCE",
            "observed_at": observed_at,
            "value": value,
            "unit": unit,
        },
    )


SOURCES = (
    Source(
        name="binance_funding",
        ledger="glass",
        base_url=BASE_URL,
        requests=funding_requests,
        parse=parse_funding,
        every=timedelta(hours=1),
        publication_lag=timedelta(seconds=5),
        warn_after=timedelta(hours=10),
        error_after=timedelta(hours=26),
        requests_per_minute=100,
        backfill=Backfill(depth=timedelta(days=180), window=timedelta(days=30), reach=timedelta(days=30)),
        attribution="Funding: Binance",
    ),
    Source(
        name="binance_open_interest",
        ledger="glass",
        base_url=BASE_URL,
        requests=interest_requests,
        parse=parse_interest,
        every=timedelta(hours=1),
        publication_lag=timedelta(minutes=5),
        warn_after=timedelta(hours=3),
        error_after=timedelta(hours=12),
        requests_per_minute=100,
        backfill=Backfill(depth=timedelta(days=28), window=timedelta(days=20), reach=timedelta(days=20)),
        attribution="Open interest: Binance",
    ),
)
