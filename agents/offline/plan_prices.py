"""The calls for prices of one coin or of two: how they moved, conditions, ratios, investments."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from agents.offline import subjects
from agents.offline.asked import Ask, Reading
from agents.offline.lookups import Call
from agents.offline.reading import lately
from agents.offline.statistics import measure
from agents.offline.windows import Period, all_time

_STEPS = {"1m": 1, "5m": 5, "15m": 15, "30m": 30, "1h": 60, "4h": 240, "12h": 720, "1d": 1440, "1w": 10080}
NO_PICTURE = 2  # so few bars are no movement
PAIR = 2


def timeframe(period: Period, clock: datetime, asked: str | None) -> str:
    """The bar length asked for, else one that suits the window."""
    if asked:
        return asked
    length = period.length(clock)
    if length <= timedelta(hours=6):
        return "5m"
    return "1h" if not period.whole_days or (period.end is None and length < timedelta(days=3)) else "1d"


def spans(ask: Ask, clock: datetime, days: int) -> tuple[Period, ...]:
    """The periods asked for, else the last days."""
    return ask.periods or (lately(clock, days),)


def prices(ask: Ask, reading: Reading, clock: datetime) -> Iterable[Call]:
    """Price figures for each coin and period; a chart where the question is how it moved."""
    asked = ask.timeframe or reading.timeframe
    among = market(ask, reading)
    pairs = [pair for name in ask.statistics if (pair := measure(name))]
    plain = not pairs or any(not measure(name) for name in ask.statistics)
    for period in spans(ask, clock, 7):
        frame = timeframe(period, clock, asked)
        for coin in ask.coins:
            window = {"symbol": coin, "timeframe": frame, **period.arguments(), **among}
            if plain:
                yield Call("get_price_data", window)
            finer = (
                window if asked or "range" in ask.statistics else {**window, "timeframe": _inside(period, frame, clock)}
            )
            for of in dict.fromkeys(of for _, of in pairs):
                yield Call("summarise_bars", {**finer, "of": of})
        if plain and _worth_a_look(ask, period, clock, frame):
            kind = "candles" if len(ask.coins) == 1 else "normalised"
            yield Call(
                "make_chart", {"symbols": list(ask.coins), "kind": kind, "timeframe": frame, **period.arguments()}
            )


def _worth_a_look(ask: Ask, period: Period, clock: datetime, frame: str) -> bool:
    """People rather look at a movement than read it; a single bar or a single figure is no movement."""
    return not set(ask.statistics) - {"change"} and bars(period, clock, frame) > NO_PICTURE


def bars(period: Period, clock: datetime, frame: str) -> float:
    """How many bars of that length a period holds."""
    return period.length(clock) / timedelta(minutes=_STEPS.get(frame, 1440))


def _inside(period: Period, frame: str, clock: datetime) -> str:
    """Bars fine enough that statistics over them mean something: hours of a single day."""
    return "1h" if frame == "1d" and bars(period, clock, frame) <= NO_PICTURE else frame


def market(ask: Ask, reading: Reading) -> dict[str, str]:
    """The currency and the venue that prices are wanted from, where they are said."""
    currency, venue = subjects.currency(reading.text), subjects.venue(ask.words)
    return {**({"quote": currency} if currency else {}), **({"venue": venue} if venue else {})}


def conditions(ask: Ask, reading: Reading, clock: datetime) -> Iterable[Call]:
    """How often a condition held, over the window asked for or all that is stored."""
    held = ask.condition
    if held is None:
        return
    levels = {name: value for name, value in (("above", held.above), ("below", held.below)) if value is not None}
    for period in ask.periods or (all_time(None, clock),):
        frame = ask.timeframe or held.timeframe or reading.timeframe or timeframe(period, clock, None)
        for coin in ask.coins:
            window = {"symbol": coin, "of": held.of, "timeframe": frame, **period.arguments()}
            yield Call("count_bars", {**window, **levels, **market(ask, reading)})


def ratios(ask: Ask, reading: Reading, clock: datetime) -> Iterable[Call]:
    """One coin in terms of another."""
    one, other = ask.coins[:PAIR]
    if re.search(r"\bhow\s+many\b", ask.words, re.IGNORECASE):  # how many BTC was one ETH worth
        one, other = other, one
    for period in ask.periods or ((lately(clock, 7),) if not reading.now else (lately(clock, 1),)):
        frame = timeframe(period, clock, ask.timeframe or reading.timeframe)
        yield Call("get_ratio", {"symbol": one, "against": other, "timeframe": frame, **period.arguments()})


def investments(ask: Ask, _reading: Reading, clock: datetime) -> Iterable[Call]:
    """What an amount of money, or of coins, became."""
    put = ask.quantity
    if put is None:
        return
    money = {"in_coins": True} if put.unit == "coins" else {"quote": put.currency} if put.currency else {}
    for period in ask.periods:
        window = {"timeframe": timeframe(period, clock, ask.timeframe), **period.arguments()}
        for coin in ask.coins:
            yield Call("value_investment", {"symbol": coin, "amount_in": put.value, **money, **window})
