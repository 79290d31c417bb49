"""CoinSpot: best bid, best ask and last price of every market, as of each poll."""

from datetime import timedelta
from typing import Any

from collectors.errors import SourceChanged
from collectors.reading import Unreadable, each, expect, json_of, positive
from collectors.source import Parsed, Reply, Request, Row, Source, SourceContext
from ledgers.glass import Quote

AUD = "AUD"


def requests(context: SourceContext) -> list[Request]:
    """One request for all markets."""
    return [Request(f"{context.base_url}/pubapi/v2/latest")]


def parse(reply: Reply) -> Parsed:
    """`prices` maps `btc` (against AUD) or `btc_usdt` to bid, ask and last, as strings or numbers.

    Source: coinspot.com.au/v2/api, "Latest Prices".
    """
    document = expect(json_of(reply), dict, "the reply")
    if document.get("status") != "ok":
        raise SourceChanged(f"status is {document.get('status')!r}: {str(document.get('message'))[:80]}")
    prices = expect(document.get("prices"), dict, "prices")
    return each(prices.items(), lambda item: quote(item[0], item[1], reply))


def quote(market: str, prices: Any, reply: Reply) -> Row:
    """The quote of one market."""
    symbol, _, currency = market.upper().partition("_")
    if not symbol or not symbol.isalnum():
        raise Unreadable(f"{market[:40]!r} names no coin")
    bid, ask, last = (positive(prices[side], side) for side in ("bid", "ask", "last"))
    return Row(
        Quote,
        {
            "symbol": symbol,
            "quote": currency or AUD,
            "venue": "COINSPOT",
            "observed_at": reply.slot,
            "bid": bid,
            "ask": ask,
            "last": last,
        },
    )


SOURCES = (
    Source(
        name="coinspot_quotes",
        ledger="glass",
        base_url="https://www.coinspot.com.au",
        requests=requests,
        parse=parse,
        every=timedelta(minutes=1),
        publication_lag=timedelta(0),
        warn_after=timedelta(minutes=10),
        error_after=timedelta(hours=1),
        requests_per_minute=120,
        attribution="Prices: CoinSpot",
    ),
)
