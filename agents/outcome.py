"""How one part of a run ended: the person is asked, or the answer stands."""

from dataclasses import dataclass, field
from typing import Any, Protocol

from agents.turn import Turn


@dataclass(frozen=True)
class Asks:
    """The graph paused. `kind` is 'question' or 'approval', `payload` is the event's."""

    kind: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class Answered:
    """The graph ended with a text. `answer` is the payload of the answer event."""

    answer: dict[str, Any] = field(default_factory=dict)


class Conductor(Protocol):
    """What carries a turn: the graph, or a stand-in in a test."""

    def model_name(self, wanted: str | None) -> str:
        """The model that a run would use; the default one where none is wanted."""

    async def forget(self, thread_id: str) -> None:
        """Throw away what is stored of a deleted conversation."""

    async def carry(self, turn: Turn) -> Asks | Answered:
        """Go on from wherever the thread stands until the turn asks or ends."""
