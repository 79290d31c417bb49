"""Which tools a reading calls for, with which arguments; what must be asked first."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from agents.offline import subjects, topics, wording
from agents.offline.asked import Ask, Reading, Trouble
from agents.offline.lookups import (
    Call,
    catalysts,
    filings,
    fundamentals,
    known,
    news,
    onchain,
    orders,
    sentiment,
    windows,
)
from agents.offline.plan_prices import (
    NO_PICTURE,
    PAIR,
    bars,
    conditions,
    investments,
    market,
    prices,
    ratios,
    spans,
    timeframe,
)
from agents.offline.reading import COINLESS, PERIODS, lately
from agents.offline.statistics import measure
from agents.offline.vocabulary import BY_NAME
from agents.offline.windows import Period

NEEDS_PERIOD = frozenset({"high", "low", "average", "volume", "largest_rise", "largest_fall", "count", "open", "range"})
SPEECH = frozenset({"help", "thanks", "outside", "advice"})
INSTEAD = ("how the price moved", "highest and lowest price", "average close", "volatility")
_ONE_OF = re.compile(r"\b(?:which|what)\s+(?:one|of\s+(?:the\s+(?:two|three)|them|those|these))\b", re.IGNORECASE)
_RANKED = 50
_DRAWN = 10


def missing(reading: Reading) -> Trouble | str | None:
    """What must be asked before anything useful can be looked up: a question, 'coin', or nothing."""
    if reading.trouble:
        return reading.trouble
    if reading.guessed and reading.unread and not {"help", "thanks", "outside"} & set(reading.topics()):
        lost = wording.joined([f"“{words}”" for words in reading.unread])
        of = wording.joined(list(reading.coins))
        return Trouble(f"I did not read {lost}. What{f' of {of}' if of else ''} shall I look up?", INSTEAD)
    for ask in reading.asks:
        if _lacks_coin(ask, reading):
            return "coin"
        if (which := _which_coins(ask)) is not None:
            return which
        needs = NEEDS_PERIOD & set(ask.statistics) or any(measure(name) for name in ask.statistics)
        if not ask.periods and not reading.now and ((ask.topic == "price" and needs) or ask.topic == "investment"):
            return Trouble("Over which period?" if ask.topic == "price" else "Bought when, and valued when?", PERIODS)
    return None


def _which_coins(ask: Ask) -> Trouble | None:
    """The question where a comparison or a ratio is of coins that nobody has named."""
    if ranks_all(ask) and _ONE_OF.search(ask.words):
        return Trouble("Which coins do you mean?")
    return Trouble("Which two coins do you mean?") if ask.topic == "ratio" and len(ask.coins) != PAIR else None


def _lacks_coin(ask: Ask, reading: Reading) -> bool:
    if ask.coins or ask.topic in COINLESS | SPEECH or ranks_all(ask) or _subject_named(ask):
        return False
    return ask.topic != "export" or not COINLESS & {*reading.topics(), *topics.topics(ask.words)}


def ranks_all(ask: Ask) -> bool:
    """Whether a comparison is meant over all the coins there are."""
    return ask.topic == "compare" and not ask.coins


def _subject_named(ask: Ask) -> bool:
    """A hash rate belongs to bitcoin, a supply of stablecoins to no coin; nobody needs to say it."""
    if ask.topic == "fundamentals":
        return re.search(r"\bstable\s?coins?", ask.words, re.IGNORECASE) is not None
    metric = subjects.metric(ask.words) or ""
    return ask.topic == "onchain" and metric.startswith(("hash_rate", "pool_hash_rate", "difficulty"))


def calls(reading: Reading, clock: datetime) -> tuple[Call, ...]:
    """The tool calls that answer the reading, independent of each other, in the order of the asks."""
    planned = list(dict.fromkeys(call for _, call in planned_for(reading, clock)))
    if any(call.name == "export_table" for call in planned):
        planned = [call for call in planned if call.name != "make_chart" or "chart" in reading.topics()]
    return tuple(planned)


def planned_for(reading: Reading, clock: datetime) -> Iterable[tuple[Ask, Call]]:
    """Each call with the ask that it is to answer."""
    for ask in reading.asks:
        for call in _PLANNERS[ask.topic](ask, reading, clock):
            yield ask, call


def _quality(ask: Ask, _reading: Reading, _clock: datetime) -> Iterable[Call]:
    """How fresh and complete the data is."""
    return [Call("get_data_quality", {"symbol": coin} if coin else {}) for coin in ask.coins or ("",)]


def _compared(ask: Ask, reading: Reading, clock: datetime) -> Iterable[Call]:
    if not ask.coins:
        yield Call("get_available_coins")
        return
    for period in spans(ask, clock, 30):
        yield from comparison(ask.coins, period, timeframe(period, clock, ask.timeframe or reading.timeframe))


def comparison(coins: Iterable[str], period: Period, frame: str) -> Iterable[Call]:
    """The comparison of coins and its picture."""
    window: dict[str, Any] = {"symbols": list(coins)[:_RANKED], "timeframe": frame, **period.arguments()}
    yield Call("compare_coins", window)
    yield Call("make_chart", {**window, "symbols": window["symbols"][:_DRAWN], "kind": "normalised"})


def _indicators(ask: Ask, reading: Reading, clock: datetime) -> Iterable[Call]:
    names = list(ask.indicators or reading.indicators) or ["rsi_14"]
    for period in spans(ask, clock, 7):
        frame = timeframe(period, clock, ask.timeframe or reading.timeframe)
        window = {"timeframe": frame, **period.arguments(), **market(ask, reading)}
        for coin in ask.coins:
            if measures := [name for name in ask.statistics if name in {"average", "median", "deviation"}]:
                yield from (Call("summarise_bars", {"symbol": coin, "of": of, **window}) for of in names if measures)
                continue
            yield Call("compute_indicators", {"symbol": coin, "names": names, **window})
            if re.search(r"\b(?:above|below|over|under|cross\w*)\b", ask.words, re.IGNORECASE):
                yield Call("get_price_data", {"symbol": coin, **window})
            if bars(period, clock, frame) > NO_PICTURE:
                drawn = {"timeframe": frame, **period.arguments(), "indicators": names}
                yield Call("make_chart", {"symbols": [coin], "kind": "indicator", **drawn})


def _charts(ask: Ask, reading: Reading, clock: datetime) -> Iterable[Call]:
    """The picture asked for, and the figures that go with it."""
    indicators = [call for call in _indicators(ask, reading, clock) if reading.indicators]
    for period in spans(ask, clock, 30):
        frame = timeframe(period, clock, reading.timeframe)
        window = {"timeframe": frame, **period.arguments()}
        if len(ask.coins) > 1:
            yield from comparison(ask.coins, period, frame)
            continue
        if indicators:
            yield from indicators
            continue
        yield from (Call("get_price_data", {"symbol": coin, **window}) for coin in ask.coins)
        yield Call("make_chart", {"symbols": list(ask.coins), "kind": "candles", **window})


def _files(ask: Ask, reading: Reading, clock: datetime) -> Iterable[Call]:
    named = [*topics.topics(ask.words), *reading.topics()]
    dataset = next((_DATASETS[topic] for topic in named if topic in _DATASETS), "prices")
    form = "parquet" if re.search(r"\bparquet\b", ask.words, re.IGNORECASE) else "csv"
    for period in spans(ask, clock, 30):
        frame = {"timeframe": timeframe(period, clock, reading.timeframe)} if dataset == "prices" else {}
        if dataset == "events" and (entity := subjects.entity(ask.words) or subjects.venue(ask.words)):
            frame["entity"] = entity
        for coin in ask.coins or ("",):
            symbol = {"symbol": coin} if coin else {}
            yield Call("export_table", {"dataset": dataset, **symbol, **frame, **period.arguments(), "format": form})


def _why(ask: Ask, reading: Reading, clock: datetime) -> Iterable[Call]:
    """A move has no certain cause; what was written, filed and felt at the time can be laid beside it."""
    yield from prices(ask, reading, clock)
    for period in spans(ask, clock, 7):
        window = period.arguments()
        yield from (Call("get_news", {"symbol": coin, **window}) for coin in ask.coins)
        yield from (Call("get_catalyst_events", {"symbol": coin, **window}) for coin in ask.coins)
        yield Call("get_sentiment_data", window)


def _advice(ask: Ask, _reading: Reading, clock: datetime) -> Iterable[Call]:
    """No advice, but the facts of late."""
    for coin in ask.coins:
        yield Call("get_price_data", {"symbol": coin, "timeframe": "1d", **lately(clock, 30).arguments()})


def _coverage(ask: Ask, _reading: Reading, _clock: datetime) -> Iterable[Call]:
    return [Call("get_data_statistics", {"symbol": coin} if coin else {}) for coin in ask.coins or ("",)]


def _alias(_ask: Ask, reading: Reading, _clock: datetime) -> Iterable[Call]:
    if reading.alias:
        named = reading.alias.symbol
        symbol = BY_NAME.get(named.lower(), named.upper())
        yield Call("add_coin_alias", {"symbol": symbol, "alias": reading.alias.name})


Planner = Callable[[Ask, Reading, datetime], Iterable[Call]]
_DATASETS = {
    "sentiment": "sentiment",
    "news": "news",
    "filings": "events",
    "catalysts": "events",
    "onchain": "onchain",
    "fundamentals": "protocols",
    "orders": "orders",
    "positions": "positions",
}
_PLANNERS: dict[str, Planner] = {
    "price": prices,
    "compare": _compared,
    "indicators": _indicators,
    "chart": _charts,
    "export": _files,
    "sentiment": sentiment,
    "news": news,
    "filings": filings,
    "catalysts": catalysts,
    "onchain": onchain,
    "funding": onchain,
    "fundamentals": fundamentals,
    "why": _why,
    "orders": orders,
    "positions": lambda _ask, _reading, _clock: [Call("get_positions")],
    "coins": lambda _ask, _reading, _clock: [Call("get_available_coins")],
    "coverage": _coverage,
    "advice": _advice,
    "condition": conditions,
    "ratio": ratios,
    "investment": investments,
    "known": known,
    "quality": _quality,
    "alias": _alias,
    "help": lambda _ask, _reading, _clock: [],
    "thanks": lambda _ask, _reading, _clock: [],
    "market": lambda ask, _reading, _clock: [
        Call("get_available_coins"),
        *(Call("get_sentiment_data", window) for window in windows(ask)),
    ],
    "outside": lambda _ask, _reading, _clock: [],
}
