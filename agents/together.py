"""Reading bars of several coins so that they can be compared: of one market, up to a common end."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

from agents.bars import DOLLARS, Bars, read_bars
from agents.context import RunContext
from agents.period import Window, interval, stamp
from agents.words import listed
from ledgers import glass
from ledgers.errors import NotCollected
from ledgers.prices import UNKNOWN_VENUE

MOST_WITH_A_COMMON_END = 10  # in a ranking of many, one coin that stopped must not cut all others short
COVERS = 0.5  # of what the best market covers: a named venue with less does not go before an unknown one


@dataclass(frozen=True)
class Together:
    """Bars of coins in one window, why others have none, what to know of the choice, and the end if it was moved."""

    bars: list[Bars]
    missing: list[str]
    notes: tuple[str, ...] = ()
    end: datetime | None = None


def read_together(run: RunContext, coins: Sequence[str], timeframe: str, asked: Window) -> Together:
    """The bars of each coin, of one venue and currency where all have one, up to where the first of them ends."""
    market = shared_market(run, coins, timeframe, asked)
    read = _read(run, coins, timeframe, asked, market)
    markets = [f"{b.symbol} on {b.venue} in {b.quote}" for b in read.bars]
    if len({(b.venue, b.quote) for b in read.bars}) > 1:
        read = replace(read, notes=(f"No one market has them all: {listed(markets)}.",))
    return read if len(coins) > MOST_WITH_A_COMMON_END else _ending_together(run, read, asked)


def shared_market(run: RunContext, coins: Sequence[str], timeframe: str, asked: Window) -> tuple[str, str] | None:
    """Venue and currency that every coin with bars in the window has, the best such; None where there is none.

    One in the person's own currency goes first, then one that covers the window, of a named venue, the longest one.
    """
    held = pl.concat([_reaches(run, coin, interval(timeframe), asked) for coin in coins])
    length = pl.col("closes").min() - pl.col("opens").max()
    markets = held.group_by("venue", "quote").agg(pl.len().alias("coins"), length.alias("common"))
    shared = markets.filter(pl.col("coins") == held["symbol"].n_unique(), pl.col("common") > timedelta(0))
    foreign = pl.lit(run.base_currency not in DOLLARS) & (pl.col("quote") != run.base_currency)
    ordered = shared.sort(
        foreign,
        pl.col("common") < COVERS * pl.col("common").max(),
        pl.col("venue").str.to_lowercase() == UNKNOWN_VENUE,
        -pl.col("common"),
        pl.col("quote") != "USDT",
        "quote",
        "venue",
    )
    return next(ordered.select("venue", "quote").iter_rows(), None)


def _reaches(run: RunContext, coin: str, step: timedelta, asked: Window) -> pl.DataFrame:
    """From when to when each market has bars of a coin in the window, of a length that the asked one is made of."""
    series = glass.candle_series(run.ledger, symbol=coin, as_of=run.as_of)
    lengths = pl.Series("length", [interval(name) for name in series["interval"]], pl.Duration("us"))
    usable = series.with_columns(lengths).filter(pl.Series([not step % length for length in lengths], dtype=pl.Boolean))
    closes = pl.col("last") + pl.col("length")
    return (
        usable.group_by("symbol", "venue", "quote")
        .agg(
            pl.max_horizontal(pl.col("first").min(), pl.lit(asked.start)).alias("opens"),
            pl.min_horizontal(closes.max(), pl.lit(asked.end)).alias("closes"),
        )
        .filter(pl.col("opens") < pl.col("closes"))
    )


def _read(
    run: RunContext, coins: Sequence[str], timeframe: str, asked: Window, market: tuple[str, str] | None
) -> Together:
    venue, quote = market or (None, None)
    read = Together([], [])
    for coin in coins:
        try:
            read.bars.append(read_bars(run, coin, timeframe, asked, venue=venue, quote=quote))
        except NotCollected as nothing:
            read.missing.append(str(nothing))
    return read


def _ending_together(run: RunContext, read: Together, asked: Window) -> Together:
    """The same bars up to where the first coin's end, with a note where that leaves some of another one's out."""
    end = min((b.window.end for b in read.bars), default=asked.end)
    longer = [b for b in read.bars if b.window.end - end >= b.step]
    if not longer or any(b.window.start >= end for b in longer):
        return read
    window = Window(asked.start, end)
    cut = [
        read_bars(run, b.symbol, b.timeframe, window, venue=b.venue, quote=b.quote) if b in longer else b
        for b in read.bars
    ]
    first = listed([b.symbol for b in read.bars if b not in longer])
    reaches = listed([f"{b.symbol} to {stamp(b.window.end)}" for b in longer])
    note = f"Compared up to {stamp(end)}, where the bars of {first} end; stored further: {reaches}."
    return replace(read, bars=cut, notes=(*read.notes, note), end=end)
