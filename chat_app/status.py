"""What the Data page shows: each source with its verdict, its score as it went, its gaps, and the alerts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from collectors.config import CollectSettings
from collectors.overview import overview
from ledgers import alerts, collecting, notices, quality
from ledgers.health import Alert, QualityVerdict
from ledgers.notices import Notice
from ledgers.quality import WHOLE, Scores
from ledgers.store import Ledger

SCORES_OVER: Final = timedelta(hours=48)


@dataclass(frozen=True)
class Feed:
    """One source: what `omc sources` says of it, and what the quality monitor thinks."""

    told: dict[str, Any]
    verdict: QualityVerdict | None  # on all that it brings
    worst: QualityVerdict | None  # of its series, where they are judged
    scores: Scores

    @property
    def state(self) -> str:
        """Its condition; a source whose runs go well may bring old data all the same."""
        told = str(self.told["state"])
        return "stale" if told == "healthy" and self.worst and self.worst.state != "fresh" else told


@dataclass(frozen=True)
class Status:
    """All of it, at one moment."""

    now: datetime
    feeds: list[Feed]
    gaps: list[QualityVerdict]  # series of bars that miss some, the most first
    standing: list[Alert]
    news: list[Notice] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether no source ever ran."""
        return not any(feed.told["last_run"] for feed in self.feeds)


def status(ledger: Ledger, settings: CollectSettings) -> Status:
    """How the collecting goes, as it stands in the books."""
    told = overview(ledger, settings)
    with ledger.session() as session:
        now = collecting.clock(session)
        verdicts = quality.latest(session, as_of=now)
        scores = quality.scores(session, since=now - SCORES_OVER)
        standing, news = alerts.standing(session), notices.latest(session)
    by_source = grouped(verdicts)
    feeds = [feed(one, by_source.get(one["name"], ()), scores.get(one["name"], [])) for one in told]
    gaps = [verdict for verdict in verdicts if verdict.facts["gap_count"]]
    gaps.sort(key=lambda v: v.facts["present"] - v.facts["expected"])
    return Status(now, sorted(feeds, key=urgency), gaps, standing, news)


def feed(told: dict[str, Any], verdicts: Sequence[QualityVerdict], scores: Scores) -> Feed:
    """A source with its verdicts, which are sorted, the worst first."""
    whole = next((v for v in verdicts if v.series == WHOLE), None)
    return Feed(told, whole, verdicts[0] if verdicts else None, scores)


def urgency(one: Feed) -> tuple[bool, bool, float, str]:
    """What needs a person first: on before off, judged before not, then by score."""
    score = one.worst.score if one.worst else 1.0
    return bool(one.told["why_disabled"]), one.told["state"] in ("standing by", "waiting"), score, one.told["name"]


def grouped(verdicts: Iterable[QualityVerdict]) -> dict[str, list[QualityVerdict]]:
    """Verdicts by source, in their order."""
    found: dict[str, list[QualityVerdict]] = defaultdict(list)
    for verdict in verdicts:
        found[verdict.source].append(verdict)
    return found
