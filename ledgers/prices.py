"""Prices in the Glass ledger: quotes and candles."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl
from sqlalchemy import ColumnElement, PrimaryKeyConstraint, func, literal, select, union_all
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.selectable import FromClause

from ledgers.bars import finer_intervals, interval_length, resampled
from ledgers.base import Base, Record
from ledgers.reading import between, edge, equals, rows, series_of, symbol_is, view
from ledgers.store import Ledger

QUOTES_PREFERRED: Final = ("USDT", "USD", "AUD")
CANDLE_SERIES: Final = ("symbol", "interval", "quote", "venue")
UNKNOWN_VENUE: Final = "unknown"  # of bars whose file did not say where they were traded
_COVERS: Final = 0.5  # of what the best series covers of a window: below it a market does not answer for it
NOT_RESAMPLED: Final = pl.lit(None, pl.String)


class Quote(Record, Base):
    """Best bid and ask and last price of one market at one poll slot (`observed_at`)."""

    __tablename__ = "quotes"
    symbol: Mapped[str] = mapped_column(primary_key=True)
    quote: Mapped[str] = mapped_column(primary_key=True)
    venue: Mapped[str] = mapped_column(primary_key=True)
    observed_at: Mapped[datetime] = mapped_column(primary_key=True)
    bid: Mapped[float | None]
    ask: Mapped[float | None]
    last: Mapped[float | None]


class Candle(Record, Base):
    """One bar. `open_time` names it; `observed_at` is its close, from when it can be known.

    A poller writes all coins of one time side by side, so the rows of one coin are spread over the table; the key's
    index carries every column a read needs, and one coin's window is read from it alone.
    """

    __tablename__ = "candles"
    __table_args__ = (
        PrimaryKeyConstraint(
            *("symbol", "interval", "quote", "venue", "open_time"),
            postgresql_include=[
                *("open", "high", "low", "close", "volume"),
                *("observed_at", "known_at", "source", "simulated"),
            ],
        ),
    )
    symbol: Mapped[str] = mapped_column(primary_key=True)
    interval: Mapped[str] = mapped_column(primary_key=True)
    quote: Mapped[str] = mapped_column(primary_key=True)
    venue: Mapped[str] = mapped_column(primary_key=True)
    open_time: Mapped[datetime] = mapped_column(primary_key=True)
    open: Mapped[float | None]
    high: Mapped[float | None]
    low: Mapped[float | None]
    close: Mapped[float]
    volume: Mapped[float | None]


def candles(
    ledger: Ledger,
    *,
    symbol: str,
    interval: str,
    start: datetime | None = None,
    end: datetime | None = None,
    as_of: datetime | None = None,
    venue: str | None = None,
    quote: str | None = None,
) -> pl.DataFrame:
    """Bars of one series that open in the window, sorted by open_time.

    Where several venues or quotes have the coin and none is named, one that covers the window is taken, of a named
    venue before an unknown one, then the series with most bars, then USDT, USD, AUD, then the first by name. Where the
    interval is not stored, or a finer one covers clearly more, complete bars are made of the largest finer one that
    divides it, which `resampled_from` then names.

    Args:
        ledger: the database.
        symbol: such as BTC.
        interval: such as 5m, 1h, 1d, 1w.
        start: first open time, inclusive, aware UTC; None: from the beginning.
        end: last open time, exclusive, aware UTC; None: to the end.
        as_of: what was known at this time; None: the present.
        venue: such as BINANCE; None: any.
        quote: such as USDT; None: any.

    Raises:
        BadArgument: no such interval.
    """
    interval_length(interval)
    coin, names = symbol.strip().upper(), {"venue": venue, "quote": quote}
    held = ledger.frame(select(*series_of(Candle, CANDLE_SERIES, first=coin).columns))
    given = [
        pl.col(name).str.to_uppercase() == text.strip().upper() for name, text in names.items() if text is not None
    ]
    held = held.filter(pl.col("interval").is_in([interval, *finer_intervals(interval)]), *given)
    if held.height > 1:
        edges = candle_series(ledger, symbol=coin, as_of=as_of)
        held = held.join(edges.select(*CANDLE_SERIES, "first", "last"), on=CANDLE_SERIES)
    for series in _preferred(held.rows(named=True), (start, end)):
        bars = _bars(ledger, series, interval=interval, window=(start, end), as_of=as_of)
        if bars.height:
            return bars
    return ledger.frame(rows(view(Candle, as_of)).where(literal(False))).with_columns(resampled_from=NOT_RESAMPLED)


def _preferred(
    held: list[dict[str, Any]], window: tuple[datetime | None, datetime | None]
) -> Iterator[list[dict[str, str]]]:
    """Series of one interval each, best first: those that cover the window, of a named venue, with the longest bars."""
    groups: dict[tuple[bool, bool, bool, timedelta], list[dict[str, str]]] = {}
    most = max((_covered(one, window) for one in held), default=timedelta(0))
    markets: dict[tuple[str, str], timedelta] = {}
    for one in held:
        market = one["quote"], one["venue"]
        markets[market] = max(_covered(one, window), markets.get(market, timedelta(0)))
    for one in held:
        covered, length = _covered(one, window), interval_length(one["interval"])
        shorter = covered + 2 * length < markets[one["quote"], one["venue"]]  # than finer bars of the same market
        key = (covered < _COVERS * most, one["venue"].lower() == UNKNOWN_VENUE, shorter, -length)
        groups.setdefault(key, []).append({name: one[name] for name in CANDLE_SERIES})
    return (groups[key] for key in sorted(groups))


def _covered(one: dict[str, Any], window: tuple[datetime | None, datetime | None]) -> timedelta:
    """How much of the window lies between a series' first and last bar; nothing is asked of a series without rivals."""
    if "first" not in one:
        return timedelta(0)
    begins: datetime = one["first"]
    ends: datetime = one["last"] + interval_length(one["interval"])
    opens, closes = max(window[0] or begins, begins), min(window[1] or ends, ends)
    return max(closes - opens, timedelta(0))


