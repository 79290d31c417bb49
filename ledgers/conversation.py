"""The product's own tables: users, threads, runs and their events, artifacts, effects, feedback."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from ledgers.base import Base


class User(Base):
    """A person. The local user has no password and is reached by a one-time link."""

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None]  # argon2
    role: Mapped[str] = mapped_column(default="user")
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    noticed: Mapped[int | None] = mapped_column(BigInteger)  # the newest notice any of their pages was told of
    created_at: Mapped[datetime]


class Thread(Base):
    """A conversation; its id is also the checkpointer's thread_id."""

    __tablename__ = "threads"
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str | None]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]


class Run(Base):
    """One turn of a thread, from the person's message to the end of the answer, with a life of its own."""

    __tablename__ = "runs"
    id: Mapped[str] = mapped_column(primary_key=True)
    thread_id: Mapped[str] = mapped_column(ForeignKey("threads.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    message: Mapped[str]
    status: Mapped[str]  # running | question | approval | answered | failed | stopped | interrupted
    as_of: Mapped[datetime | None]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    owner: Mapped[str | None]  # the process that carries it, fenced by `lease_until`
    lease_until: Mapped[datetime | None]
    model: Mapped[str]
    input_tokens: Mapped[int] = mapped_column(default=0)
    output_tokens: Mapped[int] = mapped_column(default=0)
    cost_usd: Mapped[float | None]
    error: Mapped[str | None]


class RunEvent(Base):
    """What happened in a run, in order: the truth from which the page and `omc ask` are rendered.

    Single tokens are not kept here: they live in the run's Redis stream, the whole answer ends up here.
    """

    __tablename__ = "run_events"
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    payload: Mapped[dict[str, Any]]
    at: Mapped[datetime]


class Artifact(Base):
    """A chart, table, file, model or report a run made; its bytes are in the store under `sha256`."""

    __tablename__ = "artifacts"
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    thread_id: Mapped[str] = mapped_column(ForeignKey("threads.id"))
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    name: Mapped[str]
    kind: Mapped[str]  # chart | table | file | model | report
    mime: Mapped[str]
    bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    tool: Mapped[str]
    tool_call_id: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    evidence: Mapped[list[str]]
    created_at: Mapped[datetime]


class ActionEffect(Base):
    """That an approved action took effect: at most one row, and so one effect, per tool call."""

    __tablename__ = "action_effects"
    thread_id: Mapped[str] = mapped_column(ForeignKey("threads.id"), primary_key=True)
    tool_call_id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    action: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    approved_by: Mapped[str]
    result: Mapped[str]
    at: Mapped[datetime]


class Feedback(Base):
    """A person's thumb, up or down, on an answer of theirs."""

    __tablename__ = "feedback"
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    thread_id: Mapped[str] = mapped_column(ForeignKey("threads.id"))
    step_id: Mapped[str]
    value: Mapped[int]
    comment: Mapped[str | None]
    at: Mapped[datetime]


Index(None, Thread.user_id, Thread.updated_at)
Index(None, Run.thread_id, Run.started_at)
Index(None, Artifact.thread_id, Artifact.created_at)
Index(None, Artifact.sha256)
Index(None, Feedback.thread_id)
