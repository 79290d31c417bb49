"""A command of ours that runs beside the server, in a process of its own, for as long as the server does."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chat_app.embedded.processes import dies_with_parent

STOPPING_SECONDS = 15.0
BACKOFF_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0)


@contextmanager
def companion(words: list[str], log: Path) -> Iterator["Companion"]:
    """Run `omc WORDS…` beside this process once it is started; start it again when it ends, stop it at the end.

    Args:
        words: the command and its options.
        log: where what it prints goes; a long log is begun anew.
    """
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > Companion.LARGEST_LOG:
        log.replace(log.with_suffix(".old.log"))
    running = Companion(words, log)
    try:
        yield running
    finally:
        running.stop()


class Companion:
    """The process and the thread that keeps it."""

    LARGEST_LOG = 8 * 1024 * 1024

    def __init__(self, words: list[str], log: Path) -> None:
        """Nothing runs yet."""
        program = "from chat_app.cli import main; main()"
        self.command = [*dies_with_parent("TERM"), sys.executable, "-P", "-c", program, *words]
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None
        # The kernel binds the process to this thread's life, so the thread lives as long as it is wanted.
        self.thread = threading.Thread(target=self._keep, name=f"omc {words[0]}", daemon=True)
        self._stopping = threading.Event()
        self._starting = threading.Lock()
        self._started = False

    def start(self) -> None:
        """Begin; only the first call counts."""
        with self._starting:
            if not self._started:
                self._started = True
                self.thread.start()

    def stop(self) -> None:
        """End it in order; a process that does not listen is killed."""
        self._stopping.set()
        with self._starting:
            process = self.process
            started = self._started
        if process and process.poll() is None:
            process.terminate()
            try:
                process.wait(STOPPING_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        if started:
            self.thread.join()

    def _keep(self) -> None:
        falls = 0
        while True:
            with self._starting:
                if self._stopping.is_set():
                    return
                with self.log.open("ab") as log:
                    self.process = subprocess.Popen(
                        self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0
                    )
            self.process.wait()
            if self._stopping.wait(BACKOFF_SECONDS[min(falls, len(BACKOFF_SECONDS) - 1)]):
                return
            falls += 1
