"""Which process carries a run, and whether that process is still there."""

import os
import socket
from functools import cache
from pathlib import Path

START_TIME_FIELD = 19  # of /proc/<pid>/stat, counted after the parenthesised command


@cache
def this_process() -> str:
    """A name no other process has, nor one that gets the same pid later: host, pid and start time."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def is_gone(owner: str | None) -> bool:
    """Whether the owner ran on this machine and runs no more; another machine's is left to its lease."""
    if owner is None:
        return True
    host, _, rest = owner.partition(":")
    pid, _, started = rest.partition(":")
    return host == socket.gethostname() and (not _alive(int(pid)) or _started(int(pid)) != started)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _started(pid: int) -> str:
    try:
        after_command = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "?"
    return after_command[START_TIME_FIELD]
