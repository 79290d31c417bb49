"""What a series of dated values amounts to: first, last, extremes, average, change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import polars as pl

from agents.cite import coverage_notes, evidence
from agents.columns import mean
from agents.context import RunContext
from agents.finding import Evidence, Figure
from agents.freshness import stale_notes
from agents.period import Window, stamp
from agents.words import iso, level, listed, percent

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Points:
    """One series of values in a window, oldest first, at least one, with columns `observed_at` and `value`."""

    name: str  # as figures are named, such as fear_greed
    unit: str
    frame: pl.DataFrame
    evidence: Evidence
    notes: tuple[str, ...] = ()


def points(
    run: RunContext, frame: pl.DataFrame, asked: Window, *, name: str, unit: str, ledger: str, series: str
) -> Points:
    """A series of rows as points, cited, with a note where it does not fill the window."""
    ordered = frame.sort("observed_at")
    times = ordered["observed_at"]
    usual = cast("timedelta | None", times.diff().median()) or DAY
    notes = coverage_notes(run, asked, times[0], times[-1] + usual, usual)
    notes += stale_notes(run, asked, frame["source"].unique(), series, times[-1])
    return Points(name, unit, ordered, evidence(run, ordered, ledger=ledger, series=series), tuple(notes))


def notes_of(found: Sequence[Points]) -> list[str]:
    """What the person must know of the series, each once; named where it does not hold for all of them."""
    told = dict.fromkeys(note for p in found for note in p.notes)
    having = {note: [p.name for p in found if note in p.notes] for note in told}
    return [note if len(names) == len(found) else f"{listed(names)}: {note}" for note, names in having.items()]


def figures(of: Points) -> list[Figure]:
    """Every number of a series, at full precision."""
    values = of.frame["value"]
    first, last = float(values[0]), float(values[-1])
    numbers: list[tuple[str, Any, str]] = [
        ("first", first, of.unit),
        ("last", last, of.unit),
        ("min", values.min(), of.unit),
        ("max", values.max(), of.unit),
        ("average", mean(values), of.unit),
        ("median", values.median(), of.unit),
        ("deviation", values.std() if values.len() > 1 else None, of.unit),
        ("change_abs", last - first, of.unit),
        ("readings", values.len(), "count"),
    ]
    if first:
        numbers.append(("change_pct", 100 * (last / first - 1), "%"))
    return [
        Figure(f"{of.name}_{name}", float(value), unit, of.evidence.key)
        for name, value, unit in numbers
        if value is not None
    ]


def when(of: Points) -> dict[str, str]:
    """At which times first, last and extremes lie."""
    times, values = of.frame["observed_at"], of.frame["value"]
    places = {"first": 0, "last": values.len() - 1, "min": values.arg_min(), "max": values.arg_max()}
    return {f"{of.name}_{name}_at": iso(times[place]) for name, place in places.items() if place is not None}


def sentence(of: Points) -> str:
    """The series in a few words for the model."""
    times, values = of.frame["observed_at"], of.frame["value"]
    last_at: datetime = times[-1]
    if values.len() == 1:
        return f"{of.name}: {level(values[0], of.unit)} on {stamp(last_at)}. {bracketed(of)}"
    low, high = values.arg_min() or 0, values.arg_max() or 0
    change = f" ({percent(100 * (values[-1] / values[0] - 1))})" if values[0] else ""
    return (
        f"{of.name}: from {level(values[0], of.unit)} ({stamp(times[0])}) to {level(values[-1], of.unit)} "
        f"({stamp(last_at)}){change}; lowest {level(values[low], of.unit)} ({stamp(times[low])}), highest "
        f"{level(values[high], of.unit)} ({stamp(times[high])}), average {level(mean(values), of.unit)}, "
        f"{values.len()} readings. {bracketed(of)}"
    )


def bracketed(of: Points) -> str:
    """Notes and the evidence key."""
    return " ".join([*of.notes, f"[{of.evidence.key}]"])
