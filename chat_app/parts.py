"""What the running server is made of: put together once by `server`, used by the page's callbacks and routes."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from agents.events import Event
    from agents.stores import ArtifactStore
    from chat_app.auth import Passwords
    from chat_app.history import History
    from ledgers.store import Ledger


class RunsOfPeople(Protocol):
    """What the page asks of `agents.runs.Runs`."""

    async def start(
        self,
        *,
        user_id: str,
        message: str,
        thread_id: str | None = None,
        as_of: datetime | None = None,
        settings: dict[str, Any] | None = None,
    ) -> str:
        """Start a turn, or answer what the thread waits on."""

    async def answer(self, run_id: str, *, user_id: str, text: str) -> None:
        """Answer a question."""

    async def decide(self, run_id: str, *, user_id: str, approved: bool) -> None:
        """Approve or reject."""

    async def resume(self, run_id: str, *, user_id: str) -> None:
        """Go on with an interrupted run."""

    async def stop(self, run_id: str, *, user_id: str) -> None:
        """Stop a run."""

    def active(self) -> int:
        """How many runs this process carries."""

    def follow(self, run_id: str, *, user_id: str, after: str = "0") -> "AsyncIterator[Event]":
        """Events after `after`, until the run has finished."""


@dataclass
class Parts:
    """The parts, as they are while the server runs."""

    ledger: "Ledger"
    history: "History"
    runs: RunsOfPeople
    artifacts: "ArtifactStore"
    passwords: "Passwords | None"  # None where only this machine is served
    models: tuple[str, ...]

    @property
    def simulated(self) -> bool:
        """Whether this is the demo market."""
        return self.ledger.simulated


_running: list[Parts] = []


def install(parts: Parts | None) -> None:
    """Make these the parts of this process; None when it stops."""
    _running[:] = [parts] if parts else []


def parts() -> Parts:
    """The parts of this process.

    Raises:
        RuntimeError: the server is not up.
    """
    if not _running:
        raise RuntimeError("The server is starting or stopping.")
    return _running[0]
