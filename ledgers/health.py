"""How the collecting goes: runs, slots, rejects, source state, quality verdicts, alerts."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from ledgers.base import Base


class SourceState(Base):
    """What a source remembers between runs: cursor, conditional-request headers, whether it is switched on."""

    __tablename__ = "source_states"
    name: Mapped[str] = mapped_column(primary_key=True)
    enabled: Mapped[bool | None]  # None: as the source declares
    cursor: Mapped[dict[str, Any]] = mapped_column(default=dict)
    validators: Mapped[dict[str, Any]] = mapped_column(default=dict)  # url -> ETag, Last-Modified
    covered: Mapped[dict[str, Any]] = mapped_column(default=dict)  # which stretches of history are fetched
    failures_in_a_row: Mapped[int] = mapped_column(default=0)
    rows: Mapped[int] = mapped_column(BigInteger, default=0)  # that it brought, of all time
    last_success_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]


class CollectorRun(Base):
    """One run of one source in one slot; `token` fences off a collector that lost its lease."""

    __tablename__ = "collector_runs"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    source: Mapped[str]
    slot: Mapped[datetime]
    token: Mapped[int] = mapped_column(BigInteger)
    worker: Mapped[str]
    status: Mapped[str]  # running | succeeded | partial | failed | abandoned
    started_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    fetched: Mapped[int] = mapped_column(default=0)
    inserted: Mapped[int] = mapped_column(default=0)
    duplicate: Mapped[int] = mapped_column(default=0)
    revised: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]


class Reject(Base):
    """An item that was not taken, with its payload and the reason."""

    __tablename__ = "rejects"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    collector_run: Mapped[int | None] = mapped_column(BigInteger, index=True)
    source: Mapped[str]
    reason: Mapped[str]
    payload: Mapped[str]
    rejected_at: Mapped[datetime]


class QualityVerdict(Base):
    """What the quality monitor thought of one series at one time; scores run from 0 to 1."""

    __tablename__ = "quality_verdicts"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    ledger: Mapped[str]
    source: Mapped[str]
    series: Mapped[str]
    judged_at: Mapped[datetime]
    newest_observed_at: Mapped[datetime | None]
    completeness: Mapped[float]
    timeliness: Mapped[float]
    accuracy: Mapped[float]
    score: Mapped[float]
    state: Mapped[str]  # fresh | warn | error
    facts: Mapped[dict[str, Any]]


class Alert(Base):
    """A condition a person should know of: raised once, escalated, recovered; of one subject one stands at a time."""

    __tablename__ = "alerts"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    level: Mapped[str]  # warning | high
    text: Mapped[str]
    raised_at: Mapped[datetime]
    escalated_at: Mapped[datetime | None]
    recovered_at: Mapped[datetime | None]


Index(None, CollectorRun.source, CollectorRun.slot, unique=True)
Index(None, Reject.source, Reject.rejected_at)
Index(None, QualityVerdict.source, QualityVerdict.series, QualityVerdict.judged_at)
Index(
    "uq_alerts_open",
    Alert.subject,
    unique=True,
    postgresql_where=Alert.recovered_at.is_(None),
)
