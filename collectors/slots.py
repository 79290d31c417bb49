"""Slots: the moments a source is due, multiples of its rhythm since 1970, by the database's clock."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LATE: Final = timedelta(minutes=1)
"""A slot may be run so much late (or one period, where that is longer); what is older is past."""


def slot_of(moment: datetime, every: timedelta) -> datetime:
    """The slot a moment falls in."""
    return EPOCH + (moment - EPOCH) // every * every


def oldest_due(now: datetime, every: timedelta) -> datetime:
    """The oldest slot that may still be run."""
    return slot_of(now - max(every, LATE), every) + every


def due(now: datetime, claimed: Collection[datetime], every: timedelta, *, ran_before: bool) -> list[datetime]:
    """The slots to try to claim now, oldest first: the present one, and those before it that nobody has claimed.

    Args:
        now: by the database's clock.
        claimed: the slots from `oldest_due` on that somebody claimed.
        every: the source's rhythm.
        ran_before: whether it ever ran earlier than that; where it did not, what is before the first run is not owed.
    """
    present = slot_of(now, every)
    first = oldest_due(now, every) if ran_before else slot_of(min(claimed, default=now), every)
    slots = (first + n * every for n in range((present - first) // every + 1))
    return [slot for slot in slots if slot not in claimed or slot == present]
