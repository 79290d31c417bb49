"""Reads periods in plain English, relative to the run's clock, never to this machine's."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from agents.offline.around import AFTER, BEFORE, around_date, halving
from agents.offline.clocktimes import DAY_FIRST, TIME_FIRST, clock_time
from agents.offline.dates import DATE, DAY_DATE, MONTH, NUMBER_WORDS, next_month, read_date
from agents.offline.quarters import (
    FINANCIAL_YEAR,
    NAMED_QUARTER,
    NUMBERED_HALF,
    SPELLED_OUT,
    financial_year,
    named_quarter,
    numbered_half,
    spelled_out,
)
from agents.offline.shared_years import with_shared_years
from agents.offline.windows import (
    DAY,
    Period,
    all_time,
    back,
    calendar,
    count,
    day_word,
    edge_day,
    edge_of,
    half,
    half_month,
    holiday,
    in_month,
    in_year,
    midnight,
    part_of_month,
    quarter,
    to_date,
    week_of,
    weekday,
)

_N = rf"(\d+|{'|'.join(NUMBER_WORDS)}|couple\s+of|few)"
_UNIT = r"(hour|hr|h|day|d|week|wk|month|quarter|year|yr|minute|min)s?"


PLACE = re.compile(r"⟦(\d+)⟧")
Reader = Callable[[re.Match[str], datetime], Period | None]


def periods(text: str, clock: datetime) -> tuple[tuple[Period, ...], str]:
    """All periods in the text in order of appearance, and the text with its number for the words of each: ⟦0⟧."""
    found: list[tuple[int, int, Period]] = []
    rest = with_shared_years(text)
    for pattern, reader in _PATTERNS:
        for match in pattern.finditer(rest):
            if (period := reader(match, clock)) is not None:
                named = Period(period.start, period.end, " ".join(match.group().split()))
                found.append((*match.span(), named))
                rest = rest[: match.start()] + "\x00" * len(match.group()) + rest[match.end() :]
    found.sort(key=lambda item: item[0])
    for start, end, period in _days_of_that_month(rest, found):
        found.append((start, end, period))
        rest = rest[:start] + "\x00" * (end - start) + rest[end:]
    found.sort(key=lambda item: item[0])
    for number, (start, end, _) in reversed(list(enumerate(found))):
        rest = f"{rest[:start]} ⟦{number}⟧ {rest[end:]}"
    return tuple(period for *_, period in found), rest


def _days_of_that_month(text: str, found: list[tuple[int, int, Period]]) -> list[tuple[int, int, Period]]:
    """The 30th alone is that day of the month that was named last before it, else of the first one named."""
    days = []
    for match in re.finditer(r"\b(?:on\s+)?the\s+(\d{1,2})(?:st|nd|rd|th)\b(?!\s+(?:day|hour|week|month|of))", text):
        near = [period for start, _, period in found if start < match.start()][-1:] or [p for *_, p in found[:1]]
        number = int(match[1])
        if near and 1 <= number <= (next_month(near[0].start.replace(day=1)) - DAY).day:
            day = midnight(near[0].start).replace(day=number)
            days.append((*match.span(), Period(day, day + DAY, match.group())))
    return days


def _last_n(match: re.Match[str], clock: datetime) -> Period:
    return back(count(match.group(1)), match.group(2).lower(), clock)


def _past_one(match: re.Match[str], clock: datetime) -> Period:
    return back(1, match.group(1).lower(), clock)


def _between(match: re.Match[str], clock: datetime) -> Period | None:
    """From the first date to the last one, included; a year or month said once holds for both."""
    second = read_date(match.group(2), clock)
    if second is None:
        return None
    first = read_date(match.group(1), clock, like=second[0])
    if first is None and (day := re.fullmatch(r"\s*(\d{1,2})(?:st|nd|rd|th)?\s*", match.group(1))):
        first = (second[0].replace(day=int(day.group(1))), second[0])
    if first is None:
        return None
    if re.fullmatch(r"\s*\d{1,2}(?:st|nd|rd|th)?\s*", match.group(2)):
        second = (first[0].replace(day=int(re.sub(r"\D", "", match.group(2)))), first[0])
        second = (second[0], second[0] + DAY)
    return Period(first[0], second[1])  # also where it runs backwards: the reading says so


def _month_day_range(match: re.Match[str], clock: datetime) -> Period | None:
    """April 1 to 20, 2024; 1-20 April 2024."""
    parts = match.groupdict()
    year = f" {parts['year']}" if parts["year"] else ""
    first = read_date(f"{parts['first']} {parts['month']}{year}", clock)
    last = read_date(f"{parts['last']} {parts['month']}{year}", clock)
    return Period(first[0], last[1]) if first and last else None


def _since(match: re.Match[str], clock: datetime) -> Period | None:
    date = read_date(match.group(1), clock)
    return Period(date[0]) if date else None


def _until(match: re.Match[str], clock: datetime) -> Period | None:
    date = read_date(match.group(1), clock)
    return Period(date[0] - 30 * DAY, date[0]) if date else None


def _single(match: re.Match[str], clock: datetime) -> Period | None:
    span = read_date(match.group(1), clock)
    return Period(*span) if span else None


def _moment(match: re.Match[str], _clock: datetime) -> Period | None:
    """An exact minute, such as 2024-04-20 14:00: the hour that opens then."""
    try:
        start = datetime.fromisoformat(f"{match.group(1)}T{match.group(2)}").replace(tzinfo=UTC)
    except ValueError:
        return None
    return Period(start, start + timedelta(hours=1))


def _stamp_range(match: re.Match[str], _clock: datetime) -> Period | None:
    try:
        start, end = (
            datetime.fromisoformat(f"{match.group(day)}T{match.group(day + 1)}").replace(tzinfo=UTC) for day in (1, 3)
        )
    except ValueError:
        return None
    return Period(start, end)


def _ago(match: re.Match[str], clock: datetime) -> Period:
    day = midnight(back(count(match.group(1)), match.group(2).lower(), clock).start)
    return Period(day, day + DAY)


_HALVING = (
    r"(?:the\s+)?(?:(?:last|latest|most\s+recent|recent|previous|2024|bitcoin|btc)\s+)*halv(?:ing|ening)"
    r"(?:\s+(?:in|of)\s+2024)?"
)
_TIME = r"(\d\d:\d\d)(?:\s*(?:UTC|Z))?"
_ISO = r"(\d{4}-\d\d-\d\d)"
_EDGE = rf"(?:{DATE}|yesterday|today|now|{_HALVING})"
_SHORT = rf"(?:{_HALVING}|{DATE}|\d{{1,2}}(?:st|nd|rd|th)?)"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_LEAD = r"(?:last|past|previous|trailing|recent|latest)"
_PATTERNS: list[tuple[re.Pattern[str], Reader]] = [
    (re.compile(pattern, re.IGNORECASE), reader)
    for pattern, reader in (
        (rf"\b{_ISO}[T ]{_TIME}\s*(?:to|until|till|and|-|[\u2013\u2014])\s*{_ISO}[T ]{_TIME}", _stamp_range),
        (TIME_FIRST, clock_time),
        (DAY_FIRST, clock_time),
        (SPELLED_OUT, spelled_out),
        (FINANCIAL_YEAR, financial_year),
        (NAMED_QUARTER, named_quarter),
        (NUMBERED_HALF, numbered_half),
        (rf"\bbetween\s+({_SHORT})\s+and\s+({_EDGE}|{_DAY}\b)", _between),
        (rf"\bfrom\s+({_SHORT})\s*(?:to|until|till|through|up\s+to|-|[\u2013\u2014])\s*({_EDGE}|{_DAY}\b)", _between),
        (
            (
                rf"\b(?P<month>{MONTH})\s+(?P<first>{_DAY})\s*(?:to|through|-|[\u2013\u2014]|"
                rf"and)\s*(?P<last>{_DAY})(?:,?\s+(?P<year>20\d\d))?\b"
            ),
            _month_day_range,
        ),
        (
            (
                rf"\b(?P<first>{_DAY})\s*(?:to|through|-|"
                rf"[\u2013\u2014])\s*(?P<last>{_DAY})\s+(?P<month>{MONTH})\b(?:,?\s+(?P<year>20\d\d))?"
            ),
            _month_day_range,
        ),
        (rf"\b({DATE})\s*(?:to|until|till|through|-|[\u2013\u2014])\s*({_EDGE})", _between),
        (
            (
                rf"\b(?:the\s+)?(?:first\s+)?(?:{_N}\s+)?(minute|hour|day|week|month|"
                rf"year)s?\s+(?:right\s+|just\s+|immediately\s+)?({BEFORE}|"
                rf"{AFTER})\s+({_HALVING}|{DATE})"
            ),
            around_date,
        ),
        (
            (
                rf"\b(since|after|following|post|from|before|pre|until|up\s+to|prior\s+to|around|"
                rf"near|on|on\s+the\s+day\s+of|at)[\s-]+{_HALVING}"
            ),
            halving,
        ),
        (rf"\bfrom\s+({MONTH}(?:,?\s+20\d\d)?)\b(?!\s*(?:on|\d|to\b|until|till|-))", _single),
        (
            r"\bsince\s+(?:last\s+)?(monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b",
            lambda match, clock: Period(weekday(match, clock).start),
        ),
        (
            r"\bsince\s+(this|last|the\s+last)\s+(week|month|quarter|year)\b",
            lambda match, clock: Period(calendar(match, clock).start),
        ),
        (
            (
                rf"\b(?:since|after|starting|as\s+of|from)\s+(?:the\s+(?:start|"
                rf"beginning)\s+of\s+)?({_EDGE})(?:\s+on(?:wards?)?)?"
            ),
            _since,
        ),
        (rf"\b(?:before|until|till|up\s+to)\s+({DATE})", _until),
        (
            (
                rf"\b(?:in\s+|for\s+|over\s+)?(?:the\s+)?week\s+(of|beginning|starting|commencing|"
                rf"from)\s+(?:on\s+)?({DAY_DATE})"
            ),
            week_of,
        ),
        (
            (
                rf"\b(?:in\s+|over\s+)?(?:the\s+)?(first|last)\s+{_N}\s+(day|week)s?\s+(?:of|"
                rf"in)\s+({MONTH}\b(?:,?\s+20\d\d)?|20\d\d)"
            ),
            edge_of,
        ),
        (rf"\b(?:in\s+|over\s+)?(?:the\s+)?(first|second)\s+half\s+of\s+({MONTH}\b(?:,?\s+20\d\d)?)", half_month),
        (r"\b(?:at\s+|from\s+|by\s+)?(?:the\s+)?(beginning|start|end)\s+of\s+((?:19|20)\d\d)\b", edge_day),
        (rf"\b(?:(?:in|over|during|for|within)\s+)?(?:the\s+)?{_LEAD}\s+{_N}[\s-]*{_UNIT}\b", _last_n),
        (
            (
                rf"\b(?!in\s+(?:an?|one)\b)(?:over|for|during|within|in)\s+(?:the\s+)?{_N}\s+{_UNIT}\b(?!\s*(?:moving|"
                rf"sma|ema|rsi|average|atr|ago))"
            ),
            _last_n,
        ),
        (rf"\b{_N}\s+{_UNIT}\s+ago\b", _ago),
        (
            (
                r"\b(?:(?:in|over|during|for|within)\s+the\s+(?:last|past|previous)|past)\s+(hour|"
                r"day|week|month|quarter|year)\b"
            ),
            _past_one,
        ),
        (r"\b(this|the\s+current|last|the\s+last|previous|the\s+previous)\s+(week|month|quarter|year)\b", calendar),
        (r"\b(year|quarter|month|week|[yqm])(?:[\s-]+to[\s-]+date|td)\b", to_date),
        (r"\b(?:q([1-4])|(first|second|third|fourth|last)\s+quarter)(?:,?\s+(?:of\s+)?(20\d\d))?\b", quarter),
        (
            (
                r"\b(?:h(?=[12]\b)|(?=first\s+half|second\s+half))(first|second|"
                r"[12])(?:\s+half)?(?:,?\s+(?:of\s+)?(20\d\d))?\b"
            ),
            half,
        ),
        (
            (
                rf"\b(?:the\s+)?((?:first|second|third|fourth|last)\s+week(?=\s+(?:of|in))|early|"
                rf"late|mid|(?:beginning|start|end)(?=\s+of))(?:\s+of|\s+in|"
                rf"\b)[\s-]+({MONTH}\b(?:,?\s+20\d\d)?)"
            ),
            part_of_month,
        ),
        (rf"\b{_ISO}[T ]{_TIME}", _moment),
        (
            r"\b(new\s+year'?s?\s+(?:day|eve)|christmas(?:\s+(?:day|eve))?)(?:,?\s+(?:of\s+|in\s+)?(20\d\d))?\b",
            holiday,
        ),
        (r"\b(the\s+day\s+before\s+yesterday|yesterday|today)\b", day_word),
        (r"\b(?:on|last|this)\s+(monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b", weekday),
        (rf"\b(?:on\s+)?({DAY_DATE})", _single),
        (rf"\b(?:(?:in|during|for|of|last|throughout|over)\s+)({MONTH})\b\.?(?:,?\s+(?:of\s+)?(20\d\d))?", in_month),
        (rf"\b({MONTH})\b\.?,?\s+(?:of\s+)?(20\d\d)\b", in_month),
        (rf"\b((?!may\b|mar\b|march\b|dec\b|sep\b|jan\b){MONTH})\b()", in_month),
        (
            (
                r"(?<![\d$.,])\b(?:(?:in|during|for|of|throughout|all\s+of)\s+)?((?:19|"
                r"20)\d\d)\b(?![\d%,.]*\d|\s*(?:usdt?|dollars?|aud|coins?|%|bars))"
            ),
            in_year,
        ),
        (r"\b(?:all[\s-]time|ever|of\s+all\s+time|historically)\b", all_time),
    )
]
