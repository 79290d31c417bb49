"""Every live source at once against the replay server: healthy for ten minutes, then each fault, then healthy again."""

import asyncio
import re
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from replay import bomb, replay
from sqlalchemy import select, text

from collectors.catalogue import sources_of
from collectors.config import CollectSettings
from collectors.http import Fetcher, Limits
from collectors.overview import overview
from collectors.runner import Runner
from collectors.slots import slot_of
from collectors.source import Source
from ledgers import collecting
from ledgers.base import record_models
from ledgers.health import CollectorRun

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
    "tls": "SourceUnavailable: .*TLS failed",
    "refused": "SourceUnavailable: .*refused",
}


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


def minutes(now, begin: int, end: int):
    """For a source, its slots in some minutes before now."""

    def slots(source: Source) -> list:
        first = slot_of(now - timedelta(minutes=30 - begin), source.every)
        wanted = [first + n * source.every for n in range(int(timedelta(minutes=end - begin) / source.every) + 1)]
        return wanted[: max(1, int(timedelta(minutes=end - begin) / source.every))]

    return slots


def once(now, number: int):
    """For a source, one slot that no other round has."""
    return lambda _source: [now - timedelta(minutes=10) + number * timedelta(seconds=1)]


def latest_runs(ledger) -> dict[str, CollectorRun]:
    with ledger.session() as session:
        runs = session.execute(select(CollectorRun).order_by(CollectorRun.started_at)).scalars()
        return {run.source: run for run in runs}


def problems(ledger) -> dict[str, str]:
    return {
        name: f"{run.status}: {run.error}" for name, run in latest_runs(ledger).items() if run.status != "succeeded"
    }


def rows_by_ledger(ledger) -> Counter:
    counts: Counter = Counter()
    with ledger.session() as session:
        for model in record_models():
            count = text(f'SELECT count(*) FROM "{model.__tablename__}" WHERE collector_run IS NOT NULL')
            found = session.execute(count)
            counts[LEDGER_OF.get(name := model.__module__.rpartition(".")[2], name)] += found.scalar_one()
    return counts


def conditions(ledger, settings, sources) -> dict[str, str]:
    names = {source.name for source in sources}
    return {s["name"]: s["state"] for s in overview(ledger, settings) if s["name"] in names}


def resident_bytes() -> int:
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) * 1024


async def test_all_feeds_are_collected_fail_as_what_they_are_and_heal(ledger, redis_url, server, sources):
    with ledger.session() as session:
        now = collecting.clock(session).replace(microsecond=0)
        for source in sources:
            collecting.remember(session, source.name, enabled=True)
    await collect_all(sources, minutes(now, 0, 10), ledger, redis_url, server)
    assert problems(ledger) == {}
    filled = rows_by_ledger(ledger)
    assert set(filled) == {"glass", "human", "catalyst", "exchange"}
    assert all(filled.values()), filled
    settings = settings_for(sources, server)
    assert set(conditions(ledger, settings, sources).values()) <= {"healthy", "standing by"}
    figures = []
    for number, (fault, expected) in enumerate(CLASSIFIED.items(), 1):
        server.faults = {source.name: fault for source in sources}
        before, begun = resident_bytes(), time.monotonic()
        await collect_all(sources, once(now, number), ledger, redis_url, server)
        took, grown = time.monotonic() - begun, resident_bytes() - before
        figures.append(f"{fault}: {took:.1f} s, {grown / 1e6:+.1f} MB")
        for name, run in latest_runs(ledger).items():
            assert run.status == "failed", f"{fault} at {name}: {run.status} {run.error}"
            assert re.search(expected, run.error), f"{fault} at {name}: {run.error}"
        assert grown < 32e6, figures
        assert took < 90, figures
        assert rows_by_ledger(ledger) == filled
    server.faults = {}
    await collect_all(sources, once(now, 50), ledger, redis_url, server)
    assert problems(ledger) == {}
    assert set(conditions(ledger, settings, sources).values()) <= {"healthy", "standing by"}
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
