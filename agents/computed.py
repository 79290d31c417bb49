"""Indicators over stored bars: warm-up read, lines computed and cut back to the asked window."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from agents.bars import Bars, before
from agents.cite import evidence
from agents.context import RunContext
from agents.errors import NeedsAnswer
from agents.finding import Evidence, Figure
from agents.formulas import Chosen
from agents.period import UNITS, Window, stamp
from agents.prices import day
from agents.words import iso, level, listed
from lab.indicator import Series
from ledgers import glass
from ledgers.errors import NotCollected

DAY = UNITS["d"]
LONGEST_RUN_UP = 250  # bars of run-up for smoothed indicators where so many are stored


@dataclass(frozen=True)
class Line:
    """One computed line over the bars of the window."""

    label: str
    unit: str
    values: Series
    chosen: Chosen


@dataclass(frozen=True)
class Computed:
    """The lines of several indicators, what they rest on, and what must be said about them."""

    bars: Bars
    lines: tuple[Line, ...]
    evidence: Evidence
    run_up: int
    notes: tuple[str, ...]


def compute(run: RunContext, bars: Bars, wanted: Sequence[Chosen]) -> Computed:
    """Compute indicators over bars, reading the bars before them that a settled value needs.

    Raises:
        NeedsAnswer: too few bars are stored, and something else would do.
        NotCollected: too few bars, or no highs, lows or volume, and nothing else would do.
    """
    reach = max(max(c.run_up, LONGEST_RUN_UP) if c.indicator.smoothed else c.run_up for c in wanted)
    earlier = before(run, bars, reach) if reach else bars.frame.clear()
    whole = pl.concat([earlier, bars.frame], how="diagonal")
    possible = [c for c in wanted if not lacking(whole, c)]
    notes = [
        f"{c.label} needs {listed(lacking(whole, c))}, which {bars.name} does not hold."
        for c in wanted
        if lacking(whole, c)
    ]
    if not possible:
        raise NotCollected(" ".join(notes))
    lines = [line for c in possible for line in lines_of(bars, whole, earlier.height, c)]
    short = [line for line in lines if np.isnan(line.values[-1])]
    if len(short) == len(lines):
        raise too_little(run, bars, whole.height, possible)
    notes += [f"{line.label}: too few bars for a value at the end of the window." for line in short]
    notes += settling(possible, earlier.height)
    return Computed(
        bars, tuple(line for line in lines if line not in short), cited(run, bars, whole), earlier.height, tuple(notes)
    )


def lacking(frame: pl.DataFrame, c: Chosen) -> list[str]:
    """Columns an indicator reads that are not stored."""
    return [name for name in c.indicator.columns if frame[name].null_count()]


def lines_of(bars: Bars, whole: pl.DataFrame, earlier: int, c: Chosen) -> list[Line]:
    """The lines of one indicator over the bars of the window."""
    anchored = c.indicator.anchored
    frame = bars.frame if anchored else whole
    columns = {name: frame[name].cast(pl.Float64).to_numpy() for name in c.indicator.columns}
    units = {"price": bars.quote, "volume": bars.symbol}
    made = c.indicator.lines(columns, c.settings)
    return [
        Line(
            c.line_label(name),
            units.get(c.indicator.unit, c.indicator.unit),
            values if anchored else values[earlier:],
            c,
        )
        for name, values in made.items()
    ]


def settling(wanted: Sequence[Chosen], earlier: int) -> list[str]:
    """A note for each smoothed indicator whose run-up was shorter than ten periods."""
    return [
        f"{c.label}: the warm-up was short ({earlier} of {c.run_up} bars), so its values are not settled."
        for c in wanted
        if c.indicator.smoothed and earlier < c.run_up
    ]


def cited(run: RunContext, bars: Bars, whole: pl.DataFrame) -> Evidence:
    """The bars the lines rest on, run-up included."""
    opens: datetime = whole["open_time"][0]
    covered = Window(opens, bars.window.end).text
    name = f"candle:{bars.name}"
    return evidence(run, whole, ledger="glass", series=name, time="open_time", covered=covered)


def too_little(run: RunContext, bars: Bars, stored: int, wanted: Sequence[Chosen]) -> Exception:
    """Ask for a finer timeframe or a shorter period where that would do, else say that it cannot be computed."""
    least = min(wanted, key=lambda c: c.warm_up)
    problem = (
        f"{least.label} needs {least.warm_up + 1} bars of {bars.timeframe}; of {bars.symbol} only {stored} are stored "
        f"up to {stamp(bars.window.end)}."
    )
    finer = finer_timeframes(run, bars, least.warm_up)
    if finer:
        return NeedsAnswer("timeframe", f"{problem} Shall I use shorter bars?", tuple(finer[:4]))
    if "period" in least.settings and stored > 2 * least.indicator.shortest:
        choices = tuple(
            shorter(least, n) for n in dict.fromkeys((stored // 2, stored // 4)) if n >= least.indicator.shortest
        )
        return NeedsAnswer("names", f"{problem} Shall I use a shorter period?", choices)
    return NotCollected(problem)


def shorter(c: Chosen, period: int) -> str:
    """The same indicator with another period."""
    return replace(c, numbers=(float(period), *c.numbers[1:])).label


def finer_timeframes(run: RunContext, bars: Bars, needed: int) -> list[str]:
    """Stored intervals of this coin, shorter than the asked one, that hold enough bars by the window; longest first."""
    series = glass.candle_series(run.ledger, symbol=bars.symbol, as_of=run.as_of)
    fitting: dict[str, timedelta] = {}
    for row in series.to_dicts():
        name = str(row["interval"])
        length = int(name[:-1]) * UNITS[name[-1]]
        reaches = row["first"] + (needed + 1) * length <= bars.window.end <= row["last"] + length + DAY
        if length < bars.step and reaches:
            fitting[name] = length
    return sorted(fitting, key=fitting.__getitem__, reverse=True)


def figures(of: Computed) -> list[Figure]:
    """Value at the last bar of the window, first, extremes and average of each line."""
    made = []
    for line in of.lines:
        known = line.values[~np.isnan(line.values)]
        numbers = {
            "": known[-1],
            "_first": known[0],
            "_min": known.min(),
            "_max": known.max(),
            "_average": known.mean(),
        }
        made += [Figure(line.label + name, float(v), line.unit, of.evidence.key) for name, v in numbers.items()]
    return made


def when(of: Computed) -> dict[str, str]:
    """At which bars the values lie, by opening time."""
    opens = of.bars.frame["open_time"]
    facts: dict[str, str] = {}
    for line in of.lines:
        places = {
            "": len(line.values) - 1,
            "_min": int(np.nanargmin(line.values)),
            "_max": int(np.nanargmax(line.values)),
        }
        facts |= {f"{line.label}{name}_at": iso(opens[place]) for name, place in places.items()}
    return facts


def sentence(line: Line, of: Computed) -> str:
    """One line in words: its last value and where it came from."""
    opens, values = of.bars.frame["open_time"], line.values
    last = f"{line.label}: {level(float(values[-1]), line.unit)} at the bar of {day(opens[-1], of.bars)}"
    if np.count_nonzero(~np.isnan(values)) == 1:
        return f"{last}."
    low, high = int(np.nanargmin(values)), int(np.nanargmax(values))
    return (
        f"{last}; in the window lowest {level(float(values[low]), line.unit)} ({day(opens[low], of.bars)}), highest "
        f"{level(float(values[high]), line.unit)} ({day(opens[high], of.bars)})."
    )
