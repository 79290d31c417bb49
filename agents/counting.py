"""How many bars lie above, below or between levels, and when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from agents.bars import Bars
from agents.fields import Column
from agents.finding import Figure
from agents.prices import Moment, day
from agents.words import amount, count, iso
from ledgers.errors import BadArgument


@dataclass(frozen=True)
class Level:
    """A condition: above a value, below one, or between two; never equal to one."""

    above: float | None
    below: float | None

    def __post_init__(self) -> None:
        """Refuse what no number can meet.

        Raises:
            BadArgument: there is no level, or nothing can lie between them.
        """
        given = [value for value in (self.above, self.below) if value is not None]
        if not given:
            raise BadArgument("Give the level in `above`, in `below`, or in both.")
        if len(given) > 1 and given[0] >= given[1]:
            raise BadArgument(f"Nothing lies above {amount(given[0])} and below {amount(given[1])}.")

    @property
    def holds(self) -> pl.Expr:
        """The condition on the column `value`."""
        over = pl.lit(value=True) if self.above is None else pl.col("value") > self.above
        under = pl.lit(value=True) if self.below is None else pl.col("value") < self.below
        return over & under

    @property
    def text(self) -> str:
        """The condition in words."""
        parts = [f"above {amount(self.above)}"] if self.above is not None else []
        parts += [f"below {amount(self.below)}"] if self.below is not None else []
        return " and ".join(parts)


@dataclass(frozen=True)
class Tally:
    """The bars that met a condition."""

    met: int
    bars: int
    first: Moment | None
    last: Moment | None
    longest: int  # bars in a row
    longest_from: datetime | None


def counted(values: Column, level: Level) -> Tally:
    """Count the bars of a column that meet a condition."""
    judged = values.frame.with_columns(level.holds.alias("holds"))
    met = judged.filter("holds").rows()
    runs = judged.with_columns(pl.col("holds").rle_id().alias("run")).filter("holds")
    longest = runs.group_by("run", maintain_order=True).agg(pl.len(), pl.col("open_time").first())
    best = longest.sort("len", descending=True, maintain_order=True).head(1)
    return Tally(
        met=len(met),
        bars=judged.height,
        first=Moment(met[0][1], met[0][0]) if met else None,
        last=Moment(met[-1][1], met[-1][0]) if met else None,
        longest=int(best["len"][0]) if best.height else 0,
        longest_from=best["open_time"][0] if best.height else None,
    )


def figures(tally: Tally, values: Column) -> list[Figure]:
    """Every number of a tally, and the extremes of the column it was made of."""
    key = values.evidence.key
    numbers: list[tuple[str, float | None, str]] = [
        ("count", tally.met, "count"),
        ("bars", tally.bars, "count"),
        ("share_pct", 100 * tally.met / tally.bars, "%"),
        ("longest_run", tally.longest, "count"),
        ("first", tally.first.value if tally.first else None, values.unit),
        ("last", tally.last.value if tally.last else None, values.unit),
        ("highest", values.extreme(largest=True).value, values.unit),
        ("lowest", values.extreme(largest=False).value, values.unit),
    ]
    return [Figure(name, float(value), unit, key) for name, value, unit in numbers if value is not None]


def moments(tally: Tally, values: Column) -> dict[str, Any]:
    """When: the first and last bar that met the condition, the longest run of them, the extremes."""
    at = {
        "first_at": tally.first.at if tally.first else None,
        "last_at": tally.last.at if tally.last else None,
        "longest_run_at": tally.longest_from,
        "highest_at": values.extreme(largest=True).at,
        "lowest_at": values.extreme(largest=False).at,
    }
    return {name: iso(moment) for name, moment in at.items() if moment}


def told(tally: Tally, level: Level, bars: Bars) -> str:
    """A tally in a few words for the model."""
    said = f"{level.text} on {count(tally.met)} of {count(tally.bars)} bars"
    if not (tally.first and tally.last and tally.longest_from):
        return f"{said}."
    edges = f"first {day(tally.first.at, bars)} ({amount(tally.first.value)}), last {day(tally.last.at, bars)}"
    return f"{said}, {edges}; longest run {count(tally.longest)} from {day(tally.longest_from, bars)}."
