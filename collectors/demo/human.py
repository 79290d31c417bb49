"""The demo market's Human ledger: news, posts, fear and greed.

The planted signal: for coins at even places the tone of a day's news leads the next day's return, for the others it
follows the day before.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from collectors.demo.coins import COINS, INDEX
from collectors.demo.glass import typed, within
from collectors.demo.market import Market, day_of, moment_of
from collectors.demo.noise import unit
from collectors.demo.shocks import Shock

PUBLISHERS = (("Simulated Wire", 6, 0.95), ("Demo Ledger Daily", 25, 0.6), ("Make-believe Markets", 70, 0.4))
GOOD = (
    "{name} gains as buyers return",
    "Analysts turn upbeat on {name}",
    "{name} inflows reach a monthly high",
    "{name} developers ship ahead of schedule",
)
BAD = (
    "{name} slides as holders take profit",
    "Traders grow wary of {name}",
    "{name} outflows weigh on sentiment",
    "{name} faces questions over fees",
)
FLAT = ("{name} trades sideways", "What to watch in {name} this week", "{name} volumes are little changed")
POSTS = (
    "Is anyone still holding {symbol}?",
    "{symbol} chart looks interesting",
    "Why I sold my {symbol}",
    "{name} explained",
)
_TONE_OF_RETURN = 25.0
_FLAT_BELOW = 0.25


def tone(market: Market, coin: int, day: int) -> float:
    """The tone of a coin's news on one day, -1 to 1."""
    seen = day if coin % 2 == 0 else day - 1  # the return of a day runs from its own midnight to the next
    move = float(market.daily_return(coin)[seen + (1 if coin % 2 == 0 else 0)])
    noise = 0.25 * (2 * unit(market.seed, "tone", coin, day) - 1)
    return float(np.clip(np.tanh(_TONE_OF_RETURN * move) * 0.8 + noise, -1, 1))


def news(market: Market, start: datetime, end: datetime) -> pl.DataFrame:
    """What the three invented publishers write: about events, minutes to hours later, and about each coin's days."""
    rows = [*_event_news(market, start, end), *_daily_news(market, start, end)]
    names = ("external_id", "story", "title", "publisher", "observed_at", "sentiment")
    schema = typed(names) | {"sentiment": pl.Float64, "symbols": pl.List(pl.String), "topics": pl.List(pl.String)}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return within(frame.with_columns(pl.lit("simulated").alias("sentiment_method")), start, end)


def _event_news(market: Market, start: datetime, end: datetime) -> Iterator[tuple[Any, ...]]:
    for shock in shocks_between(market, start - timedelta(days=1), end):
        symbols = [] if shock.coin is None else [COINS[shock.coin].symbol]
        for number, (publisher, delay, chance) in enumerate(PUBLISHERS):
            if unit(market.seed, "reports", shock.id, number) < chance:
                late = delay * (0.5 + unit(market.seed, "delay", shock.id, number))
                at = moment_of(shock.day, shock.minute) + timedelta(minutes=round(late))
                score = round(float(np.clip(shock.jump * 12, -1, 1)), 3)
                story = story_of(shock.title, shock.day)
                yield f"{shock.id}-{number}", story, shock.title, publisher, at, score, symbols, [shock.kind.event_type]


def _daily_news(market: Market, start: datetime, end: datetime) -> Iterator[tuple[Any, ...]]:
    for day in range(day_of(start), day_of(end) + 1):
        for index, coin in enumerate(COINS):
            for number in range(int(unit(market.seed, "stories", index, day) * 3)):
                key = (market.seed, "story", index, day, number)
                score = round(float(np.clip(tone(market, index, day) + 0.3 * (unit(*key, "own") - 0.5), -1, 1)), 3)
                titles = FLAT if abs(score) < _FLAT_BELOW else GOOD if score > 0 else BAD
                title = titles[int(unit(*key, "title") * len(titles))].format(name=coin.name)
                at = moment_of(day, int(unit(*key, "minute") * 1440))
                publisher = PUBLISHERS[int(unit(*key, "publisher") * 3)][0]
                identity = f"sim-{coin.symbol}-{day}-{number}"
                yield identity, story_of(title, day), title, publisher, at, score, [coin.symbol], ["market"]


def posts(market: Market, start: datetime, end: datetime, now: datetime) -> pl.DataFrame:
    """Posts in invented communities. Score and comments grow for two days: a later look is a revision."""
    rows = []
    for day in range(day_of(start), day_of(end) + 1):
        for index, coin in enumerate(COINS):
            for number in range(int(unit(market.seed, "posts", index, day) * 3)):
                key = (market.seed, "post", index, day, number)
                at = moment_of(day, int(unit(*key, "minute") * 1440))
                grown = min(int((now - at) / timedelta(hours=12)), 4) / 4
                score, comments = (int(round(unit(*key, what) ** 3 * 900) * grown) for what in ("score", "comments"))
                title = POSTS[int(unit(*key, "title") * len(POSTS))].format(symbol=coin.symbol, name=coin.name)
                mood = round(tone(market, index, day), 3)
                identity = f"sim-post-{coin.symbol}-{day}-{number}"
                rows.append((identity, f"sim/{coin.slug}", title, at, score, comments, [coin.symbol], mood))
    schema = typed(("external_id", "channel", "title", "observed_at")) | {
        "score": pl.Int64,
        "comments": pl.Int64,
        "symbols": pl.List(pl.String),
        "sentiment": pl.Float64,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return within(frame.with_columns(pl.lit("simulated").alias("sentiment_method")), start, end)


def fear_greed(market: Market, start: datetime, end: datetime) -> pl.DataFrame:
    """An index of the mood, 0 to 100, each day at 00:00, from Bitcoin's last month."""
    logs = market.logs[:, INDEX["BTC"]]
    rows = []
    for day in range(max(day_of(start), 31), day_of(end) + 1):
        trend = float(logs[day] - logs[day - 14])
        fright = float(np.std(np.diff(logs[day - 30 : day + 1])))
        value = float(np.clip(round(50 + 160 * trend - 500 * (fright - 0.022)), 3, 97))
        rows.append(("fear_greed", "*", moment_of(day), value, label_of(value)))
    return within(
        pl.DataFrame(rows, schema=typed(("index", "symbol", "observed_at", "value", "label")), orient="row"), start, end
    )


def label_of(value: float) -> str:
    """The word for a value of the index."""
    bounds = ((25, "Extreme Fear"), (46, "Fear"), (55, "Neutral"), (76, "Greed"))
    return next((word for top, word in bounds if value < top), "Extreme Greed")


def shocks_between(market: Market, start: datetime, end: datetime) -> Iterator[Shock]:
    """Events announced in [start, end]."""
    for shock in market.shocks:
        if start <= moment_of(shock.day, shock.minute) <= end:
            yield shock


def story_of(title: str, day: int) -> str:
    """The same headline on the same day is the same story."""
    return hashlib.sha256(f"{day} {title}".encode()).hexdigest()[:24]
