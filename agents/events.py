"""What a run tells the outside: its events, kept in Postgres and sent down the live wire.

| kind | payload |
|---|---|
| started | thread_id, message, as_of, model, simulated |
| token | text (live only, never kept) |
| text_reset | reason: the text streamed so far is void (tool: it led to tool calls; rewrite; resumed) |
| tool_started | id, name, args |
| tool_ended | id, name, args, ok, error, ms, text, evidence[], figures[], artifacts[], facts |
| question | id, text, choices, field |
| question_answered | id, text |
| approval | id, action, args, title, description |
| decided | id, approved, withdrawn |
| answer | text, marked, evidence[], unsupported_numbers[] |
| finished | status, usage {input_tokens, output_tokens, cost_usd}, duration_ms, error |
"""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledgers.app import storable


@dataclass(frozen=True)
class Event:
    """One thing that happened in a run.

    `seq` orders events: '7' is the seventh kept event, '7.3' the third token after it. Hand the last one seen to
    `Runs.follow(after=…)` to go on from there.
    """

    seq: str
    kind: str
    payload: dict[str, Any]


def order(seq: str) -> tuple[int, int]:
    """A sequence as numbers that compare."""
    kept, _, token = seq.partition(".")
    return int(kept), int(token or 0)


def json_safe(value: Any) -> Any:
    """The same value as Postgres JSON takes it: no NaN, no infinity, no NUL character, times as ISO text."""
    if isinstance(value, dict):
        return {str(key): json_safe(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [json_safe(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, bool | int | float):
        return value
    return storable(value.isoformat() if isinstance(value, datetime) else str(value))
