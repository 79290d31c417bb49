"""What every ledger row shares: what time it speaks of, when we came to know it, where it came from."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Index, MetaData, Table, Text, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY, DOUBLE_PRECISION, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.sql.selectable import FromClause

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The schema of one database; `live` and `demo` each have all of it."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        str: Text(),
        float: DOUBLE_PRECISION(),
        dict[str, Any]: JSONB(),
        list[str]: ARRAY(Text()),
    }


class Record:
    """Mixin of every ledger row. Times are aware UTC. The primary key of the table is the natural key.

    Each record table has a twin, `<table>_history`, that keeps superseded versions; see `history_of`.
    """

    is_state: ClassVar[bool] = False
    """Whether a row is a condition that lasts, such as a balance: `observed_at` is since when, and seeing it again
    unchanged makes no new version."""
    observed_at: Mapped[datetime]
    known_at: Mapped[datetime]
    source: Mapped[str]
    url: Mapped[str | None]
    collector_run: Mapped[int | None] = mapped_column(BigInteger)
    simulated: Mapped[bool] = mapped_column(Boolean, default=False)


PROVENANCE = ("known_at", "source", "url", "collector_run")
"""Columns that may differ between two equal versions of a row: a change in these alone is a duplicate."""

_histories: dict[type[Base], Table] = {}


def record_models() -> tuple[type[Base], ...]:
    """Every ledger table, by name."""
    declared = (mapper.class_ for mapper in Base.registry.mappers)
    return tuple(sorted((m for m in declared if Record in m.__mro__), key=lambda model: str(model.__tablename__)))


def natural_key(model: type[Base]) -> tuple[str, ...]:
    """Names of the columns that identify a row."""
    return tuple(column.name for column in model.__table__.primary_key)


def content_columns(model: type[Base]) -> tuple[str, ...]:
    """Names of the columns whose change makes a revision."""
    apart = {*natural_key(model), *PROVENANCE, *(("observed_at",) if getattr(model, "is_state", False) else ())}
    return tuple(c.name for c in model.__table__.columns if c.name not in apart)


def history_of(model: type[Base]) -> Table:
    """The table of superseded versions: the same columns and `superseded_at`, unique by key and known_at."""
    if model not in _histories:
        key = (*natural_key(model), "known_at")
        columns: list[Any] = [
            Column(c.name, c.type, primary_key=c.name in key, nullable=c.nullable) for c in model.__table__.columns
        ]
        columns.append(Column("superseded_at", DateTime(timezone=True), nullable=False))
        _histories[model] = Table(f"{model.__tablename__}_history", Base.metadata, *columns)
    return _histories[model]


def as_of_view(model: type[Base], as_of: datetime | None) -> FromClause:
    """The rows of a table as they were known at `as_of`; the plain table when it is None.

    Args:
        model: a Record table.
        as_of: aware UTC, or None for the present.
    """
    table: FromClause = model.__table__
    if as_of is None:
        return table
    past = history_of(model)
    names = [c.name for c in table.columns]
    current = select(*(table.c[n] for n in names)).where(table.c.known_at <= as_of)
    earlier = select(*(past.c[n] for n in names)).where(past.c.known_at <= as_of, past.c.superseded_at > as_of)
    return union_all(current, earlier).subquery(f"{model.__tablename__}_as_of")


__all__ = [
    "PROVENANCE",
    "Base",
    "Index",
    "Record",
    "as_of_view",
    "content_columns",
    "history_of",
    "natural_key",
    "record_models",
]
