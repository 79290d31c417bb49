"""Embedded Postgres and Valkey, started only where no URL is configured.

A command uses the services that run on its data folder, else it has them started; they stop when their last user has
left. Several commands at once are safe: see `embedded.keeper`.
"""

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from chat_app.embedded.files import Folder, Lock
from ledgers.config import LedgerSettings
from ledgers.errors import ConfigurationError

PATIENCE_SECONDS = 180.0
QUIET_SECONDS = 2.0
WATCH_SECONDS = 0.5


@dataclass(frozen=True)
class Endpoints:
    """Where the services answer."""

    postgres_url: str
    redis_url: str
    embedded: bool


@contextmanager
def services(settings: LedgerSettings, *, say: Callable[[str], None] | None = None) -> Iterator[Endpoints]:
    """The services for as long as the block lasts.

    Args:
        settings: a URL set there is used as it is; what is missing is run on `settings.home`.
        say: told what is going on when it takes longer than two seconds; by default it goes to stderr.

    Raises:
        ConfigurationError: a service cannot run here; the message says what to set.
    """
    tell = say or _to_stderr
    _usable(settings.home)
    with ExitStack() as stack:
        postgres, redis = settings.postgres_url, settings.redis_url
        used = [
            (name, Use(name, Folder(settings.home / "services" / name), tell))
            for name, url in (("postgres", postgres), ("valkey", redis))
            if url is None
        ]
        for _, use in used:
            stack.callback(use.leave)
            use.begin()
        for name, use in used:
            port = use.finish()
            password = use.folder.password()
            if name == "postgres":
                postgres = f"postgresql://omc:{password}@127.0.0.1:{port}"
            else:
                redis = f"redis://:{password}@127.0.0.1:{port}/0"
        if postgres is None or redis is None:
            raise AssertionError
        yield Endpoints(postgres, redis, embedded=bool(used))


def _usable(home: Path) -> None:
    """See that the data folder is there, for its owner only.

    Raises:
        ConfigurationError: it cannot be made or written.
    """
    try:
        for path in reversed([home, *home.parents]):
            path.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryFile(dir=home):
            pass
    except OSError as error:
        reason = error.strerror or error
        raise ConfigurationError(
            f"The data folder {home} cannot be used ({reason}): set OMC_HOME to another."
        ) from error


class Use:
    """This process's use of one service."""

    def __init__(self, name: str, folder: Folder, say: Callable[[str], None]) -> None:
        """Nothing happens yet."""
        self.name = name
        self.folder = folder
        self._say = say
        self._share: Lock | None = None
        self._left = threading.Event()
        self._watcher: threading.Thread | None = None
        self._keeper: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Become a user, and have a keeper started where none is."""
        self.folder.make()
        self._share = Lock(self.folder.users)
        self._await(self._share.share, f"Waiting for {self.name} to stop before it starts again")
        self._see_to_keeper()

    def finish(self) -> int:
        """Wait until the service answers; returns its port."""
        begun = said = time.monotonic()
        while True:
            state = self.folder.state()
            if not self._keeper_lives():
                if state.get("phase") == "failed":
                    raise ConfigurationError(state["message"])
                self._see_to_keeper()
            elif state.get("phase") == "ready":
                break
            now = time.monotonic()
            if now - begun > PATIENCE_SECONDS:
                raise ConfigurationError(f"{self.name} does not start; see {self.folder.log}")
            if now - said > QUIET_SECONDS:
                said = now
                self._say(str(state.get("message") or f"Starting {self.name}"))
            time.sleep(0.01)
        self._watcher = threading.Thread(target=self._watch, name=f"watch-{self.name}", daemon=True)
        self._watcher.start()
        return int(state["port"])

    def leave(self) -> None:
        """Stop being a user; the last one waits until the service is down."""
        self._left.set()
        if self._watcher:
            self._watcher.join()
        if self._share is None:
            return
        self._share.close()
        self._await(
            lambda: not self._keeper_lives() or not self._nobody_else(),
            f"Waiting for {self.name} to write everything down",
        )
        if self._keeper and self._keeper.poll() is None:
            self._keeper.returncode = 0  # it stays for other users: not ours to reap any more, nor to warn about

    def _nobody_else(self) -> bool:
        """Whether the keeper is on its way out, rather than kept by another user."""
        probe = Lock(self.folder.users)
        alone = probe.own() or not probe.share()
        probe.close()
        return alone

    def _watch(self) -> None:
        """A keeper that was killed is replaced while we are here."""
        while not self._left.wait(WATCH_SECONDS):
            if not self._keeper_lives():
                self._see_to_keeper()

    def _see_to_keeper(self) -> None:
        starter = Lock(self.folder.starter)
        try:
            if not starter.own() or self._keeper_lives():
                return
            self.folder.say(**{**self.folder.state(), "phase": "starting", "message": f"Starting {self.name}"})
            command = [sys.executable, "-P", "-m", "chat_app.embedded.keeper", self.name, str(self.folder.path)]
            with self.folder.log.open("ab") as log:
                keeper = self._keeper = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/"
                )
            self._await(lambda: self._keeper_lives() or keeper.poll() is not None, f"Starting {self.name}")
        finally:
            starter.close()

    def _keeper_lives(self) -> bool:
        if self._keeper:
            self._keeper.poll()  # reaps it once it has ended
        probe = Lock(self.folder.keeper)
        free = probe.share()
        probe.close()
        return not free

    def _await(self, condition: Callable[[], bool], message: str) -> None:
        begun = time.monotonic()
        said = False
        while not condition():
            waited = time.monotonic() - begun
            if waited > PATIENCE_SECONDS:
                raise ConfigurationError(f"{message}: gave up after {PATIENCE_SECONDS:.0f} s; see {self.folder.log}")
            if waited > QUIET_SECONDS and not said:
                said = True
                self._say(message)
            time.sleep(0.01)


def _to_stderr(message: str) -> None:
    print(f"  {message} …", file=sys.stderr, flush=True)  # noqa: T201 - progress of a command
