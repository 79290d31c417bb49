"""What the ledgers' queries share: time windows, the newest row of each series, whole-word text search."""

import re
import string
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Text, and_, func, literal, select, tuple_
from sqlalchemy import cast as sql_cast
from sqlalchemy.sql.selectable import FromClause, LateralFromClause

from ledgers.base import Base, as_of_view, natural_key

UNREAD: Final = frozenset({"url", "collector_run"})
"""Columns no frame carries unless it asks for them."""
MOST_WORDS: Final = 20
_OPERATORS: Final = re.compile(f"[{re.escape(string.punctuation)}]")


def view(model: type[Base], as_of: datetime | None) -> FromClause:
    """The rows of a table as they were known at `as_of`; None is the present."""
    return as_of_view(model, as_of)


def rows(source: FromClause, *, url: bool = False) -> Select[Any]:
    """Every column a frame carries; `url` too where the rows are things a person may want to open."""
    unread = UNREAD - {"url"} if url else UNREAD
    return select(*(column for column in source.columns if column.name not in unread))


def between(time: ColumnElement[Any], start: datetime | None, end: datetime | None) -> ColumnElement[bool]:
    """`start` inclusive, `end` exclusive; either may be open."""
    bounds = [time >= start] if start is not None else []
    return and_(literal(True), *bounds, *([time < end] if end is not None else []))


def equals(*wanted: tuple[ColumnElement[Any], str | None]) -> list[ColumnElement[bool]]:
    """Column equals text, whatever its case, for each text given."""
    return [func.upper(column) == text.strip().upper() for column, text in wanted if text is not None]


def symbol_is(column: ColumnElement[Any], symbol: str | None) -> list[ColumnElement[bool]]:
    """Column equals a symbol, which is upper case everywhere."""
    return [column == symbol.strip().upper()] if symbol is not None else []


def mentions(column: ColumnElement[Any], symbol: str | None) -> list[ColumnElement[bool]]:
    """An array column holds the symbol."""
    return [column.contains([symbol.strip().upper()])] if symbol is not None else []


def says(columns: Sequence[ColumnElement[Any]], text: str | None) -> list[ColumnElement[bool]]:
    """Every word of `text` stands as a whole word, in singular or plural, in one of the columns."""
    everything = func.concat_ws(" ", *columns)
    words = (text or "").replace("\x00", " ").split()[:MOST_WORDS]
    return [sql_cast(everything, Text).regexp_match(word_pattern(word), flags="i") for word in words]


def word_pattern(word: str) -> str:
    """A Postgres regular expression for one whole word in its simple forms."""
    forms = "|".join(_OPERATORS.sub(r"\\\g<0>", form) for form in sorted(word_forms(word)))
    start = r"\m" if word[0].isalnum() else ""
    return f"{start}({forms}){chr(92) + 'M' if word[-1].isalnum() else ''}"


def word_forms(word: str) -> set[str]:
    """A word with its simple singular or plural: ETFs, ETF; policies, policy; taxes, tax."""
    lower = word.lower()
    forms = {lower, f"{lower}s"}
    if lower.endswith("ies"):
        forms.add(f"{lower[:-3]}y")
    elif lower.endswith("y"):
        forms.add(f"{lower[:-1]}ies")
    if lower.endswith(("s", "x", "z", "ch", "sh")):
        forms.add(f"{lower}es")
    if lower.endswith(("ses", "xes", "zes", "ches", "shes")):
        forms.add(lower[:-2])
    if lower.endswith("s") and not lower.endswith("ss"):
        forms.add(lower[:-1])
    return {form for form in forms if form}


def series_of(model: type[Base], names: Sequence[str], *, first: str | None = None) -> FromClause:
    """The distinct values of the first columns of a table's key, found by jumping from one to the next.

    Args:
        model: a Record table.
        names: the columns, as they lead the key.
        first: only series whose first column has this value; None: all.
    """
    if tuple(names) != natural_key(model)[: len(names)]:
        raise ValueError(f"{names} do not lead the key of {model.__tablename__}")

    # Rows are compared by the columns that vary: with the first fixed, the index is entered behind the last one found.
    varying = names if first is None else names[1:]

    def ordered(alias: str, *conditions: ColumnElement[bool]) -> Select[Any]:
        table = aliases[alias]
        own = [] if first is None else [table.c[names[0]] == first]
        columns = [table.c[name] for name in names]
        return select(*columns).where(*own, *conditions).order_by(*columns).limit(1)

    aliases = {alias: model.__table__.alias(alias) for alias in ("first", "after")}
    found = ordered("first").cte(f"{model.__tablename__}_series", recursive=True)
    beyond = tuple_(*(aliases["after"].c[name] for name in varying)) > tuple_(*(found.c[name] for name in varying))
    following = ordered("after", beyond).lateral("following")
    return found.union_all(select(*following.columns).select_from(found).join(following, literal(True)))


def edge(
    source: FromClause, series: FromClause, time: str, columns: Sequence[str], *, newest: bool
) -> LateralFromClause:
    """The first or last row of each series, read from the key's index one by one."""
    order = source.c[time].desc() if newest else source.c[time].asc()
    same = [source.c[column.name] == column for column in series.columns]
    return select(*(source.c[name] for name in columns)).where(*same).order_by(order).limit(1).lateral()
