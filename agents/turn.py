"""One turn as the graph sees it: who asks, within which limits, and what the person has said to its questions."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from agents.config import AgentSettings
from agents.context import Limits, RunContext
from agents.journal import Journal

if TYPE_CHECKING:
    from agents.evidence import Report
    from agents.stores import ArtifactStore
    from ledgers.store import Ledger


@dataclass(kw_only=True)
class Turn:
    """The run-time context of the graph. It is never stored: each part of a run gets a new one."""

    ledger: "Ledger"
    artifacts: "ArtifactStore"
    journal: Journal
    settings: AgentSettings
    model: str
    user_id: str
    thread_id: str
    run_id: str
    message: str
    now: datetime
    as_of: datetime | None = None
    base_currency: str = "USD"
    limits: Limits = field(default_factory=Limits)
    began: float = field(default_factory=time.monotonic)
    checked: "Report | None" = None  # of the last answer: checked once, by the middleware or at the end
    asked: Counter[str] = field(init=False)  # questions so far, by tool call

    def __post_init__(self) -> None:
        """Count what was asked in earlier parts of the run."""
        put = (event.payload for event in self.journal.past if event.kind == "question")
        self.asked = Counter(payload["call"] for payload in put if "call" in payload)

    @property
    def clock(self) -> datetime:
        """The moment the question is asked from."""
        return self.as_of or self.now

    def context(self, tool_call_id: str) -> RunContext:
        """What one tool call gets as `run`."""
        return RunContext(
            ledger=self.ledger,
            artifacts=self.artifacts,
            user_id=self.user_id,
            thread_id=self.thread_id,
            run_id=self.run_id,
            tool_call_id=tool_call_id,
            now=self.now,
            as_of=self.as_of,
            base_currency=self.base_currency,
            limits=self.limits,
        )

    def may_ask(self, tool_call_id: str, nth: int) -> bool:
        """Whether the tool call may put its nth question (from 0): one put before always, a new one within limits."""
        if nth < self.asked[tool_call_id]:
            return True
        if self.asked.total() >= self.limits.questions:
            return False
        self.asked[tool_call_id] += 1
        return True

    def replies(self) -> Mapping[str, Any]:
        """What the person has answered and decided in this run, by the id of the question or approval."""
        found: dict[str, Any] = {}
        for event in self.journal.past:
            if event.kind == "question_answered":
                found[event.payload["id"]] = event.payload.get("meant") or event.payload["text"]
            elif event.kind == "decided":
                found[event.payload["id"]] = {"approved": event.payload["approved"]}
        return found

    async def used(self, messages: Sequence[Any]) -> None:
        """Count the tokens that messages of the model say they used."""
        from agents.model import cost_usd  # noqa: PLC0415 - the model's library is heavy

        for message in messages:
            if usage := getattr(message, "usage_metadata", None):
                counts = {"input_tokens": usage["input_tokens"], "output_tokens": usage["output_tokens"]}
                await self.journal.use(**counts, cost_usd=cost_usd(self.settings, self.model, **counts))
