"""Reads a year that is said once, after the last of several months: April or May 2024."""

import re

from agents.offline.dates import MONTH, MONTHS

_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_JOINT = r"(?:,\s*|,?\s+)(?:(?:or|and|vs\.?|versus)\s+)?(?:(?:in|on)\s+)?"
_SHARED_YEAR = re.compile(
    rf"\b(?P<first>(?P<month>{MONTH})\b(?:\s+{_DAY}\b)?){_JOINT}"
    rf"(?:{_DAY}\s+)?(?P<next>{MONTH})\b(?:\s+{_DAY}\b)?,?\s+(?P<year>(?:19|20)\d\d)\b",
    re.IGNORECASE,
)


def with_shared_years(text: str) -> str:
    """The text with the year at each of the months; a month that comes later in the year is of the year before."""
    while match := _SHARED_YEAR.search(text):
        year = int(match["year"]) - (_month(match["month"]) > _month(match["next"]))
        text = f"{text[: match.end('first')]} {year}{text[match.end('first') :]}"
    return text


def _month(name: str) -> int:
    return MONTHS[name.lower()[:3]]
