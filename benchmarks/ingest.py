"""Bulk write of candles against the limit, binary COPY of the same bytes into the same table, and a peer."""

import math
import statistics
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import psycopg
from sqlalchemy.dialects.postgresql import insert

from benchmarks.bench import Bench, Result, administer, at_least, at_most, seconds
from benchmarks.market import START, bars
from ledgers.batch import shaped
from ledgers.copying import HEADER, TRAILER, binary, groups_of_one_shape
from ledgers.glass import Candle, Quote
from ledgers.store import Ledger, write

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PEER_ROWS = 20_000


def measure(bench: Bench) -> Iterator[Result]:
    """Fresh backfill, idempotent ingest of fresh rows, re-ingest of duplicates, a live poll."""
    ledger = bench.ledger("ingest")
    frame = bars(bench.rows(1_000_000))
    stream = _stream(frame)
    before_the_last = frame.tail(1)  # with it the range is not empty, so every row goes through the merge
    peer = frame.head(PEER_ROWS)
    taken = bench.medians(
        {
            "limit": lambda: _emptied(ledger) + _copy(ledger, stream),
            "backfill": lambda: _emptied(ledger) + _write(ledger, frame),
            "merge": lambda: _emptied(ledger, before_the_last) + _write(ledger, frame),
            "duplicates": lambda: _write(ledger, frame),
            "peer": lambda: _emptied(ledger) + _peer(ledger, peer),
        }
    )
    rate = {name: (PEER_ROWS if name == "peer" else frame.height) / took for name, took in taken.items()}
    share = {name: value / rate["limit"] for name, value in rate.items()}
    yield Result("limit: COPY BINARY, same table", rate["limit"], "rows/s", note=f"{frame.height:,} rows")
    yield at_least("fresh backfill", share["backfill"], "of the limit", 0.9)
    yield at_least("idempotent ingest, fresh rows", share["merge"], "of the limit", 0.6)
    yield Result("peer: executemany ON CONFLICT", share["peer"], "of the limit", note=f"{PEER_ROWS:,} rows")
    _write(ledger, frame)
    yield at_least("re-ingest, all duplicates", share["duplicates"], "of the limit", 0.85)
    yield at_most("WAL of a re-ingest", _wal_per_row(ledger, frame), "bytes/row", 1)
    yield from _polls(ledger)


def _stream(frame: pl.DataFrame) -> list[bytes]:
    ready = shaped(Candle, frame)
    pieces = [bytes(piece) for group in groups_of_one_shape(ready) for piece in binary(group)]
    return [HEADER, *pieces, TRAILER]


def _emptied(ledger: Ledger, *frames: pl.DataFrame) -> float:
    """Empty the table, keep `frames` in it. Returns how long that took, which is not part of the work."""

    def prepare() -> None:
        administer(ledger, "TRUNCATE candles, candles_history", "CHECKPOINT")
        for frame in frames:
            _write(ledger, frame)

    return seconds(prepare)


def _copy(ledger: Ledger, stream: Iterable[bytes]) -> float:
    columns = ", ".join(f'"{column.name}"' for column in Candle.__table__.columns)
    statement = f"COPY candles ({columns}) FROM STDIN (FORMAT BINARY)"
    with psycopg.connect(ledger.url) as connection, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for piece in stream:
            copy.write(piece)
    return 0.0


def _write(ledger: Ledger, frame: pl.DataFrame) -> float:
    with ledger.session() as session:
        write(session, Candle, frame, written_at=NOW)
    return 0.0


def _peer(ledger: Ledger, frame: pl.DataFrame) -> float:
    columns, values = ", ".join(f'"{name}"' for name in frame.columns), ", ".join(["%s"] * frame.width)
    statement = f"INSERT INTO candles ({columns}) VALUES ({values}) ON CONFLICT DO NOTHING"
    with psycopg.connect(ledger.url) as connection, connection.cursor() as cursor:
        cursor.executemany(statement, frame.rows())
    return 0.0


def _wal_per_row(ledger: Ledger, frame: pl.DataFrame) -> float:
    def position() -> Any:
        return administer(ledger, "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")[0][0]

    administer(ledger, "VACUUM candles", "CHECKPOINT")
    before = position()
    _write(ledger, frame)
    return float(position() - before) / frame.height


def _polls(ledger: Ledger) -> Iterator[Result]:
    """Writing one slot of 200 markets and committing it durably, in turn with the peer."""
    ours, peers = [], []
    for slot in range(60):
        at = START + slot * timedelta(minutes=1)
        prices = {"bid": 1.0, "ask": 1.1, "last": math.pi, "observed_at": at, "known_at": at, "source": "benchmark"}
        rows = [{"symbol": f"C{n}", "quote": "AUD", "venue": "COINSPOT"} | prices for n in range(200)]
        ours.append(seconds(lambda rows=rows, at=at: _poll(ledger, rows, at)))
        again = [row | {"venue": "PEER", "simulated": False} for row in rows]
        peers.append(seconds(lambda again=again: _peer_poll(ledger, again)))
    median, peer = statistics.median(ours[10:]), statistics.median(peers[10:])
    note = f"median {median * 1000:.1f} ms; the peer keeps no versions"
    yield Result("live poll of 200 quotes", median / peer, "of a bare insert", note=note)
    p95 = statistics.quantiles(ours[10:], n=20)[-1] * 1000
    yield Result("live poll of 200 quotes, p95", p95, "ms", "<= 10 when idle")


def _poll(ledger: Ledger, rows: list[dict[str, Any]], at: datetime) -> None:
    with ledger.session() as session:
        write(session, Quote, rows, written_at=at)


def _peer_poll(ledger: Ledger, rows: list[dict[str, Any]]) -> None:
    with ledger.session() as session:
        session.execute(insert(Quote).on_conflict_do_nothing(), rows)
