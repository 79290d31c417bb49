"""Frame reads: against a loop over COPY's bytes, by blocks touched, and a million candles in one query."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import polars as pl
import psycopg
from sqlalchemy import Select

from benchmarks.bench import Bench, Result, administer, at_most
from benchmarks.ingest import _write
from benchmarks.market import START, bars
from ledgers import glass
from ledgers.coverage import statistics as coverage
from ledgers.frames import compiled
from ledgers.store import Ledger

COINS = 120
BARS_OF_30_DAYS = 8_640
MONTH = timedelta(days=30)


class Explaining(Ledger):
    """A ledger that counts the blocks its frames touch."""

    blocks = 0

    def frame(self, statement: Select[*tuple[Any, ...]]) -> pl.DataFrame:
        """Read the frame, and have the same query explained."""
        sql, parameters = compiled(statement)
        bound = sql
        for number in range(len(parameters), 0, -1):
            bound = bound.replace(f"${number}::", f"%(p{number})s::")
        values = {f"p{number}": value for number, value in enumerate(parameters, 1)}
        with psycopg.connect(self.url) as connection:
            row = connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {bound}", values).fetchone()
        plan = (row[0] if isinstance(row[0], list) else json.loads(row[0]))[0]["Plan"] if row else {}
        self.blocks += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        return super().frame(statement)


def measure(bench: Bench) -> Iterator[Result]:
    """One year of one coin, one coin's 30 days among many, the latest quotes, a million candles."""
    yield from _one_year(bench)
    yield from _among_many(bench)
    yield from _a_million(bench)


def _one_year(bench: Bench) -> Iterator[Result]:
    ledger = bench.ledger("reads")
    _write(ledger, bars(2 * 105_120, minutes=5))
    administer(ledger, "VACUUM (ANALYZE) candles")
    query = (
        "SELECT open_time, open, high, low, close, volume FROM candles WHERE symbol = 'BTC' AND interval = '5m' "
        "AND quote = 'USDT' AND venue = 'BINANCE' AND open_time >= '2020-06-01' AND open_time < '2021-06-01' "
        "ORDER BY open_time"
    )
    table = glass.Candle.__table__.c
    names = [table[name] for name in ("open_time", "open", "high", "low", "close", "volume")]
    wanted = (
        Select(*names)
        .where(table.symbol == "BTC", table.interval == "5m", table.quote == "USDT", table.venue == "BINANCE")
        .where(table.open_time >= START + timedelta(days=152), table.open_time < START + timedelta(days=517))
        .order_by(table.open_time)
    )
    taken = bench.medians(
        {
            "floor": lambda: _copy_bytes(ledger, query),
            "frame": lambda: _discard(ledger.frame(wanted)),
            "peer": lambda: _rows_to_polars(ledger, query),
        }
    )
    rows = ledger.frame(wanted).height
    yield at_most(
        "one year of one coin, frame", taken["frame"] / taken["floor"], "of COPY bytes", 1.0, f"{rows:,} rows"
    )
    yield Result("peer: psycopg rows to polars", taken["peer"] / taken["floor"], "of COPY bytes")


def _discard(_: pl.DataFrame) -> None:
    return None


def _copy_bytes(ledger: Ledger, query: str) -> None:
    statement = f"COPY ({query}) TO STDOUT (FORMAT BINARY)"
    with psycopg.connect(ledger.url) as connection, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for _ in copy:
            pass


def _rows_to_polars(ledger: Ledger, query: str) -> None:
    with psycopg.connect(ledger.url) as connection:
        pl.DataFrame(connection.execute(query).fetchall(), orient="row")


def _among_many(bench: Bench) -> Iterator[Result]:
    """A poller writes all coins of one time side by side: one coin's rows are spread over the whole table."""
    ledger = bench.ledger("many")
    coins = max(20, int(COINS * bench.scale))
    one = bars(BARS_OF_30_DAYS, minutes=5)
    for slots in one.iter_slices(BARS_OF_30_DAYS // 60):
        every = pl.concat([slots.with_columns(symbol=pl.lit(f"C{number:03}")) for number in range(coins)])
        _by_time(ledger, every)
    administer(ledger, "VACUUM (ANALYZE) candles")
    window = {"start": START, "end": START + timedelta(days=30)}

    def read(own: Ledger) -> pl.DataFrame:
        return glass.candles(own, symbol="C007", interval="5m", **window)

    blocks, took, height = _explained(ledger, read)
    note = f"{height:,} of {coins * BARS_OF_30_DAYS:,} rows, {took * 1000:.0f} ms"
    yield Result("one coin's 30 days of 5m bars, as they arrived", blocks, "blocks", note=note)
    administer(ledger, "REINDEX INDEX pk_candles")
    blocks, took, height = _explained(ledger, read)
    note = f"{height:,} of {coins * BARS_OF_30_DAYS:,} rows, {took * 1000:.0f} ms"
    yield at_most("the same after REINDEX", blocks, "blocks", 150, note)
    last, took, height = _explained(ledger, glass.candle_series)
    yield at_most(
        "every series with its ends", last, "blocks", 1000 * coins / 100, f"{height} series, {took * 1000:.0f} ms"
    )


def _by_time(ledger: Ledger, every: pl.DataFrame) -> None:
    columns = ", ".join(f'"{name}"' for name in every.columns)
    statement = f"COPY candles ({columns}) FROM STDIN (FORMAT CSV)"
    with psycopg.connect(ledger.url) as connection, connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(every.sort("open_time").write_csv(include_header=False))


def _explained(ledger: Ledger, query: Callable[[Ledger], pl.DataFrame]) -> tuple[float, float, int]:
    explaining = Explaining(ledger.url)
    try:
        query(explaining)
        query(ledger)
        started = time.perf_counter()
        frame = query(ledger)
        return explaining.blocks, time.perf_counter() - started, frame.height
    finally:
        explaining.close()


def _a_million(bench: Bench) -> Iterator[Result]:
    ledger = bench.ledger("million")
    rows = bench.rows(1_000_000)
    _write(ledger, bars(rows))
    administer(ledger, "VACUUM (ANALYZE) candles")
    queries: dict[str, Callable[[Ledger], pl.DataFrame]] = {
        "90 days of hours out of 1m bars": lambda own: glass.candles(
            own, symbol="BTC", interval="1h", start=START + MONTH, end=START + 4 * MONTH
        ),
        "30 days of 1m bars as of a moment": lambda own: glass.candles(
            own,
            symbol="BTC",
            interval="1m",
            start=START + MONTH,
            end=START + 2 * MONTH,
            as_of=START + 99 * MONTH,
        ),
        "what is held, counted": coverage,
        "every bar": lambda own: glass.candles(own, symbol="BTC", interval="1m"),
    }
    for name, query in queries.items():
        taken = bench.medians({"query": lambda query=query: _discard(query(ledger))})
        note = f"{query(ledger).height:,} rows out of {rows:,}"
        yield at_most(name, taken["query"], "s", 1.0, note)
