"""What a benchmark is given and what it hands back."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg

from chat_app.services import Endpoints
from ledgers.databases import ensure_database
from ledgers.migrations import upgrade
from ledgers.store import Ledger


@dataclass(frozen=True)
class Result:
    """One line of the table: a ratio or count that holds across machines, beside the target it is held to."""

    what: str
    value: float
    unit: str
    target: str = ""
    met: bool | None = None  # None: for information
    note: str = ""


def at_least(what: str, value: float, unit: str, target: float, note: str = "") -> Result:
    """A result that must not be smaller."""
    return Result(what, value, unit, f">= {target:g}", value >= target, note)


def at_most(what: str, value: float, unit: str, target: float, note: str = "") -> Result:
    """A result that must not be larger."""
    return Result(what, value, unit, f"<= {target:g}", value <= target, note)


@dataclass
class Bench:
    """Services of the run, how much work to do, and databases that go with it."""

    endpoints: Endpoints
    scale: float = 1.0
    repetitions: int = 3
    _ledgers: dict[str, Ledger] = field(default_factory=dict)

    def ledger(self, name: str) -> Ledger:
        """A migrated database of the benchmark's own."""
        if name not in self._ledgers:
            url = f"{self.endpoints.postgres_url}/bench_{name}"
            ensure_database(url)
            upgrade(url)
            self._ledgers[name] = Ledger(url)
        return self._ledgers[name]

    def rows(self, rows: int) -> int:
        """A number of rows at this run's scale."""
        return max(1_000, int(rows * self.scale))

    def medians(self, works: Mapping[str, Callable[[], Any]]) -> dict[str, float]:
        """Median seconds of each piece of work; they take turns, so that a busy machine is unfair to none."""
        taken: dict[str, list[float]] = {name: [] for name in works}
        for _ in range(self.repetitions):
            for name, work in works.items():
                taken[name].append(seconds(work))
        return {name: statistics.median(times) for name, times in taken.items()}

    def close(self) -> None:
        """Return every connection."""
        for ledger in self._ledgers.values():
            ledger.close()


def seconds(work: Callable[[], Any]) -> float:
    """How long a piece of work takes; what it returns, where it is a number, is taken off as preparation."""
    started = time.perf_counter()
    preparation = work()
    return time.perf_counter() - started - (preparation if isinstance(preparation, float) else 0.0)


def administer(ledger: Ledger, *statements: str) -> list[Any]:
    """Run statements outside a transaction. Returns the rows of the last one, if it has any."""
    with psycopg.connect(ledger.url, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []
