"""The collectors' books: who runs which source in which slot, fenced by a token; what a source remembers; rejects.

Leases are judged by the database's clock, so that a collector's own clock may jump.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, insert, select, text, tuple_, union_all, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from ledgers.base import Base, natural_key
from ledgers.health import CollectorRun, Reject, SourceState

KEYS_AT_ONCE: Final = 2000
RETRY: Final = timedelta(minutes=5)
IDLE_SECONDS: Final = 5
"""A collector that is stopped in the middle of a transaction loses it, and its locks, after so long."""


@dataclass(frozen=True)
class Claim:
    """The right to write what one source yields in one slot, until another collector takes over."""

    run: int
    source: str
    slot: datetime
    token: int
    now: datetime  # by the database's clock, when the claim was made


def guard(session: Session) -> None:
    """Bound this transaction in time: waiting for locks, and idling with locks held."""
    session.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'"))
    session.execute(text(f"SET LOCAL lock_timeout = '{IDLE_SECONDS * 2}s'"))


def clock(session: Session) -> datetime:
    """The database's present."""
    present: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return present


def claimed_slots(session: Session, source: str, *, since: datetime, until: datetime) -> tuple[set[datetime], bool]:
    """The slots of a source in a stretch of time that anybody claimed and did not abandon; whether it ran before."""
    mine = CollectorRun.source == source
    within = select(CollectorRun.slot).where(
        mine, CollectorRun.slot.between(since, until), CollectorRun.status != "abandoned"
    )
    before = select(CollectorRun.slot).where(mine, CollectorRun.slot < since).limit(1)
    return set(session.execute(within).scalars()), session.execute(before).first() is not None


def claim(session: Session, *, source: str, slot: datetime, worker: str, dead_after: timedelta) -> Claim | None:
    """Claim a slot: one that nobody has, whose collector has not been heard of for `dead_after`, or that failed.

    A failed slot is tried again after `RETRY`, then after twice that, and so on; mostly the next slot comes first.
    None where the slot is done or held, or another slot of the source is being run.
    """
    guard(session)
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"collect {source}", 0))))
    now = clock(session)
    busy = select(CollectorRun.id).where(
        CollectorRun.source == source,
        CollectorRun.slot != slot,
        CollectorRun.status == "running",
        CollectorRun.heartbeat_at > now - dead_after,
    )
    if session.execute(busy.limit(1)).first():
        return None
    fresh = {"worker": worker, "status": "running", "started_at": now, "heartbeat_at": now}
    table = CollectorRun.__table__
    dead = (table.c.status == "running") & (table.c.heartbeat_at <= now - dead_after)
    failed = (table.c.status == "failed") & (table.c.finished_at <= now - RETRY * table.c.token)
    statement = (
        upsert(CollectorRun)
        .values(source=source, slot=slot, token=1, **fresh)
        .on_conflict_do_update(
            index_elements=["source", "slot"],
            set_={**fresh, "token": table.c.token + 1, "finished_at": None, "error": None},
            where=dead | failed | (table.c.status == "abandoned"),
        )
        .returning(CollectorRun.id, CollectorRun.token)
    )
    taken = session.execute(statement).first()
    return Claim(taken.id, source, slot, taken.token, now) if taken else None


def beat(session: Session, mine: Claim) -> bool:
    """Say that the run is alive; False where another collector has taken it over."""
    guard(session)
    changed = session.execute(_held(mine).values(heartbeat_at=func.clock_timestamp()).returning(CollectorRun.id))
    return changed.first() is not None


def hold(session: Session, mine: Claim) -> bool:
    """Lock the claim for this transaction: nobody can take over before it ends. False where somebody has."""
    guard(session)
    held = select(CollectorRun.id).where(
        CollectorRun.id == mine.run, CollectorRun.token == mine.token, CollectorRun.status == "running"
    )
    return session.execute(held.with_for_update()).first() is not None


def count(session: Session, mine: Claim, **counts: int) -> None:
    """Add to the run's counts: attempts, fetched, inserted, duplicate, revised, rejected."""
    table = CollectorRun.__table__
    session.execute(_held(mine).values({name: table.c[name] + more for name, more in counts.items()}))
    if brought := counts.get("inserted"):
        remember(session, mine.source, rows=brought)


def finish(session: Session, mine: Claim, status: str, error: str | None = None) -> bool:
    """Close the run with its status; False where it is not ours any more."""
    values = {"status": status, "error": error, "finished_at": func.clock_timestamp()}
    return session.execute(_held(mine).values(**values).returning(CollectorRun.id)).first() is not None


