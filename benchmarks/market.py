"""Made-up candles for the benchmarks."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl

START = datetime(2020, 1, 1, tzinfo=UTC)


def bars(rows: int, *, symbol: str = "BTC", minutes: int = 1, start: datetime = START) -> pl.DataFrame:
    """A random walk of one coin, as `ledgers.store.write` takes it."""
    step = timedelta(minutes=minutes)
    times = pl.datetime_range(start, start + (rows - 1) * step, step, time_unit="us", time_zone="UTC", eager=True)
    close = 20_000 * np.exp(np.cumsum(np.random.default_rng(7).normal(0, 0.0005, rows)))
    return pl.DataFrame({"open_time": times, "close": close}).with_columns(
        open=pl.col("close") * 0.9995,
        high=pl.col("close") * 1.001,
        low=pl.col("close") * 0.999,
        volume=pl.lit(12.5),
        symbol=pl.lit(symbol),
        interval=pl.lit(f"{minutes}m"),
        quote=pl.lit("USDT"),
        venue=pl.lit("BINANCE"),
        source=pl.lit("benchmark"),
        simulated=pl.lit(value=False),
        observed_at=pl.col("open_time") + step,
        known_at=pl.col("open_time") + step,
    )
