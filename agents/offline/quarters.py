"""Reads quarters, halves and financial years as Australians name them."""

import re
from datetime import UTC, datetime

from agents.offline.dates import DAY_DATE, MONTH, MONTHS, month_start, next_month, read_date
from agents.offline.windows import Period

_QUARTER = r"(?:mar(?:ch)?|june?|sep(?:t(?:ember)?)?|dec(?:ember)?)\s+(?:quarter|qtr)"
_HALF = r"(?:first|second)\s+half|h[12]|[12]h"
NAMED_QUARTER = rf"\b(?:in\s+|over\s+|for\s+|during\s+)?(?:the\s+)?({_QUARTER})(?:,?\s+(?:of\s+)?(20\d\d))?\b"
# In capitals: 1h is an hour.
NUMBERED_HALF = r"\b([12])(?-i:H)\s?((?:20)?\d\d)\b(?![-/])"
FINANCIAL_YEAR = (
    r"\b(?:in\s+|over\s+|for\s+|during\s+)?(?:the\s+)?(?:(?:fy|financial\s+year)\s?(?:20\d\d\s?[-/\u2013]\s?)?"
    r"((?:20)?\d\d)|20\d\d\s?[-/\u2013]\s?((?:20)?\d\d)\s+financial\s+year)\b"
)
SPELLED_OUT = (
    rf"\b(?:in\s+)?(?:the\s+)?(?:(?:{_QUARTER}|q[1-4]|{_HALF}|(?:first|second|third|fourth|last)\s+quarter)"
    rf",?\s+(?:of\s+)?)?(20\d\d)\s*[(,]\s*(?:from\s+)?({DAY_DATE})\s*(?:to|until|through|-|[\u2013\u2014])\s*"
    rf"({DAY_DATE})(?:\s*\))?"
)
_FINANCIAL = re.compile(FINANCIAL_YEAR, re.IGNORECASE)
_MONTH_BEFORE = re.compile(rf"{MONTH}\.?,?\s*$", re.IGNORECASE)


def named_quarter(match: re.Match[str], clock: datetime) -> Period:
    """The March quarter is the three months that end with March; without a year the latest that has begun."""
    last = MONTHS[match[1].lower()[:3]]
    year = int(match[2]) if match[2] else clock.year - (last - 2 > clock.month)
    return Period(month_start(year, last - 2), next_month(month_start(year, last)))


def numbered_half(match: re.Match[str], _clock: datetime) -> Period:
    """1H 2024 is January to June."""
    start = month_start(_full(match[2]), 6 * int(match[1]) - 5)
    return Period(start, next_month(start.replace(month=start.month + 5)))


def financial_year(match: re.Match[str], _clock: datetime) -> Period:
    """FY24 is July 2023 to June 2024, as in Australia."""
    year = _full(match[1] or match[2])
    return Period(month_start(year - 1, 7), month_start(year, 7))


def spelled_out(match: re.Match[str], _clock: datetime) -> Period | None:
    """A range of days in brackets takes the year named beside it: June quarter 2024 (1 Apr - 30 Jun)."""
    if _MONTH_BEFORE.search(match.string, 0, match.start()):  # the year is that month's
        return None
    beside = datetime(int(match[1]), 12, 31, tzinfo=UTC)
    first, last = read_date(match[2], beside), read_date(match[3], beside)
    return Period(first[0], last[1]) if first and last else None


def financial_years(text: str) -> tuple[str, ...]:
    """How financial years were read."""
    read = {match[1] or match[2] for match in _FINANCIAL.finditer(text)}
    return tuple(
        f"FY{year % 100:02d} is the Australian financial year, 1 July {year - 1} to 30 June {year}."
        for year in sorted(map(_full, read))
    )


def _full(year: str) -> int:
    return int(year) + 2000 if len(year) == 2 else int(year)  # noqa: PLR2004 - two digits
