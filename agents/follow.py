"""Following a run: what was kept is read from Postgres, what is being written comes down the live wire.

Every event has its place (`events.order`), so the two are merged by it: a gap on the wire is filled from Postgres, and
where the wire is down Postgres is asked again and again until it is back.
"""

import asyncio
from collections.abc import AsyncIterator

from agents.events import Event, order
from agents.moves import as_event
from ledgers import journal
from ledgers.journal import DatabaseLost, transact
from ledgers.store import Ledger
from ledgers.streams import StreamLost, Streams

LISTEN_SECONDS = 1.0
ASK_AGAIN_SECONDS = 0.3
SILENCES_BEFORE_ASKING = 3


class Follower:
    """One reader of one run."""

    def __init__(self, ledger: Ledger, streams: Streams, run_id: str) -> None:
        """Nothing is read yet."""
        self.ledger, self.streams, self.run_id = ledger, streams, run_id
        self.seen = (0, 0)
        self.heard = "0"
        self.silences = SILENCES_BEFORE_ASKING

    async def events(self, after: str) -> AsyncIterator[Event]:
        """Events after that place, each once and in order, until the run has finished."""
        self.seen = order(after)
        while True:
            if self.silences >= SILENCES_BEFORE_ASKING:
                self.silences = 0
                async for event in self._kept():
                    yield event
                if await self._is_over():
                    return
            fresh = await self._live()
            self.silences = 0 if fresh else self.silences + 1
            for event in fresh:
                if order(event.seq)[0] > self.seen[0] + (0 if "." in event.seq else 1):
                    async for missed in self._kept():
                        yield missed
                if self._is_new(event):
                    yield event
                if event.kind == "finished":
                    self.silences = SILENCES_BEFORE_ASKING

    def _is_new(self, event: Event) -> bool:
        if order(event.seq) <= self.seen:
            return False
        self.seen = order(event.seq)
        return True

    async def _kept(self) -> AsyncIterator[Event]:
        try:
            rows = await transact(self.ledger, lambda session: journal.events(session, self.run_id, after=self.seen[0]))
        except DatabaseLost:
            await asyncio.sleep(ASK_AGAIN_SECONDS)
            return
        for row in rows:
            if self._is_new(event := as_event(row)):
                yield event

    async def _is_over(self) -> bool:
        """Whether the run has ended and everything it wrote has been seen."""
        try:
            return await transact(self.ledger, lambda session: journal.is_over(session, self.run_id, self.seen[0]))
        except DatabaseLost:
            return False

    async def _live(self) -> list[Event]:
        try:
            entries = await self.streams.read(self.run_id, after=self.heard, wait_seconds=LISTEN_SECONDS)
        except StreamLost:
            self.heard = "0"
            await asyncio.sleep(ASK_AGAIN_SECONDS)
            self.silences = SILENCES_BEFORE_ASKING
            return []
        if entries:
            self.heard = entries[-1].id
        return [Event(entry.seq, entry.kind, entry.payload) for entry in entries]
