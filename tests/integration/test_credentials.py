"""The database's user and password may be in the environment beside the URL, as the cloud injects them."""

import json
import os
import subprocess
import sys
from urllib.parse import urlsplit, urlunsplit

import pytest

pytestmark = pytest.mark.integration

PROGRAM = "from chat_app.cli import main; main()"


@pytest.fixture
def omc(seeded_ledger, redis_url, tmp_path):
    """The command on a database whose URL names neither user nor password."""
    whole = urlsplit(seeded_ledger.url.removesuffix("_demo"))
    bare = urlunsplit(whole._replace(netloc=f"{whole.hostname}:{whole.port}"))
    settings = {
        "OMC_HOME": str(tmp_path),
        "OMC_POSTGRES_URL": bare,
        "OMC_REDIS_URL": redis_url,
        "PGUSER": whole.username,
        "PGPASSWORD": whole.password,
    }

    def run(*words, **more):
        environment = {**os.environ, **settings, **more}
        command = [sys.executable, "-c", PROGRAM, *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run


def test_rows_frames_and_checkpoints_are_read_and_written_with_them(omc):
    asked = omc("ask", "--demo", "--json", "Show me a chart of BTC's daily price from 2026-01-01 to 2026-02-01")
    assert asked.returncode == 0, asked.stderr
    answer = json.loads(asked.stdout)
    assert answer["status"] == "answered"
    assert {call["ok"] for call in answer["tool_calls"]} == {True}


def test_a_password_that_was_changed_meanwhile_is_told_as_such(omc):
    refused = omc("ask", "--demo", "What can you do?", PGPASSWORD="an earlier one")
    assert refused.returncode == 1
    assert "password authentication failed" in refused.stderr
    assert "an earlier one" not in refused.stderr
