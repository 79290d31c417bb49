"""What people are told of once: a listing, a delisting, an 8-K, and how the quality of a feed changes.

Notices are numbered in the order in which they become visible, so whoever has read up to a number misses nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Identity,
    Index,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, Session, mapped_column

from ledgers.base import Base, history_of
from ledgers.catalyst import CatalystEvent
from ledgers.conversation import User

TOLD: Final = timedelta(days=1)
"""What is older is history, not news."""
MOST: Final = 50
LEASE: Final = timedelta(minutes=10)
AGAIN: Final = timedelta(minutes=1)
QUALITY: Final = ("raised", "escalated", "recovered")
"""Kinds of notice that speak of an alert."""


class Notice(Base):
    """Something that happened: a catalyst that was published, or an alert that changed."""

    __tablename__ = "notices"
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)  # what makes it one and the same
    kind: Mapped[str]  # listing | delisting | 8-K | raised | escalated | recovered
    level: Mapped[str]  # info | low | medium | warning | high
    subject: Mapped[str]  # the source
    text: Mapped[str]
    url: Mapped[str | None]
    symbols: Mapped[list[str]]
    happened_at: Mapped[datetime]
    noticed_at: Mapped[datetime]


class Delivery(Base):
    """A notice on its way to a webhook or a mailbox; `due_at` is when to try next."""

    __tablename__ = "deliveries"
    notice_id: Mapped[int] = mapped_column(ForeignKey("notices.id", ondelete="CASCADE"), primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)  # webhook | email
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]


Index(None, Delivery.due_at, postgresql_where=Delivery.delivered_at.is_(None))


def in_order(session: Session) -> None:
    """Number notices one transaction after the other: a lower number never becomes visible after a higher one."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("notices", 0))))


def tell(session: Session, *, key: str, **values: Any) -> None:
    """Notice something, once by its key."""
    in_order(session)
    values = {"symbols": [], "url": None, "noticed_at": func.clock_timestamp(), **values}
    session.execute(upsert(Notice).values(key=key, **values).on_conflict_do_nothing())


def announce(session: Session, *, run: int, now: datetime) -> int:
    """Notice the listings, delistings and 8-Ks that a collector run was the first to bring. Returns how many.

    What was published longer ago than `TOLD`, and what was only edited, is none.
    """
    event, past = CatalystEvent.__table__.c, history_of(CatalystEvent).c
    edited = exists().where(past.source == event.source, past.external_id == event.external_id)
    current_report = or_(event.form == "8-K", event.form == "8-K/A")
    brought = select(
        (event.source + "/" + event.external_id).label("key"),
        case((current_report, "8-K"), else_=event.event_type).label("kind"),
        func.coalesce(event.impact, "medium").label("level"),
        event.source.label("subject"),
        event.title.label("text"),
        event.url,
        event.symbols,
        event.observed_at.label("happened_at"),
        func.clock_timestamp().label("noticed_at"),
    ).where(
        event.collector_run == run,
        event.observed_at > now - TOLD,
        or_(current_report, event.event_type.in_(("listing", "delisting"))),
        ~edited,
    )
    if not session.execute(select(brought.exists())).scalar_one():
        return 0
    in_order(session)
    names = [column.name for column in brought.selected_columns]
    told = upsert(Notice).from_select(names, brought.order_by(event.observed_at)).on_conflict_do_nothing()
    return len(session.execute(told.returning(Notice.id)).all())


def newest(session: Session) -> int:
    """The number of the newest notice; 0 where there is none."""
    return session.execute(select(func.coalesce(func.max(Notice.id), 0))).scalar_one()


def latest(session: Session, *, kinds: Sequence[str] | None = None) -> list[Notice]:
    """The newest notices, newest first."""
    wanted = select(Notice).order_by(Notice.id.desc()).limit(MOST)
    return list(session.execute(wanted.where(Notice.kind.in_(kinds)) if kinds else wanted).scalars())


def unread(session: Session, *, user_id: str, after: int | None) -> tuple[list[Notice], int]:
    """What a person's page has not shown yet, oldest first, and the number up to which it has then been told.

    Args:
        session: an open session.
        user_id: the person; all their pages together advance one mark, from which a new page goes on.
        after: up to which number this page was told; None: it is new.
    """
    last = newest(session)
    mark = session.execute(select(User.noticed).where(User.id == user_id)).scalar_one()
    # A page that was told of more than there is speaks of another database; a new person is told of nothing old.
    begin = after if after is not None and after <= last else last if mark is None else mark
    wanted = select(Notice).where(Notice.id > begin, Notice.noticed_at > func.clock_timestamp() - TOLD)
    found = session.execute(wanted.order_by(Notice.id.desc()).limit(MOST)).scalars().all()
    if mark is None or mark < last:
        session.execute(update(User).where(User.id == user_id).values(noticed=last))
    return list(reversed(found)), last


def claim_deliveries(session: Session, channels: Sequence[str]) -> list[tuple[Delivery, Notice]]:
    """What is to be sent now: each to one process, which has `LEASE` to do it before another one may.

    Alerts of the last hour are taken up for every channel that is set; what is taken up is tried for as long as it
    is news.
    """
    present = func.clock_timestamp()
    for channel in channels:
        fresh = select(Notice.id, literal(channel), literal(0), present).where(
            Notice.kind.in_(QUALITY), Notice.noticed_at > present - timedelta(hours=1)
        )
        columns = ["notice_id", "channel", "attempts", "due_at"]
        session.execute(upsert(Delivery).from_select(columns, fresh).on_conflict_do_nothing())
    due = (
        select(Delivery, Notice)
        .join(Notice, Notice.id == Delivery.notice_id)
        .where(Delivery.delivered_at.is_(None), Delivery.due_at <= present, Delivery.channel.in_(channels))
        .where(Notice.noticed_at > present - TOLD)
        .order_by(Notice.id)
        .limit(MOST)
        .with_for_update(of=Delivery, skip_locked=True)
    )
    claimed = [(delivery, notice) for delivery, notice in session.execute(due)]
    _mark(session, [delivery for delivery, _ in claimed], attempts=Delivery.attempts + 1, due_at=present + LEASE)
    return claimed


def arrived(session: Session, deliveries: Sequence[Delivery]) -> None:
    """They arrived: they are never sent again."""
    _mark(session, deliveries, delivered_at=func.clock_timestamp())


def postpone(session: Session, deliveries: Sequence[Delivery]) -> None:
    """They did not arrive: try again after a minute, then after two, four … up to half an hour."""
    seconds = AGAIN.total_seconds() * func.power(2, func.least(Delivery.attempts - 1, 5))
    _mark(session, deliveries, due_at=func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, seconds))


def _mark(session: Session, deliveries: Sequence[Delivery], **values: Any) -> None:
    keys = [(delivery.notice_id, delivery.channel) for delivery in deliveries]
    same = tuple_(Delivery.notice_id, Delivery.channel).in_(keys)
    session.execute(update(Delivery).where(same, Delivery.delivered_at.is_(None)).values(**values))
