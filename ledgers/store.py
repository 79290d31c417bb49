"""One database: sessions, bulk write (COPY, idempotent, two clocks) and frame read (Arrow to polars)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import quote

import polars as pl
import psycopg
from sqlalchemy import Select, create_engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ledgers.bulk import MARKET, WriteReport, write
from ledgers.errors import LedgerUnavailable
from ledgers.frames import FramePool, compiled

CONNECT_SECONDS: Final = 5
WRITE_SECONDS: Final = 300
READ_SECONDS: Final = 60


class Ledger:
    """A handle on one database, `live` or `demo`, shared by threads."""

    def __init__(self, url: str, *, simulated: bool = False) -> None:
        """Connect lazily. `url` is a libpq URL such as postgresql://user:password@host:5432/live."""
        self.url = url
        self.simulated = simulated
        self.engine = create_engine(
            make_url(url).set(drivername="postgresql+psycopg"),
            pool_pre_ping=True,
            pool_recycle=1800,
            pool_size=5,
            max_overflow=15,
            connect_args={"connect_timeout": CONNECT_SECONDS, "options": _options(WRITE_SECONDS)},
        )
        self._frames = FramePool(_with_options(url))

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session in one transaction: committed at the end, rolled back on any error.

        Raises:
            LedgerUnavailable: the database does not answer or went away.
        """
        try:
            market = {MARKET: self.simulated}
            with Session(self.engine, expire_on_commit=False, info=market) as session, session.begin():
                yield session
        except (DBAPIError, psycopg.OperationalError) as error:
            reason = error.orig if isinstance(error, DBAPIError) else error
            if _connection_lost(reason):
                raise LedgerUnavailable(f"The ledgers do not answer: {reason}") from error
            raise

    def frame(self, statement: Select[*tuple[Any, ...]]) -> pl.DataFrame:
        """Run a select over ADBC and return it as a polars frame; numeric comes as Float64, times as UTC.

        JSONB comes as text. Safe to call from several threads.

        Raises:
            LedgerUnavailable: the database does not answer or went away.
        """
        sql, parameters = compiled(statement)
        return self._frames.read(sql, parameters)

    def close(self) -> None:
        """Return every connection."""
        self._frames.close()
        self.engine.dispose()


def _connection_lost(error: BaseException | None) -> bool:
    """A lost connection carries no SQLSTATE, or one of class 08 or 57P (the server is going down)."""
    state = getattr(error, "sqlstate", None) or ""
    return isinstance(error, psycopg.OperationalError) and (not state or state.startswith(("08", "57P")))


def _options(statement_seconds: int) -> str:
    return f"-c timezone=UTC -c statement_timeout={statement_seconds}s"


def _with_options(url: str) -> str:
    """The same URL for a plain libpq client, with our connection settings."""
    joint = "&" if "?" in url else "?"
    plain = url.replace("postgresql+psycopg://", "postgresql://", 1)
    return f"{plain}{joint}connect_timeout={CONNECT_SECONDS}&options={quote(_options(READ_SECONDS))}"


__all__ = ["Ledger", "WriteReport", "write"]
