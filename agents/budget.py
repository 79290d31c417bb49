"""What a run may use before the person is asked whether it goes on."""

from collections.abc import Mapping
from typing import Any

from agents.context import Limits
from agents.errors import BudgetReached

GO_ON = "Go on"
STOP_HERE = "Stop here"


def budget_id(run_id: str, nth: int) -> str:
    """The id of the nth question (from 0) about a run's budget."""
    return f"{run_id}#budget{nth}"


def granted(run_id: str, replies: Mapping[str, Any]) -> int:
    """How often the person let the run go on beyond its limits."""
    nth = 0
    while goes_on(replies.get(budget_id(run_id, nth))):
        nth += 1
    return nth


def goes_on(reply: Any) -> bool:
    """Whether an answer to the budget's question lets the run go on."""
    return str(reply or "").strip().lower() in {GO_ON.lower(), "yes", "y", "continue", "ok", "go", "go on."}


def check(limits: Limits, *, model_calls: int, seconds: float, grants: int) -> None:
    """Let a run go on, or not.

    Args:
        limits: of one run.
        model_calls: made so far.
        seconds: worked since the person last said something.
        grants: how often the person let it go on.

    Raises:
        BudgetReached: a limit is used up; the message says which.
    """
    if model_calls >= limits.model_calls * (grants + 1):
        raise BudgetReached(f"This answer took {model_calls} calls of the model so far. Shall it go on?")
    if seconds >= limits.seconds:
        raise BudgetReached(f"This answer took {seconds:.0f} seconds so far. Shall it go on?")
