"""From text to values: each field gets its table's type, and what cannot be read gets a reason."""

from collections.abc import Callable

import polars as pl

from collectors.importer.times import parsed_times
from ledgers.base import Base
from ledgers.batch import columns_of, polars_type

REASON = "__reason"
EMPTY = ("", "null", "none", "n/a", "na", "-", "--")
UPPER = {"symbol", "quote", "asset", "venue"}
_MULTIPLIERS = {"K": 1e3, "M": 1e6, "B": 1e9}
_TRUE = ("true", "t", "1", "yes", "y", "a")
_FALSE = ("false", "f", "0", "no", "n", "d")


def add_reason(frame: pl.DataFrame, bad: pl.Expr, reason: str) -> pl.DataFrame:
    """Mark the rows where `bad` holds, unless they already have a reason."""
    marked = pl.when(bad.fill_null(value=False)).then(pl.lit(reason))
    return frame.with_columns(pl.coalesce(REASON, marked).alias(REASON))


def typed(frame: pl.DataFrame, model: type[Base], required: tuple[str, ...], skip: str) -> pl.DataFrame:
    """Give every field its table's type.

    Args:
        frame: fields as the file wrote them, and the reason column.
        model: the table; fields it lacks are left as they are.
        required: fields whose absence rejects a row.
        skip: the time field, which is read by `with_time`.
    """
    for column in columns_of(model):
        if column.name in frame.columns and column.name != skip:
            frame = _read(frame, column.name, polars_type(column), _is_money(model, column.name))
    for name in required:
        if name in frame.columns and name != skip:
            frame = add_reason(frame, pl.col(name).is_null(), f"{name} is empty")
    return frame


def number(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """Read a field that is no column of the table as a number."""
    return _read(frame, name, pl.Float64(), money=False) if name in frame.columns else frame


def with_time(frame: pl.DataFrame, name: str, tz: str | None, date_order: str | None) -> pl.DataFrame:
    """Read the time field; adds `__dated` and `__zoned` (see `times.parsed_times`)."""
    times = parsed_times(frame[name], tz, date_order)
    empty = pl.col(name).cast(pl.String).str.strip_chars().fill_null("") == ""
    frame = add_reason(frame, empty, f"{name} is empty")
    frame = frame.with_columns(
        times["at"].alias("__at"), times["dated"].alias("__dated"), times["zoned"].alias("__zoned")
    )
    frame = add_reason(
        frame, pl.col("__at").is_null(), f"{name} is no time that can be read or that exists in its zone"
    )
    return frame.with_columns(pl.col("__at").alias(name)).drop("__at")


def _is_money(model: type[Base], name: str) -> bool:
    return "NUMERIC" in str(model.__table__.c[name].type)


def _read(frame: pl.DataFrame, name: str, dtype: pl.DataType, money: bool) -> pl.DataFrame:
    if money:
        return _read_number(frame, name, pl.Float64(), keep_text=True)
    if dtype.is_numeric():
        return _read_number(frame, name, dtype, keep_text=False)
    readers: dict[type[pl.DataType], Callable[[pl.DataFrame, str], pl.DataFrame]] = {
        pl.List: _read_list,
        pl.Boolean: _read_flag,
        pl.Date: _read_date,
        pl.Datetime: _read_moment,
    }
    return readers.get(type(dtype), _read_text)(frame, name)


def _text(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.strip_chars()


def _present(name: str) -> pl.Expr:
    return pl.when(~_text(name).str.to_lowercase().is_in(EMPTY)).then(_text(name))


def _read_text(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    if isinstance(frame.schema[name], pl.Struct):
        return frame  # votes and the like are written as JSON by the store
    text: pl.Expr = pl.when(_text(name) != "").then(_text(name))
    if name in UPPER:
        text = pl.when(text == "unknown").then(text).otherwise(text.str.to_uppercase())
    return frame.with_columns(text.alias(name))


def _read_number(frame: pl.DataFrame, name: str, dtype: pl.DataType, *, keep_text: bool) -> pl.DataFrame:
    """Read '1234.5', '$1,234.5', '3.4%' and '1.2K'; money keeps its exact text."""
    written = _present(name)
    bare = written.str.replace_all(r"[$€£,\s%]", "")
    factor = bare.str.extract(r"([KMB])$").replace_strict(_MULTIPLIERS, default=1.0, return_dtype=pl.Float64)
    value = pl.coalesce(
        written.cast(pl.Float64, strict=False),
        bare.str.replace(r"[KMB]$", "").cast(pl.Float64, strict=False) * factor,
    )
    frame = frame.with_columns(written.alias("__written"), value.alias("__value"))
    frame = add_reason(
        frame, pl.col("__written").is_not_null() & pl.col("__value").is_null(), f"{name} is not a number"
    )
    frame = add_reason(frame, ~pl.col("__value").is_finite(), f"{name} is not a finite number")
    if keep_text:
        exact = pl.when(pl.col("__written").cast(pl.Float64, strict=False).is_not_null()).then(pl.col("__written"))
        read = pl.coalesce(exact, pl.col("__value").cast(pl.String))
    else:
        if dtype.is_integer():
            frame = add_reason(frame, pl.col("__value") % 1 != 0, f"{name} is not a whole number")
        read = pl.col("__value").cast(dtype, strict=False)
    return frame.with_columns(read.alias(name)).drop("__written", "__value")


def _read_list(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    if isinstance(frame.schema[name], pl.List):
        parts = pl.col(name).cast(pl.List(pl.String))
    else:
        parts = (
            _text(name).fill_null("").str.replace_all(r"[\[\]'\"{}]", "").str.replace_all("[;|]", ",").str.split(",")
        )
    element = pl.element().str.strip_chars()
    if name == "symbols":
        element = element.str.to_uppercase()
    parts = pl.coalesce(parts, pl.lit([], dtype=pl.List(pl.String)))
    return frame.with_columns(parts.list.eval(element.filter(element != "")).alias(name))


def _read_flag(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    word = _text(name).str.to_lowercase()
    flag = pl.when(word.is_in(_TRUE)).then(statement=True).when(word.is_in(_FALSE)).then(statement=False)
    frame = frame.with_columns(flag.alias("__flag"))
    frame = add_reason(
        frame, _present(name).is_not_null() & pl.col("__flag").is_null(), f"{name} is neither yes nor no"
    )
    return frame.with_columns(pl.col("__flag").alias(name)).drop("__flag")


def _read_date(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    return _read_moment(frame, name).with_columns(pl.col(name).dt.date())


def _read_moment(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    given = frame.select(_present(name).alias(name))[name] if frame.schema[name] == pl.String else frame[name]
    frame = frame.with_columns(given.alias(name), parsed_times(given)["at"].alias("__moment"))
    frame = add_reason(frame, pl.col(name).is_not_null() & pl.col("__moment").is_null(), f"{name} is no time")
    return frame.with_columns(pl.col("__moment").alias(name)).drop("__moment")
