"""One turn of the conversation as the analyst sees it: what was asked, which tools answered and how."""

from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, BaseMessage, HumanMessage, ToolMessage

from agents.prompts import REWRITE

CHECKED = REWRITE.partition("{")[0]


@dataclass(frozen=True)
class Result:
    """What a tool call came back with. `text` may quote the outside world: it is shown, never obeyed."""

    name: str
    args: dict[str, Any]
    text: str
    error: bool = False
    facts: dict[str, Any] = field(default_factory=dict)
    figures: tuple[dict[str, Any], ...] = ()
    evidence: tuple[dict[str, Any], ...] = ()
    artifacts: tuple[dict[str, Any], ...] = ()

    def figure(self, name: str) -> dict[str, Any] | None:
        """The figure of that name."""
        return next((figure for figure in self.figures if figure["name"] == name), None)

    def value(self, name: str) -> float | None:
        """The value of the figure of that name."""
        found = self.figure(name)
        return None if found is None else float(found["value"])


@dataclass(frozen=True)
class Turn:
    """The person's messages so far, the last being the one to answer, and this turn's results in order."""

    said: tuple[str, ...]
    results: tuple[Result, ...]
    first: bool  # nothing was answered in this thread before
    rounds: int  # of tool calls made in this turn
    key: str  # tells this state of the thread from every other one

    def answers(self) -> tuple[str, ...]:
        """What the person answered to the questions put to them in this turn."""
        return tuple(_answer(result) for result in self.results if result.name == "ask_person" and not result.error)


def turn(messages: list[BaseMessage]) -> Turn:
    """Read the messages of a thread."""
    while messages and isinstance(messages[-1], HumanMessage) and message_text(messages[-1]).startswith(CHECKED):
        messages = messages[:-2]  # the evidence check asks for a rewrite: the rules would write the same again
    people = [place for place, message in enumerate(messages) if isinstance(message, HumanMessage)]
    last = people[-1] if people else -1
    said = tuple(message_text(messages[place]) for place in people)
    calls = {
        call["id"]: call
        for message in messages[last + 1 :]
        if isinstance(message, AIMessage)
        for call in message.tool_calls
    }
    results = tuple(
        _result(message, calls[message.tool_call_id])
        for message in messages[last + 1 :]
        if isinstance(message, ToolMessage) and message.tool_call_id in calls
    )
    answered = any(isinstance(message, AIMessage) and not message.tool_calls for message in messages[: max(last, 0)])
    rounds = sum(isinstance(message, AIMessage) and bool(message.tool_calls) for message in messages[last + 1 :])
    return Turn(said, results, not answered, rounds, f"{messages[last].id if people else ''}/{len(messages)}")


def message_text(message: BaseMessage | AnyMessage) -> str:
    """The plain text of a message."""
    content = message.content
    if isinstance(content, str):
        return content
    return "".join(part if isinstance(part, str) else str(part.get("text", "")) for part in content)


def _result(message: ToolMessage, call: Any) -> Result:
    artifact = message.artifact if isinstance(message.artifact, dict) else {}
    failed = artifact.get("error") or {}
    return Result(
        name=call["name"],
        args=dict(call["args"]),
        text=str(failed.get("message") or message_text(message)),
        error=bool(failed) or message.status == "error",
        facts=dict(artifact.get("facts") or {}),
        figures=tuple(artifact.get("figures") or ()),
        evidence=tuple(artifact.get("evidence") or ()),
        artifacts=tuple(artifact.get("artifacts") or ()),
    )


def _answer(result: Result) -> str:
    return str(result.facts.get("answer") or result.text)
