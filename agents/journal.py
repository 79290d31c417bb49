"""One run's diary: writes each event to Postgres, then sends it down the live wire."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from agents.errors import LeaseLost
from agents.events import Event, json_safe
from agents.results import Result
from agents.tally import Tally
from ledgers import journal
from ledgers.journal import Change, Ending, Expected, Note, transact
from ledgers.store import Ledger
from ledgers.streams import StreamLost, Streams

log = logging.getLogger(__name__)

QUIET_SECONDS = 1.0  # after the wire failed, nothing is tried on it for so long


class Wire:
    """The live wire: events get lost on it when Redis is away, runs do not."""

    def __init__(self, streams: Streams) -> None:
        """Send over these streams."""
        self.streams = streams
        self.silent_until = 0.0

    async def send(self, run_id: str, event: Event) -> None:
        """Publish an event, or let it go."""
        if time.monotonic() < self.silent_until:
            return
        try:
            async with asyncio.timeout(QUIET_SECONDS):
                await self.streams.publish(run_id, event.seq, event.kind, event.payload)
        except StreamLost:
            log.warning("the live wire is down; readers go on from Postgres")
            self.silent_until = time.monotonic() + QUIET_SECONDS


class Journal:
    """Writes the events of one run while this process holds its lease."""

    def __init__(self, ledger: Ledger, wire: Wire, run_id: str, owner: str) -> None:
        """Nothing is read or written yet."""
        self.ledger, self.wire, self.run_id, self.owner = ledger, wire, run_id, owner
        self.past: list[Event] = []
        self.text = ""  # streamed since the last reset
        self._last, self._tokens = 0, 0
        self._turn = asyncio.Lock()
        self.tally = Tally(run_id)
        self.stopping = False  # this process ends: work on to the next checkpoint, no further

    async def read(self) -> None:
        """Take up what earlier parts of the run wrote."""
        rows = await transact(self.ledger, lambda session: journal.events(session, self.run_id))
        self.past = [Event(str(row.seq), row.kind, row.payload) for row in rows]
        self._last = int(self.past[-1].seq) if self.past else 0

    def said(self, kind: str, **payload: Any) -> Event | None:
        """The last event of that kind with these values in its payload."""
        for event in reversed(self.past):
            if event.kind == kind and all(event.payload.get(name) == value for name, value in payload.items()):
                return event
        return None

    async def add(self, kind: str, payload: Mapping[str, Any]) -> None:
        """Keep an event and send it."""
        await self.change({}, [(kind, dict(payload))])

    async def change(self, values: Mapping[str, Any], notes: Sequence[Note]) -> None:
        """Change the run and keep events, in one transaction; then send them.

        Raises:
            LeaseLost: the run is not this process's any more.
        """
        safe = [(kind, json_safe(payload)) for kind, payload in notes]
        async with self._turn:
            held, to = Expected(statuses=("running",), owner=self.owner), Change(values, safe)
            at = datetime.now(UTC)
            seqs = await transact(self.ledger, lambda session: journal.change(session, self.run_id, held, to, at=at))
            if seqs is None:
                raise LeaseLost(self.run_id)
            self.tally.outcome = values.get("status", self.tally.outcome)
            for seq, (kind, payload) in zip(seqs, safe, strict=True):
                self._last, self._tokens = seq, 0
                event = Event(str(seq), kind, payload)
                self.past.append(event)
                await self.wire.send(self.run_id, event)

    async def tool_started(self, call_id: str, name: str, args: Mapping[str, Any]) -> None:
        """A tool call begins; one that was paused and goes on begins only once."""
        if self.said("tool_started", id=call_id) is None:
            await self.add("tool_started", {"id": call_id, "name": name, "args": dict(args)})

    async def tool_ended(
        self, call_id: str, name: str, args: Mapping[str, Any], result: Result, ms: int | None
    ) -> None:
        """A tool call ended; one whose end was kept just before a crash ends only once."""
        if self.said("tool_ended", id=call_id) is None:
            finding = {key: result.artifact[key] for key in ("text", "evidence", "figures", "artifacts", "facts")}
            ended = {"id": call_id, "name": name, "args": dict(args), "ok": result.error is None, "ms": ms}
            await self.add("tool_ended", {**ended, "error": result.error, **finding})
            self.tally.tool(result.error)

    async def end(self, ending: Ending) -> None:
        """End the run; its last event says how.

        Raises:
            LeaseLost: the run is not this process's any more.
        """
        held = Expected(statuses=("running",), owner=self.owner)
        safe = replace(ending, notes=[(kind, json_safe(payload)) for kind, payload in ending.notes])
        async with self._turn:
            at = datetime.now(UTC)
            rows = await transact(self.ledger, lambda session: journal.end(session, self.run_id, held, safe, at=at))
            if not rows:
                raise LeaseLost(self.run_id)
            self.tally.outcome = ending.status
            for row in rows:
                await self.wire.send(self.run_id, Event(str(row.seq), row.kind, row.payload))

    async def token(self, text: str) -> None:
        """Send a piece of the answer as it is being written."""
        self.tally.token()
        async with self._turn:
            self.text += text
            self._tokens += 1
            await self.wire.send(self.run_id, Event(f"{self._last}.{self._tokens}", "token", {"text": text}))

    async def reset_text(self, reason: str) -> None:
        """Declare void what was streamed; nothing happens where nothing was, but for a rewrite, which counts."""
        if self.text or reason == "rewrite":
            self.text = ""
            await self.add("text_reset", {"reason": reason})

    async def use(self, *, input_tokens: int, output_tokens: int, cost_usd: float | None) -> None:
        """Count what a call of the model used."""
        self.tally.use(input_tokens=input_tokens, output_tokens=output_tokens, cost_usd=cost_usd)
        with contextlib.suppress(TimeoutError):
            await transact(
                self.ledger,
                lambda session: journal.count_usage(
                    session, self.run_id, input_tokens=input_tokens, output_tokens=output_tokens, cost_usd=cost_usd
                ),
            )
