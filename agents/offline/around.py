"""Windows beside a date: the week before 1 April 2024, two days after the halving."""

import re
from datetime import datetime, timedelta

from agents.offline.dates import halving_at, read_date
from agents.offline.windows import DAY, Period, count, midnight

AFTER = r"(?:after|following|since)"
BEFORE = r"(?:before|leading\s+up\s+to|prior\s+to|up\s+to|preceding)"


def around_date(match: re.Match[str], clock: datetime) -> Period | None:
    """The week before 1 April 2024, two days after the halving."""
    day = halving_at(clock) if "halving" in match.group(4).lower() else _first(read_date(match.group(4), clock))
    if day is None:
        return None
    number, unit = count(match.group(1) or "one"), match.group(2).lower()
    if unit in {"hour", "minute"} and "halving" in match.group(4).lower():
        return _beside_the_halving(number, unit, match.group(3).lower(), clock)
    length = {
        "minute": timedelta(minutes=1),
        "hour": timedelta(hours=1),
        "day": DAY,
        "week": 7 * DAY,
        "month": 30 * DAY,
        "year": 365 * DAY,
    }[unit] * number
    if match.group(3).lower() in {"before", "leading up to", "prior to", "up to", "preceding"}:
        return Period(midnight(day) - length, midnight(day))
    begin = midnight(day) + (DAY if unit == "day" else 0 * DAY)  # the day after is the next one
    return Period(begin, begin + length)


def _beside_the_halving(number: int, unit: str, side: str, clock: datetime) -> Period:
    """So many hours before or after the very minute of the halving, in whole bars of five minutes."""
    moment, bar = halving_at(clock), timedelta(minutes=5)
    length = number * (timedelta(hours=1) if unit == "hour" else timedelta(minutes=1))
    opened = moment - (moment - midnight(moment)) % bar
    return Period(opened + bar, opened + bar + length) if re.fullmatch(AFTER, side) else Period(opened - length, opened)


def _first(span: tuple[datetime, datetime] | None) -> datetime | None:
    return span[0] if span else None


def halving(match: re.Match[str], clock: datetime) -> Period:
    """Since, after, before or around the latest halving."""
    day = midnight(halving_at(clock))
    word = match.group(1).lower()
    if word.startswith(("since", "after", "from", "following", "post")):
        return Period(day)
    if word.startswith(("before", "pre", "up to", "until", "prior", "leading")):
        return Period(day - 30 * DAY, day)
    if word.startswith(("around", "about", "near")):
        return Period(day - 7 * DAY, day + 8 * DAY)
    return Period(day, day + DAY)
