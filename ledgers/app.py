"""Users, threads, runs and their events, artifacts, feedback: small functions that know who may see what.

What belongs to somebody else, or to a deleted thread, is treated as not existing: `NotFound`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import uuid4

from sqlalchemy import Select, delete, exists, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ledgers.base import Base
from ledgers.conversation import ActionEffect, Artifact, Feedback, Run, RunEvent, Thread, User
from ledgers.errors import BadArgument, NotFound

LOCAL_USER: Final = "local"
Found = TypeVar("Found", bound=Base)


def ensure_local_user(session: Session, *, now: datetime) -> User:
    """The user of a machine used by one person; made once, without a password."""
    values = {"id": LOCAL_USER, "name": LOCAL_USER, "role": "admin", "settings": {}, "created_at": now}
    session.execute(insert(User).values(values).on_conflict_do_nothing())
    return session.scalars(select(User).where(User.id == LOCAL_USER)).one()


def create_user(session: Session, *, name: str, password_hash: str, now: datetime, role: str = "user") -> User:
    """A new user; names are unique whatever their case.

    Raises:
        BadArgument: the name is empty or taken.
    """
    wanted = name.strip()
    if not wanted:
        raise BadArgument("A user needs a name.")
    if get_user_by_name(session, name=wanted) is not None:
        raise BadArgument(f"There is already a user named '{wanted}'.")
    user = User(id=uuid4().hex, name=wanted, password_hash=password_hash, role=role, settings={}, created_at=now)
    session.add(user)
    session.flush()
    return user


def get_user_by_name(session: Session, *, name: str) -> User | None:
    """The user of that name, whatever its case."""
    return session.scalars(select(User).where(func.lower(User.name) == name.strip().lower())).one_or_none()


def create_thread(
    session: Session, *, user_id: str, now: datetime, name: str | None = None, thread_id: str | None = None
) -> Thread:
    """A new conversation of a user."""
    thread = Thread(
        id=thread_id or uuid4().hex, user_id=user_id, name=name, settings={}, created_at=now, updated_at=now
    )
    session.add(thread)
    session.flush()
    return thread


def owned_thread(session: Session, *, thread_id: str, user_id: str, lock: bool = False) -> Thread:
    """The user's thread; with `lock` it stays theirs alone until the transaction ends."""
    return _one(session, _threads_of(user_id).where(Thread.id == thread_id), "thread", lock=lock)


def list_threads(
    session: Session, *, user_id: str, search: str | None = None, before: str | None = None, limit: int = 20
) -> list[Thread]:
    """A user's threads, last used first.

    Args:
        session: an open session.
        user_id: the owner.
        search: only threads whose name or one of whose messages holds this text, whatever its case.
        before: the id of the last thread of the page before.
        limit: how many at most.
    """
    wanted = _threads_of(user_id)
    if search:
        said = exists().where(Run.thread_id == Thread.id, Run.message.icontains(search, autoescape=True))
        wanted = wanted.where(or_(Thread.name.icontains(search, autoescape=True), said))
    if before:
        last = select(Thread.updated_at, Thread.id).where(Thread.id == before, Thread.user_id == user_id)
        wanted = wanted.where(tuple_(Thread.updated_at, Thread.id) < last.scalar_subquery())
    return list(session.scalars(wanted.order_by(Thread.updated_at.desc(), Thread.id.desc()).limit(limit)))


def rename_thread(session: Session, *, thread_id: str, user_id: str, name: str) -> Thread:
    """Give the user's thread a name."""
    thread = owned_thread(session, thread_id=thread_id, user_id=user_id)
    thread.name = name
    return thread


def delete_thread(session: Session, *, thread_id: str, user_id: str, now: datetime) -> list[str]:
    """Delete the user's thread with its runs, events, artifact rows and feedback; what it did stays on record.

    Returns:
        The hashes of the bytes that its artifacts named, which nobody may need any more.
    """
    thread = owned_thread(session, thread_id=thread_id, user_id=user_id, lock=True)
    thread.deleted_at = now
    hashes = session.scalars(select(Artifact.sha256).where(Artifact.thread_id == thread_id).distinct()).all()
    for model in (Feedback, Artifact, Run):
        session.execute(delete(model).where(model.thread_id == thread_id))
    return sorted(hashes)


def runs_of(session: Session, *, thread_id: str, user_id: str) -> list[Run]:
    """The runs of the user's thread, oldest first."""
    owned_thread(session, thread_id=thread_id, user_id=user_id)
    return list(session.scalars(select(Run).where(Run.thread_id == thread_id).order_by(Run.started_at, Run.id)))


