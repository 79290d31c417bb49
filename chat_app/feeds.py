"""What `omc collect` and `omc sources` do."""

import asyncio
import logging
from datetime import datetime
from typing import Any

from chat_app import terminal
from chat_app.compose import Opened, opened
from chat_app.config import TelemetrySettings
from chat_app.metrics import CollectorMeter, emf, every_minute
from collectors import overview
from collectors.availability import why_disabled
from collectors.catalogue import sources_of
from collectors.config import CollectSettings, QualitySettings, SmtpSettings
from collectors.http import Fetcher
from collectors.redaction import Redactor, redact_logs
from collectors.runner import Runner
from collectors.schedule import collect
from collectors.source import Source
from ledgers import collecting
from ledgers.errors import BadArgument
from ledgers.health import CollectorRun


def run_collector(*, demo: bool | None, once: str | None) -> None:
    """Collect until stopped, or one source once.

    Raises:
        BadArgument: there is no such source, or it cannot run.
    """
    settings = terminal.settings_of(CollectSettings)
    logging.getLogger("collectors").setLevel(logging.INFO)
    redact_logs(Redactor(settings.secrets()))
    with opened(demo) as here:
        sources = sources_of(simulated=here.mode == "demo")
        if once is None:
            asyncio.run(_collect_always(here, settings, sources))
        elif once not in sources:
            raise BadArgument(f"There is no source '{once}'. There are: {', '.join(sorted(sources))}.")
        else:
            run = asyncio.run(_collect_once(here, settings, sources[once]))
            terminal.show_json(_plain(run))
            if run.status == "failed":
                raise SystemExit(terminal.FAILED)


async def _collect_always(here: Opened, settings: CollectSettings, sources: dict[str, Source]) -> None:
    meter = CollectorMeter(emf(terminal.settings_of(TelemetrySettings).environment), here.ledger, settings)
    criteria, smtp = terminal.settings_of(QualitySettings), terminal.settings_of(SmtpSettings)
    async with Fetcher(here.endpoints.redis_url, contact=settings.contact) as fetcher, every_minute(meter.stale):
        await collect(Runner(here.ledger, fetcher, settings), sources, criteria, smtp, measure=meter.run)


async def _collect_once(here: Opened, settings: CollectSettings, source: Source) -> CollectorRun:
    with here.ledger.session() as session:
        now, states = collecting.clock(session), collecting.source_states(session)
    if reason := why_disabled(source, states, settings):
        raise BadArgument(f"{source.name} is disabled: {reason}.")
    async with Fetcher(here.endpoints.redis_url, contact=settings.contact) as fetcher:
        run = await Runner(here.ledger, fetcher, settings).run(source, now)
    if run is None:
        raise BadArgument(f"{source.name} is being collected right now by another process.")
    return run


def _plain(run: CollectorRun) -> dict[str, Any]:
    names = ("source", "slot", "status", "attempts", "fetched", "inserted", "duplicate", "revised", "rejected", "error")
    return {name: getattr(run, name) for name in names}


def show_sources(*, demo: bool | None, as_json: bool) -> None:
    """Print every source with its condition."""
    settings = terminal.settings_of(CollectSettings)
    with opened(demo) as here:
        sources = overview.overview(here.ledger, settings)
    if as_json:
        terminal.show_json(sources)
        return
    for source in sources:
        terminal.show(_line(source))


def _line(source: dict[str, Any]) -> str:
    last = source["last_run"]
    parts = [f"{source['name']:<28}{source['ledger']:<10}{source['state']:<12}{source['rows']:>9} rows"]
    if last:
        parts.append(f"last run {_minute(last['started_at'])} {last['status']}")
    if source["why_disabled"]:
        parts.append(source["why_disabled"])
    elif source["next_run"]:
        parts.append(f"next {_minute(source['next_run'])}")
    if source["history"] and source["history"]["done"] < source["history"]["total"]:
        parts.append("history {done} of {total} windows".format(**source["history"]))
    if last and last["error"]:
        parts.append(last["error"])
    return "  ".join(parts)


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}Z"


def switch_source(name: str, *, enabled: bool, demo: bool | None) -> None:
    """Switch a source on or off."""
    with opened(demo) as here:
        overview.switch(here.ledger, name, enabled=enabled)
    terminal.say(f"{name} is {'enabled' if enabled else 'disabled'}.")
