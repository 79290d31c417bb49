"""Bars of one interval made of bars of a finer one; pure."""

import re
from datetime import timedelta
from typing import Final

import polars as pl

from ledgers.errors import BadArgument

INTERVALS: Final = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w")
_UNITS: Final = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
OF_CLOSES: Final = ("close_first", "close_high", "close_low")
"""Of a bar made of finer ones: first, highest and lowest close among its parts, all there is where only closes are."""
_WHOLE: Final = ("open", "high", "low", "volume")
"""Columns that are unknown for a bar as soon as one of its parts does not know them."""


def interval_length(interval: str) -> timedelta:
    """How long a bar lasts.

    Raises:
        BadArgument: not an interval such as 5m, 1h, 1d, 1w.
    """
    match = re.fullmatch(r"([1-9][0-9]{0,3})([mhdw])", interval.strip())
    if match is None:
        raise BadArgument(f"'{interval}' is no timeframe: use one such as {', '.join(INTERVALS)}.")
    return int(match[1]) * _UNITS[match[2]]


def finer_intervals(interval: str) -> list[str]:
    """The intervals that divide this one, largest first."""
    wanted = interval_length(interval)
    finer = [name for name in INTERVALS if interval_length(name) < wanted and not wanted % interval_length(name)]
    return sorted(finer, key=interval_length, reverse=True)


def resampled(bars: pl.DataFrame, *, finer: str, interval: str) -> pl.DataFrame:
    """Complete bars of `interval` out of the bars of one series, aligned to UTC days and Mondays; with OF_CLOSES.

    Args:
        bars: one series, sorted by open_time.
        finer: the interval of `bars`.
        interval: the interval wanted, a multiple of `finer`.
    """
    parts = interval_length(interval) // interval_length(finer)
    last = [pl.col(name).last() for name in ("symbol", "quote", "venue", "source", "close", "observed_at")]
    rules = {"open": pl.col("open").first(), "high": pl.col("high").max(), "low": pl.col("low").min()}
    rules["volume"] = pl.col("volume").sum()
    known = [pl.when(pl.col(name).null_count() == 0).then(rules[name]).alias(name) for name in _WHOLE]
    close = pl.col("close")
    closes = [close.first().alias("close_first"), close.max().alias("close_high"), close.min().alias("close_low")]
    grouped = bars.group_by_dynamic("open_time", every=interval, closed="left", label="left").agg(
        *last, *known, *closes, pl.col("known_at").max(), pl.col("simulated").any(), pl.len().alias("parts")
    )
    complete = grouped.filter(pl.col("parts") == parts)
    return complete.with_columns(interval=pl.lit(interval), resampled_from=pl.lit(finer)).select(
        *bars.columns, "resampled_from", *OF_CLOSES
    )
