"""Dates, times, months and years as people write them, found in a text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from agents.checking.names import BLANK

MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_MONTH = (
    r"(?!(?-i:may)\b(?!\s+(?:19|20)\d\d))(?P<{m}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"(?P<{d}>\d{{1,2}})(?:st|nd|rd|th)?"
_YEAR = r"(?P<{y}>(?:19|20)\d{{2}})"
_TO = r"\s*(?:-|–|—|\.\.|to|and|until|till|through|&)\s*(?:the\s+)?"


def _form(pattern: str) -> re.Pattern[str]:
    names = {"M": _MONTH.format(m="month"), "D": _DAY.format(d="day"), "E": _DAY.format(d="first")}
    names["Y"] = _YEAR.format(y="year").replace("{{", "{").replace("}}", "}")
    for letter, form in names.items():
        pattern = pattern.replace(f"<{letter}>", form.replace("{{", "{").replace("}}", "}"))
    return re.compile(pattern.replace(r"\s", r"[^\S\n]"), re.IGNORECASE)  # no date runs over the end of a line


FORMS = (
    _form(r"(?<![\d-])<Y>-(?P<number>\d{2})-(?P<day>\d{2})(?!\d)"),
    _form(r"(?<!\d)<E>" + _TO + r"<D>\s+(?:of\s+)?<M>(?:,?\s+<Y>)?\b"),
    _form(r"\b<M>\s+(?:the\s+)?<E>" + _TO + r"<D>(?:,?\s+<Y>)?\b(?!\s*%)"),
    _form(r"(?<![\d.,])<D>\s+(?:of\s+)?<M>(?:,?\s+<Y>)?\b"),
    _form(r"\b<M>\s+(?:the\s+)?<D>(?:,?\s+<Y>)?\b(?![.,]?\d|\s*%|:)"),
    _form(r"\b<M>,?\s+(?:of\s+)?<Y>\b"),
    _form(r"(?<![\d-])<Y>-(?P<number>\d{2})\b(?!-?\d)"),
    _form(r"\b(?P<part>[QH][1-4])\s*(?:of\s+)?,?\s*<Y>\b"),
    _form(r"(?<!\d)(?P<number>\d{1,2})/(?P<day>\d{1,2})/<Y>(?!\d)"),
)
CLOCK = re.compile(
    r"(?<![\d:])(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::\d{2}(?:\.\d+)?)?\s*(?P<half>[ap]\.?m\b\.?)?"
    r"|\s*(?P<only>[ap]\.?m\b\.?))(?:\s*(?:UTC|GMT|Z\b|\+00:?00))?",
    re.IGNORECASE,
)
STAMP = re.compile(r"(?<=\d)T(?=\d{2}:\d{2})|(?<=\d)(?:Z\b|\+00:?00\b)")


@dataclass(frozen=True)
class Moment:
    """A date, a month, a year or a time of day, with what it does not say left None."""

    start: int
    end: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    months: tuple[int, int] | None = None  # of a quarter or half year
    at: tuple[int, int] | None = None  # hour and minute


def find(text: str) -> tuple[list[Moment], str]:
    """The moments a text names, and the text with them blanked out."""
    text = STAMP.sub(lambda match: " " * len(match.group()), text)
    found: list[Moment] = []
    for form in FORMS:
        for match in form.finditer(text):
            found.extend(_dates(match))
        text = form.sub(lambda match: BLANK * len(match.group()), text)
    for match in CLOCK.finditer(text):
        if (moment := _time(match)) is not None:
            found.append(moment)
            text = text[: match.start()] + BLANK * len(match.group()) + text[match.end() :]
    return sorted(found, key=lambda moment: moment.start), text


def _dates(match: re.Match[str]) -> Iterator[Moment]:
    said = match.groupdict()
    year = int(said["year"]) if said.get("year") else None
    if part := said.get("part"):
        size = 3 if part[0] in "Qq" else 6
        yield Moment(*match.span(), year=year, months=(size * (int(part[1]) - 1) + 1, size * int(part[1])))
        return
    month = MONTHS[said["month"][:3].lower()] if said.get("month") else int(said["number"])
    for group in ("first", "day"):
        if said.get(group):
            yield Moment(*match.span(), year=year, month=month, day=int(said[group]))
    if not said.get("day"):
        yield Moment(*match.span(), year=year, month=month)


def _time(match: re.Match[str]) -> Moment | None:
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    half = (match["half"] or match["only"] or "").lower().replace(".", "")
    if half and 1 <= hour <= 12:  # noqa: PLR2004 - a clock face
        hour = hour % 12 + (12 if half == "pm" else 0)
    return Moment(*match.span(), at=(hour, minute)) if hour < 25 and minute < 60 else None  # noqa: PLR2004


class Calendar:
    """The moments that are known: single days, windows, times of day."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.days: set[date] = set()
        self.windows: list[tuple[date, date]] = []
        self.times: set[tuple[int, int]] = {(0, 0), (24, 0), (23, 59)}
        self.loose: list[Moment] = []

    def add_instant(self, moment: datetime) -> None:
        """An instant: its day and its time of day."""
        self.days.add(moment.date())
        self.times.add((moment.hour, moment.minute))

    def add_window(self, start: datetime, end: datetime) -> None:
        """A window; a bar closes when the next day begins, so each end stands for its neighbour too."""
        for edge in (start, end):
            self.add_instant(edge)
            self.days |= {edge.date() - timedelta(days=1), edge.date() + timedelta(days=1)}
        self.windows.append((start.date(), end.date()))

    def add(self, moment: Moment) -> None:
        """A moment that a text names."""
        if moment.at:
            self.times.add(moment.at)
        elif moment.year and moment.month and moment.day:
            if (day := _day(moment.year, moment.month, moment.day)) is not None:
                self.days.add(day)
        else:
            self.loose.append(moment)

    def knows(self, moment: Moment) -> bool:
        """Whether a moment follows from what is known."""
        if moment.at:
            return moment.at in self.times
        if any(_fits(moment, known) for known in self.loose):
            return True
        if moment.day:
            return any(_names(moment, day) for day in self.days)
        return any(_names(moment, day) for day in self.days) or any(
            first <= last_of(moment) and last >= first_of(moment) for first, last in self.windows
        )


def first_of(moment: Moment) -> date:
    """The first day of a month, quarter or year."""
    return date(moment.year or 1, moment.months[0] if moment.months else moment.month or 1, 1)


def last_of(moment: Moment) -> date:
    """The last day of a month, quarter or year."""
    month = moment.months[1] if moment.months else moment.month or 12
    return date(moment.year or 1, month, 28) + timedelta(days=3)


def _names(moment: Moment, day: date) -> bool:
    in_months = moment.months is None or moment.months[0] <= day.month <= moment.months[1]
    parts = ((moment.year, day.year), (moment.month, day.month), (moment.day, day.day))
    return in_months and all(said is None or said == is_ for said, is_ in parts)


def _fits(moment: Moment, known: Moment) -> bool:
    pairs = ((moment.year, known.year), (moment.month, known.month), (moment.day, known.day))
    return moment.months == known.months and all(said is None or said == is_ for said, is_ in pairs)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
