"""A window in time, and those that the calendar names relative to the run's clock."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from agents.offline.dates import MONTHS, NUMBER_WORDS, month_start, next_month, read_date

DAY = timedelta(days=1)
EVER = month_start(2009, 1)


@dataclass(frozen=True)
class Period:
    """A window in UTC, `start` inclusive and `end` exclusive; `end` None reaches to the clock."""

    start: datetime
    end: datetime | None = None
    words: str = ""  # as the person put it

    @property
    def whole_days(self) -> bool:
        """Whether it begins and ends at midnight."""
        return midnight(self.start) == self.start and (self.end is None or midnight(self.end) == self.end)

    @property
    def backwards(self) -> bool:
        """Whether it ends before it begins."""
        return self.end is not None and self.end <= self.start

    def arguments(self) -> dict[str, str]:
        """The window as tools take it: dates where it is whole days (the last one included), else datetimes."""
        if not self.whole_days:
            window = {"start": _stamp(self.start)}
            return window if self.end is None else {**window, "end": _stamp(self.end)}
        window = {"start": self.start.date().isoformat()}
        return window if self.end is None else {**window, "end": (self.end - DAY).date().isoformat()}

    def length(self, clock: datetime) -> timedelta:
        """How long it is when asked at the clock."""
        return (self.end or clock) - self.start


def shifted(period: Period, number: int, unit: str) -> Period:
    """The same window so many days, weeks, months or years later, earlier where the number is negative."""

    def moved(moment: datetime) -> datetime:
        if unit in {"day", "week"}:
            return moment + number * (7 if unit == "week" else 1) * DAY
        months = 12 * moment.year + moment.month - 1 + number * (12 if unit == "year" else 1)
        last = (next_month(month_start(months // 12, months % 12 + 1)) - DAY).day
        return moment.replace(year=months // 12, month=months % 12 + 1, day=min(moment.day, last))

    if period.end is None:
        return Period(moved(period.start), period.start)
    return Period(moved(period.start), moved(period.end - DAY) + DAY if period.whole_days else moved(period.end))


def midnight(moment: datetime) -> datetime:
    """The midnight UTC that begins the day."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def count(word: str) -> int:
    """A number in digits or in words."""
    word = " ".join(word.lower().split())
    return int(word) if word.isdigit() else {**NUMBER_WORDS, "couple of": 2, "few": 3}[word]


