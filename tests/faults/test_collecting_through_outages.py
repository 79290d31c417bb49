"""Postgres and Valkey killed, and a disk that fills up, while a collector is at work: it catches up with no gap."""

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from replay import replay
from sqlalchemy import func, select, text

from chat_app.compose import open_ledger
from chat_app.embedded.files import Folder
from chat_app.services import services
from collectors import history
from collectors.config import CollectSettings
from collectors.http import Fetcher
from collectors.runner import Runner
from collectors.source import Backfill, Parsed, Reply, Request, Row, Source
from ledgers import collecting
from ledgers.config import LedgerSettings
from ledgers.errors import OmcError
from ledgers.glass import Candle, Quote
from ledgers.health import CollectorRun

pytestmark = [pytest.mark.integration, pytest.mark.faults]
PROCESS = Path(__file__).parent.parent / "servers" / "collector_process.py"


@pytest.fixture
def home() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="omc-outages-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


def counts(ledger) -> tuple[int, int, int]:
    """Slots that succeeded, slots from the first to the last of them, rows."""
    try:
        with ledger.session() as session:
            done = CollectorRun.status == "succeeded"
            query = select(func.count(), func.min(CollectorRun.slot), func.max(CollectorRun.slot)).where(done)
            number, first, last = session.execute(query).one()
            rows = session.execute(select(func.count()).select_from(Quote)).scalar_one()
    except OmcError:
        return 0, 0, 0
    return number, (last - first) // timedelta(seconds=1) + 1 if number else 0, rows


def wait_for(condition, seconds: float) -> None:
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, "it did not happen in time"
        time.sleep(0.1)


def test_no_slot_is_missing_after_postgres_and_valkey_were_killed_under_the_collector(home):
    prices = itertools.count(1)
    with services(LedgerSettings(home=home)) as endpoints, replay() as server:
        server.makers["ticker"] = lambda: json.dumps({"last": next(prices)}).encode()
        ledger = open_ledger(endpoints, "live")
        told = {"ledger": ledger.url, "redis": endpoints.redis_url, "url": server.url("ticker"), "every": 1.0}
        with (home / "collector.log").open("wb") as log:
            process = subprocess.Popen([sys.executable, str(PROCESS), json.dumps(told)], stdout=log, stderr=log)
        try:
            wait_for(lambda: counts(ledger)[0] >= 3, 120)
            for name in ("postgres", "valkey"):
                before = counts(ledger)[0]
                os.kill(Folder(home / "services" / name).state()["pid"], signal.SIGKILL)
                wait_for(lambda wanted=before + 4: counts(ledger)[0] >= wanted, 60)
            wait_for(lambda: complete(counts(ledger)), 60)
            assert "Traceback" not in (home / "collector.log").read_text()
        finally:
            process.kill()
            process.wait(10)
            ledger.close()


def complete(found: tuple[int, int, int]) -> bool:
    """Every slot from the first to the last was run, and left its row."""
    number, expected, rows = found
    return number == expected and rows >= number > 0


@pytest.fixture
def small_disk(home) -> Iterator[Path]:
    """A disk of 8 MB, which can be made larger."""
    place = home / "small-disk"
    place.mkdir(mode=0o700)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m,mode=0700", "tmpfs", str(place)], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def enlarge(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=256m", str(disk)], check=True)


BARS = 3000  # in one window of history: about half a megabyte with its index


def bars(reply: Reply) -> Parsed:
    window = reply.request.context["window"]
    if window is None:
        return Parsed()
    step = (window.end - window.start) / BARS
    rows = []
    for number in range(BARS):
        opens = window.start + number * step
        series = {"symbol": "BTC", "interval": "28s", "quote": "AUD", "venue": "TEST"}
        rows.append(Row(Candle, {**series, "open_time": opens, "observed_at": opens + step, "close": 1.0 + number}))
    return Parsed(rows=rows)


def a_feed(days: int) -> Source:
    return Source(
        name="bars",
        ledger="glass",
        base_url="https://bars.example",
        requests=lambda context: [Request("simulate://bars", context={"window": context.window})],
        parse=bars,
        every=timedelta(days=1),
        publication_lag=timedelta(0),
        warn_after=timedelta(days=1),
        error_after=timedelta(days=2),
        backfill=Backfill(timedelta(days=days), timedelta(days=1), timedelta(0)),
        simulator=lambda _request, _now: b"",
    )


async def test_a_disk_that_fills_up_fails_the_run_plainly_and_collecting_catches_up_once_there_is_room(
    home, small_disk
):
    days = 20
    with services(LedgerSettings(home=home)) as endpoints:
        ledger = open_ledger(endpoints, "demo")
        with ledger.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(text(f"CREATE TABLESPACE small LOCATION '{small_disk}'"))
            connection.execute(text("ALTER TABLE candles SET TABLESPACE small"))
            connection.execute(text("ALTER INDEX pk_candles SET TABLESPACE small"))
        with ledger.session() as session:
            now = collecting.clock(session)
        async with Fetcher(endpoints.redis_url) as fetcher:
            runner = Runner(ledger, fetcher, CollectSettings(coins="BTC"))
            full = await runner.run(a_feed(days), now - timedelta(hours=2))
            assert full.status == "failed"
            assert "No space left on device" in full.error
            kept = rows_of(ledger)
            assert 0 < kept < days * BARS
            assert kept % BARS == full.inserted % BARS, "a window is written whole or not at all"
            enlarge(small_disk)
            again = await runner.run(a_feed(days), now - timedelta(hours=1))
        assert again.status == "succeeded", again.error
        assert rows_of(ledger) == full.inserted + again.inserted
        with ledger.session() as session:
            covered = history.from_json(collecting.source_state(session, "bars").covered)
        assert len(covered["BTC"]) == 1
        assert covered["BTC"][0][1] - covered["BTC"][0][0] >= timedelta(days=days - 1)
        ledger.close()


def rows_of(ledger) -> int:
    with ledger.session() as session:
        return session.execute(select(func.count()).select_from(Candle)).scalar_one()
