"""What an import reads and writes beside the records: its run, its rejects, and what is stored already."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import polars as pl
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ledgers.base import Base, natural_key
from ledgers.batch import columns_of
from ledgers.health import CollectorRun, Reject
from ledgers.store import Ledger, WriteReport


def start_import(session: Session, file: str, at: datetime) -> int:
    """Note that a file is being imported; returns the run's id."""
    run = CollectorRun(
        source=f"import:{file}",
        slot=at,
        token=0,
        worker="omc import",
        status="running",
        started_at=at,
        heartbeat_at=at,
    )
    session.add(run)
    session.flush()
    return run.id


def end_import(session: Session, run: int, counts: WriteReport, rejected: int) -> None:
    """Note what became of the file's records."""
    row = session.get_one(CollectorRun, run)
    row.status = "partial" if rejected else "succeeded"
    row.finished_at = row.started_at
    row.attempts = 1
    row.inserted, row.duplicate, row.revised, row.rejected = (
        counts.inserted,
        counts.duplicate,
        counts.revised,
        rejected,
    )
    row.fetched = counts.inserted + counts.duplicate + counts.revised + rejected


def store_rejects(session: Session, source: str, run: int, refused: Iterable[tuple[str, str]], at: datetime) -> int:
    """Keep refused items as (reason, payload), each once however often it comes; returns how many are new."""
    wanted = dict.fromkeys((reason, payload.replace("\x00", "\\0")) for reason, payload in refused)
    if not wanted:
        return 0
    stored = session.execute(select(Reject.reason, Reject.payload).where(Reject.source == source))
    held = {(reason, payload) for reason, payload in stored}
    rows: list[Mapping[str, object]] = [
        {"collector_run": run, "source": source, "reason": reason, "payload": payload, "rejected_at": at}
        for reason, payload in wanted
        if (reason, payload) not in held
    ]
    if rows:
        session.execute(insert(Reject), rows)
    return len(rows)


def with_what_is_stored(ledger: Ledger, model: type[Base], rows: pl.DataFrame, time: str) -> pl.DataFrame:
    """Fill the columns that `rows` lack with what is stored for the same keys.

    A file without volumes says nothing about volumes: it must not wipe out those we hold.
    """
    key = list(natural_key(model))
    silent = [
        column
        for column in columns_of(model)
        if column.name not in rows.columns and column.nullable and column.type.python_type in {float, int, str}
    ]
    if not silent or not rows.height or time not in key:
        return rows
    table = model.__table__
    stored = select(*(table.c[name] for name in key), *silent)
    stored = stored.where(table.c[time].between(rows[time].min(), rows[time].max()))
    if "symbol" in key:
        stored = stored.where(table.c["symbol"].in_(rows["symbol"].unique().to_list()))
    return rows.join(ledger.frame(stored), on=key, how="left", maintain_order="left")
