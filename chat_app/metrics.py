"""What is measured: instruments of this process for /metrics, and CloudWatch's embedded metric format in the log.

The names in CloudWatch are those that the alarms and widgets in infra/modules/monitoring read.
"""

import asyncio
import json
import logging
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from agents.tally import Tally
from collectors.config import CollectSettings
from collectors.overview import staleness
from ledgers import collecting, quality
from ledgers.errors import LedgerUnavailable
from ledgers.health import CollectorRun
from ledgers.store import Ledger

log = logging.getLogger(__name__)

NAMESPACE: Final = "OhMyCoins"
EVERY_SECONDS: Final = 60.0
HOUR: Final = timedelta(hours=1)
BUCKETS: Final = (0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300)
COLLECTED: Final = ("succeeded", "partial")

Emit = Callable[[Mapping[str, float]], None]
"""Takes some values by their names in CloudWatch."""


def emf(environment: str | None) -> Emit:
    """Writes values of an environment into the log as CloudWatch reads them; nothing where there is none."""

    def write(values: Mapping[str, float]) -> None:
        metrics = [{"Name": name, "Unit": "Seconds" if name.endswith("Seconds") else "Count"} for name in values]
        directive = {"Namespace": NAMESPACE, "Dimensions": [["Environment"]], "Metrics": metrics}
        metadata = {"Timestamp": round(time.time() * 1000), "CloudWatchMetrics": [directive]}
        sys.stderr.write(json.dumps({"_aws": metadata, "Environment": environment, **values}) + "\n")
        sys.stderr.flush()

    return write if environment else lambda _: None


class ChatMeter:
    """Measures the runs of one process of the chat."""

    def __init__(self, emit: Emit) -> None:
        """Nothing is counted yet."""
        self.registry = own = CollectorRegistry()
        ProcessCollector(registry=own)
        self._emit = emit
        self._answer = Histogram("omc_answer_seconds", "Until the whole answer.", buckets=BUCKETS, registry=own)
        self._first = Histogram("omc_first_token_seconds", "Until the first text.", buckets=BUCKETS, registry=own)
        self._parts = Counter("omc_run_parts", "Parts of runs, by how they ended.", ["outcome"], registry=own)
        self._tools = Counter("omc_tool_calls", "Tool calls, by how they ended.", ["outcome"], registry=own)
        self._tokens = Counter("omc_model_tokens", "Tokens that models read and wrote.", ["direction"], registry=own)
        self._cost = Counter("omc_model_cost_usd", "What models cost, where the price is known.", registry=own)
        self._active = Gauge("omc_active_runs", "Runs that this process carries.", registry=own)

    def part(self, tally: Tally) -> None:
        """Count one part of a run."""
        seconds = {"FirstTokenSeconds": tally.first_token_seconds}
        self._parts.labels(tally.outcome).inc()
        if tally.outcome == "answered":
            self._answer.observe(tally.seconds)
            seconds["AnswerSeconds"] = tally.seconds
        if tally.first_token_seconds is not None:
            self._first.observe(tally.first_token_seconds)
        self._tools.labels("error").inc(tally.tool_errors)
        self._tools.labels("ok").inc(tally.tool_calls - tally.tool_errors)
        self._tokens.labels("in").inc(tally.input_tokens)
        self._tokens.labels("out").inc(tally.output_tokens)
        self._cost.inc(tally.cost_usd)
        counts = {
            "FailedRuns": tally.outcome == "failed",
            "ToolErrors": tally.tool_errors,
            "InputTokens": tally.input_tokens,
            "OutputTokens": tally.output_tokens,
            "ModelCostUsd": tally.cost_usd,
        }
        self._emit({name: float(value) for name, value in {**seconds, **counts}.items() if value is not None})
        log.info("run %s: %s in %.2f s", tally.run_id, tally.outcome, tally.seconds)

    @asynccontextmanager
    async def watching(self, active: Callable[[], int]) -> AsyncIterator[None]:
        """Tell of the active runs for as long as the block lasts."""
        self._active.set_function(active)
        async with every_minute(lambda: self._emit({"ActiveRuns": active()})):
            yield

    def page(self) -> bytes:
        """All instruments, as Prometheus reads them."""
        return generate_latest(self.registry)


class CollectorMeter:
    """Measures the collecting of one process."""

    def __init__(self, emit: Emit, ledger: Ledger, settings: CollectSettings) -> None:
        """Nothing is counted yet."""
        self._emit, self._ledger, self._settings = emit, ledger, settings

    def run(self, run: CollectorRun) -> None:
        """Count one run of a source."""
        succeeded = run.status in COLLECTED
        counts = {"SuccessfulCollections": succeeded, "FailedCollections": not succeeded, "RejectedItems": run.rejected}
        self._emit({name: float(value) for name, value in counts.items()})

    def stale(self) -> None:
        """Count the sources past their promise of freshness."""
        self._emit({"StaleSources": sum(staleness(self._ledger, self._settings).values())})


class CollectionGauges(Collector):
    """How the collecting stands, read from the ledgers when asked: the same from every process."""

    def __init__(self, ledger: Ledger, settings: CollectSettings) -> None:
        """Read from these ledgers."""
        self._ledger, self._settings = ledger, settings

    def describe(self) -> Iterable[Any]:
        """Nothing ahead of time: the ledgers are asked only when somebody reads."""
        return ()

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Ask; ledgers that do not answer are told as such."""
        up = GaugeMetricFamily("omc_ledgers_up", "Whether the ledgers answer.", value=1)
        try:
            gauges = self._gauges()
        except LedgerUnavailable:
            return [GaugeMetricFamily("omc_ledgers_up", "Whether the ledgers answer.", value=0)]
        return [up, *gauges]

    def _gauges(self) -> list[GaugeMetricFamily]:
        stale = staleness(self._ledger, self._settings)
        with self._ledger.session() as session:
            now, last = collecting.clock(session), collecting.last_success(session)
            hour = quality.runs(session, dict.fromkeys(stale, now - HOUR))
        moment = last.last_success_at.timestamp() if last and last.last_success_at else 0
        return [
            by_source("omc_source_stale", "Whether the source is past its promise of freshness.", stale),
            by_source("omc_collected_slots_last_hour", "Slots that succeeded.", {n: r.slots for n, r in hour.items()}),
            by_source("omc_rejected_items_last_hour", "Items put aside.", {n: r.rejected for n, r in hour.items()}),
            GaugeMetricFamily("omc_last_collection_timestamp_seconds", "When any source succeeded; 0: never.", moment),
        ]


def by_source(name: str, text: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    """One gauge with a value for each source."""
    gauge = GaugeMetricFamily(name, text, labels=["source"])
    for source, value in values.items():
        gauge.add_metric([source], float(value))
    return gauge


@asynccontextmanager
async def every_minute(work: Callable[[], None]) -> AsyncIterator[None]:
    """Do some work now and every minute, in a thread, for as long as the block lasts."""

    async def rounds() -> None:
        while True:
            try:
                await asyncio.to_thread(work)
            except LedgerUnavailable as error:
                log.warning("not measured: %s", error)
            await asyncio.sleep(EVERY_SECONDS)

    task = asyncio.create_task(rounds(), name="metrics")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
