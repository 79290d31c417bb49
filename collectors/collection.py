"""One run of one source: poll, write in a transaction that holds the claim, fill gaps of history."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final, TypeVar

from collectors import history
from collectors.config import CollectSettings
from collectors.errors import LeaseLost, SourceChanged, SourceUnavailable
from collectors.harvest import Harvest, Harvester
from collectors.http import Fetcher
from collectors.redaction import Redactor
from collectors.source import Row, Source, SourceContext, Window
from ledgers import alerts, collecting, notices
from ledgers.base import Base, natural_key
from ledgers.collecting import Claim
from ledgers.errors import LedgerUnavailable
from ledgers.health import SourceState
from ledgers.store import Ledger, WriteReport, write

log = logging.getLogger(__name__)
T = TypeVar("T")

BROKEN_WINDOWS: Final = 3  # so many, and the past is left for another run
ERROR_CHARACTERS: Final = 500


@dataclass
class Means:
    """What every collection of a process works with."""

    ledger: Ledger
    fetcher: Fetcher
    settings: CollectSettings
    redact: Redactor
    ledger_seconds: float = 60.0  # how long to wait for one transaction
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def db(self, work: Callable[[Any], T]) -> T:
        """Do some work in one transaction, in a thread, and wait only so long for it."""

        def transaction() -> T:
            with self.ledger.session() as session:
                return work(session)

        return await self.outside(transaction)

    async def outside(self, work: Callable[[], T]) -> T:
        """Do some work on the ledgers in a thread, and wait only so long for it."""
        try:
            async with asyncio.timeout(self.ledger_seconds):
                return await asyncio.to_thread(work)
        except TimeoutError:
            raise LedgerUnavailable(f"The ledgers did not answer in {self.ledger_seconds:g} s.") from None


class Collection:
    """One run of one source: what it needs to know, and its steps."""

    def __init__(self, means: Means, source: Source, mine: Claim) -> None:
        """Measure time from the claim, by the database's clock: this machine's may jump."""
        self.means = means
        self.source = source
        self.mine = mine
        self._begun = time.monotonic()
        self.problems: list[str] = []
        self.harvester = Harvester(source, means.fetcher, means.redact, self.now)

    def now(self) -> datetime:
        """The present."""
        return self.mine.now + timedelta(seconds=time.monotonic() - self._begun)

    async def collect(self) -> None:
        """Poll, then fill gaps of history for as long as the slot lasts."""
        state = await self.means.db(lambda session: collecting.source_state(session, self.source.name))
        self.harvester.validators = state.validators
        harvest = await self.harvester.gather(self._context(state))
        self.problems += harvest.failures
        covered = self._polled(state, harvest)
        await self._write_poll(state, harvest, covered)
        if self.source.backfill:
            await self._backfill(state, covered)
            await self._store(self._close)

    def _context(self, state: SourceState) -> SourceContext:
        settings = self.means.settings
        return SourceContext(
            now=self.mine.now,
            slot=self.mine.slot,
            base_url=settings.source_urls.get(self.source.name, self.source.base_url).rstrip("/"),
            cursor=state.cursor,
            keys=settings.keys((*self.source.keys, *self.source.optional_keys)),
            symbols=settings.coins,
        )

    def _polled(self, state: SourceState, harvest: Harvest) -> history.Covered:
        covered = history.from_json(state.covered)
        if self.source.backfill and not harvest.failures:
            window = history.polled_window(self.source.backfill, self.mine.now)
            covered = history.extended(covered, self.means.settings.coins, window)
        return covered

    async def _write_poll(self, state: SourceState, harvest: Harvest, covered: history.Covered) -> None:
        since = history.blind_since(state.last_success_at, self.source.every, self.mine.now)
        blind = Window(since, self.mine.slot) if since else None
        memory: dict[str, Any] = {"covered": history.to_json(covered), "last_success_at": self.mine.now}
        if not harvest.failures:
            # What a failed request would have brought must not be passed over: the cursor stays where it was.
            merged = {**state.cursor, **harvest.cursor}
            memory["cursor"] = {name: value for name, value in merged.items() if value is not None}
            memory["validators"] = harvest.validators

        def work(session: Any) -> None:
            self._write(session, harvest, blind)
            collecting.remember(session, self.source.name, failures_in_a_row=0, **memory)
            alerts.recover(session, self.source.name, "source_changed", "source_failing")
            if state.last_success_at:  # what a first look finds is history
                notices.announce(session, run=self.mine.run, now=self.mine.now)
            if not self.source.backfill:
                self._close(session)

        await self._store(work)

    async def _backfill(self, state: SourceState, covered: history.Covered) -> None:
        plan = self.source.backfill
        if plan is None:
            return
        symbols, ends = self.means.settings.coins, self.mine.slot + self.source.every * 0.9
        broken = 0
        for gap in history.gaps(plan, covered, symbols, self.mine.now):
            if self.means.stopping.is_set() or self.now() >= ends:
                return
            context = replace(self._context(state), window=gap.window, symbols=gap.symbols)
            try:
                harvest = await self.harvester.gather(context)
            except (SourceUnavailable, SourceChanged) as error:
                self.problems.append(f"history of {gap.window.start:%Y-%m-%d %H:%M}: {error}")
                broken += 1
                if isinstance(error, SourceUnavailable) or broken == BROKEN_WINDOWS:
                    return
                continue
            if harvest.failures:
                self.problems += harvest.failures
                return
            covered = history.extended(covered, gap.symbols, gap.window)
            await self._write_window(harvest, covered)
            done, total = history.progress(plan, covered, symbols, self.mine.now)
            log.info("%s: history back to %s (%d of %d)", self.source.name, gap.window.start, done, total)

    async def _write_window(self, harvest: Harvest, covered: history.Covered) -> None:
        def work(session: Any) -> None:
            self._write(session, harvest, Window(history.BEGINNING, self.now()))
            collecting.remember(session, self.source.name, covered=history.to_json(covered))

        await self._store(work)

    async def _store(self, work: Callable[[Any], None]) -> None:
        """Do the work in one transaction that holds the claim: without it, nothing is written."""

        def held(session: Any) -> None:
            if not collecting.hold(session, self.mine):
                raise LeaseLost(f"the slot {self.mine.slot} of {self.source.name} is another's")
            work(session)

        await self.means.db(held)

    def _write(self, session: Any, harvest: Harvest, blind: Window | None) -> None:
        report = WriteReport(duplicate=harvest.repeated)
        now = self.now()
        by_table = sorted(harvest.rows, key=lambda row: str(row.model.__tablename__))
        for model, rows in groupby(by_table, key=lambda row: row.model):
            report += write(session, model, self._stamped(session, model, rows, blind), written_at=now)
        collecting.keep_rejects(session, self.mine, ((item.reason, item.payload) for item in harvest.rejects))
        collecting.count(
            session,
            self.mine,
            attempts=self.harvester.attempts,
            fetched=harvest.fetched,
            rejected=len(harvest.rejects),
            inserted=report.inserted,
            duplicate=report.duplicate,
            revised=report.revised,
        )
        self.harvester.attempts = 0

    def _stamped(
        self, session: Any, model: type[Base], rows: Iterable[Row], blind: Window | None
    ) -> list[dict[str, Any]]:
        """Rows with the runner's columns; see `Row` for the rule of `known_at`.

        `blind` is when nobody watched.
        """
        own = {
            "known_at": self.now(),
            "source": self.source.name,
            "collector_run": self.mine.run,
            "simulated": self.source.simulated,
        }
        stamped: list[dict[str, Any]] = [{**row.values, **own} for row in rows]
        if blind is None:
            return stamped
        lag = self.source.publication_lag
        missed = [row for row in stamped if blind.start < row["observed_at"] + lag < blind.end]
        stored = collecting.stored_keys(session, model, missed)
        names = natural_key(model)
        for row in missed:
            if tuple(row[name] for name in names) not in stored:
                row["known_at"] = row["observed_at"] + lag
        return stamped

    def _close(self, session: Any) -> None:
        status = "partial" if self.problems else "succeeded"
        error = "; ".join(self.problems)[:ERROR_CHARACTERS] or None
        collecting.finish(session, self.mine, status, error)
