"""How good the collected data is: the verdicts of the quality monitor."""

from collections.abc import Sequence
from typing import Any

from agents.context import RunContext
from agents.finding import Evidence, Figure, Finding
from agents.period import stamp
from agents.subject import coin
from agents.tools.overview import cited as statistics_cited
from agents.words import age, count, fitted, iso, listed
from ledgers import coverage, quality
from ledgers.bars import interval_length
from ledgers.errors import NotCollected
from ledgers.health import QualityVerdict
from ledgers.quality import WHOLE

__all__ = ["get_data_quality"]

MOST_TOLD = 12
MOST_FACTS = 40
MOST_GAPS = 5
UNJUDGED = "The quality monitor has judged nothing yet: it works beside the collectors (omc collect)."


def get_data_quality(run: RunContext, symbol: str | None = None) -> Finding:
    """Say how good the collected data is: fresh or stale, complete or with gaps, plausible or not, with a score.

    Args:
        run: the run.
        symbol: only the price bars of this coin, such as "BTC", beside the sources; without it every series.

    Returns:
        A score from 0 to 1 for each source and series of bars, the worst in words, with age and gaps; where no monitor
        has judged, the age and the missing bars of each series.

    Raises:
        BadArgument: unknown coin.
        NotCollected: nothing was judged yet, and no bars are stored that could be measured.
        NeedsAnswer: a name that several coins carry.
    """
    about = coin(run, symbol) if symbol else None
    with run.ledger.session() as session:
        known = quality.latest(session, as_of=run.clock)
    shown = [v for v in known if about is None or v.series == WHOLE or v.series.startswith(f"candle:{about}/")]
    if not shown:
        return measured(run, about)
    key = cited(run, shown, about)
    well = [v for v in shown if v.state == "fresh" and not flaws_of(v)]
    head = f"{count(len(shown))} series judged, {count(len(well))} of them well. [{key.key}]"
    unwell = [v for v in shown if v not in well]
    lines = [line(run, v) for v in unwell[:MOST_TOLD]] + [line(run, v) for v in well[: MOST_TOLD - len(unwell)]]
    made = (
        Figure("series_judged", len(shown), "count", key.key),
        Figure("series_well", len(well), "count", key.key),
        Figure("lowest_score", shown[0].score, "", key.key),
    )
    facts = {"symbol": about, "verdicts": [fact(v) for v in shown[:MOST_FACTS]]}
    return Finding(fitted([head, *lines]), (key,), made, (), facts)


def measured(run: RunContext, about: str | None) -> Finding:
    """What nobody judged, measured here: how old each series of bars is, and how many of its bars are missing."""
    stored = coverage.statistics(run.ledger, kinds=["candle"], symbol=about, as_of=run.as_of)
    if stored.is_empty():
        raise NotCollected(UNJUDGED)
    series = [extent(run, row) for row in stored.to_dicts()]
    key = statistics_cited(run, stored, f"quality/{about or 'all'}")
    full = [one for one in series if not one["missing"]]
    head = f"{count(len(full))} of {count(len(series))} series of bars have no gap; no monitor judged them. [{key.key}]"
    made = (
        Figure("series_measured", len(series), "count", key.key),
        Figure("series_without_gap", len(full), "count", key.key),
        Figure("bars_missing", sum(one["missing"] for one in series), "count", key.key),
    )
    lines = [f"- {one['told']}" for one in sorted(series, key=lambda one: -one["missing"])]
    newest = max(row["last"] for row in stored.to_dicts())
    facts = {"symbol": about, "series": series[:MOST_FACTS], "newest_age": age(run.clock - newest)}
    return Finding(fitted([head, *lines]), (key,), made, (), facts)


def extent(run: RunContext, row: dict[str, Any]) -> dict[str, Any]:
    """One series of bars: from when to when, how old, how many bars are missing in between."""
    step = interval_length(str(row["name"]).split("/")[1])
    expected = round((row["last"] - row["first"]) / step) + 1
    missing = max(expected - int(row["rows"]), 0)
    old = age(run.clock - row["last"] - step)
    lacks = f"{count(missing)} of {count(expected)} bars missing" if missing else "no bar missing"
    told = f"{row['name']}: {stamp(row['first'])}..{stamp(row['last'])}, {lacks}, newest {old} old"
    return {"name": row["name"], "missing": missing, "expected": expected, "told": told}


def cited(run: RunContext, shown: Sequence[QualityVerdict], about: str | None) -> Evidence:
    """The verdicts as evidence, as of the run's clock."""
    judged = [verdict.judged_at for verdict in shown]
    return Evidence(
        key=f"{'simulated ' if run.simulated else ''}statistics:quality/{about or 'all'} {stamp(run.clock)}",
        ledger=listed(sorted({v.ledger for v in shown})),
        source=listed(sorted({v.source for v in shown}), 6),
        observed_from=iso(min(judged)),
        observed_to=iso(max(judged)),
        known_at=iso(max(judged)),
        rows=len(shown),
        quality=shown[0].score,
        simulated=run.simulated,
    )


def line(run: RunContext, verdict: QualityVerdict) -> str:
    """One verdict in words."""
    name = verdict.source if verdict.series == WHOLE else f"{verdict.source} {verdict.series.partition(':')[2]}"
    newest = verdict.newest_observed_at
    old = f"{age(run.clock - newest)} old" if newest else "nothing brought yet"
    flaws = "".join(f"; {flaw}" for flaw in flaws_of(verdict))
    return f"- {name}: score {verdict.score:.2f}, {verdict.state}, {old}{flaws}"


def flaws_of(verdict: QualityVerdict) -> list[str]:
    """What is wrong beyond age."""
    facts = verdict.facts
    flaws = [f"{name} {size:.2f}" for name, size in facts["flaws"].items()]
    if verdict.completeness < 1:
        missing = f"{facts['present']} of {facts['expected']} {facts['counted']}"
        gaps = [f"{start[:16]}Z..{end[:16]}Z" for start, end in facts["gaps"]]
        flaws.insert(0, missing + (f", gaps {listed(gaps, MOST_GAPS)}" if gaps else ""))
    return flaws


def fact(verdict: QualityVerdict) -> dict[str, Any]:
    """One verdict for the page."""
    newest = verdict.newest_observed_at
    return {
        "ledger": verdict.ledger,
        "source": verdict.source,
        "series": verdict.series,
        "state": verdict.state,
        "score": verdict.score,
        "completeness": verdict.completeness,
        "timeliness": verdict.timeliness,
        "accuracy": verdict.accuracy,
        "newest": iso(newest) if newest else None,
        "judged_at": iso(verdict.judged_at),
        "gap_count": verdict.facts["gap_count"],
    }
