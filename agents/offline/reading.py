"""Reads one message, in the light of those before it, into coins, periods and what is asked."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from agents.offline import topics
from agents.offline.aliases import alias
from agents.offline.asked import Ask, Reading, Trouble
from agents.offline.claims import unread
from agents.offline.clauses import Heard, Message, asks, meant_as_coins
from agents.offline.clocktimes import clock_times
from agents.offline.dates import impossible, month_first
from agents.offline.indicators import indicators
from agents.offline.investments import investment
from agents.offline.periods import PLACE, periods
from agents.offline.quantities import quantities
from agents.offline.quarters import financial_years
from agents.offline.vocabulary import SYMBOLS
from agents.offline.windows import DAY, Period, count, midnight, shifted

COINLESS = frozenset(
    {
        "sentiment",
        "news",
        "filings",
        "catalysts",
        "coins",
        "coverage",
        "quality",
        "known",
        "orders",
        "positions",
        "help",
        "alias",
        "outside",
        "market",
        "thanks",
    }
)
PERIODS = ("last 7 days", "last 30 days", "last 90 days", "since the halving")
_EMPTY_PERIOD = re.compile(
    r"\b(?:last|past|previous|next)\s+((?:-|minus\s+)\s?\d+|0|zero)\s*(?:hours?|days?|weeks?|months?|years?)\b",
    re.IGNORECASE,
)
_CROSS = re.compile(r"\b([A-Z]{3,5}?)(BTC|ETH)\b")  # ETHBTC is ETH/BTC
_EVER = re.compile(r"ever|all[\s-]time|of\s+all\s+time|historically", re.IGNORECASE)


def read(text: str, clock: datetime, before: Reading | None = None) -> Reading:
    """What the message asks for.

    Args:
        text: The person's message.
        clock: The moment it is asked from, aware UTC.
        before: The reading of the message before, of which this one may be a continuation.
    """
    if named := alias(text):
        return Reading(text, (Ask("alias", text),), alias=named, clock=clock)
    amounts, shielded = quantities(_CROSS.sub(_pair, text))
    found, marked = periods(shielded, clock)
    bare = PLACE.sub(" ; ", marked)
    message = Message(marked, meant_as_coins(bare), found, amounts)
    put = investment(message)
    made, heard = ((put,), (Heard(put.words, frozenset({put.topic})),)) if put else asks(message)
    own = Reading(
        text,
        tuple(_bounded(ask) for ask in made),
        message.coins,
        found,
        topics.timeframe(bare),
        indicators(bare),
        trouble=_trouble(text, found),
        notes=(*month_first(text), *financial_years(text), *clock_times(text, clock)),
        now=bool(topics.NOW.search(bare)),
        clock=clock,
    )
    reading = _settled(own if before is None else _continued(own, before))
    every = frozenset(reading.topics())
    parts = [(_SHIFT.sub(" ; ", part.words) if before else part.words, part.topics or every) for part in heard]
    left = [word for words, named in parts for word in unread(words, named, amounts)]
    return replace(reading, unread=tuple(dict.fromkeys(left)), guessed=not own.asks)


def _pair(market: re.Match[str]) -> str:
    return f"{market[1]}/{market[2]}" if market[1] in SYMBOLS else market.group()


def _bounded(ask: Ask) -> Ask:
    """An ask without "ever" where it names another period too."""
    named = tuple(span for span in ask.periods if not _EVER.fullmatch(span.words))
    return replace(ask, periods=named or ask.periods)


def _trouble(text: str, found: tuple[Period, ...]) -> Trouble | None:
    """A day that no calendar has, a period that runs backwards or holds nothing."""
    if day := impossible(text):
        return Trouble(f"There is no {day}. Which day do you mean?")
    for span in found:
        if span.backwards and span.end:
            last = span.end - DAY if span.whole_days else span.end
            turned = f"from {last:%-d %B %Y} to {span.start:%-d %B %Y}"
            return Trouble(f"“{span.words}” ends before it begins. Which period do you mean?", (turned,))
    if empty := _EMPTY_PERIOD.search(text):
        return Trouble(f"“{empty.group()}” is no period. Which period do you mean?", PERIODS)
    return None


_SHIFT = re.compile(
    r"\b(?:(a|an|one|two|three|\d+)\s+(day|week|month|year)s?\s+(later|after|earlier|before)(?!\s+\w)"
    r"|the\s+(next|following|previous)\s+(day|week|month|year))\b",
    re.IGNORECASE,
)


def _later(text: str, spans: tuple[Period, ...]) -> tuple[Period, ...]:
    """The windows of the message before, moved as this one says: a month later, the previous week."""
    if not spans or not (match := _SHIFT.search(text)):
        return ()
    back = (match[3] or match[4]).lower() in {"earlier", "before", "previous"}
    number = count(match[1]) if match[1] else 1
    return tuple(shifted(span, -number if back else number, (match[2] or match[5]).lower()) for span in spans)


def _continued(own: Reading, before: Reading) -> Reading:
    """A message that leaves out what it speaks of goes on with what the one before spoke of."""
    if own.topics() and set(own.topics()) <= {"help", "thanks", "alias", "coins", "coverage", "market"}:
        return own
    if later := _later(own.text, before.periods):
        own = replace(own, periods=later)
    coins = own.coins or before.coins
    spans = own.periods or (() if own.now else before.periods)
    carried = tuple(ask for ask in before.asks if ask.topic not in {"help", "thanks", "outside", "alias", "advice"})
    if not own.asks:
        asks = tuple(
            replace(ask, coins=own.coins or ask.coins, periods=own.periods or (() if own.now else ask.periods))
            for ask in carried
        )
        return replace(
            own,
            asks=asks,
            coins=coins,
            periods=spans,
            timeframe=own.timeframe or before.timeframe,
            indicators=own.indicators or before.indicators,
        )
    asks = tuple(replace(ask, coins=ask.coins or coins, periods=ask.periods or spans) for ask in own.asks)
    drawn = own.indicators or (before.indicators if set(own.topics()) <= {"chart", "export"} else ())
    return replace(own, asks=asks, coins=coins, periods=spans, indicators=drawn)


def _settled(reading: Reading) -> Reading:
    """A coin alone asks how it does; nothing at all recognised is outside of what we know."""
    if reading.asks:
        return reading
    topic = "price" if reading.coins else "outside"
    return replace(reading, asks=(Ask(topic, reading.text, (), reading.coins, reading.periods),))


def lately(clock: datetime, days: int) -> Period:
    """The last days up to the clock."""
    return Period(midnight(clock - timedelta(days=days)), None, f"last {days} days")


def ending(last: datetime, days: int) -> Period:
    """The days that end with the day of `last`."""
    end = midnight(last) + DAY
    return Period(end - timedelta(days=days), end)
