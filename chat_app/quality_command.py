"""What `omc quality` does: judge now, by the collectors' own judgement, and show it with the alerts that stand."""

from datetime import datetime
from typing import Any

from chat_app import terminal
from chat_app.compose import opened
from collectors.catalogue import sources_of
from collectors.config import CollectSettings, QualitySettings
from collectors.judging import Judged, judged
from ledgers import alerts, collecting
from ledgers.health import Alert


def show_quality(*, demo: bool | None, as_json: bool) -> None:
    """Print a verdict on each source and series of bars, worst first, and the standing alerts."""
    settings, criteria = terminal.settings_of(CollectSettings), terminal.settings_of(QualitySettings)
    with opened(demo) as here, here.ledger.session() as session:
        sources = sources_of(simulated=here.ledger.simulated)
        now = collecting.clock(session)
        verdicts = judged(here.ledger, session, sources, settings, criteria, now=now)
        standing = [_alert(alert) for alert in alerts.standing(session)]
    verdicts.sort(key=lambda one: (one.judgement.score, one.source.name, one.series))
    if as_json:
        terminal.show_json({"judged_at": now, "verdicts": [_plain(one) for one in verdicts], "alerts": standing})
        return
    for one in verdicts:
        gaps = f"; {len(one.facts.gaps)} gaps" if one.facts.gaps else ""
        terminal.show(f"{one.judgement.state:<6}{one.sentence()}{gaps}")
    for alert in standing:
        terminal.show("alert {level} since {raised_at:%Y-%m-%d %H:%M}Z: {text}".format(**alert))
    if not verdicts:
        terminal.say("No source has run yet: omc collect")


def _plain(one: Judged) -> dict[str, Any]:
    """A verdict with its age, whose times JSON can carry."""
    row = one.row()
    newest: datetime | None = row["newest_observed_at"]
    return {**row, "age_seconds": (one.facts.now - newest).total_seconds() if newest else None}


def _alert(alert: Alert) -> dict[str, Any]:
    names = ("kind", "subject", "level", "text", "raised_at", "escalated_at")
    return {name: getattr(alert, name) for name in names}
