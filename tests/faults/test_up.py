"""`omc up` as a process: what is left of it, and what goes on, when it or a part of it is killed."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from chat_app.embedded.files import Folder
from collectors.catalogue import sources_of

pytestmark = pytest.mark.faults
PROGRAM = "from chat_app.cli import main; main()"
PATIENCE_SECONDS = 120
NOWHERE = json.dumps(dict.fromkeys(sources_of(simulated=False), "http://127.0.0.1:9"))


class Product:
    """`omc up --live` on a folder of the test's own; its collector finds no source that answers."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.output = (home / "output").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "up", "--live", "--port", "0", "--no-browser"],
            env={**os.environ, "OMC_HOME": str(home), "OMC_SOURCE_URLS": NOWHERE},
            stdin=subprocess.DEVNULL,
            stdout=self.output,
            stderr=self.output,
            cwd=home,
        )

    def url(self) -> str:
        """Where the page is, once it says so."""
        wait_until(lambda: self.process.poll() is not None or "is ready" in self.said())
        return re.search(r"is ready:\s+(http://[^/]+)/", self.said())[1]

    def said(self) -> str:
        return Path(self.output.name).read_text()

    def ready(self) -> bool:
        try:
            return httpx.get(f"{self.url()}/ready", timeout=10).json()["ready"]
        except httpx.TransportError:
            return False

    def end(self, order: signal.Signals) -> int:
        self.process.send_signal(order)
        return self.process.wait(PATIENCE_SECONDS)


@pytest.fixture
def home() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="omc-up-"))
    yield path
    wait_until(lambda: not processes_of(path))
    shutil.rmtree(path)


@pytest.fixture
def product(home: Path) -> Iterator[Callable[[], Product]]:
    """Bring the product up; it is down at the end of the test."""
    started: list[Product] = []

    def bring_up() -> Product:
        started.append(Product(home))
        return started[-1]

    yield bring_up
    for one in started:
        if one.process.poll() is None:
            one.end(signal.SIGKILL)
        one.output.close()


def test_it_goes_on_when_postgres_and_valkey_are_killed_and_ctrl_c_leaves_nothing_behind(product, home):
    one = product()
    assert one.ready()
    for name in ("postgres", "valkey"):
        os.kill(Folder(home / "services" / name).state()["pid"], signal.SIGKILL)
        wait_until(lambda name=name: Folder(home / "services" / name).state().get("phase") == "ready")
        wait_until(one.ready)
    assert one.end(signal.SIGINT) == 0
    assert not processes_of(home)
    assert "Traceback" not in one.said()


def test_after_a_kill_of_the_whole_product_nothing_is_left_and_it_starts_again(product, home):
    one = product()
    assert one.ready()
    one.end(signal.SIGKILL)
    wait_until(lambda: not processes_of(home))
    again = product()
    assert again.ready()
    assert again.end(signal.SIGTERM) in (0, 128 + signal.SIGTERM)
    assert not processes_of(home)


def test_a_port_in_use_is_told_in_one_line_and_nothing_is_left(product, home, monkeypatch):
    import socket

    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, "up", "--live", "--port", str(port)],
            env={**os.environ, "OMC_HOME": str(home), "OMC_SOURCE_URLS": NOWHERE},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{port}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not processes_of(home)


def processes_of(home: Path) -> list[int]:
    """Every process that was started for the folder: all inherit its name from `omc up`."""
    wanted = f"OMC_HOME={home}".encode()
    return [pid for pid in every_pid() if wanted in environment(pid).split(b"\0")]


def environment(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""


def every_pid() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and entry.name != "1"]


def wait_until(condition: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < until, "it never became true"
        time.sleep(0.05)
