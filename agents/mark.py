"""The newest stored price of a coin: a quote where one is collected, else the close of the newest bar."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from agents.cite import evidence
from agents.columns import latest
from agents.context import RunContext
from agents.finding import Evidence
from ledgers import glass
from ledgers.prices import UNKNOWN_VENUE

RECENT = timedelta(days=7)
NEARLY = timedelta(days=1)  # so close to the newest, a named venue goes before an unknown one


@dataclass(frozen=True)
class Mark:
    """A price and when it was one."""

    price: float
    quote: str
    venue: str
    at: datetime
    evidence: Evidence


def mark(run: RunContext, symbol: str, quote: str | None = None) -> Mark | None:
    """The newest price of a coin known at the run's clock, in the wanted currency where there is one."""
    found = [m for m in (newest_quote(run, symbol, quote), newest_close(run, symbol, quote)) if m]
    if not found and quote:
        return mark(run, symbol)
    return max(found, key=lambda m: m.at, default=None)


def newest_quote(run: RunContext, symbol: str, quote: str | None) -> Mark | None:
    """The newest polled quote of a coin."""
    rows = glass.latest_quotes(run.ledger, symbols=[symbol], as_of=run.as_of).drop_nulls("last")
    rows = rows.filter(pl.col("quote") == quote) if quote else rows
    if rows.is_empty():
        return None
    newest = rows.sort("observed_at").tail(1)
    row = newest.row(0, named=True)
    cited = evidence(run, newest, ledger="glass", series=f"quote:{symbol}/{row['venue']}:{row['quote']}")
    return Mark(row["last"], row["quote"], row["venue"], row["observed_at"], cited)


def newest_close(run: RunContext, symbol: str, quote: str | None) -> Mark | None:
    """The close of the newest bar of a coin, of whichever interval is newest, at a named venue where there is one."""
    series = glass.candle_series(run.ledger, symbol=symbol, as_of=run.as_of)
    series = series.filter(pl.col("quote") == quote) if quote else series
    if series.is_empty():
        return None
    newest = latest(series["last"])
    series = series.filter(pl.col("last") >= newest - NEARLY).with_columns(
        (pl.col("venue").str.to_lowercase() != UNKNOWN_VENUE).alias("named")
    )
    chosen = series.sort("named", "last").row(-1, named=True)
    rows = glass.candles(
        run.ledger,
        symbol=symbol,
        interval=chosen["interval"],
        start=chosen["last"] - RECENT,
        end=run.clock,
        as_of=run.as_of,
        venue=chosen["venue"],
        quote=chosen["quote"],
    ).tail(1)
    if rows.is_empty():
        return None
    row = rows.row(0, named=True)
    name = f"candle:{symbol}/{chosen['interval']}/{chosen['venue']}:{chosen['quote']}"
    cited = evidence(run, rows, ledger="glass", series=name, time="open_time")
    return Mark(row["close"], row["quote"], row["venue"], row["observed_at"], cited)
