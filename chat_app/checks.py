"""What /ready asks of each part."""

import asyncio
from collections.abc import Mapping

from chat_app.health import Check
from ledgers.databases import has_table, server_version
from ledgers.errors import ConfigurationError
from ledgers.migrations import newest, revision_of
from ledgers.store import Ledger
from ledgers.streams import Streams

CHECKPOINTS = "checkpoints.checkpoints"


def checks(ledger: Ledger, redis_url: str) -> Mapping[str, Check]:
    """A check per part; each raises what is wrong."""

    async def postgres() -> None:
        await asyncio.to_thread(server_version, ledger.url)

    async def valkey() -> None:
        streams = Streams(redis_url)
        try:
            await streams.ping()
        finally:
            await streams.close()

    async def migrations() -> None:
        found = await asyncio.to_thread(revision_of, ledger.url)
        if found != newest():
            raise ConfigurationError(f"the database is at {found}, this version needs {newest()}: omc db upgrade")

    async def checkpointer() -> None:
        if not await asyncio.to_thread(has_table, ledger.url, CHECKPOINTS):
            raise ConfigurationError("the checkpointer has no tables yet")

    return {"postgres": postgres, "valkey": valkey, "migrations": migrations, "checkpointer": checkpointer}
