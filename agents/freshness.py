"""What the quality monitor last said of the sources an answer rests on: a score, and words where they are stale."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from agents.context import RunContext
from agents.period import Window
from agents.words import age
from ledgers import quality
from ledgers.health import QualityVerdict
from ledgers.quality import WHOLE


def verdicts(run: RunContext, sources: Iterable[str]) -> list[QualityVerdict]:
    """The latest verdicts known at the run's clock on these sources and their series, worst first."""
    with run.ledger.session() as session:
        return quality.latest(session, as_of=run.clock, sources=sorted(set(sources)))


def score(known: Sequence[QualityVerdict], series: str) -> float | None:
    """The lowest score among the sources of a series: of the series itself where it was judged, else of the source."""
    own = [v.score for v in known if v.series == series]
    return min(own or [v.score for v in known if v.series == WHOLE], default=None)


def stale_notes(
    run: RunContext, asked: Window, sources: Iterable[str], series: str, newest: datetime | None = None
) -> list[str]:
    """What is older than its source promises, where the window reaches now.

    The age is counted at the run's clock, not when the monitor looked: it may have stopped with the collectors.

    Args:
        run: whose clock it is.
        asked: the window.
        sources: what the rows came from.
        series: kind and name of the series, such as `candle:BTC/1d/BINANCE:USDT`.
        newest: up to when the rows themselves speak, where they do so for the source.
    """
    if not asked.reaches_now:
        return []
    known = verdicts(run, sources)
    own = [v for v in known if v.series == series] or [v for v in known if v.series == WHOLE]
    return [note for verdict in own if (note := stale_note(run, verdict, newest))]


def stale_note(run: RunContext, verdict: QualityVerdict, newest: datetime | None) -> str | None:
    """One verdict in words, where its data is past its promise at the run's clock."""
    limit = timedelta(seconds=verdict.facts["warn_after_seconds"])
    at = verdict.newest_observed_at
    if at is None:
        return f"{verdict.source} has brought nothing yet."
    if newest is not None and verdict.facts["measured"]:
        at = max(at, newest)
    if run.clock - at <= limit:
        return None
    if verdict.facts["measured"]:
        return f"Stale: {what(verdict)} are {age(run.clock - at)} old, past their {age(limit)}."
    return f"Stale: {verdict.source} was last read {age(run.clock - at)} ago, past its {age(limit)}."


def what(verdict: QualityVerdict) -> str:
    """The data of a verdict as a sentence begins it."""
    kind, _, name = verdict.series.partition(":")
    if kind == "candle":
        return f"bars {name}"
    if verdict.series != WHOLE:
        return f"data of {kind} {name} ({verdict.source})"
    return f"quotes ({verdict.source})" if "quotes" in verdict.source else f"data of {verdict.source}"
