"""What the ledgers hold: one row per series, for the person who asks what there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import polars as pl
from sqlalchemy import ColumnElement, Select, Text, func, literal, select, union_all
from sqlalchemy import cast as sql_cast
from sqlalchemy.sql.selectable import FromClause

from ledgers.base import Base
from ledgers.catalyst import CatalystEvent, InsiderTransaction
from ledgers.glass import Candle, DerivativeMetric, MarketSnapshot, OnchainMetric, ProtocolMetric, Quote, TokenFlow
from ledgers.human import NewsItem, SentimentReading, SocialPost
from ledgers.reading import view
from ledgers.store import Ledger


@dataclass(frozen=True)
class Shelf:
    """One table as the coverage shows it: `name` is the series' key in evidence, such as BTC/1d/BINANCE:USDT."""

    ledger: str
    kind: str
    model: type[Base]
    name: tuple[str, ...]  # columns, joined by /
    symbol: str | None  # the column that holds a coin or an array of coins
    market: bool = False  # whether /VENUE:QUOTE ends the name
    time: str = "observed_at"


SHELVES: Final = (
    Shelf("glass", "candle", Candle, ("symbol", "interval"), "symbol", market=True, time="open_time"),
    Shelf("glass", "quote", Quote, ("symbol",), "symbol", market=True),
    Shelf("glass", "derivative", DerivativeMetric, ("symbol", "metric"), "symbol", market=True),
    Shelf("glass", "onchain", OnchainMetric, ("symbol", "metric"), "symbol"),
    Shelf("glass", "protocol", ProtocolMetric, ("entity", "metric"), "symbol"),
    Shelf("glass", "market", MarketSnapshot, ("symbol",), "symbol"),
    Shelf("glass", "flow", TokenFlow, ("chain", "symbol", "window"), "symbol"),
    Shelf("human", "news", NewsItem, ("source",), "symbols"),
    Shelf("human", "post", SocialPost, ("channel",), "symbols"),
    Shelf("human", "sentiment", SentimentReading, ("index", "symbol"), "symbol"),
    Shelf("catalyst", "event", CatalystEvent, ("event_type",), "symbols"),
    Shelf("catalyst", "insider", InsiderTransaction, ("issuer",), None),
)


def statistics(
    ledger: Ledger, *, symbol: str | None = None, kinds: Sequence[str] | None = None, as_of: datetime | None = None
) -> pl.DataFrame:
    """One row per series and source: ledger, kind, name, source, rows, first, last, known_at, simulated.

    Nobody's orders or holdings are among them. `first` and `last` are open times for bars, else the times observed.

    Args:
        ledger: the database.
        symbol: only series of this coin, or that speak of it; None: all.
        kinds: only these, such as candle or news; None: all. The others are not read at all.
        as_of: what was known at this time; None: the present.
    """
    wanted = symbol.strip().upper() if symbol is not None else None
    shelves = [shelf for shelf in SHELVES if wanted is None or shelf.symbol is not None]
    shelves = [shelf for shelf in shelves if kinds is None or shelf.kind in kinds]
    everything = union_all(*(_summary(shelf, view(shelf.model, as_of), wanted) for shelf in shelves)).subquery()
    found = ledger.frame(select(*everything.columns))
    return found.sort("ledger", "kind", "name", "source")


def _summary(shelf: Shelf, source: FromClause, symbol: str | None) -> Select[Any]:
    time = source.c[shelf.time]
    names = [source.c[name] for name in shelf.name]
    market = [source.c.venue, source.c.quote] if shelf.market else []
    summary = select(
        literal(shelf.ledger).label("ledger"),
        literal(shelf.kind).label("kind"),
        _name(names, market).label("name"),
        source.c.source.label("source"),
        func.count().label("rows"),
        func.min(time).label("first"),
        func.max(time).label("last"),
        func.max(source.c.known_at).label("known_at"),
        func.bool_or(source.c.simulated).label("simulated"),
    ).group_by(*names, *market, source.c.source)
    return summary.where(*_of(shelf, source, symbol))


def _name(names: Sequence[ColumnElement[Any]], market: Sequence[ColumnElement[Any]]) -> ColumnElement[str]:
    plain: ColumnElement[str] = sql_cast(func.concat_ws("/", *names), Text)
    if not market:
        return plain
    return plain + "/" + sql_cast(func.concat_ws(":", *market), Text)


def _of(shelf: Shelf, source: FromClause, symbol: str | None) -> list[ColumnElement[bool]]:
    if symbol is None or shelf.symbol is None:
        return []
    column = source.c[shelf.symbol]
    return [column.contains([symbol]) if shelf.symbol == "symbols" else column == symbol]
