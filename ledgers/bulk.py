"""Bulk write: COPY straight into the table where a series is new, COPY to a temporary table and merge otherwise."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import polars as pl
from psycopg import Cursor
from sqlalchemy import DateTime
from sqlalchemy.orm import Session

from ledgers.base import Base, natural_key
from ledgers.batch import rounds, shaped, textual_columns
from ledgers.copying import copy_frame
from ledgers.merge import clear, listed, merge, prepare, quoted, tables

DIRECT_ROWS: Final = 2_000  # below it, looking for an empty range costs more than the merge
MARKET: Final = "simulated"  # key of Session.info: whether the session writes to the demo market
WORK_MEMORY: Final = "128MB"  # of one merge: it hashes the batch
SERIES_ROWS: Final = 50  # a direct COPY is for long series, not for one row of many


@dataclass(frozen=True)
class WriteReport:
    """What became of the rows given to `write`: new keys, versions already held, versions that changed something."""

    inserted: int = 0
    duplicate: int = 0
    revised: int = 0

    def __add__(self, other: "WriteReport") -> "WriteReport":
        """Both together."""
        return WriteReport(
            self.inserted + other.inserted, self.duplicate + other.duplicate, self.revised + other.revised
        )


def write(
    session: Session,
    model: type[Base],
    rows: Iterable[Mapping[str, Any]] | pl.DataFrame,
    *,
    written_at: datetime,
) -> WriteReport:
    """Write records of one table in the caller's transaction, under the rules of `ledgers.merge`.

    Writers of one table wait for each other until the end of their transactions; who writes several tables in one
    transaction does it in the order of their names.

    Args:
        session: its transaction holds the rows; nothing is committed here.
        model: a Record table.
        rows: mappings or a frame; what a column's default or null can stand for may be absent. Times are aware.
        written_at: when corrections of a version with the same known_at become known, aware UTC.

    Raises:
        ValueError: the rows do not fit the table, or belong to the other market: simulated rows never enter the live
            ledgers, nor others the demo's.
    """
    given = rows if isinstance(rows, pl.DataFrame) else list(rows)
    if not len(given):
        return WriteReport()
    frame = shaped(model, given)
    _of_one_market(frame, session.info.get(MARKET))
    session.flush()
    cursor: Cursor[Any] = session.connection().connection.driver_connection.cursor()  # type: ignore[union-attr]
    names, staged_before = tables(model), session.info.get(model) is session.get_transaction()
    session.info[model] = session.get_transaction()
    with cursor:
        prepare(cursor, names)
        report = WriteReport()
        for part in rounds(model, frame):
            if staged_before:
                clear(cursor, names)
            report += _write_part(cursor, model, part, written_at)
            staged_before = True
    return report + WriteReport(duplicate=frame.height - report.inserted - report.duplicate - report.revised)


def _of_one_market(frame: pl.DataFrame, simulated: bool | None) -> None:
    """A session that a `Ledger` opened knows which market it writes to."""
    if simulated is not None and (frame["simulated"] != simulated).any():
        strangers, market = ("real", "demo") if simulated else ("simulated", "live")
        raise ValueError(f"{strangers} rows do not belong in the {market} ledgers")


def _write_part(cursor: Cursor[Any], model: type[Base], part: pl.DataFrame, written_at: datetime) -> WriteReport:
    names, textual = tables(model), textual_columns(model)
    ordered = part.sort(natural_key(model)) if part.height >= DIRECT_ROWS else part
    if _is_new(cursor, model, ordered):
        copy_frame(cursor, names.table, ordered, textual=textual)
        return WriteReport(inserted=part.height)
    copy_frame(cursor, names.staged, ordered, textual=textual)
    if part.height >= DIRECT_ROWS:
        cursor.execute(f"SET LOCAL work_mem = '{WORK_MEMORY}'")
    inserted, revised = merge(cursor, names, written_at, staged=part.height)
    return WriteReport(inserted, part.height - inserted - revised, revised)


def _is_new(cursor: Cursor[Any], model: type[Base], frame: pl.DataFrame) -> bool:
    """Whether the table holds nothing between the first and the last time of each series of the frame."""
    *series, last = natural_key(model)
    if frame.height < DIRECT_ROWS or not isinstance(model.__table__.c[last].type, DateTime):
        return False
    spans = frame.group_by(series).agg(pl.col(last).min().alias("from"), pl.col(last).max().alias("to"))
    if spans.height * SERIES_ROWS > frame.height:
        return False
    types = ", ".join(["%s::text[]"] * len(series) + ["%s::timestamptz[]"] * 2)
    same = " AND ".join(f"t.{quoted(name)} = w.{quoted(name)}" for name in series)
    sql = f"""
        SELECT EXISTS (SELECT FROM unnest({types}) AS w({listed([*series, "from", "to"])}) WHERE EXISTS (
            SELECT FROM {quoted(str(model.__tablename__))} t
            WHERE {same} AND t.{quoted(last)} BETWEEN w."from" AND w."to"))"""
    return cursor.execute(sql, [spans[name].to_list() for name in spans.columns]).fetchone() == (False,)
