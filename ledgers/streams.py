"""The only Redis streams code: what happens in a run, as it happens. Postgres keeps the truth; this is the wire."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

LIVES_SECONDS = 3600
LONGEST = 20_000
ANSWERS_WITHIN = 2.0

StreamLost = (RedisError, OSError, TimeoutError)
"""What is raised when the wire is down; the caller goes on from Postgres."""


@dataclass(frozen=True)
class Entry:
    """One entry of a stream: the id Redis gave it and what it says."""

    id: str
    seq: str
    kind: str
    payload: dict[str, Any]


class Streams:
    """Streams of runs on one Redis."""

    def __init__(self, url: str) -> None:
        """Connect lazily."""
        self.redis = Redis.from_url(
            url, socket_timeout=ANSWERS_WITHIN, socket_connect_timeout=ANSWERS_WITHIN, decode_responses=True
        )

    async def publish(self, run_id: str, seq: str, kind: str, payload: Mapping[str, Any]) -> None:
        """Append an entry; the stream goes away an hour after its last one."""
        key = _key(run_id)
        async with self.redis.pipeline(transaction=False) as pipe:
            said = {"seq": seq, "kind": kind, "payload": json.dumps(payload)}
            pipe.xadd(key, said, maxlen=LONGEST, approximate=True)  # type: ignore[arg-type] # invariant dict
            pipe.expire(key, LIVES_SECONDS)
            await pipe.execute()

    async def read(self, run_id: str, *, after: str, wait_seconds: float) -> list[Entry]:
        """Entries after the id `after` ('0' for all), waiting for the first one."""
        wait = max(1, int(min(wait_seconds, ANSWERS_WITHIN / 2) * 1000))
        replies: Any = await self.redis.xread({_key(run_id): after}, block=wait, count=1000)
        return [
            Entry(entry_id, said["seq"], said["kind"], json.loads(said["payload"]))
            for _, entries in replies or ()
            for entry_id, said in entries
        ]

    async def ping(self) -> bool:
        """Whether Redis answers."""
        return bool(await self.redis.ping())

    async def close(self) -> None:
        """Return every connection."""
        await self.redis.aclose()


def _key(run_id: str) -> str:
    return f"omc:run:{run_id}"
