"""What window of time a question is about: days back from the run's clock, or a start and an end, in UTC."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from agents.context import RunContext
from agents.errors import NeedsAnswer
from ledgers.errors import BadArgument

LONGEST_DAYS = 36_525
GENESIS = datetime(2008, 1, 1, tzinfo=UTC)  # no coin is older
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
PERIODS = ("7 days", "30 days", "90 days", "365 days")


@dataclass(frozen=True)
class Window:
    """A stretch of time in aware UTC, `start` inclusive and `end` exclusive, never past the run's clock."""

    start: datetime
    end: datetime
    reaches_now: bool = False
    cut: bool = False  # asked a day or more past the clock

    @property
    def text(self) -> str:
        """Both ends as a person writes them: whole days as dates, the last one included."""
        return f"{first_day(self.start)}..{last_day(self.end)}"

    @property
    def told(self) -> str:
        """The window in a sentence; one that nobody named is not spelled out."""
        return f"up to {last_day(self.end)}" if self.unasked else f"in {self.text}"

    @property
    def unasked(self) -> bool:
        """Whether it reaches back to before any coin, because no period was named."""
        return self.start <= GENESIS

    @property
    def length(self) -> timedelta:
        """From start to end."""
        return self.end - self.start


def window(
    run: RunContext, days: float | str | None = None, start: str | None = None, end: str | None = None
) -> Window:
    """The window that the arguments of a tool name, cut at the run's clock.

    Args:
        run: whose clock it is.
        days: length in days, counted back from `end` or the clock, or on from `start`; 0 < days <= 36525, such as 30.
            The person's own words ("30 days") are read too.
        start: ISO date or datetime in UTC, such as '2024-04-01'; inclusive.
        end: ISO date (that whole day included) or datetime (exclusive), such as '2024-04-20'.

    Returns:
        A window that is not empty and ends at the clock or before.

    Raises:
        NeedsAnswer: nothing says which period is meant.
        BadArgument: the range is backwards, too long, or begins after the clock.
    """
    length = None if days is None else span(days)
    if length is None and start is None:
        question = f"Up to {end}, from when on?" if end else "Which period do you mean?"
        raise NeedsAnswer("days", question, PERIODS)
    if length is not None and start is not None and end is not None:
        raise BadArgument("Give days, or start and end, not all three.")
    opens = None if start is None else moment(start, "start")
    closes = None if end is None else moment(end, "end", whole_day=True)
    if opens is None:
        assert length is not None  # noqa: S101 - one of the two is given, see above
        opens = min(closes or run.clock, run.clock) - length
    if closes is None:
        closes = opens + length if length is not None and start is not None else run.clock
    return checked(run, opens, closes)


def checked(run: RunContext, opens: datetime, closes: datetime) -> Window:
    """The window between two moments, refused when it makes no sense."""
    if opens >= closes:
        raise BadArgument(f"The period is empty: it starts {stamp(opens)} and ends {stamp(closes)}.")
    if opens >= run.clock:
        told = "the as-of moment" if run.as_of else "now"
        raise BadArgument(f"The period starts {stamp(opens)}, which is after {told} ({stamp(run.clock)}).")
    if opens < GENESIS:
        raise BadArgument(f"The period starts {stamp(opens)}; no coin existed before {GENESIS:%Y-%m-%d}.")
    return Window(opens, min(closes, run.clock), reaches_now=closes >= run.clock, cut=closes - run.clock >= UNITS["d"])


def span(days: float | str) -> timedelta:
    """A number of days, also in a person's words: '30', '30 days', '2 weeks', '3 months', '1 year'."""
    found = re.fullmatch(r"\s*(?:the\s+)?(?:last\s+|past\s+)?([0-9]+(?:\.[0-9]+)?)?\s*([a-z]*)\s*", str(days).lower())
    sizes = {
        "": 1,
        "day": 1,
        "d": 1,
        "week": 7,
        "w": 7,
        "month": 30,
        "year": 365,
        "y": 365,
        "hour": 1 / 24,
        "h": 1 / 24,
    }
    unit = None if found is None else sizes.get(found[2].removesuffix("s"))
    if found is None or unit is None or not (found[1] or found[2]):
        raise BadArgument(f"days must be a number of days such as 30, not '{days}'.")
    length = float(found[1] or 1) * unit
    if not 0 < length <= LONGEST_DAYS:
        raise BadArgument(f"days must lie above 0 and not above {LONGEST_DAYS}, not {days}.")
    return timedelta(days=length)


def moment(text: str, name: str, *, whole_day: bool = False) -> datetime:
    """An ISO date or datetime as aware UTC; a bare date means its midnight, or the next one for a `whole_day` end."""
    try:
        day = date.fromisoformat(text.strip())
    except (ValueError, AttributeError):
        return instant(text, name)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    try:
        return midnight + timedelta(days=1) if whole_day else midnight
    except OverflowError:
        raise BadArgument(f"{name} lies out of any calendar: '{text}'.") from None


def instant(text: str, name: str) -> datetime:
    """An ISO datetime as aware UTC; without a zone it is UTC."""
    try:
        parsed = datetime.fromisoformat(text.strip())
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, AttributeError, OverflowError):
        shown = str(text)[:40]
        raise BadArgument(
            f"{name} must be an ISO date or datetime in UTC, such as 2024-04-01 or 2024-04-01T12:00, not '{shown}'."
        ) from None


def interval(timeframe: str) -> timedelta:
    """The length of a bar: '5m', '1h', '1d', '1w' and their like.

    Raises:
        BadArgument: it is none of these.
    """
    found = re.fullmatch(r"\s*([0-9]{1,3})\s*([mhdw])\s*", timeframe.lower())
    if found is None or int(found[1]) == 0:
        raise BadArgument(f"timeframe must be such as 5m, 15m, 1h, 4h, 1d or 1w, not '{timeframe[:20]}'.")
    return int(found[1]) * UNITS[found[2]]


def aligned(of: Window, step: timedelta) -> Window:
    """The window with its start moved back to where a bar of that length opens, so that the first bar is whole.

    Weeks open on Monday; all else is counted from midnight UTC of 1970-01-01.
    """
    origin = datetime(1970, 1, 5, tzinfo=UTC) if step % UNITS["w"] == timedelta(0) else datetime(1970, 1, 1, tzinfo=UTC)
    return replace(of, start=of.start - (of.start - origin) % step)


def stamp(at: datetime) -> str:
    """A moment in UTC: the date alone at midnight, else with the time."""
    at = at.astimezone(UTC)
    return f"{at:%Y-%m-%d}" if (at.hour, at.minute, at.second) == (0, 0, 0) else f"{at:%Y-%m-%dT%H:%M}Z"


def first_day(at: datetime) -> str:
    """An inclusive start."""
    return stamp(at)


def last_day(at: datetime) -> str:
    """An exclusive end: the day before it when it is a midnight, so that a window of whole days reads as such."""
    return stamp(at - timedelta(days=1)) if stamp(at) == f"{at:%Y-%m-%d}" else stamp(at)


def window_or_last(
    run: RunContext, days: float | str | None, start: str | None, end: str | None, *, usual: timedelta
) -> Window:
    """The named window; where nothing names one, the last stretch of the usual length up to the clock."""
    if days is None and start is None and end is None:
        return Window(max(GENESIS, run.clock - usual), run.clock, reaches_now=True)
    return window(run, days, start, end)


EVER = timedelta(days=LONGEST_DAYS)
