"""Runs and what happens in them: every change is one transaction that names the state it expects to find.

A run belongs to the process in `runs.owner` until `lease_until`; a process that lost its lease can write nothing.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

from psycopg import InterfaceError, OperationalError
from sqlalchemy import ColumnElement, exc, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ledgers.conversation import ActionEffect, Run, RunEvent, Thread
from ledgers.errors import LedgerUnavailable
from ledgers.store import Ledger

T = TypeVar("T")

DatabaseLost = (
    LedgerUnavailable,
    exc.OperationalError,
    exc.InterfaceError,
    exc.TimeoutError,
    OperationalError,
    InterfaceError,
    TimeoutError,
)
"""What is raised when Postgres is away: nothing was decided, go on when it is back."""

LEASE = timedelta(seconds=20)
DATABASE_SECONDS = 15.0
WAITING = ("question", "approval")
OPEN = ("running", *WAITING, "interrupted")

Note = tuple[str, dict[str, Any]]
"""A kind of event and its payload."""


async def transact(ledger: Ledger, work: Callable[[Session], T]) -> T:
    """Run `work` in one transaction, in a thread, under a deadline of our own: a black hole answers no timeout."""

    def whole() -> T:
        with ledger.session() as session:
            return work(session)

    async with asyncio.timeout(DATABASE_SECONDS):
        return await asyncio.to_thread(whole)


@dataclass(frozen=True)
class Expected:
    """What must hold for a run to change: whose it is, in which state, carried by whom."""

    user_id: str | None = None
    statuses: Sequence[str] = ()
    owner: str | None = None

    def conditions(self, run_id: str) -> list[ColumnElement[bool]]:
        """The same, as SQL."""
        found: list[ColumnElement[bool]] = [Run.id == run_id]
        if self.user_id is not None:
            found.append(Run.user_id == self.user_id)
        if self.statuses:
            found.append(Run.status.in_(self.statuses))
        if self.owner is not None:
            found.append(Run.owner == self.owner)
        return found


@dataclass(frozen=True)
class Change:
    """New values of the run and the events to write with them."""

    values: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[Note] = ()


@dataclass(frozen=True)
class Ending:
    """How a run ends: answered, failed, stopped or interrupted, and what else is said with it."""

    status: str
    error: str | None = None
    text: str = ""  # what was streamed of an answer that was cut off
    notes: Sequence[Note] = ()


def change(session: Session, run_id: str, expected: Expected, to: Change, *, at: datetime) -> list[int] | None:
    """Change a run and append events in one transaction.

    Args:
        session: an open transaction.
        run_id: the run.
        expected: what must hold; nothing is written otherwise.
        to: the new values and the events.
        at: aware UTC, stamped on the events.

    Returns:
        The sequence numbers of the events, or None where the run was not as expected.
    """
    statement = update(Run).where(*expected.conditions(run_id)).values(**(dict(to.values) or {"id": Run.id}))
    if session.execute(statement.returning(Run.id)).first() is None:
        return None
    last = session.scalar(select(func.coalesce(func.max(RunEvent.seq), 0)).where(RunEvent.run_id == run_id)) or 0
    for seq, (kind, payload) in enumerate(to.notes, last + 1):
        session.add(RunEvent(run_id=run_id, seq=seq, kind=kind, payload=payload, at=at))
    return list(range(last + 1, last + 1 + len(to.notes)))


def end(session: Session, run_id: str, expected: Expected, ending: Ending, *, at: datetime) -> list[RunEvent]:
    """End a run: its last event says how, what it used and how long it worked; none where it was not as expected."""
    run = session.scalar(select(Run).where(*expected.conditions(run_id)).with_for_update())
    if run is None:
        return []
    usage = {"input_tokens": run.input_tokens, "output_tokens": run.output_tokens, "cost_usd": run.cost_usd}
    worked = active_ms(events(session, run_id), at)
    said = {"status": ending.status, "usage": usage, "duration_ms": worked, "error": ending.error, "text": ending.text}
    values = {"status": ending.status, "error": ending.error, "finished_at": at, "owner": None, "lease_until": None}
    change(session, run_id, expected, Change(values, [*ending.notes, ("finished", said)]), at=at)
    session.flush()
    return events(session, run_id)[-1 - len(ending.notes) :]


def active_ms(past: Iterable[RunEvent], now: datetime) -> int:
    """How long a run has worked, without the time it waited for a person or lay interrupted."""
    total, since = timedelta(), None
    for event in past:
        if event.kind in {"started", "question_answered", "decided", "text_reset"}:
            since = since or event.at
        elif event.kind in {"question", "approval", "finished"} and since is not None:
            total, since = total + (event.at - since), None
    if since is not None:
        total += now - since
    return round(total / timedelta(milliseconds=1))


def new_run(session: Session, thread: Thread, *, owner: str, at: datetime, **said: Any) -> Run:
    """A run about to start. `said` are its message, model and as_of."""
    run = Run(
        id=str(uuid4()),
        thread_id=thread.id,
        user_id=thread.user_id,
        status="running",
        owner=owner,
        lease_until=at + LEASE,
        started_at=at,
        **said,
    )
    thread.updated_at = at
    session.add(run)
    session.flush()
    return run


def run_and_thread(session: Session, run_id: str) -> tuple[Run, Thread]:
    """A run and its conversation, for the process that carries it."""
    run = session.get_one(Run, run_id)
    thread = session.get_one(Thread, run.thread_id)
    return run, thread


def open_run(session: Session, thread_id: str) -> Run | None:
    """The run of a thread that has not ended, if any."""
    unended = select(Run).where(Run.thread_id == thread_id, Run.status.in_(OPEN))
    return session.scalars(unended.order_by(Run.started_at.desc()).limit(1)).first()


def events(session: Session, run_id: str, *, after: int = 0) -> list[RunEvent]:
    """The events of a run in order, from the one after `after`."""
    later = select(RunEvent).where(RunEvent.run_id == run_id, RunEvent.seq > after)
    session.flush()
    return list(session.scalars(later.order_by(RunEvent.seq)))


def deleted_since(session: Session, moment: datetime) -> list[str]:
    """The conversations deleted since a moment."""
    return list(session.scalars(select(Thread.id).where(Thread.deleted_at >= moment)))


def is_over(session: Session, run_id: str, seen: int) -> bool:
    """Whether the run has ended, or is gone, and its last event is the one seen."""
    run = session.get(Run, run_id)
    last = session.scalar(select(func.max(RunEvent.seq)).where(RunEvent.run_id == run_id)) or 0
    return run is None or (run.finished_at is not None and last <= seen)


def renew(session: Session, run_ids: Iterable[str], *, owner: str, until: datetime) -> set[str]:
    """Prolong the lease of the runs that this process carries; return the ids of those it still holds."""
    held = update(Run).where(Run.id.in_(run_ids), Run.owner == owner, Run.status == "running")
    return set(session.scalars(held.values(lease_until=until).returning(Run.id)))


def carried(session: Session) -> list[Run]:
    """Every run that some process is said to carry."""
    return list(session.scalars(select(Run).where(Run.status == "running")))


def count_usage(
    session: Session, run_id: str, *, input_tokens: int, output_tokens: int, cost_usd: float | None
) -> None:
    """Add what one call of the model used; an unknown price keeps the cost unknown."""
    total = None if cost_usd is None else func.coalesce(Run.cost_usd, 0.0) + cost_usd
    values = {
        "input_tokens": Run.input_tokens + input_tokens,
        "output_tokens": Run.output_tokens + output_tokens,
        "cost_usd": total,
    }
    session.execute(update(Run).where(Run.id == run_id).values(**values))


def effect_of(session: Session, *, thread_id: str, tool_call_id: str) -> ActionEffect:
    """The one effect of a tool call, claimed before."""
    return session.get_one(ActionEffect, (thread_id, tool_call_id))


def claim_effect(session: Session, effect: Mapping[str, Any]) -> bool:
    """Write the one row an action may have; False where it is there already.

    A second transaction waits here for the first: the loser never reaches the effect.
    """
    wanted = insert(ActionEffect).values(**effect).on_conflict_do_nothing().returning(ActionEffect.tool_call_id)
    return session.scalar(wanted) is not None


def expired(run: Run, now: datetime) -> bool:
    """Whether nobody renewed the run's lease in time."""
    return run.lease_until is None or run.lease_until < now
