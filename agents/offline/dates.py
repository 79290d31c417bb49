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
# Day, month and year in numbers, the day first as in Australia.
NUMBERED = r"\d{1,2}/\d{1,2}/(?:(?:19|20)\d\d|\d\d(?!\d))|\d{1,2}[.-]\d{1,2}[.-](?:19|20)\d\d"
# Days and months with or without a year; the year alone is read elsewhere.
DATE = (
    rf"(?:{NUMBERED}|{_YEAR}[-/]\d{{1,2}}[-/]\d{{1,2}}|{_YEAR}-\d{{2}}(?![-\d])|"
    rf"(?:the\s+)?{_DAY}\s+(?:of\s+)?{MONTH}\b\.?(?:,?\s+{_YEAR})?"
    rf"|{MONTH}\b\.?\s+(?:the\s+)?{_DAY}(?!\d)(?:,?\s+{_YEAR})?|{MONTH}\b\.?(?:,?\s+(?:of\s+)?{_YEAR})?|{_YEAR}(?!\d))"
)
DAY_DATE = (
    rf"(?:{NUMBERED}|{_YEAR}[-/]\d{{1,2}}[-/]\d{{1,2}}|(?:the\s+)?{_DAY}\s+(?:of\s+)?{MONTH}\b\.?(?:,?\s+{_YEAR})?"
    rf"|{MONTH}\b\.?\s+(?:the\s+)?{_DAY}(?!\d)(?:,?\s+{_YEAR})?)"
)
HALVINGS = (
    datetime(2012, 11, 28, 15, 24, tzinfo=UTC),
    datetime(2016, 7, 9, 16, 46, tzinfo=UTC),
    datetime(2020, 5, 11, 19, 23, tzinfo=UTC),
    datetime(2024, 4, 20, 0, 9, tzinfo=UTC),
)
_MONTHS_IN_YEAR = 12
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


def numbered(text: str) -> tuple[int, int, int, bool] | None:
    """Day, month, year of a date in numbers, and whether the month had to be taken first; None where it is none."""
    if not re.fullmatch(NUMBERED, text):
        return None
    first, second, year = (int(part) for part in re.split(r"[/.-]", text))
    year += 2000 if year < 100 else 0  # noqa: PLR2004 - two digits
    if second > _MONTHS_IN_YEAR >= first:
        return second, first, year, True
    return first, second, year, False


def month_first(text: str) -> tuple[str, ...]:
    """How dates in numbers that have no thirteenth month were read instead."""
    swapped = [(found, read) for found in re.findall(NUMBERED, text) if (read := numbered(found)) and read[3]]
    return tuple(
        f"I read {found} month first, as {datetime(year, month, day, tzinfo=UTC):%-d %B %Y}."
        for found, (day, month, year, _) in swapped
        if day <= _days_of(month, year)
    )


def impossible(text: str) -> str | None:
    """The first day in the text that no calendar has, such as 31 April."""
    for found in re.findall(NUMBERED, text):
        day, month, year, _ = numbered(found) or (1, 1, 2024, False)
        if not (1 <= month <= _MONTHS_IN_YEAR and 1 <= day <= _days_of(month, year)):
            return str(found)
    for pattern, at, named in ((_DAY_MONTH, 1, 2), (_MONTH_DAY, 2, 1)):
        for match in pattern.finditer(text):
            number, name = int(re.sub(r"\D", "", match[at])), MONTHS[match[named].lower()[:3]]
            year = int(match[3]) if match[3] else 2024
            if not 1 <= number <= _days_of(name, year):
                return " ".join(match.group().split())
    return None


def _days_of(month: int, year: int) -> int:
    return (next_month(month_start(year, month)) - timedelta(days=1)).day


def _written(text: str, reference: datetime, latest: datetime) -> tuple[datetime, datetime] | None:
    if (start := _day(text, reference, latest)) is not None:
        return start, start + timedelta(days=1)
    if iso := _ISO_MONTH.fullmatch(text):
        start = month_start(int(iso.group(1)), int(iso.group(2)))
        return start, next_month(start)
    if only := _MONTH_ONLY.fullmatch(text):
        start = _dated(1, only.group(1), only.group(2), reference, latest)
        return start, next_month(start)
    return (month_start(int(text), 1), month_start(int(text) + 1, 1)) if _YEAR_ONLY.fullmatch(text) else None


def _day(text: str, reference: datetime, latest: datetime) -> datetime | None:
    """The day a date names, where it names one."""
    if parts := numbered(text):
        return datetime(parts[2], parts[1], parts[0], tzinfo=UTC)
    if iso := _ISO.fullmatch(text):
        return datetime(*map(int, iso.groups()), tzinfo=UTC)  # type: ignore[arg-type,misc]
    for pattern, number, month in ((_DAY_MONTH, 1, 2), (_MONTH_DAY, 2, 1)):
        if said := pattern.fullmatch(text):
            return _dated(int(re.sub(r"\D", "", said[number])), said[month], said[3], reference, latest)
    return None


def _dated(number: int, month: str, year: str | None, reference: datetime, latest: datetime) -> datetime:
    """That day; without a year, the latest one not after `latest`."""
    start = datetime(int(year) if year else reference.year, MONTHS[month.lower()[:3]], number, tzinfo=UTC)
    return start if year or start <= latest else start.replace(year=start.year - 1)
