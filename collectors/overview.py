"""What `omc sources` shows: each source, how it is doing, what it brought, when it runs next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from collectors import history
from collectors.availability import States, is_stale, standing_by, why_disabled
from collectors.catalogue import sources_of
from collectors.config import CollectSettings
from collectors.http import any_answers
from collectors.slots import slot_of
from collectors.source import Source, SourceContext
from ledgers import collecting
from ledgers.errors import BadArgument
from ledgers.health import CollectorRun
from ledgers.store import Ledger


def overview(ledger: Ledger, settings: CollectSettings) -> list[dict[str, Any]]:
    """One plain object per source of the ledger's market, by name."""
    sources = sources_of(simulated=ledger.simulated)
    with ledger.session() as session:
        states, runs = collecting.source_states(session), collecting.latest_runs(session, sources)
        view = View(sources, states, runs, settings, collecting.clock(session))
    return [view.of(source) for source in sorted(sources.values(), key=lambda s: s.name)]


def staleness(ledger: Ledger, settings: CollectSettings) -> dict[str, bool]:
    """Whether each source that is on, and not merely standing by, is past its promise of freshness, by name."""
    sources = sources_of(simulated=ledger.simulated)
    with ledger.session() as session:
        states, now = collecting.source_states(session), collecting.clock(session)
    return {
        name: is_stale(source, states.get(name), now)
        for name, source in sorted(sources.items())
        if not (why_disabled(source, states, settings) or standing_by(source, sources, states, settings))
    }


@dataclass(frozen=True)
class View:
    """All that is known of the sources at one moment."""

    sources: Mapping[str, Source]
    states: States
    runs: Mapping[str, CollectorRun]
    settings: CollectSettings
    now: datetime

    def of(self, source: Source) -> dict[str, Any]:
        """One source, plainly."""
        run, state = self.runs.get(source.name), self.states.get(source.name)
        off = why_disabled(source, self.states, self.settings)
        return {
            "name": source.name,
            "ledger": source.ledger,
            "state": "disabled" if off else self.condition(source, run),
            "last_run": last_run(run),
            "rows": state.rows if state else 0,
            "next_run": None if off else next_run(source, self.now),
            "why_disabled": off,
            "history": self.history(source),
            "attribution": source.attribution,
        }

    def condition(self, source: Source, run: CollectorRun | None) -> str:
        """Running, standing by, waiting (never ran), failing, stale, or healthy."""
        state = self.states.get(source.name)
        if run and run.status == "running":
            return "running"
        if standing_by(source, self.sources, self.states, self.settings):
            return "standing by"
        if run is None:
            return "waiting"
        if state and state.failures_in_a_row:
            return "failing"
        return "stale" if is_stale(source, state, self.now) else "healthy"

    def history(self, source: Source) -> dict[str, int] | None:
        """How much of the wanted past is fetched, in windows; None where a source has none to fetch."""
        if source.backfill is None:
            return None
        state = self.states.get(source.name)
        covered = history.from_json(state.covered if state else {})
        done, total = history.progress(source.backfill, covered, self.settings.coins, self.now)
        return {"done": done, "total": total}


def next_run(source: Source, now: datetime) -> datetime:
    """When the next slot of a source is run."""
    return slot_of(now - source.delay, source.every) + source.every + source.delay


def last_run(run: CollectorRun | None) -> dict[str, Any] | None:
    """The latest run, plainly."""
    if run is None:
        return None
    names = ("slot", "status", "started_at", "finished_at", "attempts", "fetched")
    counts = ("inserted", "duplicate", "revised", "rejected", "error")
    return {name: getattr(run, name) for name in (*names, *counts)}


def switch(ledger: Ledger, name: str, *, enabled: bool) -> None:
    """Switch a source on or off.

    Raises:
        BadArgument: there is no such source.
    """
    known = sources_of(simulated=ledger.simulated)
    if name not in known:
        raise BadArgument(f"There is no source '{name}'. There are: {', '.join(sorted(known))}.")
    with ledger.session() as session:
        collecting.remember(session, name, enabled=enabled)


async def probe(settings: CollectSettings, *, now: datetime, seconds: float = 3.0) -> bool:
    """Whether any live source's host answers, within a few seconds: `omc up` asks before it offers the demo market."""
    urls = []
    for source in sources_of(simulated=False).values():
        if why_disabled(source, {}, settings):
            continue
        base = settings.source_urls.get(source.name, source.base_url).rstrip("/")
        context = SourceContext(now, now, base, keys=settings.keys(source.keys), symbols=settings.coins)
        urls += [request.url for request in source.requests(context)[:1] if request.method == "GET"]
    return await any_answers(urls, seconds=seconds)