def dead_runs(session: Session, dead_after: timedelta) -> list[tuple[str, datetime]]:
    """Source and slot of each run whose collector has not been heard of for `dead_after`."""
    dead = select(CollectorRun.source, CollectorRun.slot).where(
        CollectorRun.status == "running", CollectorRun.heartbeat_at <= func.clock_timestamp() - dead_after
    )
    return [(row.source, row.slot) for row in session.execute(dead)]


def abandon(session: Session, *, source: str, slot: datetime, dead_after: timedelta) -> None:
    """Give up a dead run that nobody will take over: it must not seem to be running."""
    session.execute(
        update(CollectorRun)
        .where(
            CollectorRun.source == source,
            CollectorRun.slot == slot,
            CollectorRun.status == "running",
            CollectorRun.heartbeat_at <= func.clock_timestamp() - dead_after,
        )
        .values(status="abandoned", finished_at=func.clock_timestamp(), error="the collector died")
    )


def source_states(session: Session) -> dict[str, SourceState]:
    """What each source remembers, by name."""
    return {state.name: state for state in session.execute(select(SourceState)).scalars()}


def source_state(session: Session, name: str) -> SourceState:
    """What a source remembers; an empty memory, not stored, where it never ran."""
    stored = session.get(SourceState, name)
    return stored or SourceState(name=name, enabled=None, cursor={}, validators={}, covered={}, failures_in_a_row=0)


def last_success(session: Session) -> SourceState | None:
    """The source that was collected last, if any ever was."""
    succeeded = select(SourceState).where(SourceState.last_success_at.is_not(None))
    return session.scalars(succeeded.order_by(SourceState.last_success_at.desc()).limit(1)).first()


def remember(session: Session, name: str, **changes: Any) -> None:
    """Store what a source remembers from now on; `rows` is added to what it brought so far."""
    empty = {"cursor": {}, "validators": {}, "covered": {}, "failures_in_a_row": 0, "rows": 0}
    values = {**changes, "updated_at": func.clock_timestamp()}
    summed = {"rows": SourceState.__table__.c.rows + changes["rows"]} if "rows" in changes else {}
    session.execute(
        upsert(SourceState)
        .values(name=name, **{**empty, **values})
        .on_conflict_do_update(index_elements=["name"], set_=values | summed)
    )


def keep_rejects(session: Session, mine: Claim, rejects: Iterable[tuple[str, str]]) -> None:
    """Store refused items, each a reason and a payload."""
    rows = [
        {
            "collector_run": mine.run,
            "source": mine.source,
            "reason": reason,
            "payload": payload.replace("\0", "\\0"),
            "rejected_at": mine.now,
        }
        for reason, payload in rejects
    ]
    if rows:
        session.execute(insert(Reject), rows)


def run_of(session: Session, mine: Claim) -> CollectorRun:
    """The run as it stands."""
    return session.execute(select(CollectorRun).where(CollectorRun.id == mine.run)).scalar_one()


def stored_keys(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> set[tuple[Any, ...]]:
    """Which of the rows' natural keys the table holds already."""
    names = natural_key(model)
    columns = [model.__table__.c[name] for name in names]
    found: set[tuple[Any, ...]] = set()
    for start in range(0, len(rows), KEYS_AT_ONCE):
        keys = [tuple(row[name] for name in names) for row in rows[start : start + KEYS_AT_ONCE]]
        held = select(*columns).where(tuple_(*columns).in_(keys))
        found.update(tuple(row) for row in session.execute(held))
    return found


def latest_runs(session: Session, sources: Iterable[str]) -> dict[str, CollectorRun]:
    """The latest run of each of these sources that ever ran, by name; each is one look at an index."""

    def latest(source: str) -> Any:
        mine = select(CollectorRun.id).where(CollectorRun.source == source)
        return select(mine.order_by(CollectorRun.slot.desc()).limit(1).subquery().c.id)

    wanted = [latest(source) for source in sources]
    if not wanted:
        return {}
    found = session.execute(select(CollectorRun).where(CollectorRun.id.in_(union_all(*wanted)))).scalars()
    return {run.source: run for run in found}


def _held(mine: Claim) -> Any:
    return update(CollectorRun).where(
        CollectorRun.id == mine.run, CollectorRun.token == mine.token, CollectorRun.status == "running"
    )
