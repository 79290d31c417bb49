"""When sources run: one job each in one process; any number of processes may do this side by side.

There is no leader. Each process tries to claim each slot; the database lets one have it. A process that dies or hangs
is noticed by the others, which run its slot again. Slots follow the database's clock; this machine's may jump.
"""

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from random import uniform
from typing import Any, Final

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from collectors import availability
from collectors.config import QualitySettings, SmtpSettings
from collectors.monitor import Monitor
from collectors.runner import Runner
from collectors.slots import due, oldest_due, slot_of
from collectors.source import Source
from ledgers import collecting
from ledgers.health import CollectorRun

log = logging.getLogger(__name__)

Measure = Callable[[CollectorRun], object]

LOOK_AGAIN: Final = timedelta(minutes=5)  # for what is due but failed, or was switched on
THREADS: Final = 18  # fewer than the ledger has connections; enough that heartbeats do not wait for writes
FIRST_LOOK: Final = timedelta(seconds=30)  # at the quality, when the first polls after a night off are done
JUMP_SECONDS: Final = 2.0
WATCH_SECONDS: Final = 1.0
FINISH_SECONDS: Final = 5.0  # what is running at SIGTERM may take so long to finish; then it is rolled back
END_SECONDS: Final = 9.5  # and so long the whole process


class SlotTrigger(BaseTrigger):  # type: ignore[misc]
    """Fires shortly after each slot begins, a little later each time at random, and now and then in between."""

    def __init__(self, every: timedelta, delay: timedelta) -> None:
        """Follow this rhythm, so long after each slot."""
        self.every = every
        self.delay = delay
        self.jitter = min(every * 0.05, timedelta(seconds=5))

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        """The next moment to look whether something is due."""
        due_at = slot_of(now - self.delay, self.every) + self.every + self.delay
        return min(due_at + self.spread(), now + LOOK_AGAIN)

    def spread(self) -> timedelta:
        """A little time, at random, so that not all sources ask at once."""
        return uniform(0, 1) * self.jitter  # noqa: S311 - jitter, not cryptography


