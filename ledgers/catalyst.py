"""The Catalyst ledger: dated causes, such as filings, listings, announcements, governance, scheduled events."""

from datetime import date, datetime
from typing import Any

import polars as pl
from sqlalchemy import Index, and_, case, or_
from sqlalchemy.orm import Mapped, mapped_column

from ledgers.base import Base, Record
from ledgers.reading import between, equals, mentions, rows, says, view
from ledgers.store import Ledger


class CatalystEvent(Record, Base):
    """Something dated that may move a price. `observed_at` is its publication, `occurs_at` when it takes effect."""

    __tablename__ = "catalyst_events"
    source: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    event_type: Mapped[str]  # filing | listing | delisting | announcement | governance | halving | upgrade | …
    title: Mapped[str]
    summary: Mapped[str | None]
    entity: Mapped[str | None]  # filer's ticker, venue, or governance space
    form: Mapped[str | None]  # 8-K, 4, 10-Q …
    items: Mapped[list[str]]  # 8-K items, such as 7.01
    symbols: Mapped[list[str]]
    occurs_at: Mapped[datetime | None]
    impact: Mapped[str | None]  # low | medium | high
    impact_reason: Mapped[str | None]
    details: Mapped[dict[str, Any] | None]


class InsiderTransaction(Record, Base):
    """One transaction line of a Form 4."""

    __tablename__ = "insider_transactions"
    accession: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str]
    insider: Mapped[str]
    role: Mapped[str | None]
    code: Mapped[str]  # SEC transaction code: P, S, A, M, F …
    security: Mapped[str]
    transacted_on: Mapped[date]
    acquired: Mapped[bool]
    shares: Mapped[float | None]
    price_usd: Mapped[float | None]
    shares_after: Mapped[float | None]
    derivative: Mapped[bool]


Index(None, CatalystEvent.event_type, CatalystEvent.observed_at)
Index(None, CatalystEvent.entity, CatalystEvent.observed_at)
Index(None, CatalystEvent.symbols, postgresql_using="gin")


def catalyst_events(
    ledger: Ledger,
    *,
    symbol: str | None = None,
    event_type: str | None = None,
    entity: str | None = None,
    form: str | None = None,
    text: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    as_of: datetime | None = None,
    limit: int | None = None,
) -> pl.DataFrame:
    """Events published in the window, or published earlier to take effect in it, newest first.

    Args:
        ledger: the database.
        symbol: only those that touch this coin.
        event_type: such as filing, listing, halving.
        entity: filer's ticker, venue or governance space.
        form: such as 8-K or 4.
        text: only those with all these words in title or summary, whole words in singular or plural.
        start: inclusive, aware UTC.
        end: exclusive, aware UTC.
        as_of: what was known at this time, which may lie ahead of it; None: the present.
        limit: how many at most; None: all.
    """
    source = view(CatalystEvent, as_of)
    ahead = source.c.occurs_at > source.c.observed_at
    happens_at = case((ahead, source.c.occurs_at), else_=source.c.observed_at)
    wanted = rows(source, url=True).where(
        *mentions(source.c.symbols, symbol),
        *equals((source.c.event_type, event_type), (source.c.entity, entity), (source.c.form, form)),
        *says([source.c.title, source.c.summary], text),
        or_(between(source.c.observed_at, start, end), and_(ahead, between(source.c.occurs_at, start, end))),
    )
    return ledger.frame(wanted.order_by(happens_at.desc(), source.c.source, source.c.external_id).limit(limit))


def insider_transactions(
    ledger: Ledger,
    *,
    issuer: str | None = None,
    code: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    as_of: datetime | None = None,
    limit: int | None = None,
) -> pl.DataFrame:
    """Transaction lines of Forms 4 filed in the window, newest first.

    Args:
        ledger: the database.
        issuer: the company's ticker.
        code: SEC transaction code, such as P or S.
        start: first filing, inclusive, aware UTC.
        end: last filing, exclusive, aware UTC.
        as_of: what was known at this time; None: the present.
        limit: how many at most; None: all.
    """
    source = view(InsiderTransaction, as_of)
    wanted = rows(source, url=True).where(
        *equals((source.c.issuer, issuer), (source.c.code, code)), between(source.c.observed_at, start, end)
    )
    return ledger.frame(wanted.order_by(source.c.observed_at.desc(), source.c.accession, source.c.line).limit(limit))
