"""Takes a message apart into clauses, and says what each of them asks for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from agents.offline import subjects, topics
from agents.offline.asked import Ask
from agents.offline.coins import mentioned
from agents.offline.conditions import condition
from agents.offline.indicators import indicators
from agents.offline.periods import PLACE
from agents.offline.quantities import Quantity
from agents.offline.statistics import AGGREGATE_AT_END, statistics
from agents.offline.windows import DAY, Period

_CLAUSES = re.compile(
    r"[?;!]+|\.(?=\s|$)|,?\s+and\s+(?=(?:also\s+)?(?:what|how|was|were|which|when|did|is|are|"
    r"show|tell|give|list|draw|plot|chart"
    r"|the\s+(?:news|fear|headlines|sentiment|mood|rsi|latest))\b)|,\s+(?=(?:what|how|which|when|show|tell|and)\b)",
    re.IGNORECASE,
)
_JOINT = re.compile(
    (
        r"(\s*,\s*(?:and\s+|then\s+)?|(?<!fear)\s+and\s+(?!greed)|\s+(?:plus|as\s+well\s+as|"
        r"along\s+with|together\s+with)\s+)"
    ),
    re.IGNORECASE,
)
_IT_WAS = re.compile(r"\bwhat\s+(?:was|is)\s+it\b", re.IGNORECASE)
_SHORT = 3 * DAY
_WHOLE = re.compile(r"\bbetween\s+⟪|\bdifference\s+between\b", re.IGNORECASE)


@dataclass(frozen=True)
class Message:
    """A message whose periods stand as ⟦0⟧ and whose amounts stand as ⟪0⟫."""

    marked: str
    coins: tuple[str, ...]
    periods: tuple[Period, ...]
    quantities: tuple[Quantity, ...]


def meant_as_coins(text: str) -> tuple[str, ...]:
    """The coins, without companies, exchanges and mining pools that only look like one."""
    if at := subjects.pool(text):
        text = f"{text[: at[0]]};{text[at[1] :]}"
    named = mentioned(text)
    firms = {word for word in named if subjects.entity(word) or subjects.venue(word)}
    return tuple(name for name in named if name not in firms)


@dataclass(frozen=True)
class Heard:
    """One part of a message, and the topics it was read as; none where no topic was read."""

    words: str
    topics: frozenset[str]


def asks(message: Message) -> tuple[tuple[Ask, ...], tuple[Heard, ...]]:
    """Each clause's topics; a clause without coins or periods takes those of the clauses beside it."""
    made: list[Ask] = []
    heard: list[Heard] = []
    for clause in filter(None, map(str.strip, _CLAUSES.split(message.marked))):
        for part in _parts(clause, message):
            words = PLACE.sub(" ; ", part)
            more = _more(part, words, made, message)
            if more is None:
                added = list(_asked(words, part, message, alone=not made or bool(meant_as_coins(words))))
                made += added
            else:
                added = [more[-1]]
                made = more
            heard.append(Heard(words, frozenset(ask.topic for ask in added)))
    return _merged(_filled(made, message)), tuple(heard)


def _more(part: str, words: str, made: list[Ask], message: Message) -> list[Ask] | None:
    """What is asked so far with what a part adds to it; None where the part asks for something of its own."""
    if not made:
        return None
    said, last = statistics(words), made[-1]
    own, spans = _coins(words, message), _periods(part, message)
    if said and not spans and _only_more(words):  # "… in May? How many?"
        return [*made[:-1], replace(last, words=f"{last.words} ; {words}", statistics=(*last.statistics, *said))]
    if own and spans and not _measured(words) and last.coins and last.periods:
        return [*made, replace(last, coins=own, periods=spans, words=f"{last.words} ; {words}")]
    if spans and last.coins and last.periods and not _measured(words) and _IT_WAS.search(words):
        return [*made, replace(last, periods=spans, words=f"{last.words} ; {words}", statistics=())]
    return None


def _coins(words: str, message: Message) -> tuple[str, ...]:
    return tuple(name for name in meant_as_coins(words) if name in message.coins)


def _periods(part: str, message: Message) -> tuple[Period, ...]:
    return tuple(message.periods[int(place)] for place in PLACE.findall(part))


def _parts(clause: str, message: Message) -> Iterator[str]:
    """A clause cut where "and" or a comma joins two things asked, not two coins or two numbers."""
    compares = topics.COMPARE.search(clause) and (len(_coins(clause, message)) > 1 or topics.ANY_COIN.search(clause))
    if compares or topics.RATIO.search(clause) or _WHOLE.search(clause):
        yield clause
        return
    pieces = _JOINT.split(clause)
    part = pieces[0]
    for joint, piece in zip(pieces[1::2], pieces[2::2], strict=True):
        if _stands_alone(part, piece):
            yield part
            part = piece
        else:
            part += joint + piece
    yield part


def _stands_alone(part: str, piece: str) -> bool:
    """Whether what follows a joint asks for something of its own, or for the same of another coin and period."""
    if AGGREGATE_AT_END.search(part):  # highest and lowest close
        return False
    if _measured(part) and _measured(piece):
        return True
    both = all(PLACE.search(text) and meant_as_coins(text) for text in (part, piece))
    return both and _measured(part)


def _measured(words: str) -> bool:
    """Whether a stretch of words asks for something: a statistic, a topic, an indicator, a movement."""
    return bool(
        statistics(words)
        or topics.topics(words)
        or indicators(words)
        or topics.PRICE.search(words)
        or any(pattern.search(words) for pattern in (topics.CHART, topics.EXPORT, topics.WHY))
    )


