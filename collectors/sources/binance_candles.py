"""Binance spot: closed bars of the followed coins against USDT."""

from functools import partial
from typing import Any

from collectors.candles import INTERVALS, SETTLING, Interval, Series, series_of
from collectors.errors import SourceChanged
from collectors.reading import each, epoch, expect, json_of
from collectors.source import Backfill, Parsed, Reply, Request, Row, Source, SourceContext

POLLED_BARS = 24
WINDOW_BARS = 960  # the provider gives at most 1000


def requests(interval: Interval, context: SourceContext) -> list[Request]:
    """The latest bars of each coin, or those that open in the window."""
    span = {"limit": str(POLLED_BARS)}
    if context.window:
        start, end = (int(t.timestamp() * 1000) for t in (context.window.start, context.window.end))
        span = {"limit": "1000", "startTime": str(start), "endTime": str(end - 1)}
    return [
        Request(
            f"{context.base_url}/api/v3/klines",
            params={"symbol": f"{symbol}USDT", "interval": interval.name, **span},
            context={"series": Series("BINANCE", symbol, "USDT", interval)},
        )
        for symbol in context.symbols
    ]


def parse(reply: Reply) -> Parsed:
    """A list of bars: open time (ms), open, high, low, close, volume in coins, close time, and more.

    Source: developers.binance.com, spot, "Kline/Candlestick data".
    """
    document = json_of(reply)
    if isinstance(document, dict) and "msg" in document:
        raise SourceChanged(f"Binance says {document.get('code')}: {str(document['msg'])[:80]}")
    return each(expect(document, list, "the reply"), lambda bar: candle(bar, reply))


def candle(bar: Any, reply: Reply) -> list[Row]:
    """One bar."""
    opens = epoch(bar[0], "open time")
    return series_of(reply).bars(reply, opens, (bar[1], bar[2], bar[3], bar[4]), bar[5])


SOURCES = tuple(
    Source(
        name=f"binance_candles_{interval.name}",
        ledger="glass",
        base_url="https://api.binance.com",
        requests=partial(requests, interval),
        parse=parse,
        every=interval.every,
        publication_lag=SETTLING,
        warn_after=interval.length + 3 * interval.every,
        error_after=interval.length + 12 * interval.every,
        requests_per_minute=600,
        backfill=Backfill(interval.depth, WINDOW_BARS * interval.length, (POLLED_BARS - 2) * interval.length),
        attribution="Prices: Binance",
    )
    for interval in INTERVALS
)
