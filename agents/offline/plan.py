"""Which tools a reading calls for, with which arguments; what must be asked first."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from agents.offline import subjects
from agents.offline.lookups import (
    Call,
    catalysts,
    filings,
    fundamentals,
    news,
    onchain,
    orders,
    sentiment,
)
from agents.offline.reading import COINLESS, Ask, Reading, lately
from agents.offline.vocabulary import BY_NAME
from agents.offline.windows import Period

NEEDS_PERIOD = frozenset({"high", "low", "average", "volume", "largest_rise", "largest_fall", "count", "open"})
SPEECH = frozenset({"help", "thanks", "outside", "advice"})
PERIODS = ("last 7 days", "last 30 days", "last 90 days", "since the halving")
_STEPS = {"1m": 1, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "4h": 240, "12h": 720, "1d": 1440, "1w": 10080}
_RANKED = 10
_NO_PICTURE = 2  # so few bars are no movement


def missing(reading: Reading) -> str | None:
    """What must be asked before anything useful can be looked up: 'coin', 'period', or nothing."""
    if reading.impossible:
        return "date"
    for ask in reading.asks:
        if ask.topic not in COINLESS | SPEECH and not ask.coins and not ranks_all(ask) and not _chain_named(ask):
            return "coin"
        if ask.topic == "price" and not ask.periods and not reading.now and NEEDS_PERIOD & set(ask.statistics):
            return "period"
    return None


def ranks_all(ask: Ask) -> bool:
    """Whether a comparison is meant over all the coins there are."""
    return ask.topic == "compare" and not ask.coins


def _chain_named(ask: Ask) -> bool:
    """A hash rate belongs to bitcoin; nobody needs to say it."""
    return ask.topic == "onchain" and subjects.metric(ask.words) in {"hash_rate", "difficulty"}


def calls(reading: Reading, clock: datetime) -> tuple[Call, ...]:
    """The tool calls that answer the reading, independent of each other, in the order of the asks."""
    planned: list[Call] = []
    for ask in reading.asks:
        for call in _PLANNERS[ask.topic](ask, reading, clock):
            if call not in planned:
                planned.append(call)
    if any(call.name == "export_table" for call in planned):
        planned = [call for call in planned if call.name != "make_chart" or "chart" in reading.topics()]
    return tuple(planned)


def timeframe(period: Period, clock: datetime, asked: str | None) -> str:
    """The bar length asked for, else one that suits the window."""
    if asked:
        return asked
    length = period.length(clock)
    if length <= timedelta(hours=6):
        return "5m"
    return "1h" if not period.whole_days or (period.end is None and length < timedelta(days=3)) else "1d"


def _spans(ask: Ask, clock: datetime, days: int) -> tuple[Period, ...]:
    return ask.periods or (lately(clock, days),)


def _prices(ask: Ask, reading: Reading, clock: datetime) -> Iterable[Call]:
    """Price figures for each coin and period; a chart where the question is how it moved."""
    for period in _spans(ask, clock, 7):
        frame = timeframe(period, clock, reading.timeframe)
        quote = {"quote": currency} if (currency := subjects.currency(reading.text)) else {}
        for coin in ask.coins:
            yield Call("get_price_data", {"symbol": coin, "timeframe": frame, **period.arguments(), **quote})
        if _worth_a_look(ask, period, clock, frame):
            kind = "candles" if len(ask.coins) == 1 else "normalised"
            yield Call(
                "make_chart", {"symbols": list(ask.coins), "kind": kind, "timeframe": frame, **period.arguments()}
            )


def _worth_a_look(ask: Ask, period: Period, clock: datetime, frame: str) -> bool:
    """People rather look at a movement than read it; a single bar or a single figure is no movement."""
    return not set(ask.statistics) - {"change"} and _bars(period, clock, frame) > _NO_PICTURE


def _bars(period: Period, clock: datetime, frame: str) -> float:
    return period.length(clock) / timedelta(minutes=_STEPS.get(frame, 1440))


def _compared(ask: Ask, reading: Reading, clock: datetime) -> Iterable[Call]:
    if not ask.coins:
        yield Call("get_available_coins")
        return
    for period in _spans(ask, clock, 30):
        yield from comparison(ask.coins, period, timeframe(period, clock, reading.timeframe))


def comparison(coins: Iterable[str], period: Period, frame: str) -> Iterable[Call]:
    """The comparison of coins and its picture."""
    window = {"symbols": list(coins)[:_RANKED], "timeframe": frame, **period.arguments()}
    yield Call("compare_coins", window)
    yield Call("make_chart", {**window, "kind": "normalised"})


def _indicators(ask: Ask, reading: Reading, clock: datetime) -> Iterable[Call]:
    names = list(reading.indicators) or ["rsi_14"]
    for period in _spans(ask, clock, 7):
        frame = timeframe(period, clock, reading.timeframe)
        window = {"timeframe": frame, **period.arguments()}
        for coin in ask.coins:
            yield Call("compute_indicators", {"symbol": coin, "names": names, **window})
            if re.search(r"\b(?:above|below|over|under|cross\w*)\b", ask.words, re.IGNORECASE):
                yield Call("get_price_data", {"symbol": coin, **window})
            if _bars(period, clock, frame) > _NO_PICTURE:
                yield Call("make_chart", {"symbols": [coin], "kind": "indicator", **window, "indicators": names})


def _charts(ask: Ask, reading: Reading, clock: datetime) -> Iterable[Call]:
    """The picture asked for, and the figures that go with it."""
    indicators = [call for call in _indicators(ask, reading, clock) if reading.indicators]
    for period in _spans(ask, clock, 30):
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
    dataset = next((_DATASETS[topic] for topic in reading.topics() if topic in _DATASETS), "prices")
    form = "parquet" if re.search(r"\bparquet\b", ask.words, re.IGNORECASE) else "csv"
    for period in _spans(ask, clock, 30):
        frame = {"timeframe": timeframe(period, clock, reading.timeframe)} if dataset == "prices" else {}
        for coin in ask.coins or ("",):
            symbol = {"symbol": coin} if coin else {}
            yield Call("export_table", {"dataset": dataset, **symbol, **frame, **period.arguments(), "format": form})


def _why(ask: Ask, reading: Reading, clock: datetime) -> Iterable[Call]:
    """A move has no certain cause; what was written, filed and felt at the time can be laid beside it."""
    yield from _prices(ask, reading, clock)
    for period in _spans(ask, clock, 7):
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
    "price": _prices,
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
    "alias": _alias,
    "help": lambda _ask, _reading, _clock: [],
    "thanks": lambda _ask, _reading, _clock: [],
    "market": lambda _ask, _reading, _clock: [Call("get_available_coins"), Call("get_sentiment_data")],
    "outside": lambda _ask, _reading, _clock: [],
}
