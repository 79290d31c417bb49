"""Alerts: a condition a person should know of, raised, escalated and closed once, each time with a notice."""

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from ledgers import notices
from ledgers.health import Alert


def raise_alert(session: Session, *, kind: str, subject: str, level: str, message: str) -> str | None:
    """Raise an alert, or escalate the one that stands about the subject, of whatever kind, from warning to high.

    A feed that fails and whose data is stale for it is one thing to tell.

    Returns:
        "raised" or "escalated"; None where it stands already at that level or above.
    """
    table = Alert.__table__
    raised = upsert(Alert).values(
        kind=kind, subject=subject, level=level, text=message, raised_at=func.clock_timestamp()
    )
    changed = raised.on_conflict_do_update(
        index_elements=["subject"],
        index_where=text("recovered_at IS NULL"),
        set_={"level": level, "text": message, "escalated_at": func.clock_timestamp()},
        where=(table.c.level == "warning") & (raised.excluded.level == "high"),
    ).returning(Alert.id, Alert.escalated_at)
    row = session.execute(changed).first()
    if row is None:
        return None
    event = "raised" if row.escalated_at is None else "escalated"
    _notice(session, row.id, event, level=level, subject=subject, message=message)
    return event


def recover(session: Session, subject: str, *kinds: str) -> bool:
    """Close the alerts of these kinds about a subject; whether there were any."""
    closed = (
        update(Alert)
        .where(Alert.subject == subject, Alert.kind.in_(kinds), Alert.recovered_at.is_(None))
        .values(recovered_at=func.clock_timestamp())
    )
    over = session.execute(closed.returning(Alert.id)).scalars().all()
    for alert in over:
        _notice(session, alert, "recovered", level="info", subject=subject, message=f"{subject} is well again.")
    return bool(over)


def standing(session: Session) -> list[Alert]:
    """The alerts that stand, oldest first."""
    wanted = select(Alert).where(Alert.recovered_at.is_(None)).order_by(Alert.raised_at, Alert.id)
    return list(session.execute(wanted).scalars())


def _notice(session: Session, alert: int, event: str, *, level: str, subject: str, message: str) -> None:
    told = {"kind": event, "level": level, "subject": subject, "text": message}
    notices.tell(session, key=f"alert/{alert}/{event}", happened_at=func.clock_timestamp(), **told)
