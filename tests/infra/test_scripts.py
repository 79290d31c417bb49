"""The shell scripts, each case a sentence in a bats file; the two files run side by side."""

import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

HERE = Path(__file__).parent
pytestmark = pytest.mark.simulated


class Page(BaseHTTPRequestHandler):
    """Answers as the chat does to somebody who has not signed in."""

    codes = {"/health": 200, "/ready": 200, "/metrics": 404, "/project/threads": 401}  # noqa: RUF012

    def do_GET(self) -> None:
        self.send_response(self.codes.get(self.path, 404))
        self.end_headers()

    do_POST = do_GET  # noqa: N815 - the name that http.server looks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class BrokenPage(Page):
    codes = Page.codes | {"/ready": 503}


@pytest.fixture(scope="module")
def pages() -> Iterator[dict[str, str]]:
    """A chat that is well and one that is not."""
    servers = {"PAGE": ThreadingHTTPServer(("127.0.0.1", 0), Page)}
    servers["BROKEN_PAGE"] = ThreadingHTTPServer(("127.0.0.1", 0), BrokenPage)
    threads = [threading.Thread(target=server.serve_forever) for server in servers.values()]
    for thread in threads:
        thread.start()
    yield {name: f"http://127.0.0.1:{server.server_port}" for name, server in servers.items()}
    for server, thread in zip(servers.values(), threads, strict=True):
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def started(staging, simulation, pages, tmp_path_factory) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """Both files, running."""
    plan = tmp_path_factory.mktemp("plan") / "plan.json"
    plan.write_text(staging("show", "-json"))
    environment = {**os.environ, **simulation.environment, **pages, "PLAN": str(plan)}
    running = {
        name: subprocess.Popen(
            ["bats", HERE / f"{name}.bats"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for name in ("deploy", "scripts")
    }
    yield running
    for process in running.values():
        process.kill()
        process.wait()


@pytest.mark.parametrize("name", ["deploy", "scripts"])
def test_each_case_of_the_file_holds(started, name):
    said, _ = started[name].communicate()
    assert started[name].returncode == 0, said
