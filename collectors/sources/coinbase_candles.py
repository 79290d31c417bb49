"""Coinbase Exchange: closed bars of the followed coins against USD, while neither Binance nor Kraken answers."""

from functools import partial
from typing import Any

from collectors.candles import INTERVALS, SETTLING, Interval, Series, series_of
from collectors.errors import SourceChanged
from collectors.reading import each, epoch, expect, json_of
from collectors.source import Backfill, Parsed, Reply, Request, Row, Source, SourceContext

WINDOW_BARS = 288  # the provider gives at most 300


def requests(interval: Interval, context: SourceContext) -> list[Request]:
    """The latest bars of each coin, or those that open in the window."""
    span = {}
    if context.window:
        last = context.window.end - interval.length / 2  # their end is inclusive
        span = {"start": context.window.start.isoformat(), "end": last.isoformat()}
    return [
        Request(
            f"{context.base_url}/products/{symbol}-USD/candles",
            params={"granularity": str(int(interval.length.total_seconds())), **span},
            context={"series": Series("COINBASE", symbol, "USD", interval)},
        )
        for symbol in context.symbols
    ]


def parse(reply: Reply) -> Parsed:
    """A list of bars, newest first: time (s), LOW, HIGH, OPEN, close, volume in coins.

    Source: docs.cdp.coinbase.com, Exchange, "Get product candles".
    """
    document = json_of(reply)
    if isinstance(document, dict) and "message" in document:
        raise SourceChanged(f"Coinbase says {str(document['message'])[:80]!r}")
    return each(expect(document, list, "the reply"), lambda bar: candle(bar, reply))


def candle(bar: Any, reply: Reply) -> list[Row]:
    """One bar."""
    at, low, high, opening, close, volume = bar
    return series_of(reply).bars(reply, epoch(at, "time"), (opening, high, low, close), volume)


SOURCES = tuple(
    Source(
        name=f"coinbase_candles_{interval.name}",
        ledger="glass",
        base_url="https://api.exchange.coinbase.com",
        requests=partial(requests, interval),
        parse=parse,
        every=interval.every,
        publication_lag=SETTLING,
        warn_after=interval.length + 3 * interval.every,
        error_after=interval.length + 12 * interval.every,
        requests_per_minute=300,
        backfill=Backfill(interval.depth, WINDOW_BARS * interval.length, WINDOW_BARS * interval.length),
        stands_in_for=(f"binance_candles_{interval.name}", f"kraken_candles_{interval.name}"),
        attribution="Prices: Coinbase",
    )
    for interval in INTERVALS
)