def owned_run(session: Session, *, run_id: str, user_id: str, lock: bool = False) -> Run:
    """The user's run."""
    mine = select(Run).join(Thread, Thread.id == Run.thread_id).where(Run.id == run_id, Run.user_id == user_id)
    return _one(session, mine.where(Thread.deleted_at.is_(None)), "run", lock=lock)


def append_event(session: Session, *, run_id: str, kind: str, payload: Mapping[str, Any], at: datetime) -> int:
    """Add to what happened in a run. Returns the event's number, which follows the last one's."""
    _one(session, select(Run).where(Run.id == run_id), "run", lock=True)
    last = session.scalar(select(func.max(RunEvent.seq)).where(RunEvent.run_id == run_id)) or 0
    session.add(RunEvent(run_id=run_id, seq=last + 1, kind=kind, payload=storable(dict(payload)), at=at))
    session.flush()
    return last + 1


def events_of(session: Session, *, run_id: str, user_id: str, after: int = 0) -> list[RunEvent]:
    """What happened in the user's run after event number `after`, in order."""
    owned_run(session, run_id=run_id, user_id=user_id)
    wanted = select(RunEvent).where(RunEvent.run_id == run_id, RunEvent.seq > after)
    return list(session.scalars(wanted.order_by(RunEvent.seq)))


def artifacts_of(session: Session, *, thread_id: str, user_id: str) -> list[Artifact]:
    """The artifacts of the user's thread, oldest first."""
    owned_thread(session, thread_id=thread_id, user_id=user_id)
    wanted = select(Artifact).where(Artifact.thread_id == thread_id)
    return list(session.scalars(wanted.order_by(Artifact.created_at, Artifact.id)))


def owned_artifact(session: Session, *, artifact_id: str, user_id: str) -> Artifact:
    """The user's artifact."""
    mine = select(Artifact).join(Thread, Thread.id == Artifact.thread_id).where(Thread.deleted_at.is_(None))
    return _one(session, mine.where(Artifact.id == artifact_id, Artifact.user_id == user_id), "artifact")


def put_artifact(session: Session, artifact: Artifact) -> None:
    """Keep an artifact's row; a second one of the same id replaces the first."""
    session.merge(artifact)


def hold_bytes(session: Session, sha256: str) -> None:
    """Until this transaction ends, nobody else stores or throws away the bytes of that hash."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"artifact {sha256}", 0))))


def is_named(session: Session, sha256: str) -> bool:
    """Whether any artifact has the bytes of that hash."""
    return bool(session.scalar(select(exists().where(Artifact.sha256 == sha256))))


def put_feedback(session: Session, feedback: Feedback) -> None:
    """Keep a person's opinion of an answer in a thread of theirs; a second one replaces the first."""
    owned_thread(session, thread_id=feedback.thread_id, user_id=feedback.user_id)
    earlier = session.get(Feedback, feedback.id)
    if earlier is not None and earlier.user_id != feedback.user_id:
        raise NotFound("There is no such feedback.")
    session.merge(feedback)


def storable(value: Any) -> Any:
    """A JSON value as JSONB can hold it: without NUL and without half a surrogate pair."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    if isinstance(value, Mapping):
        return {storable(name): storable(item) for name, item in value.items()}
    return [storable(item) for item in value] if isinstance(value, Sequence) else value


def _threads_of(user_id: str) -> Select[Thread]:
    return select(Thread).where(Thread.user_id == user_id, Thread.deleted_at.is_(None))


def _one(session: Session, wanted: Select[Found], what: str, *, lock: bool = False) -> Found:
    found = session.scalars(wanted.with_for_update() if lock else wanted).one_or_none()
    if found is None:
        raise NotFound(f"There is no such {what}.")
    return found


__all__ = [
    "LOCAL_USER",
    "ActionEffect",
    "Artifact",
    "Feedback",
    "Run",
    "RunEvent",
    "Thread",
    "User",
    "append_event",
    "artifacts_of",
    "create_thread",
    "create_user",
    "delete_thread",
    "ensure_local_user",
    "events_of",
    "get_user_by_name",
    "hold_bytes",
    "is_named",
    "list_threads",
    "owned_artifact",
    "owned_run",
    "owned_thread",
    "put_artifact",
    "put_feedback",
    "rename_thread",
    "runs_of",
    "storable",
]
