"""Which stretches of a feed's past are fetched already, and which is to be fetched next."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from collectors.source import Backfill, Window

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEGINNING = datetime.min.replace(tzinfo=UTC)
Covered = dict[str, list[tuple[datetime, datetime]]]
"""For each coin, the stretches that are fetched: sorted, apart from each other."""


@dataclass(frozen=True)
class Gap:
    """A window of history that is missing for some coins."""

    window: Window
    symbols: tuple[str, ...]


def windows(plan: Backfill, now: datetime) -> Iterator[Window]:
    """The windows a feed's past is fetched in, newest first, on a grid that stays the same as time goes on."""
    end = EPOCH + ((now - EPOCH) // plan.window + 1) * plan.window
    while end > now - plan.depth:
        yield Window(end - plan.window, min(end, now))
        end -= plan.window


def gaps(plan: Backfill, covered: Covered, symbols: tuple[str, ...], now: datetime) -> Iterator[Gap]:
    """What is missing, newest first. A stretch the next poll reaches by itself is no gap."""
    polled = now - plan.reach
    for window in windows(plan, now):
        end = min(window.end, polled)
        missing = tuple(s for s in symbols if window.start < end and not holds(covered.get(s, []), window.start, end))
        if missing:
            yield Gap(window, missing)


def progress(plan: Backfill, covered: Covered, symbols: tuple[str, ...], now: datetime) -> tuple[int, int]:
    """Windows done and windows in all."""
    total = sum(1 for _ in windows(plan, now))
    return total - sum(1 for _ in gaps(plan, covered, symbols, now)), total


def holds(stretches: list[tuple[datetime, datetime]], start: datetime, end: datetime) -> bool:
    """Whether one stretch holds the whole of [start, end)."""
    return any(begin <= start and end <= finish for begin, finish in stretches)


def extended(covered: Covered, symbols: tuple[str, ...], window: Window) -> Covered:
    """The coverage with one more window for these coins."""
    result = dict(covered)
    for symbol in symbols:
        result[symbol] = joined([*covered.get(symbol, []), (window.start, window.end)])
    return result


def joined(stretches: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Stretches sorted, those that touch made one."""
    result: list[tuple[datetime, datetime]] = []
    for start, end in sorted(stretches):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((start, end))
    return result


def to_json(covered: Covered) -> dict[str, Any]:
    """As it is stored."""
    return {symbol: [[a.isoformat(), b.isoformat()] for a, b in stretches] for symbol, stretches in covered.items()}


def from_json(stored: Mapping[str, Any]) -> Covered:
    """As it was stored."""
    return {
        symbol: [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in stretches]
        for symbol, stretches in stored.items()
    }


def polled_window(plan: Backfill, now: datetime) -> Window:
    """The stretch a poll made now reaches."""
    return Window(now - plan.reach, now)


def blind_since(last_success: datetime | None, every: timedelta, now: datetime) -> datetime | None:
    """Since when nobody watched the feed: BEGINNING on a first start, None where it was watched all along."""
    if last_success is None:
        return BEGINNING
    return last_success if now - last_success > 3 * every else None
