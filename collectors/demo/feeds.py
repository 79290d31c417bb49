"""The demo market's feeds, declared: what each publishes, how often, how late, and how far back it is seeded."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import polars as pl

from collectors.demo import account, catalyst, glass, human
from collectors.demo.market import Market
from ledgers.app import LOCAL_USER
from ledgers.base import Base
from ledgers.catalyst import CatalystEvent, InsiderTransaction
from ledgers.exchange import Balance, Fill, Order, Position
from ledgers.glass import Candle, DerivativeMetric, MarketSnapshot, OnchainMetric, ProtocolMetric
from ledgers.glass import Quote as QuoteRow
from ledgers.human import NewsItem, SentimentReading, SocialPost

Rows = pl.DataFrame | list[dict[str, Any]]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
STALE_BY: Final = 9 * DAY
"""How far the stablecoin feed has fallen behind: it is past its promise at any time one looks."""


@dataclass(frozen=True)
class Part:
    """One table a feed fills: `rows(market, start, end)` gives what was observed in (start, end]."""

    model: type[Base]
    rows: Callable[[Market, datetime, datetime], Rows]
    depth: timedelta  # how far back it is seeded


@dataclass(frozen=True)
class Feed:
    """A feed of the demo market."""

    name: str
    ledger: str
    parts: tuple[Part, ...]
    every: timedelta
    lag: timedelta  # from what a row speaks of to when it is published
    reach: timedelta  # how far back a poll looks that remembers nothing
    warn_after: timedelta
    error_after: timedelta
    behind: timedelta = timedelta()  # how far it has fallen behind its own lag
    again: timedelta = timedelta()  # how far back each poll looks once more, for what changes after its publication

    def published_until(self, now: datetime) -> datetime:
        """The latest moment its rows speak of, at `now`."""
        return now - self.lag - self.behind


def _candles(interval: str, depth: timedelta) -> Part:
    return Part(Candle, lambda market, start, end: glass.candles(market, interval, start, end), depth)


def _posts(market: Market, start: datetime, end: datetime) -> pl.DataFrame:
    return human.posts(market, start, end, end)


def _account(rows: Callable[[Market, str, datetime, datetime], Iterable[dict[str, Any]]], model: type[Base]) -> Part:
    return Part(model, lambda market, start, end: list(rows(market, LOCAL_USER, start, end)), 3650 * DAY)


_daily = partial(Feed, every=HOUR, lag=HOUR, reach=3 * DAY, warn_after=26 * HOUR, error_after=50 * HOUR)
FEEDS: Final = (
    Feed(
        "simulated_candles",
        "glass",
        (_candles("1d", 800 * DAY), _candles("1h", 190 * DAY), _candles("5m", 15 * DAY)),
        every=5 * MINUTE,
        lag=timedelta(),
        reach=2 * DAY,
        warn_after=15 * MINUTE,
        error_after=2 * HOUR,
    ),
    Feed(
        "simulated_quotes",
        "glass",
        (Part(QuoteRow, glass.quotes, 3 * DAY),),
        every=5 * MINUTE,
        lag=timedelta(),
        reach=DAY,
        warn_after=10 * MINUTE,
        error_after=HOUR,
    ),
    Feed(
        "simulated_derivatives",
        "glass",
        (Part(DerivativeMetric, glass.derivatives, 200 * DAY),),
        every=HOUR,
        lag=MINUTE,
        reach=3 * DAY,
        warn_after=10 * HOUR,
        error_after=26 * HOUR,
    ),
    _daily(
        name="simulated_onchain", ledger="glass", parts=(Part(OnchainMetric, glass.onchain, 800 * DAY),), lag=25 * HOUR
    ),
    _daily(name="simulated_protocols", ledger="glass", parts=(Part(ProtocolMetric, glass.protocols, 800 * DAY),)),
    _daily(
        name="simulated_stablecoins",
        ledger="glass",
        parts=(Part(ProtocolMetric, glass.stablecoins, 800 * DAY),),
        behind=STALE_BY,
        reach=STALE_BY + 3 * DAY,
    ),
    _daily(name="simulated_markets", ledger="glass", parts=(Part(MarketSnapshot, glass.snapshots, 400 * DAY),)),
    _daily(
        name="simulated_fear_greed",
        ledger="human",
        parts=(Part(SentimentReading, human.fear_greed, 800 * DAY),),
        lag=10 * MINUTE,
    ),
    Feed(
        "simulated_news",
        "human",
        (Part(NewsItem, human.news, 400 * DAY),),
        every=5 * MINUTE,
        lag=2 * MINUTE,
        reach=2 * DAY,
        warn_after=12 * HOUR,
        error_after=48 * HOUR,
    ),
    Feed(
        "simulated_posts",
        "human",
        (Part(SocialPost, _posts, 60 * DAY),),
        every=15 * MINUTE,
        lag=MINUTE,
        reach=3 * DAY,
        again=2 * DAY,
        warn_after=12 * HOUR,
        error_after=48 * HOUR,
    ),
    Feed(
        "simulated_events",
        "catalyst",
        (Part(CatalystEvent, catalyst.events, 800 * DAY),),
        every=5 * MINUTE,
        lag=MINUTE,
        reach=60 * DAY,
        warn_after=30 * DAY,
        error_after=60 * DAY,
    ),
    Feed(
        "simulated_filings",
        "catalyst",
        (
            Part(CatalystEvent, catalyst.filings, 800 * DAY),
            Part(InsiderTransaction, catalyst.insiders, 800 * DAY),
        ),
        every=10 * MINUTE,
        lag=MINUTE,
        reach=60 * DAY,
        warn_after=5 * DAY,
        error_after=10 * DAY,
    ),
    Feed(
        "simulated_account",
        "exchange",
        (
            _account(account.balances, Balance),
            _account(account.fills, Fill),
            _account(account.orders, Order),
            _account(account.positions, Position),
        ),
        every=5 * MINUTE,
        lag=timedelta(),
        reach=60 * DAY,
        warn_after=7 * DAY,
        error_after=14 * DAY,
    ),
)
