"""What /ready asks of each part."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from chat_app.health import Check
from ledgers import collecting
from ledgers.databases import has_table, server_version
from ledgers.errors import ConfigurationError, NotCollected
from ledgers.migrations import is_behind, newest
from ledgers.store import Ledger
from ledgers.streams import Streams

CHECKPOINTS = "checkpoints.checkpoints"
MINUTE = timedelta(minutes=1)


def checks(ledger: Ledger, redis_url: str, *, collected_within: timedelta | None = None) -> Mapping[str, Check]:
    """A check per part; each raises what is wrong.

    Args:
        ledger: the database.
        redis_url: where the live wire is.
        collected_within: how long ago a source must have been collected; None only tells when one was.
    """

    async def postgres() -> None:
        await asyncio.to_thread(server_version, ledger.url)

    async def valkey() -> None:
        streams = Streams(redis_url)
        try:
            await streams.ping()
        finally:
            await streams.close()

    async def migrations() -> None:
        if await asyncio.to_thread(is_behind, ledger.url):
            raise ConfigurationError(f"the database is behind {newest()}, which this version needs: omc db upgrade")

    async def checkpointer() -> None:
        if not await asyncio.to_thread(has_table, ledger.url, CHECKPOINTS):
            raise ConfigurationError("the checkpointer has no tables yet")

    async def last_collection() -> str:
        return await asyncio.to_thread(_last_collection, ledger, collected_within)

    asked = (postgres, valkey, migrations, checkpointer, last_collection)
    return {check.__name__: check for check in asked}


def _last_collection(ledger: Ledger, within: timedelta | None) -> str:
    """When a source was last collected.

    Raises:
        NotCollected: that is too long ago.
    """
    with ledger.session() as session:
        now, last = collecting.clock(session), collecting.last_success(session)
    if last is None or last.last_success_at is None:
        told, age = "nothing was collected yet", None
    else:
        age = now - last.last_success_at
        told = f"{last.name}, {age // MINUTE} min ago"
    if within is not None and (age is None or age > within):
        raise NotCollected(f"{told}; expected every {within // MINUTE} min: does the collector run?")
    return told
