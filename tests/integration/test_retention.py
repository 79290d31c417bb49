"""What the collectors' books forget, and what they keep."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from collectors.collection import Means
from collectors.config import CollectSettings, QualitySettings
from collectors.monitor import Monitor
from collectors.redaction import Redactor
from ledgers.health import Alert, CollectorRun, QualityVerdict, Reject
from ledgers.notices import Notice

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


def a_run(slot, *, inserted=0, revised=0, status="succeeded"):
    times = {"slot": slot, "started_at": slot, "heartbeat_at": slot}
    return CollectorRun(source="x", token=1, worker="w", status=status, inserted=inserted, revised=revised, **times)


def a_verdict(at):
    scores = {"completeness": 1.0, "timeliness": 1.0, "accuracy": 1.0, "score": 1.0, "state": "fresh", "facts": {}}
    return QualityVerdict(ledger="glass", source="x", series="*", judged_at=at, **scores)


def books(now):
    """Of each kind one that is young and one that is old."""
    for at in (now - DAY, now - 100 * DAY):
        yield a_run(at)
        yield a_verdict(at)
        yield Reject(source="x", reason="bad", payload="{}", rejected_at=at)
        told = {"kind": "listing", "level": "high", "subject": "x", "text": "t", "symbols": []}
        yield Notice(key=str(at), happened_at=at, noticed_at=at, **told)
        yield Alert(kind=str(at), subject="x", level="high", text="t", raised_at=at, recovered_at=at)
    yield Alert(kind="standing", subject="x", level="high", text="t", raised_at=now - 100 * DAY)


async def test_old_books_go_and_runs_that_brought_rows_stay(ledger):
    now = datetime.now(UTC)
    with ledger.session() as session:
        session.add_all(books(now))
        minutes = (timedelta(minutes=n) for n in range(1, 4))
        kept = [{"inserted": 1}, {"revised": 1}, {"status": "running"}]
        session.add_all(a_run(now - 100 * DAY - minute, **what) for minute, what in zip(minutes, kept, strict=True))
    means = Means(ledger, None, CollectSettings(), Redactor([]))
    await Monitor(means, {}, QualitySettings()).look()
    with ledger.session() as session:
        models = (CollectorRun, QualityVerdict, Reject, Notice, Alert)
        left = [session.execute(select(func.count()).select_from(model)).scalar_one() for model in models]
    assert left == [4, 1, 1, 1, 2]
