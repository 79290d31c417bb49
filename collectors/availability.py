"""Whether a source is to be run, and if not, why: said in the same words by the schedule and by `omc sources`."""

from collections.abc import Mapping
from datetime import datetime

from collectors.config import CollectSettings, setting_name
from collectors.source import Source
from ledgers.health import SourceState

States = Mapping[str, SourceState]


def why_disabled(source: Source, states: States, settings: CollectSettings) -> str | None:
    """Why a source is switched off, in words that say what to do; None where it is on."""
    missing = [setting_name(name) for name in source.keys if name not in settings.keys(source.keys)]
    if missing:
        return f"set {' and '.join(missing)}"
    state = states.get(source.name)
    wanted = state.enabled if state else None
    if wanted is False:
        return f"switched off; omc sources enable {source.name}"
    if wanted is None and not source.on_by_default:
        return f"off unless chosen; omc sources enable {source.name}"
    return None


def standing_by(source: Source, sources: Mapping[str, Source], states: States, settings: CollectSettings) -> str | None:
    """The source for which this one stands in, where that one does its work; None where this one is needed."""
    for name in source.stands_in_for:
        first = sources.get(name)
        if first is None or why_disabled(first, states, settings):
            continue
        state = states.get(name)
        if state is None or not state.failures_in_a_row:
            return name
    return None


def is_stale(source: Source, state: SourceState | None, now: datetime) -> bool:
    """Whether the last success is further back than the source promises."""
    return state is None or state.last_success_at is None or now - state.last_success_at > source.warn_after
