"""One collector process of the fault tests: a ticker at a quick rhythm, a short lease, a clock that can be moved.

SIGUSR1 moves this process's clock two hours ahead, SIGUSR2 two hours back.
"""

import asyncio
import json
import logging
import signal
import sys
import time
from datetime import datetime, timedelta
from types import FrameType

import apscheduler.schedulers.asyncio
import apscheduler.schedulers.base

import collectors.schedule
from collectors.config import CollectSettings
from collectors.http import Fetcher, Limits
from collectors.reading import json_of, number
from collectors.runner import Lease, Runner
from collectors.source import Parsed, Reply, Request, Row, Source
from ledgers.glass import Quote
from ledgers.store import Ledger

moved = 0.0
real_time = time.time


class MovedClock(datetime):
    """`datetime` whose present is this process's moved clock."""

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + timedelta(seconds=moved)


def move(number: int, _frame: FrameType | None) -> None:
    global moved  # noqa: PLW0603 - a clock is global
    moved += 7200 if number == signal.SIGUSR1 else -7200


def parse(reply: Reply) -> Parsed:
    row = {"symbol": "BTC", "quote": "AUD", "venue": "TEST", "observed_at": reply.slot}
    return Parsed(rows=[Row(Quote, {**row, "last": number(json_of(reply)["last"], "last")})])


def ticker(every: float) -> Source:
    """A price that is another at each request, so that two runs of one slot would leave a trace."""
    return Source(
        name="ticker",
        ledger="glass",
        base_url="https://ticker.example",
        requests=lambda context: [Request(f"{context.base_url}/latest")],
        parse=parse,
        every=timedelta(seconds=every),
        publication_lag=timedelta(0),
        warn_after=timedelta(minutes=1),
        error_after=timedelta(hours=1),
        requests_per_minute=60_000,
    )


async def main(told: dict) -> None:
    settings = CollectSettings(source_urls={"ticker": told["url"]})
    lease = Lease(timedelta(seconds=0.4), timedelta(seconds=1.6), ledger_seconds=20)
    async with Fetcher(told["redis"], limits=Limits(attempts=5, backoff_seconds=0.05)) as fetcher:
        runner = Runner(Ledger(told["ledger"]), fetcher, settings, lease=lease)
        logging.getLogger(__name__).info("The collector is up")
        await collectors.schedule.collect(runner, {"ticker": ticker(told["every"])})


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    signal.signal(signal.SIGUSR1, move)
    signal.signal(signal.SIGUSR2, move)
    time.time = lambda: real_time() + moved
    apscheduler.schedulers.base.datetime = MovedClock
    collectors.schedule.datetime = MovedClock
    asyncio.run(main(json.loads(sys.argv[1])))