class Schedule:
    """The jobs of one process."""

    def __init__(
        self,
        runner: Runner,
        sources: dict[str, Source],
        criteria: QualitySettings | None = None,
        smtp: SmtpSettings | None = None,
        *,
        measure: Measure = lambda _: None,
    ) -> None:
        """Run these sources, judge what they bring where there are criteria, and tell `measure` of every run."""
        self.runner = runner
        self.sources = sources
        self.measure = measure
        self.scheduler = AsyncIOScheduler(timezone=UTC)
        self.at_work: set[asyncio.Task[None]] = set()
        self.stopping = runner.means.stopping
        self.monitor = Monitor(runner.means, sources, criteria, smtp) if criteria else None

    async def run(self) -> None:
        """Collect until `stop` is called; finish what is running, or roll it back."""
        for source in self.sources.values():
            trigger = SlotTrigger(source.every, source.delay)
            self.scheduler.add_job(
                self._tick,
                trigger,
                args=[source],
                id=source.name,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
                next_run_time=datetime.now(UTC) + trigger.spread(),
            )
        if self.monitor:
            self.scheduler.add_job(
                self._work_of(self.monitor),
                "interval",
                seconds=self.monitor.criteria.every_seconds,
                id="quality",
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
                next_run_time=datetime.now(UTC) + FIRST_LOOK,
            )
        self.scheduler.start()
        watching = asyncio.create_task(self._watch())
        await self.stopping.wait()
        self.scheduler.pause()
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        if self.at_work:
            await asyncio.wait(self.at_work, timeout=FINISH_SECONDS)
        left = list(self.at_work)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        self.scheduler.shutdown()

    def stop(self) -> None:
        """Begin to stop."""
        log.info("Stopping: %d running", len(self.at_work))
        self.stopping.set()
        last_resort = threading.Timer(END_SECONDS, os._exit, (1,))
        last_resort.daemon = True
        last_resort.start()

    def _work_of(self, monitor: Monitor) -> Callable[[], Coroutine[Any, Any, None]]:
        async def look() -> None:
            await self._work(monitor.look())

        return look

    async def _tick(self, source: Source) -> None:
        await self._work(self._run_due(source))

    async def _work(self, work: Coroutine[Any, Any, None]) -> None:
        """Do some work as a task of its own, so that stopping can wait for it."""
        task = asyncio.create_task(work)
        self.at_work.add(task)
        task.add_done_callback(self.at_work.discard)
        try:
            await task
        except asyncio.CancelledError:
            if not self.stopping.is_set():
                raise
        except Exception as error:  # noqa: BLE001 - the ledgers are away, say: the next tick tries again
            log.warning("%s", self.runner.means.redact(f"{type(error).__name__}: {error}"))

    async def _run_due(self, source: Source) -> None:
        def look(session: Any) -> tuple[list[datetime], dict[str, Any]]:
            now = collecting.clock(session) - source.delay
            since = oldest_due(now, source.every)
            claimed, before = collecting.claimed_slots(session, source.name, since=since, until=now)
            return due(now, claimed, source.every, ran_before=before), collecting.source_states(session)

        slots, states = await self.runner.means.db(look)
        settings = self.runner.means.settings
        if availability.why_disabled(source, states, settings):
            return
        if availability.standing_by(source, self.sources, states, settings):
            return
        for slot in slots:
            if self.stopping.is_set():
                return
            await self._run(source, slot)

    async def _run(self, source: Source, slot: datetime) -> None:
        run = await self.runner.run(source, slot)
        if run is not None:
            self.measure(run)
            counts = f"{run.inserted} new, {run.revised} revised, {run.duplicate} known, {run.rejected} rejected"
            log.info("%s %s: %s, %s", source.name, slot.isoformat(), run.status, counts)

    async def _watch(self) -> None:
        """Look after jumps of this machine's clock, and after collectors that died."""
        wall, steady = time.time(), time.monotonic()
        succeeding: asyncio.Task[None] | None = None
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            jump = (time.time() - wall) - (time.monotonic() - steady)
            wall, steady = time.time(), time.monotonic()
            if abs(jump) > JUMP_SECONDS:
                log.warning("The clock jumped by %.0f s: every job is timed anew", jump)
                for job in self.scheduler.get_jobs():
                    job.modify(next_run_time=datetime.now(UTC))
            if succeeding is None or succeeding.done():
                succeeding = asyncio.create_task(self._work(self._succeed_the_dead()))

    async def _succeed_the_dead(self) -> None:
        """Run again what a dead collector left, or give it up where it is too old."""
        dead_after = self.runner.lease.dead_after
        now, dead = await self.runner.means.db(
            lambda session: (collecting.clock(session), collecting.dead_runs(session, dead_after))
        )
        for name, slot in dead:
            source = self.sources.get(name)
            if source and slot >= oldest_due(now, source.every):
                log.warning("%s: the collector of the slot %s died; taking it over", name, slot)
                await self._run(source, slot)
            else:
                await self._abandon(name, slot)

    async def _abandon(self, name: str, slot: datetime) -> None:
        dead_after = self.runner.lease.dead_after
        await self.runner.means.db(
            lambda session: collecting.abandon(session, source=name, slot=slot, dead_after=dead_after)
        )


async def collect(
    runner: Runner,
    sources: dict[str, Source],
    criteria: QualitySettings | None = None,
    smtp: SmtpSettings | None = None,
    *,
    measure: Measure = lambda _: None,
) -> None:
    """Collect until SIGTERM or SIGINT, then end within ten seconds; tells `measure` of every run that has ended."""
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a job that outlasts its slot is no news
    schedule = Schedule(runner, sources, criteria, smtp, measure=measure)
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(THREADS))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, schedule.stop)
    await schedule.run()