CENTURY_DAYS = 36_525
LONGEST = {
    **dict.fromkeys(("minute", "min"), CENTURY_DAYS * 1440),
    **dict.fromkeys(("hour", "hr", "h"), CENTURY_DAYS * 24),
    **dict.fromkeys(("d", "day"), CENTURY_DAYS),
    **dict.fromkeys(("wk", "week"), CENTURY_DAYS // 7),
    **dict.fromkeys(("month", "quarter", "yr", "year"), 100),
}


def back(number: int, unit: str, clock: datetime) -> Period:
    """The last `number` units up to the clock; days and more in whole days, today's part included.

    Nothing is older than a century here: a longer period is that century.
    """
    number = min(number, LONGEST[unit])
    if unit in {"hour", "hr", "h"}:
        return Period(clock - timedelta(hours=number))
    if unit in {"minute", "min"}:
        return Period(clock - timedelta(minutes=number))
    days = {"d": 1, "day": 1, "wk": 7, "week": 7, "month": 30, "quarter": 91, "yr": 365, "year": 365}[unit] * number
    return Period(midnight(clock - timedelta(days=days)))


def calendar(match: re.Match[str], clock: datetime) -> Period:
    """This or last week, month, quarter, year."""
    return _named_span(match.group(1).lower(), match.group(2).lower(), clock)


def _named_span(which: str, unit: str, clock: datetime) -> Period:
    today = midnight(clock)
    start = {
        "week": today - today.weekday() * DAY,
        "month": today.replace(day=1),
        "quarter": month_start(today.year, 3 * ((today.month - 1) // 3) + 1),
        "year": month_start(today.year, 1),
    }[unit]
    if which in {"this", "the current"}:
        return Period(start)
    before = start - DAY
    earlier = {
        "week": start - 7 * DAY,
        "month": before.replace(day=1),
        "quarter": month_start(before.year, 3 * ((before.month - 1) // 3) + 1),
        "year": month_start(before.year, 1),
    }[unit]
    return Period(earlier, start)


def to_date(match: re.Match[str], clock: datetime) -> Period:
    """Year, quarter, month or week to date."""
    unit = match.group(1).lower()
    word = {"y": "year", "q": "quarter", "m": "month", "w": "week"}[unit[0]]
    return _named_span("this", word, clock)


def quarter(match: re.Match[str], clock: datetime) -> Period:
    """Q1 2024, the first quarter; without a year the latest that has begun."""
    names = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4}
    said = next(group for group in match.groups()[:2] if group)
    number = int(said) if said.isdigit() else names[said.lower()]
    year = int(match.group(3)) if match.group(3) else clock.year - (number > (clock.month + 2) // 3)
    start = month_start(year, 3 * number - 2)
    return Period(start, month_start(year + number // 4, 3 * (number % 4) + 1))


def half(match: re.Match[str], clock: datetime) -> Period:
    """The first half of 2024, H2 2023; without a year the latest that has begun."""
    which = 1 if match.group(1).lower() in {"first", "1"} else 2
    year = int(match.group(2)) if match.group(2) else clock.year - (6 * which - 5 > clock.month)
    return Period(month_start(year, 6 * which - 5), month_start(year + which - 1, 7 if which == 1 else 1))


def part_of_month(match: re.Match[str], clock: datetime) -> Period | None:
    """The first week of May 2024, early April, mid-March, the end of June."""
    span = read_date(match.group(2), clock)
    if span is None:
        return None
    start, end = span
    word = " ".join(match.group(1).lower().replace("-", " ").split())
    if "week" in word:
        number = {"first": 0, "second": 1, "third": 2, "fourth": 3}.get(word.split()[0])
        return (
            Period(end - 7 * DAY, end)
            if number is None
            else Period(start + number * 7 * DAY, start + (number + 1) * 7 * DAY)
        )
    if word.startswith(("early", "beginning", "start")):
        return Period(start, start + 10 * DAY)
    return Period(start + 10 * DAY, start + 20 * DAY) if word.startswith("mid") else Period(start + 20 * DAY, end)


def day_word(match: re.Match[str], clock: datetime) -> Period:
    """Today, yesterday, the day before yesterday."""
    today = midnight(clock)
    word = match.group(1).lower()
    if word == "yesterday":
        return Period(today - DAY, today)
    return Period(today - 2 * DAY, today - DAY) if word.startswith("the day before") else Period(today)


def holiday(match: re.Match[str], clock: datetime) -> Period:
    """New Year's Day or Eve, Christmas Day or Eve; without a year the latest."""
    name = match.group(1).lower()
    month, number = (1, 1) if name.startswith("new") else (12, 25)
    year = int(match.group(2)) if match.group(2) else clock.year
    day = month_start(year, month) + (number - 1) * DAY - (DAY if name.endswith("eve") else 0 * DAY)
    if not match.group(2) and day > clock:
        day = day.replace(year=day.year - 1)
    return Period(day, day + DAY)


def weekday(match: re.Match[str], clock: datetime) -> Period:
    """The latest such day of the week that is over."""
    names = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    today = midnight(clock)
    day = today - ((today.weekday() - names.index(match.group(1).lower()) - 1) % 7 + 1) * DAY
    return Period(day, day + DAY)


def in_year(match: re.Match[str], _clock: datetime) -> Period:
    """A calendar year."""
    year = int(match.group(1))
    return Period(month_start(year, 1), month_start(year + 1, 1))


def in_month(match: re.Match[str], clock: datetime) -> Period | None:
    """March 2024, in March, last March: the latest such month that has begun."""
    month = MONTHS[match.group(1).lower()[:3]]
    year = int(match.group(2)) if match.group(2) else clock.year - (month > clock.month)
    start = month_start(year, month)
    return Period(start, next_month(start))


def all_time(_match: re.Match[str] | None, _clock: datetime) -> Period:
    """From before any coin was traded."""
    return Period(EVER)


def week_of(match: re.Match[str], clock: datetime) -> Period | None:
    """The calendar week that holds a day; a week that begins on a day begins there."""
    span = read_date(match.group(2), clock)
    if span is None:
        return None
    start = span[0] - (span[0].weekday() * DAY if match.group(1).lower() == "of" else 0 * DAY)
    return Period(start, start + 7 * DAY)


def edge_of(match: re.Match[str], clock: datetime) -> Period | None:
    """The first ten days of May 2024, the last two weeks of 2023."""
    span = read_date(match.group(4), clock)
    if span is None:
        return None
    length = count(match.group(2)) * (7 if match.group(3).lower() == "week" else 1) * DAY
    first = match.group(1).lower() == "first"
    return Period(span[0], span[0] + length) if first else Period(span[1] - length, span[1])


def half_month(match: re.Match[str], clock: datetime) -> Period | None:
    """The first half of a month ends with its fifteenth day."""
    span = read_date(match.group(2), clock)
    if span is None:
        return None
    middle = span[0] + 15 * DAY
    return Period(span[0], middle) if match.group(1).lower() == "first" else Period(middle, span[1])


def edge_day(match: re.Match[str], _clock: datetime) -> Period:
    """The start of a year is its first day, the end its last."""
    year = int(match.group(2)) + (match.group(1).lower() == "end")
    day = datetime(year, 1, 1, tzinfo=UTC) - (DAY if match.group(1).lower() == "end" else 0 * DAY)
    return Period(day, day + DAY)
