"""Postgres or Valkey is killed, or stalls, in the middle of an answer: the run survives, or says so and can go on."""

import asyncio
import os
import shutil
import signal
import tempfile
import threading
import time
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from model_server import Say, serving

import agents.runs
import agents.start
import ledgers.journal
from agents.config import AgentSettings
from agents.errors import NotNow
from agents.start import analyst
from chat_app.compose import open_ledger
from chat_app.embedded.files import Folder
from chat_app.services import services
from ledgers.config import LedgerSettings
from ledgers.journal import DatabaseLost

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def own():
    """Services of this module's own, to be killed."""
    home = Path(tempfile.mkdtemp(prefix="omc-faults-"))
    with services(LedgerSettings(home=home)) as endpoints:
        ledger = open_ledger(endpoints, "live")
        yield home, endpoints, ledger
        ledger.close()
    shutil.rmtree(home)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(agents.runs, "ROUNDS_SECONDS", 0.3)
    monkeypatch.setattr(ledgers.journal, "DATABASE_SECONDS", 4.0)
    monkeypatch.setattr(agents.start, "ANSWERS_WITHIN", 4.0)


@asynccontextmanager
async def held(own, *replies):
    """A run whose answer is held after its first word; `release` lets it go on."""
    home, endpoints, ledger = own
    release = threading.Event()
    said = [Say("One two three.", hold=release), *replies, *[Say("One two three.")] * 3]
    with serving(lambda messages: said.pop(0)) as server:
        settings = AgentSettings(model="openai:scripted", openai_base_url=server.url)
        async with analyst(settings, ledger, endpoints.redis_url, home) as runs:
            run_id = await runs.start(user_id="local", message="Count.")
            async with asyncio.timeout(60):
                async for event in runs.follow(run_id, user_id="local"):
                    if event.kind == "token":
                        break
            try:
                yield runs, run_id, release
            finally:
                release.set()


def pid_of(own, name):
    return Folder(own[0] / "services" / name).state()["pid"]


async def ended(runs, run_id):
    async def follow():
        return [event async for event in runs.follow(run_id, user_id="local")][-1].payload["status"]

    return await insisting(follow)


async def gone_on_with(runs, run_id):
    await insisting(lambda: runs.resume(run_id, user_id="local"))


async def insisting(attempt):
    """Try as a person does, again and again until it works."""
    async with asyncio.timeout(90):
        while True:
            try:
                return await attempt()
            except (NotNow, *DatabaseLost):
                await asyncio.sleep(0.2)


def wait_until(condition):
    until = time.monotonic() + 40
    while not condition():
        assert time.monotonic() < until, "it never became true"
        time.sleep(0.05)


def processes_of_postgres(own):
    postmaster = pid_of(own, "postgres")
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    return [postmaster, *map(int, children)]


async def test_a_run_survives_a_kill_of_valkey(own):
    async with held(own) as (runs, run_id, release):
        os.kill(pid_of(own, "valkey"), signal.SIGKILL)
        release.set()
        assert await ended(runs, run_id) == "answered"


async def test_a_follower_goes_on_after_valkey_came_back(own):
    async with held(own) as (runs, run_id, release):
        following = asyncio.create_task(ended(runs, run_id))
        before = pid_of(own, "valkey")
        os.kill(before, signal.SIGKILL)
        await asyncio.to_thread(wait_until, lambda: pid_of(own, "valkey") not in {before, None})
        release.set()
        assert await following == "answered"


async def test_after_a_kill_of_postgres_a_run_survives_or_can_go_on(own):
    async with held(own) as (runs, run_id, release):
        os.kill(pid_of(own, "postgres"), signal.SIGKILL)
        release.set()
        if (status := await ended(runs, run_id)) == "interrupted":
            await gone_on_with(runs, run_id)
            status = await ended(runs, run_id)
        assert status == "answered"


async def test_while_postgres_answers_nothing_a_run_waits_no_longer_than_it_may(own):
    async with held(own) as (runs, run_id, release):
        stopped = processes_of_postgres(own)
        try:
            for pid in stopped:
                os.kill(pid, signal.SIGSTOP)
            release.set()
            await asyncio.to_thread(wait_until, lambda: run_id not in runs.tasks)
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)
        assert await ended(runs, run_id) == "interrupted"
        await gone_on_with(runs, run_id)
        assert await ended(runs, run_id) == "answered"
