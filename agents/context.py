"""What a run knows that the model must never decide: who asks, as of when, within which limits."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agents.stores import ArtifactStore
    from ledgers.store import Ledger


@dataclass(frozen=True)
class Limits:
    """Ceilings of one run."""

    rows: int = 2_000_000  # a tool reads at most so many
    questions: int = 3
    model_calls: int = 24
    seconds: float = 300.0


@dataclass(frozen=True)
class RunContext:
    """Handed to each tool and action as its first parameter, `run`; hidden from the model."""

    ledger: "Ledger"
    artifacts: "ArtifactStore"
    user_id: str
    thread_id: str
    run_id: str
    tool_call_id: str
    now: datetime  # the run's clock, aware UTC
    as_of: datetime | None  # None: the present
    base_currency: str = "USD"
    limits: Limits = Limits()

    @property
    def clock(self) -> datetime:
        """The moment the question is asked from: `as_of` where it is set, else now."""
        return self.as_of or self.now

    @property
    def simulated(self) -> bool:
        """Whether the ledgers are the demo market."""
        return self.ledger.simulated


@dataclass(frozen=True, kw_only=True)
class ActionContext(RunContext):
    """Handed to an action as `run`: whatever it changes, it changes in this transaction, or not at all."""

    session: Any  # a SQLAlchemy session: that library's name stays in the ledgers
