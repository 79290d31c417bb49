"""What one ledger says of another, for the quality monitor: fills, quotes and events beside the bars of their time."""

from datetime import datetime
from typing import Any, Final

import polars as pl
from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select
from sqlalchemy.sql.selectable import FromClause, LateralFromClause

from ledgers.bars import interval_length
from ledgers.catalyst import CatalystEvent
from ledgers.exchange import Fill
from ledgers.prices import CANDLE_SERIES, Candle
from ledgers.reading import edge, series_of
from ledgers.store import Ledger

BARS: Final = ("1h", "1d")
"""The bars that others are held against: the first of them that covers the moment."""
CLOSES: Final = ("5m", "1h")


def fills_beside_bars(ledger: Ledger, *, since: datetime) -> pl.DataFrame:
    """Each fill with the lowest and highest price of the bar of its time, all venues taken together.

    Columns: source, price, low, high. A fill that no bar in its currency covers is not among them.
    """
    fill, series = Fill.__table__, series_of(Candle, CANDLE_SERIES)
    ranges = [_range(series.alias(f"series_{interval}"), fill, interval) for interval in BARS]
    low, high = (func.coalesce(*(one.c[name] for one in ranges)) for name in ("low", "high"))
    joined: Any = fill
    for one in ranges:
        joined = joined.outerjoin(one, literal(True))
    wanted = select(fill.c.source, fill.c.price, low.label("low"), high.label("high")).select_from(joined)
    return ledger.frame(wanted.where(fill.c.observed_at >= since, low.is_not(None), high.is_not(None)))


def _range(series: FromClause, fill: FromClause, interval: str) -> LateralFromClause:
    bar = Candle.__table__.alias(f"bar_{interval}")
    market = (series.c.symbol == fill.c.symbol, series.c.quote == fill.c.quote, series.c.interval == interval)
    extent = select(func.min(bar.c.low).label("low"), func.max(bar.c.high).label("high"))
    return extent.where(*market, *_covers(bar, series, fill.c.observed_at, interval)).lateral()


def _covers(bar: FromClause, series: FromClause, at: ColumnElement[Any], interval: str) -> list[ColumnElement[bool]]:
    """The bar of a series at a moment, read from the key's index."""
    same = [bar.c[name] == series.c[name] for name in CANDLE_SERIES]
    return [*same, bar.c.open_time <= at, bar.c.open_time > at - interval_length(interval)]


def newest_closes(ledger: Ledger, *, since: datetime) -> pl.DataFrame:
    """The newest close of each series of short bars that closed since. Columns: symbol, currency, venue, close, at."""
    series = series_of(Candle, CANDLE_SERIES)
    last = edge(Candle.__table__, series, "open_time", ["close", "observed_at"], newest=True).alias("newest")
    wanted = select(
        series.c.symbol,
        series.c.quote.label("currency"),
        series.c.venue.label("bar_venue"),
        last.c.close,
        last.c.observed_at.label("closed_at"),
    ).select_from(series.join(last, literal(True)))
    return ledger.frame(wanted.where(series.c.interval.in_(CLOSES), last.c.observed_at >= since))


def events_beside_bars(ledger: Ledger, *, symbols: tuple[str, ...], since: datetime, until: datetime) -> pl.DataFrame:
    """How many events of each source touch a followed coin, and for how many no bar covers their moment.

    Columns: source, events, unpriced. An event from before the coin's first bar is not counted.
    """
    event, bar, series = CatalystEvent.__table__, Candle.__table__, series_of(Candle, CANDLE_SERIES)
    about = func.unnest(event.c.symbols).table_valued("symbol").render_derived("about")
    own = (series.c.symbol == about.c.symbol, series.c.interval.in_(BARS))
    same = [bar.c[name] == series.c[name] for name in CANDLE_SERIES]
    begun = exists().where(*own, *same, bar.c.open_time <= event.c.observed_at)
    covers = (and_(series.c.interval == one, *_covers(bar, series, event.c.observed_at, one)) for one in BARS)
    covered = or_(*(exists().where(series.c.symbol == about.c.symbol, cover) for cover in covers))
    wanted = (
        select(event.c.source, func.count().label("events"), func.count().filter(~covered).label("unpriced"))
        .select_from(event.join(about, literal(True)))
        .where(event.c.observed_at.between(since, until), about.c.symbol.in_(symbols), begun)
        .group_by(event.c.source)
    )
    return ledger.frame(wanted)
