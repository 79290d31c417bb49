"""The folder of one service: locks, state and secrets. Only the standard library, so that a keeper stays small."""

import fcntl
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LARGEST_LOG = 4 * 1024 * 1024


class Lock:
    """An advisory lock that the kernel gives back when its process dies, however it dies."""

    def __init__(self, path: Path) -> None:
        """Open, without taking it."""
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def share(self, *, wait: bool = False) -> bool:
        """Hold it together with others."""
        return self._take(fcntl.LOCK_SH, wait=wait)

    def own(self, *, wait: bool = False) -> bool:
        """Hold it alone."""
        return self._take(fcntl.LOCK_EX, wait=wait)

    def close(self) -> None:
        """Let it go."""
        os.close(self._descriptor)

    def _take(self, kind: int, *, wait: bool) -> bool:
        try:
            fcntl.flock(self._descriptor, kind | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True


@dataclass(frozen=True)
class Folder:
    """Where one service keeps its data and where keepers and users meet."""

    path: Path

    def make(self) -> None:
        """Create it, for the owner only, and begin a new log where the old one has grown."""
        for path in (self.path.parent, self.path):
            path.mkdir(mode=0o700, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".old.txt"))

    @property
    def data(self) -> Path:
        """The service's own files."""
        return self.path / "data"

    @property
    def users(self) -> Path:
        """Shared by every process that uses the service."""
        return self.path / "users.lock"

    @property
    def starter(self) -> Path:
        """Held by the one process that starts the keeper."""
        return self.path / "start.lock"

    @property
    def keeper(self) -> Path:
        """Held by the living keeper."""
        return self.path / "keeper.lock"

    @property
    def log(self) -> Path:
        """What the keeper and the service print."""
        return self.path / "log.txt"

    def state(self) -> dict[str, Any]:
        """What the keeper last said; empty before the first start."""
        try:
            state: dict[str, Any] = json.loads((self.path / "state.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return state

    def say(self, **state: Any) -> None:
        """Replace the state at once, so that a reader never sees half of it."""
        fresh = self.path / f"state.{os.getpid()}"
        fresh.write_text(json.dumps(state))
        fresh.replace(self.path / "state.json")

    def password(self) -> str:
        """The service's password, made once and readable by its owner alone."""
        path = self.path / "password"
        if not path.exists():
            fresh = self.path / f"password.{os.getpid()}"
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(24))
            fresh.replace(path)
        return path.read_text()
