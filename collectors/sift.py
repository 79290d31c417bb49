"""What no ledger takes, whichever feed it comes from: the rules each row must keep before it is written."""

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from collectors.reading import Unreadable, bad
from collectors.source import BadItem, Row
from ledgers.base import Base, natural_key
from ledgers.glass import Candle, DerivativeMetric, MarketSnapshot, OnchainMetric, ProtocolMetric, Quote
from ledgers.human import NewsItem, SocialPost

STAMPED = frozenset({"known_at", "source", "url", "collector_run", "simulated"})
SKEW = timedelta(minutes=5)  # clocks of feeds may run ahead of ours by so much
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # EDGAR's oldest filings; nothing we keep is older


def sift(rows: Iterable[Row], *, now: datetime) -> tuple[list[Row], list[BadItem]]:
    """Part the rows into those the ledger takes and those it does not, each with its reason.

    Two rows with one natural key in one batch: the second is dropped where it says the same, refused where not.
    """
    kept: dict[tuple[Any, ...], Row] = {}
    rejects = []
    for row in rows:
        try:
            check(row, now)
        except Unreadable as error:
            rejects.append(bad(str(error), dict(row.values)))
            continue
        key = (row.model, *(row.values.get(name) for name in natural_key(row.model)))
        if kept.setdefault(key, row).values != row.values:
            rejects.append(bad("duplicate of another item's key, with other content", dict(row.values)))
    return list(kept.values()), rejects


def check(row: Row, now: datetime) -> None:
    """Raise Unreadable with the reason where the ledger would not take the row."""
    kinds, needed = columns(row.model)
    if unknown := row.values.keys() - kinds.keys():
        raise Unreadable(f"no such column: {', '.join(sorted(unknown))}")
    if missing := sorted(name for name in needed if row.values.get(name) is None):
        raise Unreadable(f"{', '.join(missing)} is null")
    for name, value in row.values.items():
        if value is not None:
            check_value(name, value, kinds[name])
    if not EARLIEST <= row.values["observed_at"] <= now + SKEW:
        raise Unreadable(f"observed_at is {'in the future' if row.values['observed_at'] > now else 'too long ago'}")
    if rule := RULES.get(row.model):
        rule(row.values, now)


@cache
def columns(model: type[Base]) -> tuple[dict[str, type], frozenset[str]]:
    """The kind of value each column of a table takes, and the columns that a row must bring."""
    table = model.__table__
    key = natural_key(model)
    needed = {c.name for c in table.columns if not c.nullable or c.name in key} - STAMPED
    return {c.name: c.type.python_type for c in table.columns}, frozenset(needed)


def check_value(name: str, value: Any, kind: type) -> None:
    """A value is of its column's kind, and fit to be stored."""
    if not isinstance(value, int | float if kind is float else kind):
        raise Unreadable(f"{name} is {type(value).__name__}, not {kind.__name__}")
    check_content(name, value)


def check_content(name: str, value: Any) -> None:
    """What a value holds, also deep within lists and objects, is finite and such as Postgres holds."""
    if isinstance(value, float) and not math.isfinite(value):
        raise Unreadable(f"{name} is not finite")
    if isinstance(value, datetime) and value.tzinfo is None:
        raise Unreadable(f"{name} has no time zone")
    if isinstance(value, str) and not storable(value):
        raise Unreadable(f"{name} holds characters that are no text")
    if isinstance(value, Mapping):
        value = [*value.keys(), *value.values()]
    if isinstance(value, list | tuple):
        for item in value:
            check_content(name, item)


def storable(value: str) -> bool:
    """Whether Postgres takes a string: no NUL, and no lone surrogates, which JSON escapes can smuggle in."""
    try:
        return b"\0" not in value.encode()
    except UnicodeEncodeError:
        return False


def check_quote(values: Mapping[str, Any], _now: datetime) -> None:
    """Prices are above zero, bid does not cross ask."""
    above_zero(values, "bid", "ask", "last")
    bid, ask = values.get("bid"), values.get("ask")
    if bid is not None and ask is not None and bid > ask:
        raise Unreadable("bid is above ask")


def check_candle(values: Mapping[str, Any], now: datetime) -> None:
    """A closed bar whose low and high hold its open and close."""
    above_zero(values, "open", "high", "low", "close")
    not_below_zero(values, "volume")
    if not values["open_time"] < values["observed_at"] <= now:
        raise Unreadable("the bar is not closed")
    body = [values[name] for name in ("open", "close") if values.get(name) is not None]
    if values.get("low") is not None and values["low"] > min(body):
        raise Unreadable("low is above open or close")
    if values.get("high") is not None and values["high"] < max(body):
        raise Unreadable("high is below open or close")


def check_derivative(values: Mapping[str, Any], _now: datetime) -> None:
    """Only a funding rate may be negative."""
    if values["metric"] != "funding_rate":
        not_below_zero(values, "value")


def check_metric(values: Mapping[str, Any], _now: datetime) -> None:
    """Chains and protocols count what is there; only revenue may be below zero, where incentives cost more."""
    if values["metric"] != "revenue":
        not_below_zero(values, "value")


def check_snapshot(values: Mapping[str, Any], _now: datetime) -> None:
    """A price is above zero; a capitalisation or volume may be zero."""
    above_zero(values, "price_usd")
    not_below_zero(values, "market_cap_usd", "volume_24h_usd", "circulating_supply")


def check_sentiment(values: Mapping[str, Any], _now: datetime) -> None:
    """Sentiment runs from -1 to 1."""
    if (sentiment := values.get("sentiment")) is not None and not -1 <= sentiment <= 1:
        raise Unreadable("sentiment is outside -1 to 1")


def above_zero(values: Mapping[str, Any], *names: str) -> None:
    """Refuse zero and negative values; None passes."""
    for name in names:
        if (value := values.get(name)) is not None and value <= 0:
            raise Unreadable(f"{name} is {'zero' if value == 0 else 'negative'}")


def not_below_zero(values: Mapping[str, Any], *names: str) -> None:
    """Refuse negative values; None passes."""
    for name in names:
        if (value := values.get(name)) is not None and value < 0:
            raise Unreadable(f"{name} is negative")


RULES: dict[type[Base], Callable[[Mapping[str, Any], datetime], None]] = {
    Quote: check_quote,
    Candle: check_candle,
    DerivativeMetric: check_derivative,
    OnchainMetric: check_metric,
    ProtocolMetric: check_metric,
    MarketSnapshot: check_snapshot,
    NewsItem: check_sentiment,
    SocialPost: check_sentiment,
}
