"""What a stretch of bars amounts to: first, last, extremes, change, volume."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from agents.bars import Bars
from agents.columns import mean
from agents.finding import Figure
from agents.words import amount, count, iso, percent

CLOSES_ONLY = "Only closes are stored: first, high, low and changes are those of closes."


@dataclass(frozen=True)
class Moment:
    """A value and the bar it belongs to, by its opening time."""

    value: float
    at: datetime


@dataclass(frozen=True)
class Move:
    """The summary of a stretch of bars; prices in the quote currency."""

    first: float  # the first open, or the first close where opens are not stored
    last: float
    high: Moment
    low: Moment
    average_close: float
    volume: float | None
    bars: int
    rise: Moment | None  # the largest change within one bar, open to close, in percent
    fall: Moment | None
    closes_only: bool

    @property
    def change(self) -> float:
        """Last close less first open."""
        return self.last - self.first

    @property
    def change_pct(self) -> float:
        """The same in percent of the first."""
        return 100 * self.change / self.first if self.first else float("nan")


def move(frame: pl.DataFrame) -> Move:
    """Summarise bars, oldest first, at least one. Where only closes are stored they stand in for all else."""
    closes_only = any(frame[name].null_count() for name in ("open", "high", "low"))
    made = closes_only and "close_high" in frame.columns  # of finer closes
    highs, lows = ("high", "low") if not closes_only else ("close_high", "close_low") if made else ("close", "close")
    opens = pl.col("close").shift(1) if closes_only else pl.col("open")
    changes = frame.select(pl.col("open_time"), (100 * (pl.col("close") / opens - 1)).alias("pct")).drop_nulls()
    return Move(
        first=float(frame["open" if not closes_only else "close_first" if made else "close"][0]),
        last=float(frame["close"][-1]),
        high=_extreme(frame, highs, largest=True),
        low=_extreme(frame, lows, largest=False),
        average_close=mean(frame["close"]),
        volume=None if frame["volume"].null_count() else float(frame["volume"].sum()),
        bars=frame.height,
        rise=_beyond_zero(changes, largest=True),
        fall=_beyond_zero(changes, largest=False),
        closes_only=closes_only,
    )


def _extreme(frame: pl.DataFrame, column: str, *, largest: bool) -> Moment:
    place = frame[column].arg_max() if largest else frame[column].arg_min()
    row = frame.row(place or 0, named=True)
    return Moment(float(row[column]), row["open_time"])


def _beyond_zero(changes: pl.DataFrame, *, largest: bool) -> Moment | None:
    """The largest rise or fall of a bar; None where no bar rose or fell."""
    if changes.is_empty():
        return None
    found = _extreme(changes, "pct", largest=largest)
    return found if (found.value > 0) == largest and found.value != 0 else None


def figures(of: Move, quote: str, symbol: str, key: str, prefix: str = "") -> list[Figure]:
    """Every number of a move, at full precision."""
    numbers: list[tuple[str, float | None, str]] = [
        ("first_close" if of.closes_only else "first_open", of.first, quote),
        ("last_close", of.last, quote),
        ("high", of.high.value, quote),
        ("low", of.low.value, quote),
        ("change_abs", of.change, quote),
        ("change_pct", of.change_pct, "%"),
        ("average_close", of.average_close, quote),
        ("volume", of.volume, symbol),
        ("range_abs", of.high.value - of.low.value, quote),
        ("bars", of.bars, "count"),
        ("largest_rise_pct", of.rise.value if of.rise else None, "%"),
        ("largest_fall_pct", of.fall.value if of.fall else None, "%"),
    ]
    return [Figure(prefix + name, float(value), unit, key) for name, value, unit in numbers if value is not None]


def when(of: Move, step: timedelta) -> dict[str, Any]:
    """At which bars the extremes lie."""
    moments = {"high_at": of.high, "low_at": of.low, "largest_rise_pct_at": of.rise, "largest_fall_pct_at": of.fall}
    return {name: iso(found.at) for name, found in moments.items() if found} | {"bar_seconds": step.total_seconds()}


def sentence(of: Move, bars: Bars) -> str:
    """The move in a few words for the model."""
    began = "first close" if of.closes_only else "opened"
    stretch = (
        f"{bars.symbol} in {bars.quote} ({bars.venue}), {count(of.bars)} bars of {bars.timeframe}, {bars.window.text}"
    )
    change = f"change {amount(of.change)} ({percent(of.change_pct)})"
    extremes = (
        f"High {amount(of.high.value)} ({day(of.high.at, bars)}), low {amount(of.low.value)} ({day(of.low.at, bars)})"
    )
    volume = f"volume {amount(of.volume)} {bars.symbol}" if of.volume is not None else "volume not stored"
    parts = [
        f"{stretch}: {began} {amount(of.first)}, last close {amount(of.last)}, {change}.",
        f"{extremes}, average close {amount(of.average_close)}, {volume}.",
    ]
    if of.rise:
        parts.append(f"Largest rise in one bar {percent(of.rise.value)} ({day(of.rise.at, bars)}).")
    if of.fall:
        parts.append(f"Largest fall in one bar {percent(of.fall.value)} ({day(of.fall.at, bars)}).")
    if of.closes_only:
        parts.append(CLOSES_ONLY)
    return " ".join(parts)


def day(at: datetime, bars: Bars) -> str:
    """A bar by its opening: the date, and the hour where bars are shorter than a day."""
    return f"{at:%Y-%m-%d}" if bars.step >= timedelta(days=1) else f"{at:%Y-%m-%d %H:%M}Z"
