"""The Human ledger: news, social posts, sentiment."""

from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from ledgers.base import Base, Record
from ledgers.reading import between, equals, mentions, rows, says, symbol_is, view
from ledgers.store import Ledger


class NewsItem(Record, Base):
    """A headline as one feed carried it; the same story from several feeds shares `story`."""

    __tablename__ = "news"
    source: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    story: Mapped[str]
    title: Mapped[str]
    summary: Mapped[str | None]
    publisher: Mapped[str | None]
    author: Mapped[str | None]
    symbols: Mapped[list[str]]
    topics: Mapped[list[str]]
    votes: Mapped[dict[str, Any] | None]
    sentiment: Mapped[float | None]  # -1 to 1
    sentiment_method: Mapped[str | None]
    label: Mapped[str | None]  # the provider's own word for it, such as positive


class SocialPost(Record, Base):
    """A post in a public community; score and comments change and are kept as revisions."""

    __tablename__ = "social_posts"
    source: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str]
    title: Mapped[str]
    body: Mapped[str | None]
    author: Mapped[str | None]
    score: Mapped[int | None]
    comments: Mapped[int | None]
    symbols: Mapped[list[str]]
    sentiment: Mapped[float | None]  # -1 to 1
    sentiment_method: Mapped[str | None]


class SentimentReading(Record, Base):
    """A published index such as fear_greed (0 to 100); `symbol` is '*' for the whole market."""

    __tablename__ = "sentiment_readings"
    index: Mapped[str] = mapped_column(primary_key=True)
    symbol: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    observed_at: Mapped[datetime] = mapped_column(primary_key=True)
    value: Mapped[float]
    label: Mapped[str | None]


Index(None, NewsItem.observed_at)
Index(None, NewsItem.symbols, postgresql_using="gin")
Index(None, SocialPost.observed_at)
Index(None, SocialPost.symbols, postgresql_using="gin")


def news(
    ledger: Ledger,
    *,
    symbol: str | None = None,
    text: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    as_of: datetime | None = None,
    limit: int | None = None,
) -> pl.DataFrame:
    """Headlines, newest first.

    Args:
        ledger: the database.
        symbol: only those that speak of this coin.
        text: only those with all these words in title or summary, as whole words in singular or plural.
        start: first publication, inclusive, aware UTC.
        end: last publication, exclusive, aware UTC.
        as_of: what was known at this time; None: the present.
        limit: how many at most; None: all.
    """
    source = view(NewsItem, as_of)
    wanted = rows(source, url=True).where(
        *mentions(source.c.symbols, symbol),
        *says([source.c.title, source.c.summary], text),
        between(source.c.observed_at, start, end),
    )
    newest_first = wanted.order_by(source.c.observed_at.desc(), source.c.source, source.c.external_id)
    return ledger.frame(newest_first.limit(limit))


def social_posts(
    ledger: Ledger,
    *,
    symbol: str | None = None,
    text: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    as_of: datetime | None = None,
    limit: int | None = None,
) -> pl.DataFrame:
    """Posts of public communities, newest first; arguments as for `news`."""
    source = view(SocialPost, as_of)
    wanted = rows(source, url=True).where(
        *mentions(source.c.symbols, symbol),
        *says([source.c.title, source.c.body], text),
        between(source.c.observed_at, start, end),
    )
    newest_first = wanted.order_by(source.c.observed_at.desc(), source.c.source, source.c.external_id)
    return ledger.frame(newest_first.limit(limit))


def sentiment_readings(
    ledger: Ledger,
    *,
    index: str | None = None,
    symbol: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    as_of: datetime | None = None,
) -> pl.DataFrame:
    """Readings of published indices, sorted by index and time; symbol '*' is the whole market."""
    source = view(SentimentReading, as_of)
    wanted = rows(source).where(
        *equals((source.c.index, index)),
        *symbol_is(source.c.symbol, symbol),
        between(source.c.observed_at, start, end),
    )
    return ledger.frame(wanted.order_by(source.c.index, source.c.symbol, source.c.source, source.c.observed_at))