def _bars(
    ledger: Ledger,
    series: list[dict[str, str]],
    *,
    interval: str,
    window: tuple[datetime | None, datetime | None],
    as_of: datetime | None,
) -> pl.DataFrame:
    (start, end), stored, source = window, series[0]["interval"], view(Candle, as_of)
    beyond = end if end is None or stored == interval else end + interval_length(interval)
    within = between(source.c.open_time, start, beyond)
    chosen = series[0] if len(series) == 1 else _fullest(ledger, source, series, within)
    bars = _one_series(ledger, source, chosen, within)
    if stored == interval:
        return bars.with_columns(resampled_from=NOT_RESAMPLED)
    opening = [pl.col("open_time") >= start] if start else []
    opening += [pl.col("open_time") < end] if end else []
    return resampled(bars, finer=stored, interval=interval).filter(*opening)


def _one_series(
    ledger: Ledger, source: FromClause, series: dict[str, str], within: ColumnElement[bool]
) -> pl.DataFrame:
    """The bars of one series; its names are added here rather than sent with every bar."""
    columns = [column for column in rows(source).selected_columns if column.name not in series]
    bars = ledger.frame(select(*columns).where(*_is(source, series), within).order_by(source.c.open_time))
    return bars.select(*(pl.lit(value).alias(name) for name, value in series.items()), pl.all())


def _fullest(
    ledger: Ledger, source: FromClause, series: list[dict[str, str]], within: ColumnElement[bool]
) -> dict[str, str]:
    """The series with most bars, by preference where several have as many."""
    counts = [
        select(literal(number).label("series"), func.count().label("bars")).where(*_is(source, one), within)
        for number, one in enumerate(series)
    ]
    every = union_all(*counts).subquery()
    bars = dict(ledger.frame(select(every.c.series, every.c.bars)).rows())
    preference = {quote: place for place, quote in enumerate(QUOTES_PREFERRED)}
    best = min(
        range(len(series)),
        key=lambda at: (
            -bars[at],
            preference.get(series[at]["quote"], len(preference)),
            series[at]["quote"],
            series[at]["venue"],
        ),
    )
    return series[best]


def _is(source: FromClause, series: dict[str, str]) -> list[ColumnElement[bool]]:
    return [source.c[name] == value for name, value in series.items()]


def candle_series(ledger: Ledger, *, symbol: str | None = None, as_of: datetime | None = None) -> pl.DataFrame:
    """One row per series of bars: its names, open time of the first and last bar, and where the last came from."""
    series = series_of(Candle, CANDLE_SERIES)
    source = view(Candle, as_of)
    first = edge(source, series, "open_time", ["open_time"], newest=False)
    last = edge(source, series, "open_time", ["open_time", "known_at", "source", "simulated"], newest=True)
    wanted = select(
        *series.columns,
        first.c.open_time.label("first"),
        last.c.open_time.label("last"),
        *(last.c[name] for name in ("known_at", "source", "simulated")),
    ).select_from(series.join(first, literal(True)).join(last, literal(True)))
    return ledger.frame(wanted.where(*symbol_is(series.c.symbol, symbol)).order_by(*series.columns))


def quotes(
    ledger: Ledger,
    *,
    symbol: str,
    start: datetime | None = None,
    end: datetime | None = None,
    as_of: datetime | None = None,
    venue: str | None = None,
    quote: str | None = None,
) -> pl.DataFrame:
    """Bid, ask and last of one coin in every market, sorted by time."""
    source = view(Quote, as_of)
    wanted = rows(source).where(
        source.c.symbol == symbol.strip().upper(),
        between(source.c.observed_at, start, end),
        *equals((source.c.venue, venue), (source.c.quote, quote)),
    )
    return ledger.frame(wanted.order_by(source.c.observed_at, source.c.venue, source.c.quote))


def latest_quotes(
    ledger: Ledger, *, symbols: Sequence[str] | None = None, as_of: datetime | None = None
) -> pl.DataFrame:
    """The newest quote of each market, of the coins given or of all."""
    series = series_of(Quote, ("symbol", "quote", "venue"))
    source = view(Quote, as_of)
    names = [column.name for column in rows(source).selected_columns]
    last = edge(source, series, "observed_at", names, newest=True)
    wanted = select(*last.c).select_from(series.join(last, literal(True)))
    if symbols is not None:
        wanted = wanted.where(series.c.symbol.in_([symbol.strip().upper() for symbol in symbols]))
    return ledger.frame(wanted.order_by(series.c.symbol, series.c.quote, series.c.venue))
