"""What the collectors' books need not keep for ever. Ledger rows are never removed, nor the runs that brought them."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, CursorResult, delete, select
from sqlalchemy.orm import Session

from ledgers.health import Alert, CollectorRun, QualityVerdict, Reject
from ledgers.notices import Notice

AT_ONCE: Final = 20_000
"""So many rows of a table at most: the first time, there may be many."""


def prune(session: Session, *, runs_before: datetime, verdicts_before: datetime) -> int:
    """Remove what is older. Returns how many rows went.

    Args:
        session: an open session.
        runs_before: from when on runs that brought nothing, refused items and notices are kept.
        verdicts_before: from when on verdicts, and alerts that are over, are kept.
    """
    brought_nothing = (CollectorRun.inserted == 0, CollectorRun.revised == 0, CollectorRun.status != "running")
    return sum(
        (
            _remove(session, CollectorRun, CollectorRun.slot < runs_before, *brought_nothing),
            _remove(session, Reject, Reject.rejected_at < runs_before),
            _remove(session, Notice, Notice.noticed_at < runs_before),
            _remove(session, QualityVerdict, QualityVerdict.judged_at < verdicts_before),
            _remove(session, Alert, Alert.recovered_at < verdicts_before),
        )
    )


def _remove(session: Session, model: Any, *old: ColumnElement[bool]) -> int:
    doomed = select(model.id).where(*old).limit(AT_ONCE)
    removed = session.execute(delete(model).where(model.id.in_(doomed)))
    return removed.rowcount if isinstance(removed, CursorResult) else 0
