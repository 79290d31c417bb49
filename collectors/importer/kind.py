"""A table a file can go to, declared: known headers, what must be stated, and when a figure became known.

`known_at` of imported history is the time a row speaks of plus the publication lag of its kind:

| kind | stamp | known |
|---|---|---|
| candles | opens the bar | at the bar's close |
| quotes, derivatives, snapshots, flows | the moment | at once |
| on-chain metrics | opens the period summed up | one hour after the period is over |
| protocol fundamentals | the moment (a day's figures at 00:00) | one hour later |
| sentiment readings | the day it is published for | ten minutes into that day |
| news, posts, filings, announcements | the publication | at once; a bare date: at the day's end |
| orders, fills, positions, balances | the execution | at once |

The publication of a filing is its acceptanceDateTime.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from ledgers.base import Base

TIME = (
    "timestamp",
    "time",
    "date_time",
    "datetime",
    "unix",
    "unix_time",
    "ts",
    "bucket_start",
    "bucket",
    "date",
    "day",
)
VALUE = ("value", "val", "y")
SYMBOL = ("symbol", "coin", "asset", "base", "base_asset", "crypto", "pair", "market", "instrument")
QUOTE = ("quote", "quote_asset", "quote_currency", "vs_currency", "currency")
VENUE = ("venue", "exchange", "exchange_name")
PUBLISHED = ("published_at", "published", "pub_date", "publication_date", "created_at", "created_utc", *TIME)
TITLE = ("title", "headline", "name", "text")
URL = ("url", "link", "permalink")
COINS = ("symbols", "coins", "currencies", "instruments", "tickers", "ticker")
SENTIMENT = ("sentiment", "sentiment_score", "polarity", "compound", "score")


@dataclass(frozen=True)
class Kind:
    """One table and how files write it."""

    table: str
    ledger: str
    model: type[Base]
    time: str  # the field the file's time goes to
    aliases: Mapping[str, tuple[str, ...]]  # field -> headers that mean it, most telling first
    required: tuple[str, ...]  # 'bid|ask': one of these
    unstated: Mapping[str, str] = field(default_factory=dict)  # stored, and reported, where nothing says more
    metrics: Mapping[str, tuple[str, str]] = field(
        default_factory=dict
    )  # header -> metric and unit of a column of its own
    lag: timedelta = timedelta()
    spans: bool = False  # the stamp opens a period whose figure is known when it is over
    published: bool = False  # a bare date may be any moment of that day
