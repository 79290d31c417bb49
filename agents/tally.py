"""What one part of a run took, counted as it goes, for whoever measures."""

import time
from dataclasses import dataclass, field


@dataclass
class Tally:
    """One part: from the person's word to the answer, the next question, or wherever it was cut off."""

    run_id: str
    outcome: str = "cut"  # answered | question | approval | failed; cut: stopped, interrupted or taken over
    seconds: float = 0.0
    first_token_seconds: float | None = None
    tool_calls: int = 0
    tool_errors: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float = 0.0  # of the calls whose price is known
    _began: float = field(default_factory=time.monotonic)

    def token(self) -> None:
        """A piece of text came; the first one counts."""
        if self.first_token_seconds is None:
            self.first_token_seconds = time.monotonic() - self._began

    def tool(self, error: str | None) -> None:
        """A tool call ended, well or with an error."""
        self.tool_calls += 1
        self.tool_errors += error is not None

    def use(self, *, input_tokens: int, output_tokens: int, cost_usd: float | None) -> None:
        """A call of the model ended."""
        self.input_tokens += input_tokens
        self.output_tokens += output_tokens
        self.cost_usd += cost_usd or 0.0

    def close(self) -> "Tally":
        """Stop the clock."""
        self.seconds = time.monotonic() - self._began
        return self
