"""Frame read: a select, compiled once by SQLAlchemy, run over a kept-open ADBC connection, returned as polars.

ADBC is imported at the first read: it brings PyArrow's data sets and, where it is installed, pandas, which takes
seconds.
"""

import queue
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import polars as pl
from sqlalchemy import Numeric, Select, Text, cast
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, JSONB
from sqlalchemy.dialects.postgresql.asyncpg import dialect as numbered_binds_dialect

from ledgers.errors import BadArgument, LedgerUnavailable

if TYPE_CHECKING:
    from adbc_driver_manager import dbapi as manager
    from adbc_driver_postgresql import dbapi

KEPT_OPEN = 8
QUERY_CANCELLED = "57014"
_DIALECT = numbered_binds_dialect()  # type: ignore[no-untyped-call]


def compiled(statement: Select[*tuple[Any, ...]]) -> tuple[str, list[Any]]:
    """SQL with numbered binds and its parameters; numeric is read as float8 and JSONB as text."""
    columns = [_readable(column) for column in statement.selected_columns]
    plan = statement.with_only_columns(*columns, maintain_column_froms=True).compile(
        dialect=_DIALECT, compile_kwargs={"render_postcompile": True}
    )
    parameters = plan.construct_params()
    return str(plan), [_sendable(parameters[name]) for name in plan.positiontup or ()]


def _sendable(value: Any) -> Any:
    """Text as Postgres takes it: what it refuses, NUL and half a surrogate pair, equals nothing it holds."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    return [_sendable(item) for item in value] if isinstance(value, list) else value


def _readable(column: Any) -> Any:
    if isinstance(column.type, Numeric) and not isinstance(column.type, DOUBLE_PRECISION):
        return cast(column, DOUBLE_PRECISION).label(column.name)
    if isinstance(column.type, JSONB):
        return cast(column, Text).label(column.name)
    return column


class FramePool:
    """Kept-open ADBC connections: one per reading thread at a time, thrown away when the server went away."""

    def __init__(self, url: str) -> None:
        """Connect lazily."""
        self._url = url
        self._idle: queue.LifoQueue[dbapi.Connection] = queue.LifoQueue(KEPT_OPEN)

    def read(self, sql: str, parameters: Sequence[Any]) -> pl.DataFrame:
        """Run one select; a connection that broke while idle is replaced, once."""
        from adbc_driver_manager import dbapi as manager  # noqa: PLC0415 - see above

        connection = self._borrow()
        fresh = connection is None
        try:
            return self._read(connection or self._connect(), sql, parameters)
        except manager.Error as error:
            if fresh or not _connection_lost(error):
                raise _wrapped(error) from error
        self.close()
        try:
            return self._read(self._connect(), sql, parameters)
        except manager.Error as error:
            raise _wrapped(error) from error

    def close(self) -> None:
        """Close what is idle."""
        while (connection := self._borrow()) is not None:
            _close(connection)

    def _read(self, connection: "dbapi.Connection", sql: str, parameters: Sequence[Any]) -> pl.DataFrame:
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql, parameters or None)
                table = cursor.fetch_arrow_table()
        except BaseException:
            _close(connection)
            raise
        self._give_back(connection)
        frame = pl.from_arrow(table)
        return frame if isinstance(frame, pl.DataFrame) else frame.to_frame()

    def _connect(self) -> "dbapi.Connection":
        from adbc_driver_postgresql import dbapi  # noqa: PLC0415 - see above

        return dbapi.connect(self._url, autocommit=True)

    def _borrow(self) -> "dbapi.Connection | None":
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return None

    def _give_back(self, connection: "dbapi.Connection") -> None:
        try:
            self._idle.put_nowait(connection)
        except queue.Full:
            connection.close()


def _close(connection: "dbapi.Connection") -> None:
    from adbc_driver_manager import dbapi as manager  # noqa: PLC0415 - see above

    with suppress(manager.Error):
        connection.close()


def _connection_lost(error: "manager.Error") -> bool:
    """A lost connection carries no SQLSTATE, or one of class 08 or 57P (the server is going down)."""
    from adbc_driver_manager import dbapi as manager  # noqa: PLC0415 - see above

    state = _state(error)
    return state.startswith(("08", "57P")) or (not state and isinstance(error, manager.OperationalError))


def _state(error: "manager.Error") -> str:
    return (error.sqlstate or "").strip("\0")


def _wrapped(error: "manager.Error") -> Exception:
    if _connection_lost(error):
        return LedgerUnavailable(f"The ledgers do not answer: {error}")
    if _state(error) == QUERY_CANCELLED:
        return BadArgument("Reading that much took too long: ask for a shorter period or a longer timeframe.")
    return error
