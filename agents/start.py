"""Composition of the analyst: settings -> checkpointer, tools, model -> runs."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from weakref import WeakKeyDictionary

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from agents.carry import TurnMaker
from agents.config import AgentSettings
from agents.graph import Analyst
from agents.journal import Journal
from agents.runs import Runs
from agents.stores import ArtifactStore, store_of
from agents.tally import Tally
from agents.toolbox import Toolbox
from agents.turn import Turn
from ledgers.conversation import Run, Thread
from ledgers.store import Ledger
from ledgers.streams import Streams

SCHEMA = "checkpoints"
ANSWERS_WITHIN = 10.0
QUIET_SECONDS = 1.0
SETUP_LOCK = 0x6F6D63  # "omc": one process at a time makes the checkpointer's tables


class Saver(AsyncPostgresSaver):
    """The checkpointer, with a deadline of our own around each use: a black hole answers no timeout of Postgres's."""

    async def aget_tuple(self, *args: Any, **kwargs: Any) -> Any:
        """As in AsyncPostgresSaver."""
        async with asyncio.timeout(ANSWERS_WITHIN):
            return await super().aget_tuple(*args, **kwargs)

    async def aput(self, *args: Any, **kwargs: Any) -> Any:
        """As in AsyncPostgresSaver."""
        async with asyncio.timeout(ANSWERS_WITHIN):
            return await super().aput(*args, **kwargs)

    async def aput_writes(self, *args: Any, **kwargs: Any) -> None:
        """As in AsyncPostgresSaver."""
        async with asyncio.timeout(ANSWERS_WITHIN):
            await super().aput_writes(*args, **kwargs)


@asynccontextmanager
async def analyst(
    settings: AgentSettings,
    ledger: Ledger,
    redis_url: str,
    home: Path,
    *,
    toolbox: Toolbox | None = None,
    measure: Callable[[Tally], object] = lambda _: None,
    checkpoint_seconds: float = 0.0,
) -> AsyncIterator[Runs]:
    """Runs over one ledger, for as long as the block lasts; at its end what still runs is left interrupted.

    Args:
        settings: of the analyst.
        ledger: the database, migrated.
        redis_url: where the live wire is.
        home: the data folder; artifacts are kept in it, where no bucket is set.
        toolbox: other tools than those found by name, for tests.
        measure: told of every part of a run, once it is over.
        checkpoint_seconds: how long runs may go on at the end, each to its next checkpoint.
    """
    tools, streams, artifacts = toolbox or Toolbox(), Streams(redis_url), store_of(settings, home)
    async with checkpointer(ledger.url) as saver:
        conductor = Analyst(settings, saver, tools)
        runs = Runs(
            ledger,
            streams,
            conductor,
            turns(settings, ledger, artifacts),
            measure=measure,
            checkpoint_seconds=checkpoint_seconds,
        )
        await runs.recover()
        rounds = asyncio.create_task(runs.rounds(), name="rounds")
        try:
            yield runs
        finally:
            await runs.close()  # before the rounds end: what still runs keeps its lease
            rounds.cancel()
            with suppress(asyncio.CancelledError):
                await rounds
            await conductor.close()
            await streams.close()
            tools.close()


def turns(settings: AgentSettings, ledger: Ledger, artifacts: ArtifactStore) -> TurnMaker:
    """What makes the turn of a run."""

    def turn_of(run: Run, thread: Thread, diary: Journal) -> Turn:
        return Turn(
            ledger=ledger,
            artifacts=artifacts,
            journal=diary,
            settings=settings,
            model=run.model,
            user_id=run.user_id,
            thread_id=run.thread_id,
            run_id=run.id,
            message=run.message,
            now=datetime.now(UTC),
            as_of=run.as_of,
            base_currency=str(thread.settings.get("base_currency") or "USD"),
            limits=settings.limits,
        )

    return turn_of


_checked: WeakKeyDictionary[AsyncConnection[Any], float] = WeakKeyDictionary()


async def _check(connection: AsyncConnection[Any]) -> None:
    """Ask a connection whether it lives, where nobody has within the last second."""
    now = time.monotonic()
    if now - _checked.get(connection, -QUIET_SECONDS) >= QUIET_SECONDS:
        await AsyncConnectionPool.check_connection(connection)
        _checked[connection] = now


@asynccontextmanager
async def checkpointer(url: str) -> AsyncIterator[Saver]:
    """The checkpointer on a pool of its own, in a schema of its own; only plain types are ever read back."""
    options = quote(f"-c search_path={SCHEMA} -c timezone=UTC")
    pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
        f"{url}{'&' if '?' in url else '?'}options={options}&connect_timeout=5",
        kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
        min_size=1,
        max_size=10,
        timeout=ANSWERS_WITHIN,
        max_idle=300,
        max_lifetime=1800,
        check=_check,
        open=False,
    )
    async with pool:
        saver = Saver(pool, serde=JsonPlusSerializer(allowed_msgpack_modules=None))
        async with pool.connection() as connection:
            await connection.execute("SELECT pg_advisory_lock(%s)", (SETUP_LOCK,))
            try:
                await connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
                await saver.setup()
            finally:
                await connection.execute("SELECT pg_advisory_unlock(%s)", (SETUP_LOCK,))
        yield saver
