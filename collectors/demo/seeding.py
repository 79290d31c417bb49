"""Fill the demo ledgers at once, so that there is something to ask from the first second on."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import polars as pl

from collectors.demo.feeds import FEEDS, Feed, Rows
from collectors.demo.market import Market, market
from collectors.demo.serve import SEED
from collectors.slots import slot_of
from ledgers import collecting
from ledgers.app import ensure_local_user
from ledgers.collecting import Claim
from ledgers.errors import ConfigurationError
from ledgers.store import Ledger, WriteReport, write

WORKER: Final = "omc demo seed"
DEAD_AFTER: Final = timedelta(seconds=10)


def seed(ledger: Ledger, now: datetime, say: Callable[[str], None] | None = None) -> WriteReport:
    """Write the demo market's history up to `now`; what is there already stays as it is.

    A second call goes on from where the first, or the collectors since, left off.

    Args:
        ledger: the demo database.
        now: aware UTC.
        say: told what is being made up, as it takes a few seconds.

    Raises:
        ConfigurationError: the ledger is a live one.
    """
    if not ledger.simulated:
        raise ConfigurationError("The demo market belongs in the demo ledgers only.")
    world, total = market(SEED, now.year), WriteReport()
    with ledger.session() as session:
        ensure_local_user(session, now=now)
        states = {name: state.cursor for name, state in collecting.source_states(session).items()}
    for feed in FEEDS:
        memory = states.get(feed.name, {})
        since = datetime.fromisoformat(memory["until"]) if memory.get("seeded") else None
        if say and not since:
            say(f"Making up the demo market: {feed.name.removeprefix('simulated_').replace('_', ' ')}")
        total += _seed_feed(ledger, feed, world, now, since)
    return total


def _seed_feed(ledger: Ledger, feed: Feed, world: Market, now: datetime, since: datetime | None) -> WriteReport:
    """Everything of one feed up to `now`, as a run of its present slot."""
    with ledger.session() as session:
        mine = collecting.claim(
            session, source=feed.name, slot=slot_of(now, feed.every), worker=WORKER, dead_after=DEAD_AFTER
        )
    if since and not mine:
        return WriteReport()  # the slot is done, or a collector is at it
    report = WriteReport()
    for part in sorted(feed.parts, key=lambda part: str(part.model.__tablename__)):
        start = since - feed.again - feed.lag - feed.behind if since else now - part.depth
        rows = _stamped(feed, part.rows(world, start, feed.published_until(now)), mine)
        with ledger.session() as session:
            report += write(session, part.model, rows, written_at=now)
    with ledger.session() as session:
        memory = {"until": now.isoformat(), "seeded": True}
        collecting.remember(session, feed.name, cursor=memory, last_success_at=now, failures_in_a_row=0)
        if mine:
            counts = {"inserted": report.inserted, "duplicate": report.duplicate, "revised": report.revised}
            collecting.count(session, mine, fetched=sum(counts.values()), **counts)
            collecting.finish(session, mine, "succeeded")
    return report


def _stamped(feed: Feed, rows: Rows, mine: Claim | None) -> Rows:
    """The columns a collector would add: known as soon as it was published."""
    url = f"simulate://demo/{feed.name}"
    if isinstance(rows, list):
        own = {"source": feed.name, "url": url, "simulated": True, "collector_run": mine and mine.run}
        return [{**row, **own, "known_at": row["observed_at"] + feed.lag} for row in rows]
    return rows.with_columns(
        (pl.col("observed_at") + timedelta(seconds=feed.lag.total_seconds())).alias("known_at"),
        pl.lit(feed.name).alias("source"),
        pl.lit(url).alias("url"),
        pl.lit(value=True).alias("simulated"),
        pl.lit(mine and mine.run, pl.Int64).alias("collector_run"),
    )
