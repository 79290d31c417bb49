"""Reads one message, in the light of those before it, into coins, periods and what is asked."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agents.offline import subjects, topics
from agents.offline.coins import mentioned
from agents.offline.dates import impossible
from agents.offline.periods import periods
from agents.offline.windows import DAY, Period, count, midnight, shifted

COINLESS = frozenset(
    {
        "sentiment",
        "news",
        "filings",
        "catalysts",
        "coins",
        "coverage",
        "orders",
        "positions",
        "help",
        "alias",
        "outside",
        "market",
        "thanks",
    }
)
_CLAUSES = re.compile(
    r"[?;!]+|\.(?=\s|$)|,?\s+and\s+(?=(?:also\s+)?(?:what|how|was|were|which|when|did|is|are|show|tell|give|list|draw|plot|chart"
    r"|the\s+(?:news|fear|headlines|sentiment|mood|rsi|latest))\b)|,\s+(?=(?:what|how|which|when|show|tell|and)\b)",
    re.IGNORECASE,
)
_NOW = re.compile(r"\b(?:now|current(?:ly)?|at\s+the\s+moment|right\s+now|latest|newest|at\s+present)\b", re.IGNORECASE)
_PLACE = re.compile(r"⟦(\d+)⟧")
_ANY_COIN = re.compile(
    r"\b(?:which|what)\s+(?:coins?|tokens?|cryptos?|one)\b|\b(?:all|every)\s+(?:the\s+)?(?:coins?|tokens?)\b|\bcoins?\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Ask:
    """One thing asked: a topic, the statistics of it, and the words it was asked with."""

    topic: str
    words: str = ""
    statistics: tuple[str, ...] = ()
    coins: tuple[str, ...] = ()
    periods: tuple[Period, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What a message asks for. `asks` is in the order of the message; coins and periods are those of all of it."""

    text: str
    asks: tuple[Ask, ...] = ()
    coins: tuple[str, ...] = ()
    periods: tuple[Period, ...] = ()
    timeframe: str | None = None
    indicators: tuple[str, ...] = ()
    alias: topics.Alias | None = None
    impossible: str | None = None  # a date that no calendar has
    now: bool = False  # it wants the newest there is
    clock: datetime | None = None  # the moment it is asked from

    def topics(self) -> tuple[str, ...]:
        """The topics in order."""
        return tuple(dict.fromkeys(ask.topic for ask in self.asks))


def read(text: str, clock: datetime, before: Reading | None = None) -> Reading:
    """What the message asks for.

    Args:
        text: The person's message.
        clock: The moment it is asked from, aware UTC.
        before: The reading of the message before, of which this one may be a continuation.
    """
    if named := topics.alias(text):
        return Reading(text, (Ask("alias", text),), alias=named, clock=clock)
    found, marked = periods(text, clock)
    bare = _PLACE.sub(" ; ", marked)
    coins = _meant_as_coins(bare)
    own = Reading(
        text,
        _asks(marked, coins, found),
        coins,
        found,
        topics.timeframe(bare),
        topics.indicators(bare),
        impossible=impossible(text),
        now=bool(_NOW.search(bare)),
        clock=clock,
    )
    return _settled(own if before is None else _continued(own, before))


def _meant_as_coins(text: str) -> tuple[str, ...]:
    """The coins, without companies and exchanges that only look like one."""
    named = mentioned(text)
    firms = {word for word in named if subjects.entity(word) or subjects.venue(word)}
    return tuple(name for name in named if name not in firms)


def _asks(marked: str, coins: tuple[str, ...], found: tuple[Period, ...]) -> tuple[Ask, ...]:
    """Each clause's topics, a clause without coins or periods taking those of the whole message."""
    asks: list[Ask] = []
    for clause in filter(None, map(str.strip, _CLAUSES.split(marked))):
        words = _PLACE.sub(" ", clause)
        own = tuple(name for name in _meant_as_coins(words) if name in coins) or coins
        spans = tuple(found[int(place)] for place in _PLACE.findall(clause)) or found
        statistics = topics.statistics(words)
        if asks and statistics and _only_more(words):  # "… in May? How many?"
            asks[-1] = replace(asks[-1], statistics=(*asks[-1].statistics, *statistics))
            continue
        named = _clause_topics(words, own, coins, alone=not asks or bool(_meant_as_coins(words)))
        asks += [Ask(topic, words, statistics, own, spans) for topic in named]
    return _merged(asks)


def _only_more(words: str) -> bool:
    """Whether a clause names nothing of its own and so only asks for another statistic of what was just named."""
    return not (
        _meant_as_coins(words) or topics.topics(words) or topics.PRICE.search(words) or topics.indicators(words)
    )


def _clause_topics(words: str, own: tuple[str, ...], coins: tuple[str, ...], *, alone: bool = True) -> tuple[str, ...]:
    """The topics of one clause; price where it speaks of a coin's movement and of nothing more particular."""
    if topics.THANKS.search(words) and not coins:
        return ("thanks",)
    if topics.HELP.search(words) and not coins:
        return ("help",)
    named = list(topics.topics(words))
    if not named and not coins and topics.MARKET.search(words):
        return ("market",)
    if not named and not coins and subjects.entity(words) and not re.search(r"\bstrategy\b", words, re.IGNORECASE):
        return ("filings",)
    if topics.HAPPENING.search(words) and not named:
        return (*(("price",) if own else ()), "news", "catalysts")
    compares = bool(topics.COMPARE.search(words)) and (len(own) > 1 or (not own and bool(_ANY_COIN.search(words))))
    advises = bool(topics.ADVICE.search(words) or topics.TRADE.search(words))
    wants_price = bool(topics.PRICE.search(words) or topics.statistics(words))
    if compares and not named:
        named.append("compare")
    elif topics.indicators(words):
        named.append("indicators")
    elif (re.search(r"\bprices?\b", words, re.IGNORECASE) and named and own and not advises) or (
        not named and not advises and (wants_price or (own and alone and topics.LOOSE_PRICE.search(words)))
    ):
        named.append("price")
    named += [
        topic
        for topic, pattern in (("chart", topics.CHART), ("export", topics.EXPORT), ("why", topics.WHY))
        if pattern.search(words)
    ]
    return tuple(["advice", *named] if advises else named)


def _merged(asks: list[Ask]) -> tuple[Ask, ...]:
    """Asks of one topic over the same coins and periods, as one; a chart or file is of what the others speak of."""
    kept: dict[tuple[str, tuple[str, ...], tuple[Period, ...]], Ask] = {}
    for ask in asks:
        key = (ask.topic, ask.coins, ask.periods)
        old = kept.get(key)
        kept[key] = (
            ask
            if old is None
            else replace(
                old,
                words=f"{old.words} ; {ask.words}",
                statistics=tuple(dict.fromkeys(old.statistics + ask.statistics)),
            )
        )
    return tuple(kept.values())


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
