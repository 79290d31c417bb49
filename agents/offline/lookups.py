"""Lookups of what is listed by date: mood, news, filings, events, metrics of chains and protocols, orders."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agents.offline import subjects
from agents.offline.asked import Ask, Reading
from agents.offline.coins import mentioned
from agents.offline.dates import read_date
from agents.offline.windows import DAY, Period, midnight


@dataclass(frozen=True)
class Call:
    """One tool call."""

    name: str
    args: dict[str, Any] = field(default_factory=dict)

    def __hash__(self) -> int:
        """By name: arguments hold lists."""
        return hash(self.name)

    def same(self, name: str, args: dict[str, Any]) -> bool:
        """Whether it was made already."""
        return self.name == name and self.args == args


def windows(ask: Ask) -> Iterable[dict[str, str]]:
    """The asked windows; none of them where tools know the newest by themselves."""
    return [_reaching(period) for period in ask.periods] or [{}]


def _reaching(period: Period) -> dict[str, str]:
    """The window of a list: "before 1 June" reaches back as far as anything is stored, "from 1 June" is that day."""
    if period.end is None and re.match(r"from\b(?!.*\bon(?:wards?)?$)", period.words, re.IGNORECASE):
        named = read_date(re.sub(r"^from\s+", "", period.words, flags=re.IGNORECASE), period.start)
        period = Period(*named, period.words) if named else period
    window = period.arguments()
    return (
        {**window, "start": "2009-01-01"}
        if re.match(r"before|until|till|up to", period.words, re.IGNORECASE)
        else window
    )


def sentiment(ask: Ask, _reading: Reading, _clock: datetime) -> Iterable[Call]:
    """The fear and greed index, or the tone of what is written about a coin."""
    sources = (
        ("fear_greed", r"\b(?:fear|greed|fng)"),
        ("social", r"\breddit\b|\bsocial\b|\bposts?\b"),
        ("news", r"\bnews\b|\bheadlines?\b|\barticles?\b|\bpress\b|\bmedia\b|\bcoverage\b"),
    )
    source = next((name for name, words in sources if re.search(words, ask.words, re.IGNORECASE)), None)
    index = {"source": source} if source else {}
    about = subjects.subject(ask.words) if source in {"news", "social"} and not ask.coins else None
    index |= {"query": about} if about else {}
    for window in windows(ask):
        for coin in () if source == "fear_greed" else ask.coins:
            yield Call("get_sentiment_data", {"symbol": coin, **index, **window})
        if source == "fear_greed" or not ask.coins:
            yield Call("get_sentiment_data", {**index, **window})


FIRMS = {"MSTR": "MicroStrategy", "TSLA": "Tesla", "COIN": "Coinbase", "MARA": "Marathon", "RIOT": "Riot"}


def known(ask: Ask, reading: Reading, clock: datetime) -> Iterable[Call]:
    """What was on record by the end of a day: the newest filings or events, headlines, and the price of a coin."""
    entity = subjects.entity(reading.text)
    last = (ask.periods[-1].end or clock) if ask.periods else clock
    until = {"start": "2009-01-01", "end": (last - DAY if last == midnight(last) else last).date().isoformat()}
    lately = {**until, "start": (last - 30 * DAY).date().isoformat()}
    if entity:
        yield Call("get_catalyst_events", {"event_type": "filing", "entity": entity, **until, "limit": 5})
        yield Call("get_news", {"query": FIRMS.get(entity, entity), **lately, "limit": 5})
        return
    for coin in ask.coins or ("",):
        about = {"symbol": coin} if coin else {}
        if coin:
            yield Call("get_price_data", {"symbol": coin, "timeframe": "1d", **Period(last - DAY, last).arguments()})
        yield Call("get_catalyst_events", {**about, **lately, "limit": 5})
        yield Call("get_news", {**about, **lately, "limit": 5})


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


def filings(ask: Ask, reading: Reading, _clock: datetime) -> Iterable[Call]:
    """Filings by company and form."""
    entity, form = subjects.entity(ask.words) or subjects.entity(reading.text), subjects.form(ask.words)
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
    """Value locked, fees and revenue of a protocol or chain; supplies of stablecoins."""
    named = {"metric": metric} if (metric := subjects.metric(ask.words)) else {}
    stable = ("stablecoins",) if re.search(r"\bstable\s?coins?", ask.words, re.IGNORECASE) else ()
    for window in windows(ask):
        for coin in ask.coins or stable:
            yield Call("get_protocol_fundamentals", {"protocol": coin, **named, **window})


def orders(ask: Ask, _reading: Reading, _clock: datetime) -> Iterable[Call]:
    """The person's own orders."""
    for window in windows(ask):
        for coin in ask.coins or ("",):
            yield Call("get_order_history", {**({"symbol": coin} if coin else {}), **window})
