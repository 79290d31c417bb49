"""Dated items, such as headlines and events: counted in a window, and zero told from never collected."""

import re
from datetime import timedelta

import polars as pl

from agents.cite import evidence
from agents.columns import earliest, latest
from agents.context import RunContext
from agents.finding import Evidence
from agents.freshness import score, stale_notes, verdicts
from agents.period import UNITS, Window, stamp
from agents.words import iso, listed
from ledgers import coverage, seeds
from ledgers.errors import BadArgument, NotCollected

DAY = UNITS["d"]
MOST_COUNTED = 20_000
MOST_LISTED = 50


def bounded(limit: int) -> int:
    """How many items to list: 1 to 50."""
    if not 1 <= limit <= MOST_LISTED:
        raise BadArgument(f"limit must lie from 1 to {MOST_LISTED}, not {limit}.")
    return limit


def selection(**filters: str | None) -> str:
    """Filters as they stand in an evidence key: `BTC/etf`, or `all` where there are none."""
    given = [re.sub(r"[^\w.+-]+", "-", str(value)).strip("-")[:40] for value in filters.values() if value]
    return "/".join(part for part in given if part) or "all"


def shelf(run: RunContext, kind: str, name: str | None = None) -> pl.DataFrame:
    """What is collected of a kind: one row a series; dated facts that ship with the product only by their name."""
    stored = coverage.statistics(run.ledger, kinds=[kind], as_of=run.as_of)
    return stored.filter(pl.col("name") == name) if name else stored.filter(pl.col("source") != seeds.SOURCE)


def cited(
    run: RunContext,
    rows: pl.DataFrame,
    window: Window,
    stored: pl.DataFrame,
    *,
    ledger: str,
    series: str,
    quiet: timedelta = timedelta(0),
) -> Evidence:
    """The items of a window as evidence, zero of them as well.

    Args:
        run: whose clock it is.
        rows: the items found.
        window: what was asked.
        stored: what is collected of that kind, see `shelf`.
        ledger: human or catalyst.
        series: kind and selection, such as `news:BTC`.
        quiet: for how long after the newest item none may be published though all goes well.

    Raises:
        NotCollected: nothing of that kind was collected in that window, so that zero would be no answer.
    """
    what = series.partition(":")[0]
    if not rows.is_empty():
        first = earliest(rows["observed_at"])
        begins = min([first, *stored["first"]])
        covered = Window(max(window.start, begins), window.end).text
        return evidence(run, rows, ledger=ledger, series=series, covered=covered)
    if stored.is_empty():
        raise NotCollected(f"No {what} of that kind is collected at all.")
    first, last = earliest(stored["first"]), latest(stored["last"])
    if window.end <= first or window.start > last + quiet:
        raise NotCollected(f"No {what} is collected {window.told}: it runs from {stamp(first)} to {stamp(last)}.")
    return none_found(run, window, stored, ledger=ledger, series=series)


def none_found(run: RunContext, window: Window, stored: pl.DataFrame, *, ledger: str, series: str) -> Evidence:
    """Evidence that a window was collected and holds nothing of the sort."""
    simulated = run.simulated or bool(stored["simulated"].any())
    covered = Window(max(window.start, earliest(stored["first"])), window.end).text
    return Evidence(
        key=f"{'simulated ' if simulated else ''}{ledger}.{series} {covered}",
        ledger=ledger,
        source=listed(sorted(set(stored["source"])), 4),
        observed_from=iso(window.start),
        observed_to=iso(window.end),
        known_at=iso(latest(stored["known_at"])),
        rows=0,
        quality=score(verdicts(run, stored["source"]), series),
        simulated=simulated,
    )


def reach_notes(run: RunContext, window: Window, stored: pl.DataFrame) -> list[str]:
    """Where collecting begins and ends, said when it does not fill the window, and which sources are stale."""
    if stored.is_empty():
        return []
    first, last = earliest(stored["first"]), latest(stored["last"])
    notes = stale_notes(run, window, stored["source"], "")
    if window.unasked:
        return notes
    if first - window.start >= DAY:
        notes.append(f"Collected from {stamp(first)} on.")
    if window.end - last >= 2 * DAY:
        notes.append(f"The newest collected is of {stamp(last)}.")
    return notes
