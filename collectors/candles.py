"""What the candle feeds of all venues share: intervals, the shape of a bar, which bars are closed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from collectors.reading import not_negative, positive
from collectors.source import Reply, Row
from ledgers.glass import Candle

SETTLING: Final = timedelta(seconds=10)
"""How long after its end a bar is taken for final: venues' clocks and ours are not quite the same."""


@dataclass(frozen=True)
class Interval:
    """A length of bars, and how much of its past is wanted."""

    name: str
    length: timedelta
    every: timedelta  # how often to ask
    depth: timedelta


INTERVALS: Final = (
    Interval("5m", timedelta(minutes=5), timedelta(minutes=5), timedelta(days=30)),
    Interval("1h", timedelta(hours=1), timedelta(hours=1), timedelta(days=365)),
    Interval("1d", timedelta(days=1), timedelta(hours=6), timedelta(days=3650)),
)


@dataclass(frozen=True)
class Series:
    """Whose bars: travels with the request as its context."""

    venue: str
    symbol: str
    quote: str
    interval: Interval

    def bars(self, reply: Reply, open_time: datetime, prices: tuple[Any, Any, Any, Any], volume: Any) -> list[Row]:
        """The bar, from open, high, low and close; nothing while it is not closed."""
        ends = open_time + self.interval.length
        if ends + SETTLING > reply.fetched_at:
            return []
        named = zip(("open", "high", "low", "close"), prices, strict=True)
        values = {name: positive(price, name) for name, price in named}
        series = {"symbol": self.symbol, "interval": self.interval.name, "quote": self.quote, "venue": self.venue}
        times = {"open_time": open_time, "observed_at": ends}
        return [Row(Candle, {**series, **times, **values, "volume": not_negative(volume, "volume")})]


def series_of(reply: Reply) -> Series:
    """The series a reply is about."""
    series: Series = reply.request.context["series"]
    return series
