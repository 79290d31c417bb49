"""Every live source at once against the replay server: healthy for ten minutes, then each fault, then healthy again.

Rhythms are quickened, so that ten minutes of quotes pass in half a minute (in 100 s in the full form).
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path

import pytest
from replay import bomb, replay
from sqlalchemy import func, select, text

from collectors.catalogue import sources_of
from collectors.config import CollectSettings
from collectors.http import Fetcher, Limits
from collectors.runner import Runner
from collectors.source import Source
from ledgers import collecting
from ledgers.base import record_models
from ledgers.health import CollectorRun, QualityVerdict

pytestmark = [pytest.mark.integration, pytest.mark.faults]
QUICK = Limits(attempts=2, attempt_seconds=1.0, total_seconds=3.0, backoff_seconds=0.01)
MANY = Limits(attempts=2, attempt_seconds=5.0, total_seconds=15.0, backoff_seconds=0.01)
LEDGER_OF = {"prices": "glass"}  # a module of its own
SHORT = (
    "coinspot_quotes",
    "binance_candles_1h",
    "alternative_fear_greed",
    "decrypt_news",
    "sec_filings",
    "coinspot_account",
)
CLASSIFIED = {
    "storm": "SourceUnavailable: .*HTTP 429",
    "error": "SourceUnavailable: .*HTTP 500",
    "html": "SourceChanged: ",
    "truncated": "SourceUnavailable: .*truncated",
    "bomb": "SourceChanged: a reply that inflates",
    "drip": "SourceUnavailable: .*no (complete reply|answer) within",
    "tls": "SourceUnavailable: .*TLS failed.*not trusted",
    "refused": "SourceUnavailable: .*refused",
}
IN_PLACE = ("storm", "error", "html", "truncated", "bomb", "drip")
ELSEWHERE = ("tls", "refused")  # at another address
PROGRAM = Path(__file__).parent.parent / "servers" / "quick_collect.py"
MINUTES = 10
MEMORY = 32e6
WELL = {"healthy", "standing by"}


@pytest.fixture(scope="module")
def server():
    bomb()
    with replay() as running:
        yield running


@pytest.fixture
def sources(full_faults) -> list[Source]:
    live = sources_of(simulated=False)
    wanted = live if full_faults else SHORT
    return [replace(live[name], requests_per_minute=60_000) for name in wanted]  # ten minutes pass in seconds


def settings_for(sources, server) -> CollectSettings:
    secrets = {key: f"{key}@example.org" for source in sources for key in source.keys}
    return CollectSettings(
        source_urls=server.urls([source.name for source in sources]),
        **(secrets | {k: v for source in sources for k, v in CollectSettings().keys(source.keys).items()}),
    )


async def collect_all(sources, slots, ledger, redis_url, server) -> None:
    """Run each source in its slots, all sources at once."""

    async def one(runner: Runner, source: Source) -> None:
        for slot in slots(source):
            assert await runner.run(source, slot) is not None

    async with Fetcher(
        redis_url, contact="someone@example.org", limits=QUICK if len(sources) == len(SHORT) else MANY
    ) as fetcher:
        runner = Runner(ledger, fetcher, settings_for(sources, server))
        await asyncio.gather(*(one(runner, source) for source in sources))


def once(now, number: int):
    """For a source, one slot that no other round has."""
    return lambda _source: [now - timedelta(minutes=10) + number * timedelta(seconds=1)]


def latest_runs(ledger) -> dict[str, CollectorRun]:
    with ledger.session() as session:
        runs = session.execute(select(CollectorRun).order_by(CollectorRun.started_at)).scalars()
        return {run.source: run for run in runs}


def rows_by_ledger(ledger) -> Counter:
    counts: Counter = Counter()
    with ledger.session() as session:
        for model in record_models():
            count = text(f'SELECT count(*) FROM "{model.__tablename__}" WHERE collector_run IS NOT NULL')
            found = session.execute(count)
            counts[LEDGER_OF.get(name := model.__module__.rpartition(".")[2], name)] += found.scalar_one()
    return counts


class Command:
    """`omc collect` as a process, over and over, on one set of ledgers, and `omc sources` beside it."""

    def __init__(self, ledger, endpoints, server, sources, home: Path) -> None:
        self.ledger, self.server, self.home = ledger, server, home
        self.sources = {source.name: source for source in sources}
        few = len(sources) == len(SHORT)
        limits = asdict(QUICK if few else MANY)
        told = {"sources": list(self.sources), "every": 3.0 if few else 10.0, "limits": limits}
        keys = {f"OMC_{key.upper()}": f"{key}@example.org" for source in sources for key in source.keys}
        keys |= {f"OMC_{k.upper()}": v for source in sources for k, v in CollectSettings().keys(source.keys).items()}
        own = {"OMC_HOME": str(home), "OMC_POSTGRES_URL": ledger.url, "OMC_REDIS_URL": endpoints.redis_url}
        own |= {"OMC_QUALITY_EVERY_SECONDS": "10", "OMC_QUALITY_KEPT_MINUTES": "0.01"}  # each look leaves a trace
        self.env = {**os.environ, **keys, **own, "QUICK_COLLECT": json.dumps(told)}

    @contextmanager
    def collecting(self):
        """`omc collect` for as long as the block lasts; SIGTERM ends it within ten seconds."""
        env = self.env | {"OMC_SOURCE_URLS": json.dumps(self.server.urls(list(self.sources)))}
        with (self.home / "collect.log").open("ab") as log:
            command = [sys.executable, str(PROGRAM), "collect", "--live"]
            process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
            try:
                yield process
                process.terminate()
                process.wait(12)
            finally:
                process.kill()
                process.wait()
        assert "Traceback" not in (self.home / "collect.log").read_text()

    def conditions(self) -> dict[str, str]:
        """What `omc sources --json` says of each."""
        command = [sys.executable, "-c", "from chat_app.cli import main; main()", "sources", "--json", "--live"]
        told = subprocess.run(command, env=self.env, capture_output=True, text=True, check=True, timeout=120).stdout
        return {source["name"]: source["state"] for source in json.loads(told) if source["name"] in self.sources}

    def clock(self):
        with self.ledger.session() as session:
            return collecting.clock(session)

    def runs(self, since) -> dict[str, list[CollectorRun]]:
        """The runs that began and ended since, by source."""
        ended = (CollectorRun.started_at >= since, CollectorRun.finished_at.is_not(None))
        with self.ledger.session() as session:
            found = session.execute(select(CollectorRun).where(*ended).order_by(CollectorRun.slot)).scalars().all()
        return {name: [run for run in found if run.source == name] for name in self.sources}

    def unsettled(self, since, status: str) -> set[str]:
        """The sources whose newest run since then did not end so; a stand-in need not run."""
        needed = {n for n, s in self.sources.items() if status == "failed" or not s.stands_in_for}
        runs = self.runs(since)
        return {name for name in needed if not runs[name] or runs[name][-1].status != status}

    def at_home(self, since, status: str) -> bool:
        """Whether the process has done since all that it ever does: every source run, its quality judged twice."""
        with self.ledger.session() as session:
            judged = select(func.count(QualityVerdict.judged_at.distinct())).where(QualityVerdict.judged_at > since)
            looks = session.execute(judged).scalar_one()
        return looks > 1 and not self.unsettled(since, status)

    def wait(self, condition, seconds: float = 240) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            log = (self.home / "collect.log").read_text()[-3000:]
            assert time.monotonic() < deadline, f"it did not happen in time:\n{log}"
            time.sleep(0.2)

    def suffer(self, fault: str, process: subprocess.Popen) -> str:
        """Have every source meet a fault; each run is classified, nothing is written, memory stays bounded."""
        begun, since, before = time.monotonic(), self.clock(), resident(process.pid)
        reset_peak(process.pid)
        self.server.faults = dict.fromkeys(self.sources, fault)
        self.wait(lambda: not self.unsettled(since, "failed"))
        took, grown = time.monotonic() - begun, peak(process.pid) - before
        for name, runs in self.runs(since).items():
            failed = [run for run in runs if run.status == "failed"]
            assert re.search(CLASSIFIED[fault], failed[-1].error), f"{fault} at {name}: {failed[-1].error}"
            assert not any(run.inserted or run.revised for run in failed)
        figure = f"{fault}: {took:.1f} s, {grown / 1e6:+.1f} MB"
        assert grown < MEMORY, figure
        assert took < 120, figure
        return figure


def status_of(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(name))) * 1024


def resident(pid: int) -> int:
    return status_of(pid, "VmRSS")


def peak(pid: int) -> int:
    return status_of(pid, "VmHWM")


def reset_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


@pytest.fixture
def command(ledger, endpoints, server, sources, tmp_path):
    with ledger.session() as session:
        for source in sources:
            collecting.remember(session, source.name, enabled=True)
    server.faults = {}
    yield Command(ledger, endpoints, server, sources, tmp_path)
    server.faults = {}


def test_ten_minutes_fill_every_ledger_then_each_fault_is_told_for_what_it_is_then_all_is_well_again(command):
    begun = command.clock()
    with command.collecting():
        command.wait(lambda: len(command.runs(begun)["coinspot_quotes"]) >= MINUTES)
        command.wait(lambda: not command.unsettled(begun, "succeeded"))
    filled = rows_by_ledger(command.ledger)
    assert {ledger for ledger, rows in filled.items() if rows} == {"glass", "human", "catalyst", "exchange"}
    assert set(command.conditions().values()) <= WELL
    figures, again = [], command.clock()
    with command.collecting() as process:
        command.wait(lambda: command.at_home(again, "succeeded"))
        figures += [command.suffer(fault, process) for fault in IN_PLACE]
    for fault in ELSEWHERE:
        command.server.faults = dict.fromkeys(command.sources, fault)
        since = command.clock()
        with command.collecting() as process:
            command.wait(lambda since=since: command.at_home(since, "failed"))
            figures.append(command.suffer(fault, process))
    assert set(command.conditions().values()) <= {"failing"}
    command.server.faults, healing = {}, command.clock()
    with command.collecting():
        command.wait(lambda: not command.unsettled(healing, "succeeded"))
    assert set(command.conditions().values()) <= WELL
    print("\n" + "; ".join(figures) + f"; rows {dict(filled)}")  # noqa: T201 - the figures for docs/testing.md


async def test_a_feed_that_drips_does_not_hold_up_the_others(ledger, redis_url, server, sources):
    with ledger.session() as session:
        now = collecting.clock(session).replace(microsecond=0)
    server.faults = {"coinspot_quotes": "drip"}
    try:
        await collect_all(sources, once(now, 0), ledger, redis_url, server)
    finally:
        server.faults = {}
    runs = latest_runs(ledger)
    slow = runs.pop("coinspot_quotes")
    assert slow.status == "failed"
    assert {name: run.status for name, run in runs.items()} == dict.fromkeys(runs, "succeeded")
