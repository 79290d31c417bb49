"""What the work at hand is about, for its log lines: the run and its conversation, or the source.

A task hands what it noted to the tasks and threads it starts, and to nobody else.
"""

from collections.abc import Mapping
from contextvars import ContextVar

_noted: ContextVar[Mapping[str, str] | None] = ContextVar("trace", default=None)


def trace(**fields: str) -> None:
    """Note what the task at hand works on, from now on, such as run_id or source."""
    _noted.set({**traced(), **fields})


def traced() -> Mapping[str, str]:
    """What was noted."""
    return _noted.get() or {}
