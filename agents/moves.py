"""How runs change state: each move is one transaction that names the state it expects, then goes down the wire."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from agents.errors import NotNow
from agents.events import Event, json_safe
from agents.journal import Wire
from ledgers import app, journal
from ledgers.conversation import Run, RunEvent, Thread
from ledgers.journal import LEASE, Change, Ending, Expected, Note, transact
from ledgers.store import Ledger

ModelNamer = Callable[[str | None], str]


def as_event(row: RunEvent) -> Event:
    """A kept event as the outside sees it."""
    return Event(str(row.seq), row.kind, row.payload)


class Moves:
    """The moves of runs in one database, made by one process."""

    def __init__(self, ledger: Ledger, wire: Wire, owner: str) -> None:
        """`owner` is what new leases are written to."""
        self.ledger, self.wire, self.owner = ledger, wire, owner

    async def mine(self, run_id: str, user_id: str) -> Run:
        """The user's run; NotFound where it is somebody else's."""
        return await transact(self.ledger, lambda session: app.owned_run(session, run_id=run_id, user_id=user_id))

    async def of_thread(self, thread_id: str, user_id: str) -> Run | None:
        """The run of the user's conversation that has not ended."""

        def found(session: Any) -> Run | None:
            app.owned_thread(session, thread_id=thread_id, user_id=user_id)
            return journal.open_run(session, thread_id)

        return await transact(self.ledger, found)

    async def asked(self, run: Run, kind: str) -> Event:
        """The question or approval the run waits on, as it was put."""
        if run.status != kind:
            raise NotNow(f"The run waits for no {kind}: it is {run.status}.")
        rows = await transact(self.ledger, lambda session: journal.events(session, run.id))
        return as_event(next(row for row in reversed(rows) if row.kind == kind))

    async def open(
        self, *, user_id: str, thread_id: str | None, settings: dict[str, Any], said: dict[str, Any], model: ModelNamer
    ) -> str:
        """Write a new run that this process carries, in a new conversation or in the one named; return its id."""
        now = datetime.now(UTC)

        def write(session: Any) -> str:
            if thread_id:
                thread = app.owned_thread(session, thread_id=thread_id, user_id=user_id, lock=True)
            else:
                thread = app.create_thread(session, user_id=user_id, now=now, name=said["message"][:80])
            if journal.open_run(session, thread.id) is not None:
                raise NotNow("This conversation is still being answered: wait for it, or stop it.")
            thread.settings = {**thread.settings, **settings}
            name = model(thread.settings.get("model"))
            run = journal.new_run(session, thread, owner=self.owner, at=now, model=name, **said)
            journal.change(session, run.id, Expected(), Change(notes=[self._started(thread, run)]), at=now)
            return run.id

        return await transact(self.ledger, write)

    def _started(self, thread: Thread, run: Run) -> Note:
        said = {"thread_id": thread.id, "message": run.message, "as_of": run.as_of, "model": run.model}
        return "started", json_safe({**said, "simulated": self.ledger.simulated})

    async def take(self, run_id: str, user_id: str, status: str, note: Note) -> None:
        """Take up a run that waits or lies interrupted; the second of two who try gets NotNow."""
        now = datetime.now(UTC)
        values = {
            "status": "running",
            "owner": self.owner,
            "lease_until": now + LEASE,
            "finished_at": None,
            "error": None,
        }
        expected, to = Expected(user_id=user_id, statuses=(status,)), Change(values, [note])
        seqs = await transact(self.ledger, lambda session: journal.change(session, run_id, expected, to, at=now))
        if seqs is None:
            raise NotNow("The run went on already.")
        await self.wire.send(run_id, Event(str(seqs[0]), *note))

    async def end(self, run_id: str, expected: Expected, ending: Ending) -> bool:
        """End a run; False where it was not as expected."""
        now = datetime.now(UTC)
        rows = await transact(self.ledger, lambda session: journal.end(session, run_id, expected, ending, at=now))
        for row in rows:
            await self.wire.send(run_id, as_event(row))
        return bool(rows)
