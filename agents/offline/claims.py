"""Accounts for every word of a clause: what no reader took, and no list calls empty, was not read.

Each reader claims the words it used; a statistic is claimed only where the topic can tell it. What is left can change
the answer, so the answer says that it was not read, or the analyst asks.
"""

import re
from collections.abc import Iterator

from agents.offline import conditions, subjects, topics
from agents.offline.coins import spans as coin_spans
from agents.offline.indicators import indicator_spans
from agents.offline.quantities import Quantity, restored
from agents.offline.spans import Span, blanked, spans, whole
from agents.offline.statistics import patterns, statistics
from agents.offline.vocabulary import FUNCTION

_SERIES = frozenset({"high", "low", "average", "median", "deviation", "change", "count", "open", "close"})
_LISTED = frozenset({"count", "volume"})
_TELLS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("sentiment", "onchain", "funding", "fundamentals"), _SERIES),
    **dict.fromkeys(("news", "filings", "catalysts", "orders", "known", "coins", "coverage"), _LISTED),
    "indicators": frozenset({"high", "low", "average", "median", "deviation", "close", "open", "volatility"}),
    "compare": frozenset({"change", "volatility", "volume", "close", "high", "low", "largest_rise", "largest_fall"}),
    "ratio": frozenset({"high", "low", "average", "change", "close", "volume", "count", "open"}),
    "condition": frozenset({"count", "close", "open", "high", "low", "volume", "change", "range", "volatility"}),
    "investment": frozenset({"change", "open", "close", "total_volume", "count"}),
}
_EVERYTHING = frozenset({"price", "chart", "export", "why"})
_FREE = frozenset({"help", "thanks", "outside", "alias", "advice", "market", "quality"})
_OF_PRICES = frozenset({"price", "indicators", "compare", "condition", "chart", "export", "ratio", "why", "investment"})
_AMOUNT = re.compile(r"⟪\d+⟫")
_WORD = re.compile(r"[A-Za-z0-9][\w.%'&$-]*|⟪\d+⟫|-\d+")
_ONE = re.compile(r"\b(?:one|1|a\s+single)\b", re.IGNORECASE)
_WEEKEND = re.compile(r"\bweekend\s+(?:of\s+)?(?=;)", re.IGNORECASE)
_TOPIC_WORDS = {
    "price": (topics.PRICE, topics.LOOSE_PRICE, topics.COMPARE, _WEEKEND),
    "compare": (topics.COMPARE, topics.PRICE, topics.LOOSE_PRICE, topics.ANY_COIN, topics.ORDER),
    "ratio": (topics.RATIO, topics.PRICE, topics.LOOSE_PRICE, _ONE),
    "chart": (topics.CHART, topics.PRICE, topics.LOOSE_PRICE),
    "export": (topics.EXPORT, topics.PRICE, topics.LOOSE_PRICE),
    "why": (topics.WHY, topics.PRICE, topics.LOOSE_PRICE),
    "condition": (*conditions.PARTS, topics.PRICE, topics.LOOSE_PRICE),
    "investment": (topics.INVEST, topics.PRICE, topics.LOOSE_PRICE),
    "news": (topics.HAPPENING,),
    "filings": (topics.FILING,),
    "indicators": (topics.PRICE, topics.LOOSE_PRICE, topics.CROSSING, topics.SETTING),
    "sentiment": (topics.LOOSE_PRICE, topics.PRICE, topics.TONE, topics.TOPICS["news"]),
    **dict.fromkeys(("onchain", "funding", "fundamentals"), (topics.LOOSE_PRICE, topics.PRICE)),
}


def unread(text: str, named: frozenset[str], quantities: tuple[Quantity, ...]) -> tuple[str, ...]:
    """What no reader took of one clause, in the person's own words.

    Args:
        text: the clause, periods taken out, amounts as ⟪0⟫.
        named: the topics it was read as.
        quantities: the amounts.
    """
    if named & _FREE:
        return ()
    named |= frozenset(topics.topics(text)) if "export" in named else frozenset()
    rest = blanked(text, _claimed(text, named))
    left = [match.span() for match in _WORD.finditer(rest) if _content(match.group())]
    return tuple(restored(text[begin:end], quantities).strip(" .,'") for begin, end in _runs(text, left))


def _content(word: str) -> bool:
    """Whether a word can change an answer."""
    bare = word.lower().strip(".'-&$%").removesuffix("'s")
    return bare not in {"", "s"} and bare not in FUNCTION


def _runs(text: str, left: list[Span]) -> Iterator[Span]:
    """Words that stand side by side, as one."""
    begun: Span | None = None
    for begin, end in left:
        if begun and re.fullmatch(r"[\s'/-]*", text[begun[1] : begin]):
            begun = (begun[0], end)
            continue
        if begun:
            yield begun
        begun = (begin, end)
    if begun:
        yield begun


def _claimed(text: str, named: frozenset[str]) -> Iterator[Span]:
    """What the readers took."""
    yield from coin_spans(text)
    for name in named & topics.TOPICS.keys():
        yield from spans(topics.TOPICS[name], text)
    for name in named:
        for pattern in _TOPIC_WORDS.get(name, ()):
            yield from spans(pattern, text) if pattern not in conditions.PARTS else whole(pattern, text)
    for pattern in patterns(_told(statistics(text), named)):
        yield from spans(pattern, text)
    if named & _OF_PRICES:
        for _, frame in topics.FRAMES:
            yield from whole(frame, text)
        yield from indicator_spans(text)
        yield from subjects.spans_of_market(text)
    if "investment" in named:
        yield from whole(_AMOUNT, text)
    yield from whole(topics.NOW, text)
    yield from subjects.claimed(text, named)


def _told(names: tuple[str, ...], named: frozenset[str]) -> tuple[str, ...]:
    """The statistics that one of the topics can tell."""
    if named & _EVERYTHING:
        return names
    able = frozenset().union(*(_TELLS.get(name, frozenset()) for name in named))
    return tuple(name for name in names if name in able or name.partition("_")[0] in able & _SERIES)
