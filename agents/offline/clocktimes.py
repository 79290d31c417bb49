"""Reads times of day with their zone: 3pm Sydney time on 20 April 2024."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from agents.offline.dates import DAY_DATE, read_date
from agents.offline.windows import Period

_ZONES = {
    "sydney": "Australia/Sydney",
    "melbourne": "Australia/Melbourne",
    "brisbane": "Australia/Brisbane",
    "perth": "Australia/Perth",
    "aest": "Etc/GMT-10",  # Etc counts hours west of Greenwich
    "aedt": "Etc/GMT-11",
    "new york": "America/New_York",
    "london": "Europe/London",
    "utc": "UTC",
    "gmt": "UTC",
}
_HOURS = 12
_TIME = (
    r"(?:(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?\s*(?P<half>[ap])\.?m\b\.?|(?P<hour24>\d{1,2}):(?P<minute24>\d\d))"
)
_NAMES = "|".join(_ZONES).replace(" ", r"\s+")
_ZONE = rf"(?:\s*(?:in\s+)?(?P<zone>{_NAMES})\b(?:\s+time)?)"
_DAY = rf"(?P<day>{DAY_DATE})"
TIME_FIRST = rf"\b(?:at\s+)?{_TIME}{_ZONE}?,?\s+(?:on\s+)?{_DAY}"
DAY_FIRST = rf"\b(?:on\s+)?{_DAY},?\s+(?:at\s+)?{_TIME}{_ZONE}?"
_PATTERNS = (re.compile(TIME_FIRST, re.IGNORECASE), re.compile(DAY_FIRST, re.IGNORECASE))


def clock_time(match: re.Match[str], clock: datetime) -> Period | None:
    """The hour that opens at a time of day in its zone; UTC where none is said."""
    day = read_date(match["day"], clock)
    hour, minute = _of_day(match)
    if day is None or hour > 23 or minute > 59:  # noqa: PLR2004 - a clock's
        return None
    start = day[0].replace(hour=hour, minute=minute, tzinfo=_zone(match)).astimezone(UTC)
    return Period(start, start + timedelta(hours=1))


def clock_times(text: str, clock: datetime) -> tuple[str, ...]:
    """What each time of day is in UTC."""
    found = [match for pattern in _PATTERNS for match in pattern.finditer(text)]
    said = [(" ".join(match.group().split()), clock_time(match, clock)) for match in found]
    return tuple(f"I read “{words}” as {span.start:%H:%M UTC on %-d %B %Y}." for words, span in said if span)


def _of_day(match: re.Match[str]) -> tuple[int, int]:
    if match["hour24"]:
        return int(match["hour24"]), int(match["minute24"])
    hour = int(match["hour"])
    if not 1 <= hour <= _HOURS:
        return 24, 0
    return hour % _HOURS + (_HOURS if match["half"].lower() == "p" else 0), int(match["minute"] or 0)


def _zone(match: re.Match[str]) -> ZoneInfo:
    return ZoneInfo(_ZONES[" ".join((match["zone"] or "utc").lower().split())])