def _only_more(words: str) -> bool:
    """Whether a clause names nothing of its own and so only asks for another statistic of what was just named."""
    return not (meant_as_coins(words) or topics.topics(words) or topics.PRICE.search(words) or indicators(words))


def _asked(words: str, part: str, message: Message, *, alone: bool) -> Iterator[Ask]:
    """What one clause asks for; what it leaves out is filled in later."""
    own, spans = _coins(words, message), _periods(part, message)
    drawn, frame = indicators(words), topics.timeframe(words)
    if "volatility" in drawn and any(span.end is None or span.end - span.start > _SHORT for span in spans):
        drawn = tuple(name for name in drawn if name != "volatility")  # of the whole window, not of the last 30 days
    told = Ask("", words, statistics(words), own, spans, frame, drawn)
    named = _clause_topics(told, own or message.coins, alone=alone)
    if {"price", "indicators"} & set(named) or (not named and (own or message.coins)):
        held = condition(words, message.quantities, drawn)
        if held is not None:
            yield replace(told, topic="condition", statistics=(), condition=held, timeframe=frame or held.timeframe)
            named = tuple(name for name in named if name not in {"price", "indicators"})
    for topic in named:
        yield replace(told, topic=topic)


def _clause_topics(told: Ask, coins: tuple[str, ...], *, alone: bool) -> tuple[str, ...]:
    """The topics of one clause; price where it speaks of a coin's movement and of nothing more particular."""
    words = told.words
    named = list(topics.topics(words))
    if not coins and (topic := _of_nothing(words, named)):
        return (topic,)
    if topics.HAPPENING.search(words) and not named:
        return (*(("price",) if coins else ()), "news", "catalysts")
    if not named and len(coins) > 1 and topics.RATIO.search(words):
        return ("ratio",)
    if named and topics.EXPORT.search(words):
        return ("export",)
    advises = bool(topics.ADVICE.search(words) or topics.TRADE.search(words))
    named += _of_price(told, coins, named, alone=alone, advises=advises)
    named += [
        topic
        for topic, pattern in (("chart", topics.CHART), ("export", topics.EXPORT), ("why", topics.WHY))
        if pattern.search(words)
    ]
    return tuple(["advice", *named] if advises else named)


def _of_nothing(words: str, named: list[str]) -> str | None:
    """The topic of a clause that speaks of no coin, and by that alone."""
    for topic, pattern in (("thanks", topics.THANKS), ("help", topics.HELP)):
        if pattern.search(words):
            return topic
    if named:
        return None
    if topics.MARKET.search(words):
        return "market"
    company = subjects.entity(words) and not re.search(r"\bstrategy\b", words, re.IGNORECASE)
    return "filings" if company else None


def _of_price(told: Ask, coins: tuple[str, ...], named: list[str], *, alone: bool, advises: bool) -> tuple[str, ...]:
    """Comparison, indicators or price, where a clause speaks of one of them."""
    words = told.words
    of_many = len(told.coins or coins) > 1 or (not coins and bool(topics.ANY_COIN.search(words)))
    if topics.COMPARE.search(words) and of_many and not named:
        return ("compare",)
    if told.indicators:
        return ("indicators",)
    if advises:
        return ()
    if named:
        priced = re.search(r"\bprices?\b", words, re.IGNORECASE) and coins and "quality" not in named
        return ("price",) if priced else ()
    wants_price = bool(topics.PRICE.search(words) or topics.COMPARE.search(words) or set(told.statistics) - {"count"})
    loosely = coins and alone and topics.LOOSE_PRICE.search(words)
    return ("price",) if wants_price or loosely else ()


def _filled(made: list[Ask], message: Message) -> list[Ask]:
    """Coins and periods that a clause leaves out are those before it, else those after it, else the message's."""
    made = _carried(_carried(made)[::-1])[::-1]
    return [replace(ask, coins=ask.coins or message.coins, periods=ask.periods or message.periods) for ask in made]


def _carried(made: list[Ask]) -> list[Ask]:
    """Each ask with the coins and periods of the nearest one before it that has any, where it has none."""
    filled: list[Ask] = []
    coins: tuple[str, ...] = ()
    spans: tuple[Period, ...] = ()
    for ask in made:
        coins, spans = ask.coins or coins, ask.periods or spans
        filled.append(replace(ask, coins=coins, periods=spans))
    return filled


def _merged(made: list[Ask]) -> tuple[Ask, ...]:
    """Asks of one topic over the same coins and periods, as one; a chart or file is of what the others speak of."""
    kept: list[Ask] = []
    for ask in made:
        same = next((place for place, old in enumerate(kept) if _alike(old, ask)), None)
        if same is None:
            kept.append(ask)
        else:
            kept[same] = _joined(kept[same], ask)
    return tuple(kept)


def _alike(old: Ask, new: Ask) -> bool:
    """Whether two asks are one in two clauses."""
    keys = [(ask.topic, ask.coins, ask.periods, ask.condition, _form(ask)) for ask in (old, new)]
    return keys[0] == keys[1] and (old.timeframe == new.timeframe or None in (old.timeframe, new.timeframe))


def _form(ask: Ask) -> str | None:
    """Filings of one form are not those of all."""
    return subjects.form(ask.words) if ask.topic == "filings" else None


def _joined(old: Ask, new: Ask) -> Ask:
    return replace(
        old,
        timeframe=old.timeframe or new.timeframe,
        words=old.words if new.words in old.words else f"{old.words} ; {new.words}",
        statistics=tuple(dict.fromkeys(old.statistics + new.statistics)),
        indicators=tuple(dict.fromkeys(old.indicators + new.indicators)),
    )
