"""Reads single dates, months and years as people write them."""

import re
from datetime import UTC, datetime, timedelta

from agents.offline.vocabulary import words

MONTHS = {
    name: n
    for n, name in enumerate(
        words(
            """
    jan feb mar apr may jun jul aug sep oct nov dec
    """
        ),
        1,
    )
}
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
NUMBER_WORDS = dict(
    zip(
        words(
            """
    one two three four five six seven eight nine ten twelve fourteen twenty thirty sixty ninety hundred a an
    """
        ),
        (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 20, 30, 60, 90, 100, 1, 1),
        strict=True,
    )
)
_YEAR = r"(?:19|20)\d\d"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
# Days and months with or without a year; the year alone is read elsewhere.
DATE = (
    rf"(?:{_YEAR}[-/]\d{{1,2}}[-/]\d{{1,2}}|{_YEAR}-\d{{2}}(?![-\d])|(?:the\s+)?{_DAY}\s+(?:of\s+)?{MONTH}\b\.?(?:,?\s+{_YEAR})?"
    rf"|{MONTH}\b\.?\s+(?:the\s+)?{_DAY}(?!\d)(?:,?\s+{_YEAR})?|{MONTH}\b\.?(?:,?\s+(?:of\s+)?{_YEAR})?|{_YEAR}(?!\d))"
)
DAY_DATE = (
    rf"(?:{_YEAR}[-/]\d{{1,2}}[-/]\d{{1,2}}|(?:the\s+)?{_DAY}\s+(?:of\s+)?{MONTH}\b\.?(?:,?\s+{_YEAR})?"
    rf"|{MONTH}\b\.?\s+(?:the\s+)?{_DAY}(?!\d)(?:,?\s+{_YEAR})?)"
)
HALVINGS = (
    datetime(2012, 11, 28, 15, 24, tzinfo=UTC),
    datetime(2016, 7, 9, 16, 46, tzinfo=UTC),
    datetime(2020, 5, 11, 19, 23, tzinfo=UTC),
    datetime(2024, 4, 20, 0, 9, tzinfo=UTC),
)
_ISO = re.compile(rf"({_YEAR})[-/](\d{{1,2}})[-/](\d{{1,2}})")
_ISO_MONTH = re.compile(rf"({_YEAR})-(\d{{2}})")
_DAY_MONTH = re.compile(rf"(?:the\s+)?({_DAY})\s+(?:of\s+)?({MONTH})\b\.?(?:,?\s+({_YEAR}))?", re.IGNORECASE)
_MONTH_DAY = re.compile(rf"({MONTH})\b\.?\s+(?:the\s+)?({_DAY})(?:,?\s+({_YEAR}))?", re.IGNORECASE)
_MONTH_ONLY = re.compile(rf"({MONTH})\b\.?(?:,?\s+(?:of\s+)?({_YEAR}))?", re.IGNORECASE)
_YEAR_ONLY = re.compile(rf"({_YEAR})")


def month_start(year: int, month: int) -> datetime:
    """Midnight UTC at the first of a month."""
    return datetime(year, month, 1, tzinfo=UTC)


def next_month(start: datetime) -> datetime:
    """The first of the month after."""
    return (start.replace(day=28) + timedelta(days=4)).replace(day=1)


def halving_at(clock: datetime) -> datetime:
    """The latest bitcoin halving that had happened at the clock."""
    return max((moment for moment in HALVINGS if moment <= clock), default=HALVINGS[0])


def read_date(text: str, clock: datetime, like: datetime | None = None) -> tuple[datetime, datetime] | None:
    """The span a date names: a day, a month or a year, its end exclusive; None where it names none.

    Args:
        text: Such as `1 April 2024`, `April 1`, `2024-04-01`, `yesterday`, `March 2024`, `2024`.
        clock: A date without a year is the latest one that is not after the clock.
        like: Where given, a date without a year takes this one's year (or the year before, to stay earlier).
    """
    text = re.sub(r"^\s*(?:the|on|in)\s+", "", text.strip(), flags=re.IGNORECASE).strip(" ,")
    today = clock.replace(hour=0, minute=0, second=0, microsecond=0)
    day = timedelta(days=1)
    named = {"today": today, "now": today, "yesterday": today - day, "the halving": None, "halving": None}
    if (lowered := text.lower()) in named:
        moment = named[lowered] or halving_at(clock).replace(hour=0, minute=0, second=0, microsecond=0)
        return moment, moment + day
    try:
        return _written(text, like or clock, latest=clock if like is None else like)
    except ValueError:  # no such day, such as 31 April
        return None


def impossible(text: str) -> str | None:
    """The first day in the text that no calendar has, such as 31 April."""
    for pattern, day, month in ((_DAY_MONTH, 1, 2), (_MONTH_DAY, 2, 1)):
        for match in pattern.finditer(text):
            number, name = int(re.sub(r"\D", "", match[day])), MONTHS[match[month].lower()[:3]]
            if not 1 <= number <= (next_month(month_start(2024, name)) - timedelta(days=1)).day:
                return " ".join(match.group().split())
    return None


def _written(text: str, reference: datetime, latest: datetime) -> tuple[datetime, datetime] | None:
    day = timedelta(days=1)
    if iso := _ISO.fullmatch(text):
        start = datetime(*map(int, iso.groups()), tzinfo=UTC)  # type: ignore[arg-type,misc]
        return start, start + day
    if iso := _ISO_MONTH.fullmatch(text):
        start = month_start(int(iso.group(1)), int(iso.group(2)))
        return start, next_month(start)
    parts = _DAY_MONTH.fullmatch(text)
    number, month, year = parts.groups() if parts else (None, None, None)
    if not parts and (parts := _MONTH_DAY.fullmatch(text)):
        month, number, year = parts.groups()
    if month and number:
        start = _dated(int(re.sub(r"\D", "", number)), month, year, reference, latest)
        return start, start + day
    if parts := _MONTH_ONLY.fullmatch(text):
        start = _dated(1, parts.group(1), parts.group(2), reference, latest)
        return start, next_month(start)
    if parts := _YEAR_ONLY.fullmatch(text):
        start = month_start(int(text), 1)
        return start, month_start(int(text) + 1, 1)
    return None


def _dated(number: int, month: str, year: str | None, reference: datetime, latest: datetime) -> datetime:
    """That day; without a year, the latest one not after `latest`."""
    start = datetime(int(year) if year else reference.year, MONTHS[month.lower()[:3]], number, tzinfo=UTC)
    return start if year or start <= latest else start.replace(year=start.year - 1)
