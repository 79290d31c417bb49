"""The quality monitor: gathers facts, judges them, keeps the verdicts and tells of what is not well, once."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from collectors.collection import Means
from collectors.config import CollectSettings, QualitySettings, SmtpSettings
from collectors.delivery import Courier
from collectors.judging import Judged, judged
from collectors.source import Source
from ledgers import alerts, collecting, quality, retention
from ledgers.health import QualityVerdict
from ledgers.store import Ledger

log = logging.getLogger(__name__)
ALERT: Final = "data_quality"
SAME_SCORE: Final = 0.01
PRUNE_SECONDS: Final = 3600.0


@dataclass(frozen=True)
class News:
    """What a person is told: an alert was raised, escalated, or is over."""

    event: str  # raised | escalated | recovered
    level: str
    subject: str
    text: str


def watch(
    ledger: Ledger,
    sources: Mapping[str, Source],
    settings: CollectSettings,
    criteria: QualitySettings,
    *,
    now: datetime | None = None,
) -> list[News] | None:
    """Judge every source, keep the verdicts, raise and close alerts.

    Returns:
        What is new for a person; None where another process is at it.
    """
    with ledger.session() as session:
        if not quality.judging(session):
            return None
        moment = now or collecting.clock(session)
        verdicts = judged(ledger, session, sources, settings, criteria, now=moment)
        before = {(v.source, v.series): v for v in quality.latest(session, as_of=moment)}
        quality.keep(session, (one.row() for one in verdicts if worth_keeping(one, before, moment, criteria)))
        return told(session, sources, verdicts, criteria)


def worth_keeping(
    one: Judged, before: Mapping[tuple[str, str], QualityVerdict], now: datetime, criteria: QualitySettings
) -> bool:
    """Whether a verdict says something new, or the last one kept is too old.

    There are hundreds of measured series: one that is well is worth a word only where it was not.
    """
    last = before.get((one.source.name, one.series))
    if one.facts.told.get("counted") == "rows" and one.judgement.state == "fresh":
        return last is not None and last.state != "fresh"
    if last is None or last.state != one.judgement.state or now - last.judged_at >= kept_for(criteria):
        return True
    return abs(last.score - one.judgement.score) >= SAME_SCORE


def kept_for(criteria: QualitySettings) -> timedelta:
    """For how long an unchanged verdict stands before it is kept again."""
    return timedelta(minutes=criteria.kept_minutes)


def told(session: Any, sources: Mapping[str, Source], verdicts: list[Judged], criteria: QualitySettings) -> list[News]:
    """One alert a source, for its worst series; a source that is well, or not judged any more, recovers."""
    news = []
    for name in sorted(sources):
        mine = [(level, one) for one in verdicts if one.source.name == name if (level := one.judgement.level(criteria))]
        if not mine:
            if alerts.recover(session, name, ALERT):
                news.append(News("recovered", "info", name, f"{name} is well again."))
            continue
        level, worst = min(mine, key=lambda pair: (pair[0] != "high", pair[1].judgement.score))
        text = worst.sentence()
        if event := alerts.raise_alert(session, kind=ALERT, subject=name, level=level, message=text):
            news.append(News(event, level, name, text))
    return news


class Monitor:
    """Watches the quality beside the sources of one process."""

    def __init__(
        self, means: Means, sources: Mapping[str, Source], criteria: QualitySettings, smtp: SmtpSettings | None = None
    ) -> None:
        """Judge these sources by these criteria."""
        self.means = means
        self.sources = sources
        self.criteria = criteria
        self.courier = Courier(means, criteria, smtp or SmtpSettings())
        self._pruned: float | None = None

    async def look(self) -> None:
        """Judge once, tell of what is new, and send what waits to be sent."""
        means = self.means
        news = await means.outside(lambda: watch(means.ledger, self.sources, means.settings, self.criteria))
        for item in news or ():
            log.log(logging.INFO if item.event == "recovered" else logging.WARNING, "%s: %s", item.event, item.text)
        await self.courier.deliver()
        if self._pruned is None or time.monotonic() - self._pruned > PRUNE_SECONDS:
            await means.db(self._prune)
            self._pruned = time.monotonic()

    def _prune(self, session: Any) -> None:
        now = collecting.clock(session)
        runs, verdicts = timedelta(days=self.criteria.run_days), timedelta(days=self.criteria.verdict_days)
        retention.prune(session, runs_before=now - runs, verdicts_before=now - verdicts)
