"""Processes of the operating system: who runs, what it runs, and how a child is bound to its parent's life."""

import os
import shutil
import socket
import subprocess
from functools import cache
from pathlib import Path


class CannotRun(Exception):
    """The service cannot run here; the message says what to do. The user's side turns it into ConfigurationError."""


def command_line(pid: int) -> str:
    """The arguments of a running process; empty when there is none, or only its unreaped remains."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return ""
    ps = shutil.which("ps")
    if ps is None:
        return ""
    return subprocess.run([ps, "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False).stdout


def runs(pid: int, word: str) -> bool:
    """Whether a process is alive and its command line holds a word, such as its data folder."""
    return pid > 0 and word in command_line(pid)


def exists(pid: int) -> bool:
    """Whether the system still counts a process, be it only its unreaped remains."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def gone() -> int:
    """The PID of a process that has just ended."""
    child = subprocess.Popen([shutil.which("true") or "true"])
    child.wait()
    return child.pid


@cache
def dies_with_parent(signal_name: str) -> list[str]:
    """The prefix that has the kernel signal a child when its parent dies; nothing where the platform has none."""
    setpriv = shutil.which("setpriv")
    prefix = [setpriv, "--pdeathsig", signal_name, "--"] if setpriv else []
    works = prefix and subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode == 0
    return prefix if works else []  # busybox has a setpriv that cannot


def is_root() -> bool:
    """Whether this process may do everything, which Postgres refuses."""
    return os.geteuid() == 0


def free_port(preferred: int | None = None) -> int:
    """A TCP port of the loopback that nobody listens on: the preferred one if possible."""
    for port in (preferred, 0):
        if port is None:
            continue
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(listener.getsockname()[1])
    raise CannotRun("No free TCP port on 127.0.0.1.")
