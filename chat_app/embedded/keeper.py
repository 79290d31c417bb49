"""The keeper of one service: starts it, restarts it when it dies, stops it when its last user has left.

Run as `python -m chat_app.embedded.keeper postgres FOLDER`. It is a process of its own so that users may come and go,
also by kill -9: each holds a share of a lock, and when the keeper gets that lock alone nobody is left.
"""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Protocol

from chat_app.embedded.files import Folder, Lock
from chat_app.embedded.postgres import Postgres
from chat_app.embedded.processes import CannotRun, free_port
from chat_app.embedded.valkey import Valkey

STARTING_SECONDS = 120.0
STOPPING_SECONDS = 20.0
BACKOFF = (0.0, 0.1, 0.3, 1.0, 3.0, 5.0)
CALM_SECONDS = 30.0  # alive so long, and an earlier fall is forgotten


class Service(Protocol):
    """What a keeper must know of the service it keeps."""

    name: str
    stop_signals: tuple[signal.Signals, ...]

    def prepare(self, report: Callable[[str], None]) -> None:
        """Make ready to start, first clearing what a killed predecessor left."""

    def command(self, port: int) -> list[str]:
        """The command line."""

    def ready(self, pid: int, port: int) -> bool:
        """Whether it serves."""


class Keeper:
    """Runs one service until told to stop."""

    def __init__(self, service: Service, folder: Folder) -> None:
        """Remember the port of the last time: those who hold its URL find it again."""
        self.service = service
        self.folder = folder
        self.port = free_port(folder.state().get("port"))
        self.events: SimpleQueue[str] = SimpleQueue()
        self.child: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Start, keep and stop the service."""
        threading.Thread(target=self._await_last_user, daemon=True).start()
        falls, served = 0, False
        while True:
            started = time.monotonic()
            if self._start():
                served = True
                if self.events.get() == "stop":
                    break
            falls = 1 if time.monotonic() - started > CALM_SECONDS else falls + 1
            if falls > len(BACKOFF) and not served:
                raise CannotRun(f"{self.service.name} does not start: {last_line(self.folder.log)}")
            self._say("restarting", message=f"{self.service.name} ended; starting it again")
            if self._told_to_stop(BACKOFF[min(falls, len(BACKOFF)) - 1]):
                break
        self._say("stopping")
        self._stop()
        self._say("stopped")

    def report(self, message: str) -> None:
        """Say what takes its time."""
        self._say("starting", message=message)

    def _start(self) -> bool:
        """Start the service in this thread, the main one: the kernel binds a child to the thread that made it."""
        self.service.prepare(self.report)
        self.report(f"Starting {self.service.name}")
        with self.folder.log.open("ab") as log:
            child = subprocess.Popen(self.service.command(self.port), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.child = child
        until = time.monotonic() + STARTING_SECONDS
        while not self.service.ready(child.pid, self.port):
            if child.poll() is not None or time.monotonic() > until:
                self._stop()
                return False
            time.sleep(0.01)
        threading.Thread(target=self._await_fall, args=(child,), daemon=True).start()
        self._say("ready")
        return True

    def _stop(self) -> None:
        child = self.child
        if child is None:
            return
        for order in (*self.service.stop_signals, signal.SIGKILL):
            if child.poll() is None:
                child.send_signal(order)
                try:
                    child.wait(STOPPING_SECONDS)
                except subprocess.TimeoutExpired:
                    continue

    def _told_to_stop(self, seconds: float) -> bool:
        """Wait, but listen."""
        try:
            return self.events.get(timeout=seconds) == "stop" if seconds else False
        except Empty:
            return False

    def _await_fall(self, child: "subprocess.Popen[bytes]") -> None:
        child.wait()
        self.events.put("fell")

    def _await_last_user(self) -> None:
        Lock(self.folder.users).own(wait=True)  # kept until this process ends: newcomers wait for that
        self.events.put("stop")

    def _say(self, phase: str, message: str = "") -> None:
        pid = self.child.pid if self.child and self.child.returncode is None else None
        self.folder.say(phase=phase, message=message, port=self.port, pid=pid)


def last_line(log: Path) -> str:
    """What was printed last."""
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it printed nothing"


def main() -> None:
    """Keep the service that the command line names."""
    name, path = sys.argv[1:]
    folder = Folder(Path(path))
    alive = Lock(folder.keeper)
    alive.own(wait=True)
    kinds: dict[str, Callable[[Folder], Service]] = {"postgres": Postgres, "valkey": Valkey}
    try:
        keeper = Keeper(kinds[name](folder), folder)
        for order in (signal.SIGTERM, signal.SIGINT):
            signal.signal(order, lambda *_: keeper.events.put("stop"))
        keeper.run()
    except CannotRun as error:
        folder.say(phase="failed", message=str(error), port=folder.state().get("port"), pid=None)
        sys.exit(1)


if __name__ == "__main__":
    main()
