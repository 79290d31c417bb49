"""The rows of one bulk write as a polars frame that has every column of the table, typed and checked."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final

import polars as pl
from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Float, Integer, Numeric
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from ledgers.base import Base, natural_key
from ledgers.copying import FEW_ROWS, is_constant

TIME: Final = pl.Datetime("us", "UTC")


def columns_of(model: type[Base]) -> list[Column[Any]]:
    """The columns of a table in their order."""
    return [column for column in model.__table__.columns if isinstance(column, Column)]


def polars_type(column: Column[Any]) -> pl.DataType:
    """How a column travels; Decimal and JSON as text, which Postgres reads without loss."""
    kinds: tuple[tuple[type[Any], pl.DataType], ...] = (
        (Float, pl.Float64()),
        (Numeric, pl.String()),
        (BigInteger, pl.Int64()),
        (Integer, pl.Int32()),
        (Boolean, pl.Boolean()),
        (DateTime, TIME),
        (Date, pl.Date()),
        (ARRAY, pl.List(pl.String)),
    )
    return next((dtype for kind, dtype in kinds if isinstance(column.type, kind)), pl.String())


@cache
def textual_columns(model: type[Base]) -> frozenset[str]:
    """The columns that travel as text though the table holds numeric or JSONB."""
    exact = {c.name for c in columns_of(model) if isinstance(c.type, Numeric) and not isinstance(c.type, Float)}
    return frozenset(exact | {c.name for c in columns_of(model) if isinstance(c.type, JSONB)})


def shaped(model: type[Base], rows: Iterable[Mapping[str, Any]] | pl.DataFrame) -> pl.DataFrame:
    """The rows as a frame of the table's columns; what is absent takes the column's default, else null.

    Raises:
        ValueError: a column the table does not have, a naive time, or no value where the table needs one.
    """
    if isinstance(rows, pl.DataFrame):
        _known_columns(model, set(rows.columns))
        frame = rows.select(_expression(column, rows) for column in columns_of(model))
    else:
        given = list(rows)
        _known_columns(model, {name for row in given for name in row})
        frame = pl.DataFrame([_series(column, given) for column in columns_of(model)])
    _required(model, frame)
    return frame


def rounds(model: type[Base], frame: pl.DataFrame) -> list[pl.DataFrame]:
    """Split so that no natural key comes twice in a part, parts in the order of known_at.

    Of several versions with one known_at only the last given is kept: the others were never in force.
    """
    key = list(natural_key(model))
    if _is_unique(frame, key):
        return [frame]
    last = frame.unique(subset=[*key, "known_at"], keep="last", maintain_order=True).sort(
        "known_at", maintain_order=True
    )
    ranked = last.with_columns(pl.int_range(pl.len()).over(key).alias("__round"))
    return ranked.partition_by("__round", maintain_order=True, include_key=False)


def _is_unique(frame: pl.DataFrame, key: list[str]) -> bool:
    """Whether no key comes twice; of one series' rows in order only the times are looked at."""
    if frame.height < FEW_ROWS:
        return len(set(zip(*(frame[name].to_list() for name in key), strict=True))) == frame.height
    varying = [name for name in key if not is_constant(frame[name])]
    if len(varying) == 1 and frame[varying[0]].is_sorted():
        return frame[varying[0]].n_unique() == frame.height
    return bool(varying) and not frame.select(varying).is_duplicated().any()


def _known_columns(model: type[Base], names: set[str]) -> None:
    if strange := names - {column.name for column in columns_of(model)}:
        raise ValueError(f"{model.__tablename__} has no column {', '.join(sorted(strange))}")


def _required(model: type[Base], frame: pl.DataFrame) -> None:
    for column in columns_of(model):
        if not column.nullable and frame[column.name].has_nulls():
            raise ValueError(f"{model.__tablename__}.{column.name} must not be empty")


def _default(column: Column[Any]) -> Any:
    default = column.default
    return default.arg if default is not None and default.is_scalar else None  # type: ignore[attr-defined]


def _expression(column: Column[Any], frame: pl.DataFrame) -> pl.Expr:
    dtype = polars_type(column)
    if column.name not in frame.columns:
        return pl.lit(_default(column), dtype).alias(column.name)
    given = frame.schema[column.name]
    if isinstance(given, pl.Datetime) and given.time_zone is None:
        raise ValueError(f"{column.name} must be aware UTC")
    if isinstance(given, pl.Struct | pl.Object):
        return pl.col(column.name).map_elements(_converter(column), return_dtype=dtype)
    if isinstance(given, pl.Datetime):
        return pl.col(column.name).dt.convert_time_zone("UTC").cast(dtype)
    return pl.col(column.name).cast(dtype)


def _series(column: Column[Any], rows: list[Mapping[str, Any]]) -> pl.Series:
    convert, default, name = _converter(column), _default(column), column.name
    values = [default if (value := row.get(name)) is None else convert(value) for row in rows]
    return pl.Series(name, values, dtype=polars_type(column))


def _converter(column: Column[Any]) -> Callable[[Any], Any]:
    if isinstance(column.type, JSONB):
        return _json
    if isinstance(column.type, Float):
        return float
    if isinstance(column.type, Numeric):
        return _decimal
    if isinstance(column.type, DateTime):
        return _aware
    return list if isinstance(column.type, ARRAY) else _same


def _same(value: Any) -> Any:
    return value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _decimal(value: Any) -> str:
    return str(value if isinstance(value, Decimal) else Decimal(str(value)))


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"{value} must be aware UTC")
    return value.astimezone(UTC)
