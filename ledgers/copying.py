"""Frame to COPY stream: binary, built by numpy, where rows fall into few groups of one shape; row by row otherwise."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
from psycopg import Cursor

HEADER: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER: Final = b"\xff\xff"
CHUNK_ROWS: Final = 8_192
FEW_ROWS: Final = 1_000  # below it, row by row is as fast
ROWS_PER_GROUP: Final = 64  # below it, building one numpy record type per group costs more than it saves
_POSTGRES_EPOCH_US: Final = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
_POSTGRES_EPOCH_DAYS: Final = (date(2000, 1, 1) - date(1970, 1, 1)).days
_WIRE: Final[dict[pl.DataType, str]] = {
    pl.Float64(): ">f8",
    pl.Int64(): ">i8",
    pl.Int32(): ">i4",
    pl.Boolean(): "u1",
    pl.Datetime("us", "UTC"): ">i8",
    pl.Date(): ">i4",
}


def copy_frame(cursor: Cursor[Any], table: str, frame: pl.DataFrame, *, textual: frozenset[str]) -> None:
    """COPY a frame into a table whose columns are the frame's.

    Args:
        cursor: in the transaction that is to hold the rows.
        table: a quoted identifier.
        frame: typed as `ledgers.batch.shaped` makes it.
        textual: columns that travel as text though the table holds numeric or JSONB.
    """
    columns = ", ".join(f'"{name}"' for name in frame.columns)
    groups = [] if textual & set(_filled(frame)) else groups_of_one_shape(frame)
    if groups:
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(HEADER)
            for group in groups:
                for piece in binary(group):
                    copy.write(piece)
            copy.write(TRAILER)
        return
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in frame.iter_rows():
            copy.write_row(row)


def groups_of_one_shape(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """The frame split by its texts and by where it is null; [] where that gives too many small groups."""
    if frame.height < FEW_ROWS or any(dtype != pl.String and dtype not in _WIRE for dtype in frame.dtypes):
        return []
    texts = [name for name, dtype in frame.schema.items() if dtype == pl.String and not is_constant(frame[name])]
    gaps = [name for name in frame.columns if name not in texts and 0 < frame[name].null_count() < frame.height]
    if not texts and not gaps:
        return [frame]
    shapes = frame.select(*texts, *(pl.col(name).is_null() for name in gaps))
    if shapes.n_unique() * ROWS_PER_GROUP > frame.height + ROWS_PER_GROUP:
        return []
    marked = frame.with_columns(pl.col(name).is_null().alias(f"{name} is null") for name in gaps)
    by = [*texts, *(f"{name} is null" for name in gaps)]
    return [part.select(frame.columns) for part in marked.partition_by(by, maintain_order=True)]


def is_constant(series: pl.Series) -> bool:
    """Whether a column says the same in every row; null counts as saying something."""
    return series.null_count() == series.len() if series[0] is None else bool(series.eq_missing(series[0]).all())


def binary(group: pl.DataFrame) -> Iterator[memoryview]:
    """The rows of one shape in COPY's binary format, in pieces that are only good until the next one is asked for."""
    records, varying = _records(group.head(1), min(group.height, CHUNK_ROWS))
    for start in range(0, group.height, CHUNK_ROWS):
        part = group.slice(start, CHUNK_ROWS)
        for field, name in varying.items():
            records[field][: part.height] = _values(part[name])
        yield records[: part.height].data.cast("B")


def _records(first: pl.DataFrame, rows: int) -> tuple[npt.NDArray[np.void], dict[str, str]]:
    """Records that hold all but the values of fixed width, and which column each of those comes from."""
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    filling: dict[str, Any] = {"fields": first.width}
    varying: dict[str, str] = {}
    for at, series in enumerate(first.iter_columns()):
        text = series[0].encode() if series.dtype == pl.String and series[0] is not None else b""
        wire = "" if series[0] is None else f"V{len(text)}" * bool(text) or _WIRE.get(series.dtype, "")
        layout.append((f"length{at}", ">i4"))
        filling[f"length{at}"] = np.dtype(wire).itemsize if wire else -1 if series[0] is None else 0
        if wire:
            layout.append((f"value{at}", wire))
        if text:
            filling[f"value{at}"] = np.void(text)
        elif wire:
            varying[f"value{at}"] = series.name
    record = np.zeros(1, dtype=np.dtype(layout))
    for name, value in filling.items():
        record[name] = value
    return np.repeat(record, rows), varying


def _values(series: pl.Series) -> npt.NDArray[Any]:
    if series.dtype == pl.Date:
        return series.to_physical().to_numpy() - _POSTGRES_EPOCH_DAYS
    if isinstance(series.dtype, pl.Datetime):
        return series.to_physical().to_numpy() - _POSTGRES_EPOCH_US
    return series.to_numpy()


def _filled(frame: pl.DataFrame) -> list[str]:
    return [name for name in frame.columns if frame[name].null_count() < frame.height]
