import os
import signal
import time
from pathlib import Path

import pytest

from chat_app import companion as module
from chat_app.companion import companion
from chat_app.embedded.processes import command_line

pytestmark = pytest.mark.faults


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(module, "BACKOFF_SECONDS", (0.0,))


def test_a_companion_that_dies_is_started_again_and_ends_with_its_owner(tmp_path):
    log = tmp_path / "logs" / "companion.log"
    with companion(["version"], log) as running:  # a command that ends by itself
        running.start()
        wait_until(lambda: log.exists() and log.read_text().count("0.1.0") >= 2)
    assert running.process.returncode is not None
    assert not running.thread.is_alive()


def test_a_killed_companion_is_replaced(tmp_path, home, monkeypatch):
    monkeypatch.setattr(module, "STOPPING_SECONDS", 5.0)
    with companion(["--help"], tmp_path / "log") as running:
        running.command = ["sleep", "60"]
        running.start()
        wait_until(lambda: running.process and "sleep" in command_line(running.process.pid))
        first = running.process.pid
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: running.process.pid != first and "sleep" in command_line(running.process.pid))
        last = running.process.pid
    assert not command_line(last)


def test_a_log_that_has_grown_is_begun_anew_and_nothing_runs_before_it_is_started(tmp_path, monkeypatch):
    log = tmp_path / "companion.log"
    log.write_text("x" * 100)
    monkeypatch.setattr(module.Companion, "LARGEST_LOG", 10)
    with companion(["version"], log) as running:
        assert running.process is None
    assert Path(tmp_path / "companion.old.log").read_text() == "x" * 100


def wait_until(condition) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, "it never became true"
        time.sleep(0.02)
