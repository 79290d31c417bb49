"""What a tool call leaves behind: a short text for the model, the finding as plain JSON, and whether it went well."""

from dataclasses import dataclass
from typing import Any

from agents.events import json_safe
from agents.finding import Finding
from ledgers.errors import BadArgument, NotCollected, OmcError

LONGEST_TEXT = 6_000
LARGEST_FACTS = 60_000
PREFIXES: dict[type[OmcError], str] = {BadArgument: "Bad argument", NotCollected: "Not collected"}


@dataclass(frozen=True)
class Result:
    """The content of the tool message, its artifact, and the error if there was one."""

    content: str
    artifact: dict[str, Any]
    error: str | None = None


def succeeded(finding: Finding) -> Result:
    """The finding as it travels; what is too large for a message is refused, not hidden.

    Raises:
        OmcError: the facts are too large: they belong in an artifact.
    """
    artifact = json_safe(finding.to_json())
    if len(str(artifact["facts"])) > LARGEST_FACTS:
        raise OmcError("The tool's result is too large for a message; narrow the question.")
    text = finding.text
    if len(text) > LONGEST_TEXT:
        text = f"{text[:LONGEST_TEXT]}\n… (cut: {len(finding.text)} characters in all)"
    return Result(text, {**artifact, "error": None})


def failed(error: OmcError) -> Result:
    """An error as the model and the page read it: its kind and what to do."""
    kind = type(error)
    prefix = next((name for known, name in PREFIXES.items() if isinstance(error, known)), "Error")
    said = f"{prefix}: {error}"
    empty = json_safe(Finding(said).to_json())
    return Result(said, {**empty, "error": {"kind": kind.__name__, "message": str(error)}}, error=said)
