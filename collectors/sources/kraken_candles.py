"""Kraken spot: closed bars of the followed coins against USD, while Binance does not answer.

The provider gives its latest 720 bars and no older ones, so there is no past to fetch window by window.
"""

from functools import partial
from typing import Any

from collectors.candles import INTERVALS, SETTLING, Interval, Series, series_of
from collectors.errors import SourceChanged, SourceUnavailable
from collectors.reading import bad, each, epoch, expect, json_of
from collectors.source import Parsed, Reply, Request, Row, Source, SourceContext

THEIR_NAMES = {"BTC": "XBT", "DOGE": "XDG"}
NOT_NOW = ("EService:", "EAPI:Rate limit", "EGeneral:Temporary")
UNKNOWN = "EQuery:Unknown asset pair"


def requests(interval: Interval, context: SourceContext) -> list[Request]:
    """The latest bars of each coin."""
    minutes = str(int(interval.length.total_seconds() // 60))
    return [
        Request(
            f"{context.base_url}/0/public/OHLC",
            params={"pair": f"{THEIR_NAMES.get(symbol, symbol)}USD", "interval": minutes},
            context={"series": Series("KRAKEN", symbol, "USD", interval)},
        )
        for symbol in context.symbols
    ]


def parse(reply: Reply) -> Parsed:
    """`result` holds one list of bars: time (s), open, high, low, close, vwap, volume in coins, count.

    Errors come with HTTP 200, in `error`. Source: docs.kraken.com, "Get OHLC Data".
    """
    document = expect(json_of(reply), dict, "the reply")
    if errors := [str(error) for error in expect(document.get("error"), list, "error")]:
        if errors == [UNKNOWN]:
            return Parsed(rejects=[bad(f"{UNKNOWN}: {series_of(reply).symbol}", document)])
        if any(error.startswith(NOT_NOW) for error in errors):
            raise SourceUnavailable(f"Kraken says {errors}")
        raise SourceChanged(f"Kraken says {errors}")
    result = expect(document.get("result"), dict, "result")
    bars = [value for name, value in result.items() if name != "last"]
    if len(bars) != 1:
        raise SourceChanged(f"{len(bars)} series instead of one")
    return each(expect(bars[0], list, "the bars"), lambda bar: candle(bar, reply))


def candle(bar: Any, reply: Reply) -> list[Row]:
    """One bar."""
    opens = epoch(bar[0], "time")
    return series_of(reply).bars(reply, opens, (bar[1], bar[2], bar[3], bar[4]), bar[6])


SOURCES = tuple(
    Source(
        name=f"kraken_candles_{interval.name}",
        ledger="glass",
        base_url="https://api.kraken.com",
        requests=partial(requests, interval),
        parse=parse,
        every=interval.every,
        publication_lag=SETTLING,
        warn_after=interval.length + 3 * interval.every,
        error_after=interval.length + 12 * interval.every,
        requests_per_minute=60,
        stands_in_for=(f"binance_candles_{interval.name}",),
        attribution="Prices: Kraken",
    )
    for interval in INTERVALS
)
