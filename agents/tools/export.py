"""Tables as files, for a spreadsheet or a notebook."""

from collections.abc import Callable
from typing import Any

import polars as pl

from agents.bars import read_bars
from agents.cite import evidence
from agents.context import RunContext
from agents.finding import Evidence, Finding
from agents.metric_rows import coin_metrics
from agents.period import EVER, Window, window, window_or_last
from agents.sheet import MIMES, attach
from agents.subject import coin
from agents.tools.exchange import connected
from agents.words import count, fitted, listed
from ledgers import catalyst, exchange, glass, human
from ledgers.bars import OF_CLOSES
from ledgers.errors import BadArgument, NotCollected

__all__ = ["export_table"]

Read = Callable[[RunContext, str | None, Window], pl.DataFrame]
ALSO = {"prices": "candles", "price": "candles", "ohlcv": "candles", "protocols": "fundamentals", "filings": "events"}
HIDDEN = ("user_id", "collector_run", *OF_CLOSES)


def export_table(
    run: RunContext,
    dataset: str,
    symbol: str | None = None,
    timeframe: str = "1d",
    days: float | str | None = None,
    start: str | None = None,
    *,
    end: str | None = None,
    entity: str | None = None,
    format: str = "csv",  # noqa: A002 - the word the model knows
) -> Finding:
    """Make a file of stored rows that the person can download.

    Args:
        run: the run.
        dataset: "candles", "onchain", "fundamentals", "sentiment", "news", "events", "orders" or "positions".
        symbol: the coin; needed for candles and onchain, such as "BTC".
        timeframe: for candles: length of a bar, such as "1h".
        days: length of the window in days up to now or `end`, such as 365.
        start: first day or moment in UTC, such as "2024-01-01".
        end: last day (whole) or moment (exclusive) in UTC, such as "2024-06-30".
        entity: for events: only of this company, venue or space, such as "MSTR".
        format: "csv" or "parquet".

    Returns:
        How many rows the file has and what they cover, and the file as an artifact.

    Raises:
        BadArgument: unknown dataset, format or coin, or an impossible range.
        NotCollected: no such rows in the window.
        NeedsAnswer: no coin or no period where one is needed, or a name that several coins carry.
    """
    dataset = ALSO.get(dataset.strip().lower(), dataset.strip().lower())
    if dataset not in ("candles", *READS):
        raise BadArgument(f"dataset must be one of candles, {', '.join(READS)}, not '{dataset[:20]}'.")
    if format not in MIMES:
        raise BadArgument(f"format must be one of {', '.join(MIMES)}, not '{format[:20]}'.")
    about = coin(run, symbol or "") if symbol or dataset in {"candles", "onchain"} else None
    if dataset == "candles":
        bars = read_bars(run, str(about), timeframe, window(run, days, start, end))
        rows, cited, notes = bars.frame, bars.evidence, bars.notes
    else:
        rows = stored_rows(run, dataset, about, window_or_last(run, days, start, end, usual=EVER), entity)
        cited, notes = source_of(run, rows, dataset, about), ()
    name = "_".join(part for part in (dataset, about, timeframe if dataset == "candles" else "") if part)
    told = {"dataset": dataset, "symbol": symbol, "entity": entity, "format": format}
    arguments = {**told, "days": days, "start": start, "end": end}
    table = rows.drop(HIDDEN, strict=False)
    file = attach(run, table, name, tool="export_table", arguments=arguments, keys=[cited.key], form=format)
    text = fitted(
        [f"{file.name}: {count(rows.height)} rows, columns {listed(table.columns, 20)}. [{cited.key}]", *notes]
    )
    facts: dict[str, Any] = {"dataset": dataset, "symbol": about, "rows": rows.height, "file": file.name}
    return Finding(text, (cited,), (), (file,), facts)


def stored_rows(run: RunContext, dataset: str, about: str | None, asked: Window, entity: str | None) -> pl.DataFrame:
    """The rows of a data set that is no candles, of one company or venue where that is wanted.

    Raises:
        NotCollected: there are none in the window.
    """
    rows = READS[dataset](run, about, asked)
    if entity and "entity" in rows.columns:
        rows = rows.filter(pl.col("entity").str.to_uppercase() == entity.strip().upper())
    if rows.is_empty():
        whose = "".join(f" of {name}" for name in (about, entity) if name)
        raise NotCollected(f"No row of {dataset}{whose} in that window.")
    return rows


def source_of(run: RunContext, rows: pl.DataFrame, dataset: str, about: str | None) -> Evidence:
    """What the rows of a file are cited as."""
    return evidence(run, rows, ledger=LEDGERS[dataset], series=f"{dataset}:{about or 'all'}")


def onchain(run: RunContext, about: str | None, asked: Window) -> pl.DataFrame:
    """On-chain and market metrics of a coin."""
    return coin_metrics(run, str(about), asked)


def orders(run: RunContext, about: str | None, asked: Window) -> pl.DataFrame:
    """The person's own orders."""
    connected(run)
    return exchange.orders(
        run.ledger, user_id=run.user_id, symbol=about, start=asked.start, end=asked.end, as_of=run.as_of
    )


def positions(run: RunContext, about: str | None, asked: Window) -> pl.DataFrame:  # noqa: ARG001 - positions have no window
    """The person's own positions."""
    connected(run)
    held = exchange.positions(run.ledger, user_id=run.user_id, as_of=run.as_of)
    return held.filter(pl.col("symbol") == about) if about else held


def windowed(query: Callable[..., pl.DataFrame]) -> Read:
    """A query that takes a coin and a window."""

    def read(run: RunContext, about: str | None, asked: Window) -> pl.DataFrame:
        return query(run.ledger, symbol=about, start=asked.start, end=asked.end, as_of=run.as_of)

    return read


READS: dict[str, Read] = {
    "onchain": onchain,
    "fundamentals": windowed(glass.protocol_fundamentals),
    "sentiment": windowed(human.sentiment_readings),
    "news": windowed(human.news),
    "events": windowed(catalyst.catalyst_events),
    "orders": orders,
    "positions": positions,
}
LEDGERS = {
    "onchain": "glass",
    "fundamentals": "glass",
    "sentiment": "human",
    "news": "human",
    "events": "catalyst",
    "orders": "exchange",
    "positions": "exchange",
}
