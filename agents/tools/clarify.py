"""Asking the person."""

from agents.context import RunContext
from agents.errors import NeedsAnswer
from agents.finding import Finding
from agents.words import quoted
from ledgers.errors import BadArgument

__all__ = ["ask_person"]

MOST_CHOICES = 4


def ask_person(
    run: RunContext,  # noqa: ARG001 - every tool has it
    question: str,
    choices: list[str] | None = None,
    answer: str | None = None,
) -> Finding:
    """Ask the person one question, only where nothing useful can be answered without a word from them.

    Args:
        run: the run.
        question: one plain sentence, such as "Which period do you mean?".
        choices: two to four short answers to pick from, such as ["7 days", "30 days"], or none.
        answer: leave it out; it is set to what the person said.

    Returns:
        What the person answered.

    Raises:
        NeedsAnswer: always, until the person has answered.
        BadArgument: no question.
    """
    if answer is not None:
        return Finding(f"The person answered: {quoted(answer, 1_000)}", facts={"answer": answer[:1_000]})
    if not question.strip():
        raise BadArgument("question must say what to ask.")
    raise NeedsAnswer("answer", question.strip()[:500], tuple(c[:80] for c in (choices or [])[:MOST_CHOICES]))
