"""The metrics of a coin from every table of the Glass ledger, in one shape."""

import polars as pl

from agents.context import RunContext
from agents.period import Window
from ledgers import glass

COLUMNS = ("symbol", "metric", "value", "unit", "source", "observed_at", "known_at", "simulated")
SNAPSHOT_UNITS = {"market_cap": "USD", "volume_24h": "USD", "circulating_supply": "", "rank": ""}


def coin_metrics(run: RunContext, symbol: str, asked: Window, metric: str | None = None) -> pl.DataFrame:
    """On-chain metrics, funding rate and open interest, market capitalisation, volume and rank of a coin.

    Args:
        run: whose as-of holds.
        symbol: resolved.
        asked: the window.
        metric: only this one; None: all.

    Returns:
        Rows of COLUMNS, oldest first in each metric and source.
    """
    ledger, as_of, start, end = run.ledger, run.as_of, asked.start, asked.end
    chain = glass.onchain_metrics(ledger, symbol=symbol, metric=metric, start=start, end=end, as_of=as_of)
    market = glass.derivative_metrics(ledger, symbol=symbol, metric=metric, start=start, end=end, as_of=as_of)
    parts = [chain.select(COLUMNS), market.with_columns(source=pl.col("venue") + ":" + pl.col("quote")).select(COLUMNS)]
    if metric is None or metric in SNAPSHOT_UNITS:
        rows = glass.market_snapshots(ledger, symbol=symbol, start=start, end=end, as_of=as_of)
        parts += [snapshot(rows, name) for name in SNAPSHOT_UNITS if metric in {None, name}]
    return pl.concat(parts).sort("metric", "source", "observed_at")


def snapshot(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    """One column of the market snapshots as a metric."""
    column = name if name in rows.columns else f"{name}_usd"
    unit = SNAPSHOT_UNITS[name] or (str(rows["symbol"][0]) if rows.height and name == "circulating_supply" else "")
    made = rows.with_columns(metric=pl.lit(name), unit=pl.lit(unit), value=pl.col(column).cast(pl.Float64))
    return made.drop_nulls("value").select(COLUMNS)
