"""Two collectors at once, killed, stopped and with clocks that jump: each slot once, none missed, nothing doubled."""

import itertools
import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from replay import replay
from sqlalchemy import func, select, text

from ledgers.base import history_of
from ledgers.glass import Quote
from ledgers.health import CollectorRun

pytestmark = [pytest.mark.integration, pytest.mark.faults]
PROCESS = Path(__file__).parent.parent / "servers" / "collector_process.py"


@pytest.fixture
def server():
    with replay() as running:
        prices = itertools.count(1)
        running.makers["ticker"] = lambda: json.dumps({"last": next(prices)}).encode()
        yield running


class Collectors:
    """The processes of one test."""

    def __init__(self, ledger, redis_url, server, every: float, log: Path) -> None:
        self.told = {"ledger": ledger.url, "redis": redis_url, "url": server.url("ticker"), "every": every}
        self.path = log
        self.log = log.open("ab")
        self.running: list[subprocess.Popen] = []
        self.started = 0

    def start(self) -> None:
        command = [sys.executable, str(PROCESS), json.dumps(self.told)]
        self.running.append(subprocess.Popen(command, stdout=self.log, stderr=self.log))
        self.started += 1

    def are_up(self) -> bool:
        return self.path.read_text().count("collector is up") == self.started

    def kill(self, which: int) -> None:
        process = self.running.pop(which)
        process.kill()
        process.wait(10)

    def end(self) -> None:
        for process in self.running:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait(10)
        self.log.close()


@contextmanager
def collectors(*told):
    made = Collectors(*told)
    try:
        yield made
    finally:
        made.end()


def done(ledger) -> int:
    with ledger.session() as session:
        finished = select(func.count()).where(CollectorRun.status == "succeeded")
        return session.execute(finished).scalar_one()


def wait_for(condition, seconds: float) -> float:
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, "it did not happen in time"
        time.sleep(0.05)
    return time.monotonic() - begun


def busiest(made: Collectors, ledger) -> int:
    """The place of the collector that ran last; of the first one where that is gone."""
    with ledger.session() as session:
        last = session.execute(select(CollectorRun.worker).order_by(CollectorRun.started_at.desc()).limit(1))
        worker = last.scalar_one()
    pids = [str(process.pid) for process in made.running]
    return pids.index(pid) if (pid := worker.rpartition(":")[2]) in pids else 0


def nemesis(made: Collectors, ledger, fault: str, dice: random.Random) -> None:
    """Do one thing to the collector that is at work; both are there and well again afterwards."""
    which = busiest(made, ledger)
    if fault == "kill":
        made.kill(which)
        time.sleep(dice.uniform(0, 2))
        made.start()
    elif fault == "stop":
        made.running[which].send_signal(signal.SIGSTOP)
        time.sleep(dice.uniform(2, 4))
        made.running[which].send_signal(signal.SIGCONT)
    else:
        made.running[which].send_signal(signal.SIGUSR1 if fault == "ahead" else signal.SIGUSR2)


def history(ledger, every: float) -> dict[str, int]:
    """Check what is in the books against what must be; returns the counts."""
    with ledger.session() as session:
        runs = list(session.execute(select(CollectorRun).order_by(CollectorRun.slot)).scalars())
        rows = Counter(session.execute(select(Quote.observed_at)).scalars())
        rewritten = session.execute(select(func.count()).select_from(history_of(Quote))).scalar_one()
    settled = [run for run in runs if run.status == "succeeded"]
    slots = [run.slot for run in settled]
    step = timedelta(seconds=every)
    expected = {slots[0] + n * step for n in range((slots[-1] - slots[0]) // step + 1)}
    return {
        "slots": len(expected),
        "run": len(slots),
        "twice": len(slots) - len(set(slots)) + sum(n > 1 for n in rows.values()) + rewritten,
        "missed": len(expected - set(slots)),
        "rows lost": len(set(slots) - set(rows)),
        "rows of no run": len(set(rows) - set(slots)),
        "taken over": sum(run.token > 1 for run in settled),
        "not ended": sum(run.status != "succeeded" and run.slot < slots[-1] for run in runs),
        "workers": len({run.worker for run in settled}),
    }


def test_no_slot_is_run_twice_or_missed_whatever_befalls_two_collectors(
    ledger, redis_url, server, tmp_path, full_faults
):
    every, slots = 1.0, 200 if full_faults else 14
    dice = random.Random(7)  # noqa: S311 - the same faults each time, not cryptography
    faults = itertools.cycle(["kill", "stop", "ahead", "kill", "back", "stop"])
    with collectors(ledger, redis_url, server, every, tmp_path / "log") as made:
        made.start()
        made.start()
        wait_for(lambda: done(ledger) > 1, 120)
        server.latency = 0.4  # so that faults strike in the middle of runs
        while done(ledger) < slots:
            wait_for(made.are_up, 120)
            nemesis(made, ledger, next(faults), dice)
            target = min(slots, done(ledger) + 3)
            wait_for(lambda wanted=target: done(ledger) >= wanted, 60)
        wait_for(lambda: history(ledger, every)["not ended"] == 0, 30)
        counts = history(ledger, every)
    print("\n" + ", ".join(f"{name} {count}" for name, count in counts.items()))  # noqa: T201 - the checker's report
    bad = ("twice", "missed", "rows lost", "rows of no run", "not ended")
    assert {name: counts[name] for name in bad} == dict.fromkeys(bad, 0), (tmp_path / "log").read_text()
    assert counts["workers"] >= 2


def test_the_slot_of_a_collector_that_was_killed_is_taken_over_within_ten_seconds(ledger, redis_url, server, tmp_path):
    server.faults["ticker"] = "drip"
    with collectors(ledger, redis_url, server, 3600.0, tmp_path / "log") as made:
        made.start()
        wait_for(lambda: server.asked["ticker"], 120)
        made.start()
        wait_for(made.are_up, 120)
        server.faults.clear()
        made.kill(0)
        assert wait_for(lambda: done(ledger), 30) < 10
    with ledger.session() as session:
        (run,) = session.execute(select(CollectorRun)).scalars()
    assert (run.status, run.token) == ("succeeded", 2)


def test_a_killed_run_with_nobody_to_take_it_over_is_abandoned_by_the_next_collector(
    ledger, redis_url, server, tmp_path
):
    server.faults["ticker"] = "drip"
    with collectors(ledger, redis_url, server, 3600.0, tmp_path / "log") as made:
        made.start()
        wait_for(lambda: server.asked["ticker"], 120)
        made.kill(0)
        with ledger.session() as session:
            session.execute(text("UPDATE collector_runs SET slot = slot - interval '1 day'"))
        server.faults.clear()
        made.start()
        wait_for(lambda: statuses(ledger) == ["abandoned", "succeeded"], 120)


def statuses(ledger) -> list[str]:
    with ledger.session() as session:
        return list(session.execute(select(CollectorRun.status).order_by(CollectorRun.slot)).scalars())


def test_sigterm_rolls_back_what_does_not_finish_and_ends_within_ten_seconds(ledger, redis_url, server, tmp_path):
    server.faults["ticker"] = "drip"
    with collectors(ledger, redis_url, server, 3600.0, tmp_path / "log") as made:
        made.start()
        wait_for(lambda: server.asked["ticker"], 120)
        begun = time.monotonic()
        made.running[0].terminate()
        assert made.running[0].wait(15) == 0, (tmp_path / "log").read_text()
        assert time.monotonic() - begun < 10
    assert statuses(ledger) == ["abandoned"]
