"""Runs: each a task of this process with a life of its own, never a function of the browser's connection.

    running -> question | approval -> running -> answered | failed | stopped
    running -> interrupted (its process died, Postgres went away) -> running, by `resume`

Whatever moves a run is one transaction that names the state it expects, so two clicks, two tabs or two processes
cannot both move it. Somebody else's run is treated as not existing.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from agents import replies
from agents.carry import TurnMaker, carry
from agents.errors import NotNow
from agents.events import Event
from agents.follow import Follower
from agents.journal import Journal, Wire
from agents.lease import is_gone, this_process
from agents.moves import Moves
from agents.outcome import Conductor
from agents.tally import Tally
from ledgers import journal
from ledgers.conversation import Run
from ledgers.journal import LEASE, DatabaseLost, Ending, Expected, Note, transact
from ledgers.store import Ledger
from ledgers.streams import Streams

log = logging.getLogger(__name__)

ROUNDS_SECONDS = 4.0
SILENCE_SECONDS = 10.0
OVERLAP = timedelta(minutes=1)  # a deletion becomes visible only when its transaction ends
GRACE = timedelta(seconds=ROUNDS_SECONDS)
SUPERSEDED = "The conversation went on with a new message."
INTERRUPTED = "The run was interrupted; it can go on from where it was."


@dataclass
class Runs:
    """All that a person can do with runs; every method checks whose run it is."""

    ledger: Ledger
    streams: Streams
    conductor: Conductor
    turn_of: TurnMaker
    owner: str = field(default_factory=this_process)
    measure: Callable[[Tally], object] = lambda _: None  # told of every part of a run, once it is over
    checkpoint_seconds: float = 0.0  # so long a run may take to its next checkpoint when this process ends
    tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    journals: dict[str, Journal] = field(default_factory=dict)
    watched: dict[str, tuple[datetime | None, float]] = field(default_factory=dict)  # expired leases, and since when

    def __post_init__(self) -> None:
        """Take the live wire."""
        self.wire = Wire(self.streams)
        self.moves = Moves(self.ledger, self.wire, self.owner)

    async def start(
        self,
        *,
        user_id: str,
        message: str,
        thread_id: str | None = None,
        as_of: datetime | None = None,
        settings: dict[str, Any] | None = None,
    ) -> str:
        """Start a turn, or answer the question that the thread is waiting on; return the run's id.

        A message that asks something else withdraws the question.

        Args:
            user_id: who asks.
            message: what they say.
            thread_id: the conversation to go on with; None begins one.
            as_of: answer with what was known at that time, aware UTC; None is the present.
            settings: of the conversation from now on, such as {"model": …, "base_currency": "AUD"}.

        Raises:
            NotFound: no such conversation of this user.
            NotNow: the conversation has a running answer.
        """
        message = message.replace("\x00", "")
        waiting = await self._waiting(thread_id, user_id) if thread_id else None
        if waiting is not None and waiting.status == "question":
            asked = (await self.moves.asked(waiting, "question")).payload
            if replies.meant(message, asked) is not None:
                await self.answer(waiting.id, user_id=user_id, text=message)
                return waiting.id
        if waiting is not None:
            await self._withdraw(waiting)
        run_id = await self.moves.open(
            user_id=user_id,
            thread_id=thread_id,
            settings=settings or {},
            said={"message": message, "as_of": as_of},
            model=self.conductor.model_name,
        )
        self._launch(run_id)
        return run_id

    async def answer(self, run_id: str, *, user_id: str, text: str) -> None:
        """Answer the question a run is waiting on; it goes on.

        Raises:
            NotFound: no such run of this user.
            NotNow: the run waits on no question.
        """
        asked = await self.moves.asked(await self.moves.mine(run_id, user_id), "question")
        text = text.replace("\x00", "")
        said = {"id": asked.payload["id"], "text": text, "meant": replies.meant(text, asked.payload) or text}
        await self.moves.take(run_id, user_id, "question", ("question_answered", said))
        self._launch(run_id)

    async def decide(self, run_id: str, *, user_id: str, approved: bool) -> None:
        """Approve or reject what a run waits to do; it goes on. The second of two clicks gets NotNow."""
        asked = await self.moves.asked(await self.moves.mine(run_id, user_id), "approval")
        said = {"id": asked.payload["id"], "approved": approved}
        await self.moves.take(run_id, user_id, "approval", ("decided", said))
        self._launch(run_id)

    async def resume(self, run_id: str, *, user_id: str) -> None:
        """Go on with an interrupted run from its last checkpoint."""
        run = await self.moves.mine(run_id, user_id)
        await self._waiting(run.thread_id, user_id)
        await self.moves.take(run_id, user_id, "interrupted", ("text_reset", {"reason": "resumed"}))
        self._launch(run_id)

    async def stop(self, run_id: str, *, user_id: str) -> None:
        """Stop a run, whether it works or waits; what it wrote stays."""
        await self.moves.mine(run_id, user_id)
        written = self.journals[run_id].text if run_id in self.journals else ""
        expected = Expected(user_id=user_id, statuses=journal.OPEN)
        if not await self.moves.end(run_id, expected, Ending("stopped", text=written)):
            raise NotNow("The run has ended already.")
        if task := self.tasks.get(run_id):
            task.cancel()

    async def follow(self, run_id: str, *, user_id: str, after: str = "0") -> AsyncIterator[Event]:
        """Events of a run after `after`: those that were, then those to come, until it has finished."""
        await self.moves.mine(run_id, user_id)
        async for event in Follower(self.ledger, self.streams, run_id).events(after):
            yield event

    async def pending(self, thread_id: str, *, user_id: str) -> Event | None:
        """The question or approval that a conversation waits on, as it was put."""
        run = await self.moves.of_thread(thread_id, user_id)
        return await self.moves.asked(run, run.status) if run and run.status in journal.WAITING else None

    async def recover(self) -> list[str]:
        """Mark as interrupted the runs whose process is gone; those that wait for a person stay waiting."""
        now = datetime.now(UTC)
        runs = await transact(self.ledger, journal.carried)
        return [run.id for run in runs if self._is_lost(run, now) and await self._interrupt(run.id, run.owner)]

    def active(self) -> int:
        """How many runs this process carries."""
        return len(self.tasks)

    async def forget_deleted(self, since: datetime) -> None:
        """Throw away the checkpoints of conversations that were deleted since then."""
        for thread_id in await transact(self.ledger, lambda session: journal.deleted_since(session, since)):
            await self.conductor.forget(thread_id)

    async def rounds(self) -> None:
        """Renew the leases of this process's runs and look after those of dead ones, for ever."""
        swept = datetime.fromtimestamp(0, UTC)
        while True:
            try:
                await self._renew()
                await self.recover()
                began = datetime.now(UTC)
                await self.forget_deleted(swept)
                swept = began - OVERLAP
            except DatabaseLost:
                log.warning("Postgres does not answer; leases are renewed when it does")
            await asyncio.sleep(ROUNDS_SECONDS)

    async def close(self) -> None:
        """Let each run reach its next checkpoint, then stop; what has not ended can go on in the next process."""
        running = dict(self.tasks)
        for diary in self.journals.values():
            diary.stopping = True
        if running:
            await asyncio.wait(running.values(), timeout=self.checkpoint_seconds)
        for task in running.values():
            task.cancel()
        await asyncio.gather(*running.values(), return_exceptions=True)
        for run_id in running:
            with suppress(*DatabaseLost):
                await self._interrupt(run_id, self.owner)

    async def _waiting(self, thread_id: str, user_id: str) -> Run | None:
        """The thread's open run; one whose process is gone is marked as interrupted first."""
        run = await self.moves.of_thread(thread_id, user_id)
        if run is not None and run.status == "running":
            if not self._is_lost(run, datetime.now(UTC)):
                raise NotNow("This conversation is still being answered: wait for it, or stop it.")
            await self._interrupt(run.id, run.owner)
        return run

    async def _withdraw(self, run: Run) -> None:
        """End a run that waits for the person, or lies interrupted, in favour of a new message."""
        notes: list[Note] = []
        if run.status == "approval":
            asked = await self.moves.asked(run, "approval")
            notes = [("decided", {"id": asked.payload["id"], "approved": False, "withdrawn": True})]
        expected = Expected(user_id=run.user_id, statuses=("question", "approval", "interrupted"))
        await self.moves.end(run.id, expected, Ending("stopped", error=SUPERSEDED, notes=notes))

    async def _interrupt(self, run_id: str, owner: str | None) -> bool:
        expected = Expected(statuses=("running",), owner=owner)
        return await self.moves.end(run_id, expected, Ending("interrupted", error=INTERRUPTED))

    async def _renew(self) -> None:
        ids, until = set(self.tasks), datetime.now(UTC) + LEASE
        held = await transact(self.ledger, lambda session: journal.renew(session, ids, owner=self.owner, until=until))
        for run_id in ids - held:
            if task := self.tasks.get(run_id):
                task.cancel()

    def _is_lost(self, run: Run, now: datetime) -> bool:
        if run.id in self.tasks:
            return False
        if run.owner == self.owner:  # just about to be launched, or its task lost the database
            return run.lease_until is None or run.lease_until < now + LEASE - GRACE
        return is_gone(run.owner) or (journal.expired(run, now) and self._is_silent(run))

    def _is_silent(self, run: Run) -> bool:
        """Whether another's expired lease stayed as it was while we watched: clocks differ, and machines sleep."""
        lease, since = self.watched.get(run.id, (None, 0.0))
        if lease != run.lease_until:
            self.watched[run.id] = (run.lease_until, time.monotonic())
            return False
        return time.monotonic() - since >= SILENCE_SECONDS

    def _launch(self, run_id: str) -> None:
        diary = self.journals[run_id] = Journal(self.ledger, self.wire, run_id, self.owner)
        task = asyncio.create_task(carry(diary, self.conductor, self.turn_of), name=f"run {run_id}")
        self.tasks[run_id] = task
        task.add_done_callback(lambda _: self._forget(run_id, task, diary))

    def _forget(self, run_id: str, task: asyncio.Task[None], diary: Journal) -> None:
        self.measure(diary.tally.close())
        if self.tasks.get(run_id) is task:
            del self.tasks[run_id], self.journals[run_id]
