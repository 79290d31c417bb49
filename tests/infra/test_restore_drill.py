"""The restore drill, on a database that holds a market, an artifact and a conversation that waits for an answer."""

import asyncio
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from agents.config import AgentSettings
from agents.start import analyst
from agents.stores import DiskStore
from chat_app.auth import ensure_local
from ledgers.conversation import Artifact, Run

pytestmark = pytest.mark.integration

CHART = "Show me a chart of BTC's daily price from 2026-01-01 to 2026-02-01"
SCRIPT = Path(__file__).parents[2] / "infra" / "scripts" / "restore-drill.sh"


@dataclass
class Source:
    """What is backed up, and the environment that leads a command there."""

    ledger: object
    cluster: str
    home: Path
    environment: dict[str, str]

    def drill(self, *words: str) -> subprocess.CompletedProcess:
        command = [str(SCRIPT), "--demo", *words]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=240)

    def waiting(self) -> list[str]:
        with self.ledger.session() as session:
            return [run.id for run in session.query(Run).filter(Run.status == "question")]

    def databases(self) -> set[str]:
        with psycopg.connect(f"{self.cluster}/postgres") as connection:
            return {name for (name,) in connection.execute("SELECT datname FROM pg_database")}


@pytest.fixture
def source(seeded_ledger, endpoints, redis_url, tmp_path):
    ensure_local(seeded_ledger)
    live = seeded_ledger.url.removesuffix("_demo")
    settings = {
        "OMC_HOME": str(tmp_path),
        "OMC_POSTGRES_URL": live,
        "OMC_REDIS_URL": redis_url,
        "OMC_MODEL": "offline:rules",
    }
    return Source(seeded_ledger, endpoints.postgres_url, tmp_path, {**os.environ, **settings})


async def converse(source, redis_url, *messages):
    """Say each in a conversation of its own, and wait until it rests."""
    async with analyst(AgentSettings(model="offline"), source.ledger, redis_url, source.home) as runs:
        for message in messages:
            run_id = await runs.start(user_id="local", message=message)
            async with asyncio.timeout(60):
                async for event in runs.follow(run_id, user_id="local"):
                    if event.kind in ("question", "finished"):
                        break


async def test_a_backup_is_restored_into_an_empty_place_and_its_pending_question_is_answered_there(source, redis_url):
    await converse(source, redis_url, CHART, "How is luna doing?")
    pending = source.waiting()
    with psycopg.connect(source.ledger.url) as collector:
        collector.execute("CREATE TEMPORARY TABLE staged AS SELECT 1")  # as one that is at work has
        done = await asyncio.to_thread(source.drill)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"[1-9]\d* artifacts, each as its hash says", done.stdout)
    assert re.search(r"asked: .*luna.* - \w+; answered: ", done.stdout)
    assert re.search(r"compare \d+ tables, \d{4,} rows\n   \d+\.\d s", done.stdout)
    assert re.search(r"restored and alive in \d+\.\d s\n$", done.stdout)
    assert len(pending) == 1
    assert source.waiting() == pending


async def test_an_artifact_whose_bytes_are_others_fails_the_drill(source, redis_url):
    await converse(source, redis_url, CHART)
    with source.ledger.session() as session:
        sha256 = session.query(Artifact).first().sha256
    DiskStore(source.home / "artifacts").path(sha256).write_bytes(b"other")
    before = source.databases()
    done = await asyncio.to_thread(source.drill, "--without-question", "--into", source.cluster)
    assert done.returncode == 1
    assert re.search(rf"FAILED: 1 of \d+ artifacts are lost: {sha256[:12]}….*damaged", done.stdout)
    assert source.databases() == before


def test_without_a_pending_question_the_drill_fails_unless_that_is_allowed(source):
    refused = source.drill("--into", source.cluster)
    assert refused.returncode == 1
    assert "No conversation waits for an answer" in refused.stdout
    allowed = source.drill("--into", source.cluster, "--without-question")
    assert allowed.returncode == 0, allowed.stdout + allowed.stderr
    assert "that part was not tried" in allowed.stdout


@pytest.mark.parametrize("words", [["--no-such"], ["--into"], ["staging"]])
def test_wrong_arguments_are_refused_before_anything_is_done(words):
    done = subprocess.run([str(SCRIPT), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "restore-drill.sh" in done.stderr


def test_help_says_what_it_does_and_its_exit_codes():
    done = subprocess.run([str(SCRIPT), "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "Exit codes:" in done.stdout
    assert "set -euo" not in done.stdout
