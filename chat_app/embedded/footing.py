"""Under whom, and where, Postgres runs: it refuses root.

An ordinary user runs it plainly. Root, or a uid without a name, steps into a user namespace, which needs no account and
leaves everything in the data folder. Where namespaces are refused (as in many containers) root runs it as an
unprivileged uid, which must be able to reach data and programs, so these live under the system's state folder.
"""

import os
import pwd
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from chat_app.embedded.files import Folder
from chat_app.embedded.processes import CannotRun, dies_with_parent, is_root

UNPRIVILEGED = 65534  # nobody, on every Linux: initdb wants an account with a name
ADVICE = "run omc as an ordinary user, or set OMC_POSTGRES_URL to a Postgres you run."


@dataclass(frozen=True)
class Footing:
    """How to run a program, and where its data is."""

    data: Path
    before: tuple[str, ...] = ()  # goes before a command
    uid: int | None = None  # who must own what Postgres touches; None: whoever we are

    def bound(self, signal_name: str) -> list[str]:
        """What goes before a command that is to end with its parent."""
        if self.uid is not None:
            return [*self.before, "--pdeathsig", signal_name, "--"]
        return [*self.before, *dies_with_parent(signal_name)]

    def give(self, path: Path) -> Path:
        """Let Postgres own a file or folder."""
        if self.uid is not None:
            os.chown(path, self.uid, self.uid)
        return path

    def reachable(self, binaries: Path) -> Path:
        """The programs, copied to where Postgres may read them if it cannot where they are."""
        if self.uid is None or self._runs(binaries / "postgres"):
            return binaries
        copy = self.data.parent / "programs"
        if not self._runs(copy / binaries.name / "postgres"):
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(binaries.parent, copy, symlinks=True)
            for path in (copy, *copy.rglob("*")):
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        if not self._runs(copy / binaries.name / "postgres"):
            raise CannotRun(f"Postgres cannot be run as uid {self.uid} from {copy}: {ADVICE}")
        return copy / binaries.name

    def _runs(self, program: Path) -> bool:
        command = [*self.bound("KILL"), str(program), "--version"]
        return subprocess.run(command, capture_output=True, check=False, cwd="/").returncode == 0


def footing(folder: Folder) -> Footing:
    """Choose; a cluster that is there decides, so that data is never left behind for a new, empty one.

    Raises:
        CannotRun: root, and no way to step down.
    """
    if not is_root() and _has_account():
        return Footing(folder.data)
    elsewhere = folder.path / "elsewhere"
    if elsewhere.exists():
        return _unprivileged(Path(elsewhere.read_text()))
    if namespaces_work():
        unshare = shutil.which("unshare") or "unshare"
        before = (unshare, "--user", f"--map-user={UNPRIVILEGED}", f"--map-group={UNPRIVILEGED}")
        return Footing(folder.data, before)
    if not is_root():
        raise CannotRun(f"Postgres wants an account with a name; uid {os.geteuid()} has none: {ADVICE}")
    if folder.data.exists():
        raise CannotRun(f"Root may no longer use user namespaces, which the data in {folder.data} needs: {ADVICE}")
    chosen = _unprivileged(_state_folder() / secrets.token_hex(6) / "data")
    chosen.data.parent.mkdir(mode=0o755, parents=True)
    chosen.give(chosen.data.parent)
    elsewhere.write_text(str(chosen.data))
    return chosen


def _has_account() -> bool:
    """Whether our uid has a name, which initdb looks up; in some containers it has none."""
    try:
        return bool(pwd.getpwuid(os.geteuid()).pw_name)
    except KeyError:
        return False


def namespaces_work() -> bool:
    """Whether we may step into a user namespace here."""
    unshare = shutil.which("unshare")
    if not unshare or not shutil.which("setpriv"):
        return False
    probe = [unshare, "--user", f"--map-user={UNPRIVILEGED}", f"--map-group={UNPRIVILEGED}", "true"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def _unprivileged(data: Path) -> Footing:
    setpriv = shutil.which("setpriv")
    chosen = Footing(
        data,
        (setpriv or "", f"--reuid={UNPRIVILEGED}", f"--regid={UNPRIVILEGED}", "--clear-groups"),
        UNPRIVILEGED,
    )
    if not setpriv or not chosen._runs(Path(shutil.which("env") or "/usr/bin/env")):  # noqa: SLF001 - its own module
        raise CannotRun(f"Postgres refuses to run as root, and this system lets root step down in no way: {ADVICE}")
    return chosen


def _state_folder() -> Path:
    """Where the system keeps a service's state; systemd names it where it started us."""
    return Path(os.environ.get("STATE_DIRECTORY", "/var/lib/oh-my-coins").split(":")[0])
