"""Run one source in one slot: claim, harvest, write in one fenced transaction, fill gaps of history, close the run."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from collectors.collection import ERROR_CHARACTERS, Collection, Means
from collectors.config import CollectSettings
from collectors.errors import LeaseLost, SourceChanged
from collectors.http import Fetcher
from collectors.redaction import Redactor
from collectors.source import Source
from ledgers import alerts, collecting
from ledgers.collecting import Claim
from ledgers.errors import LedgerUnavailable, OmcError
from ledgers.health import CollectorRun
from ledgers.store import Ledger
from ledgers.trace import trace

log = logging.getLogger(__name__)
T = TypeVar("T")

ALERT_AFTER: Final = 3  # failures in a row
SHOWN_REJECTS: Final = 20  # of a feed that has changed


@dataclass(frozen=True)
class Lease:
    """How a collector shows that it lives."""

    beat: timedelta = timedelta(seconds=2)
    dead_after: timedelta = timedelta(seconds=6)
    ledger_seconds: float = 60.0  # how long to wait for one transaction


class Runner:
    """Runs sources for one process."""

    def __init__(
        self, ledger: Ledger, fetcher: Fetcher, settings: CollectSettings, *, lease: Lease | None = None
    ) -> None:
        """Write to `ledger` what `fetcher` brings."""
        self.lease = lease or Lease()
        self.means = Means(ledger, fetcher, settings, Redactor(settings.secrets()), self.lease.ledger_seconds)
        self.worker = f"{socket.gethostname()}:{os.getpid()}"

    async def run(self, source: Source, slot: datetime) -> CollectorRun | None:
        """Run a source in a slot, to its end or failure; None where the slot is another's, or became so."""
        trace(source=source.name)
        mine = await self.means.db(
            lambda session: collecting.claim(
                session, source=source.name, slot=slot, worker=self.worker, dead_after=self.lease.dead_after
            )
        )
        if mine is None:
            return None
        collection = Collection(self.means, source, mine)
        async with self._alive(mine):
            try:
                await collection.collect()
            except LeaseLost:
                log.warning("%s: another collector took the slot %s over; nothing written", source.name, slot)
                return None
            except asyncio.CancelledError:
                with suppress(OmcError):
                    await asyncio.shield(self.means.db(lambda s: collecting.finish(s, mine, "abandoned", "stopped")))
                raise
            except Exception as error:  # noqa: BLE001 - every error of a feed ends here, recorded; other feeds go on
                await self._failed(collection, error)
        return await self.means.db(lambda session: collecting.run_of(session, mine))

    @asynccontextmanager
    async def _alive(self, mine: Claim) -> AsyncIterator[None]:
        beating = asyncio.create_task(self._beat(mine))
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    async def _beat(self, mine: Claim) -> None:
        while True:
            await asyncio.sleep(self.lease.beat.total_seconds())
            try:
                if not await self.means.db(lambda session: collecting.beat(session, mine)):
                    return
            except Exception as error:  # noqa: BLE001 - a missed beat is no reason to stop beating
                log.warning("%s: no heartbeat: %s", mine.source, self.means.redact(str(error)))

    async def _failed(self, collection: Collection, error: Exception) -> None:
        source, mine, attempts = collection.source, collection.mine, collection.harvester.attempts
        reason = self.means.redact(f"{type(error).__name__}: {error}")[:ERROR_CHARACTERS]
        log.warning("%s: %s", source.name, reason, exc_info=not isinstance(error, OmcError))
        try:
            await self.means.db(lambda session: fail(session, mine, reason, error, attempts))
        except Exception as second:  # noqa: BLE001 - the ledgers are down too: the run is found dead and abandoned
            log.error("%s: the failure could not be recorded: %s", source.name, self.means.redact(str(second)))  # noqa: TRY400


def fail(session: Any, mine: Claim, reason: str, error: Exception, attempts: int) -> None:
    """Close a run that failed, keep what a person needs to see, and alert where it is time to."""
    if not collecting.hold(session, mine):
        return
    collecting.count(session, mine, attempts=attempts)
    if isinstance(error, LedgerUnavailable):
        # Not the feed's fault: the slot may be run again as soon as the ledgers answer.
        collecting.finish(session, mine, "abandoned", reason)
        return
    changed = isinstance(error, SourceChanged)
    if isinstance(error, SourceChanged):
        shown = error.rejects[:SHOWN_REJECTS]
        collecting.keep_rejects(session, mine, ((item.reason, item.payload) for item in shown))
        collecting.count(session, mine, rejected=len(error.rejects))
    failures = collecting.source_state(session, mine.source).failures_in_a_row + 1
    collecting.remember(session, mine.source, failures_in_a_row=failures)
    collecting.finish(session, mine, "failed", reason)
    if changed:
        text = f"{mine.source} has changed, nothing was written: {reason}"
        alerts.raise_alert(session, kind="source_changed", subject=mine.source, level="high", message=text)
    elif failures >= ALERT_AFTER:
        text = f"{mine.source} failed {failures} times in a row: {reason}"
        alerts.raise_alert(session, kind="source_failing", subject=mine.source, level="warning", message=text)
