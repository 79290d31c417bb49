"""Lookups of what is listed by date: mood, news, filings, events, metrics of chains and protocols, orders."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agents.offline import subjects
from agents.offline.coins import mentioned
from agents.offline.reading import Ask, Reading
from agents.offline.windows import Period


@dataclass(frozen=True)
class Call:
    """One tool call."""

    name: str
    args: dict[str, Any] = field(default_factory=dict)

    def same(self, name: str, args: dict[str, Any]) -> bool:
        """Whether it was made already."""
        return self.name == name and self.args == args


def windows(ask: Ask) -> Iterable[dict[str, str]]:
    """The asked windows; none of them where tools know the newest by themselves."""
    return [_reaching(period) for period in ask.periods] or [{}]


def _reaching(period: Period) -> dict[str, str]:
    """The window of a list: "before 1 June" reaches back as far as anything is stored."""
    window = period.arguments()
    return (
        {**window, "start": "2009-01-01"}
        if re.match(r"before|until|till|up to", period.words, re.IGNORECASE)
        else window
    )


def sentiment(ask: Ask, _reading: Reading, _clock: datetime) -> Iterable[Call]:
    """The fear and greed index, or the tone of what is written about a coin."""
    index = {"source": "fear_greed"} if re.search(r"\b(?:fear|greed|fng)", ask.words, re.IGNORECASE) else {}
    if re.search(r"\breddit\b|\bsocial\b|\bposts?\b", ask.words, re.IGNORECASE):
        index = {"source": "social"}
    for window in windows(ask):
        for coin in () if index.get("source") == "fear_greed" else ask.coins:
            yield Call("get_sentiment_data", {"symbol": coin, **index, **window})
        if index.get("source") == "fear_greed" or not ask.coins:
            yield Call("get_sentiment_data", {**index, **window})


def news(ask: Ask, _reading: Reading, _clock: datetime) -> Iterable[Call]:
    """Headlines about a subject or a coin."""
    subject = subjects.subject(ask.words)
    wanted = {"limit": limit} if (limit := subjects.limit(ask.words)) else {}
    for span in windows(ask):
        window = {**span, **wanted}
        if subject and (named := mentioned(subject)) and not set(named) <= set(ask.coins):
            subject = None  # carried over from a message about another coin
        own = [coin for coin in ask.coins if subject is None or coin in ask.words.upper()]
        if subject and not own:
            yield Call("get_news", {"query": subject, **window})
        elif ask.coins:
            yield from (Call("get_news", {"symbol": coin, **window}) for coin in ask.coins)
        else:
            yield Call("get_news", window)


def filings(ask: Ask, _reading: Reading, _clock: datetime) -> Iterable[Call]:
    """Filings by company and form."""
    entity, form = subjects.entity(ask.words), subjects.form(ask.words)
    named = {key: value for key, value in (("entity", entity), ("form", form)) if value}
    wanted = {"limit": limit} if (limit := subjects.limit(ask.words)) else {}
    for window in windows(ask):
        yield Call("get_catalyst_events", {"event_type": "filing", **named, **window, **wanted})


def catalysts(ask: Ask, _reading: Reading, _clock: datetime) -> Iterable[Call]:
    """Listings, halvings, announcements and other dated events."""
    kind, venue = subjects.event_type(ask.words), subjects.venue(ask.words)
    named = {key: value for key, value in (("event_type", kind), ("entity", venue)) if value}
    for window in windows(ask):
        for coin in ask.coins or ("",):
            meant = coin or ("BTC" if kind == "halving" else "")
            symbol = {"symbol": meant} if meant else {}
            yield Call("get_catalyst_events", {**symbol, **named, **window})


def onchain(ask: Ask, _reading: Reading, _clock: datetime) -> Iterable[Call]:
    """Figures of a chain, or of its perpetual markets."""
    named = {"metric": metric} if (metric := subjects.metric(ask.words)) else {}
    for window in windows(ask):
        for coin in ask.coins or ("BTC",):
            yield Call("get_onchain_metrics", {"symbol": coin, **named, **window})


def fundamentals(ask: Ask, _reading: Reading, _clock: datetime) -> Iterable[Call]:
    """Value locked, fees and revenue of a protocol or chain."""
    named = {"metric": metric} if (metric := subjects.metric(ask.words)) else {}
    for window in windows(ask):
        for coin in ask.coins:
            yield Call("get_protocol_fundamentals", {"protocol": coin, **named, **window})


def orders(ask: Ask, _reading: Reading, _clock: datetime) -> Iterable[Call]:
    """The person's own orders."""
    for window in windows(ask):
        for coin in ask.coins or ("",):
            yield Call("get_order_history", {**({"symbol": coin} if coin else {}), **window})
