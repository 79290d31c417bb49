"""What the quality monitor reads and keeps: facts in bounded windows, its verdicts as history, the latest of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl
from sqlalchemy import func, insert, literal, select, union_all
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from ledgers.base import Base, natural_key
from ledgers.coverage import SHELVES, Shelf
from ledgers.glass import DerivativeMetric, MarketSnapshot, OnchainMetric, ProtocolMetric, TokenFlow
from ledgers.health import CollectorRun, QualityVerdict
from ledgers.human import SentimentReading
from ledgers.prices import CANDLE_SERIES, Candle, Quote
from ledgers.reading import edge, series_of
from ledgers.store import Ledger

MEASURED: Final[tuple[type[Base], ...]] = (
    *(Quote, DerivativeMetric, OnchainMetric, ProtocolMetric, MarketSnapshot, TokenFlow, SentimentReading),
)
"""Tables whose series go on by themselves, so that their newest row tells how fresh they are; news need not."""
WHOLE: Final = "*"
"""The series of a verdict on all that a source brings."""
Scores = list[tuple[datetime, float]]
CURRENT: Final = timedelta(days=2)
"""A verdict older than that says nothing of the present."""


def newest_measured(ledger: Ledger) -> pl.DataFrame:
    """The newest row of each measured series, read from its key's index. Columns: series, symbol, source, observed_at.

    A series is named as the coverage names it: onchain:BTC/fees_fast_sat, quote:BTC/COINSPOT:AUD.
    """
    return pl.concat([_newest_of(ledger, shelf) for shelf in SHELVES if shelf.model in MEASURED])


def _newest_of(ledger: Ledger, shelf: Shelf) -> pl.DataFrame:
    series = series_of(shelf.model, natural_key(shelf.model)[:-1])
    market = ("venue", "quote") if shelf.market else ()
    columns = dict.fromkeys((*shelf.name, *market, "symbol", "source", "observed_at"))
    last = edge(shelf.model.__table__, series, "observed_at", list(columns), newest=True).alias("newest")
    found = ledger.frame(select(*last.c).select_from(series.join(last, literal(True))))
    name = pl.concat_str([pl.lit(f"{shelf.kind}:"), pl.concat_str(list(shelf.name), separator="/", ignore_nulls=True)])
    if market:
        name = pl.concat_str([name, pl.lit("/"), pl.concat_str(list(market), separator=":")])
    return found.select(name.alias("series"), "symbol", "source", "observed_at")


def recent_bars(ledger: Ledger, *, interval: str, since: datetime) -> pl.DataFrame:
    """Open time, high, low and close of every series of one interval from `since` on, by series and time."""
    return _recent(ledger, Candle, CANDLE_SERIES, ("open_time", "high", "low", "close"), since=since, interval=interval)


def recent_quotes(ledger: Ledger, *, since: datetime) -> pl.DataFrame:
    """Every market's quotes from `since` on, by market and time."""
    names = ("observed_at", "bid", "ask", "last", "source")
    return _recent(ledger, Quote, ("symbol", "quote", "venue"), names, since=since)


def _recent(
    ledger: Ledger,
    model: type[Base],
    names: Sequence[str],
    columns: Sequence[str],
    *,
    since: datetime,
    interval: str | None = None,
) -> pl.DataFrame:
    series, table = series_of(model, names), model.__table__
    time = table.c[columns[0]]
    same = [table.c[name] == series.c[name] for name in names]
    own = select(*(table.c[name] for name in columns)).where(*same, time >= since).lateral("own")
    wanted = select(*series.columns, *own.c).select_from(series.join(own, literal(True)))
    if interval is not None:
        wanted = wanted.where(series.c.interval == interval)
    return ledger.frame(wanted.order_by(*series.columns, own.c[columns[0]]))


@dataclass(frozen=True)
class Runs:
    """How one source's slots went in a window."""

    slots: int = 0  # that succeeded, in part or in whole
    fetched: int = 0
    rejected: int = 0
    first_slot: datetime | None = None  # of all time


def runs(session: Session, since: Mapping[str, datetime]) -> dict[str, Runs]:
    """How the slots of each source went since its own moment; a source that never ran is not among them."""
    table = CollectorRun.__table__
    done = table.c.status.in_(["succeeded", "partial"])

    def one(source: str, start: datetime) -> Any:
        mine = table.c.source == source
        window = select(
            func.count().filter(done).label("slots"),
            func.coalesce(func.sum(table.c.fetched), 0).label("fetched"),
            func.coalesce(func.sum(table.c.rejected), 0).label("rejected"),
        ).where(mine, table.c.slot >= start)
        first = select(func.min(table.c.slot)).where(mine).scalar_subquery().label("first_slot")
        return select(literal(source).label("source"), *window.subquery().c, first)

    if not since:
        return {}
    found = session.execute(union_all(*(one(source, start) for source, start in since.items()))).mappings()
    return {
        row["source"]: Runs(row["slots"], int(row["fetched"]), int(row["rejected"]), row["first_slot"])
        for row in found
        if row["first_slot"]
    }


def judging(session: Session) -> bool:
    """Take the right to judge until this transaction ends; False where another process has it."""
    lock = select(func.pg_try_advisory_xact_lock(func.hashtextextended("judge quality", 0)))
    return bool(session.execute(lock).scalar_one())


def keep(session: Session, verdicts: Iterable[Mapping[str, Any]]) -> None:
    """Add verdicts to the history."""
    if rows := [dict(verdict) for verdict in verdicts]:
        session.execute(insert(QualityVerdict), rows)


def latest(session: Session, *, as_of: datetime, sources: Sequence[str] | None = None) -> list[QualityVerdict]:
    """The latest current verdict on each source and series judged at `as_of` or before, worst first."""
    newest = (
        select(QualityVerdict)
        .ext(distinct_on(QualityVerdict.source, QualityVerdict.series))
        .where(QualityVerdict.judged_at <= as_of, QualityVerdict.judged_at > as_of - CURRENT)
        .order_by(QualityVerdict.source, QualityVerdict.series, QualityVerdict.judged_at.desc())
    )
    if sources is not None:
        newest = newest.where(QualityVerdict.source.in_(sources))
    found = session.execute(newest).scalars()
    return sorted(found, key=lambda verdict: (verdict.score, verdict.source, verdict.series))


def scores(session: Session, *, since: datetime) -> dict[str, Scores]:
    """The score of all that each source brings, as it went: the time of each verdict that was kept and what it said."""
    kept = select(QualityVerdict.source, QualityVerdict.judged_at, QualityVerdict.score)
    wanted = kept.where(QualityVerdict.series == WHOLE, QualityVerdict.judged_at > since)
    found: dict[str, Scores] = {}
    for source, judged_at, score in session.execute(wanted.order_by(QualityVerdict.judged_at)):
        found.setdefault(source, []).append((judged_at, score))
    return found
