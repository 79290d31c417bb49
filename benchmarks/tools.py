"""Whole tool calls over a million stored candles: query, figures, evidence and the attached file."""

import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from agents.context import RunContext
from agents.finding import Finding
from agents.stores import DiskStore
from agents.tools.analysis import compute_indicators
from agents.tools.charts import make_chart
from agents.tools.glass import get_price_data
from benchmarks.bench import Bench, Result, administer, at_most
from benchmarks.market import START, bars
from ledgers.app import create_thread, ensure_local_user
from ledgers.conversation import Run
from ledgers.glass import Candle
from ledgers.store import Ledger, write

CANDLES = 1_000_000
SECONDS = 1.0  # the requirement


def measure(bench: Bench) -> Iterator[Result]:
    """Thirty days, a year resampled, an indicator, a chart, and everything at once."""
    ledger, rows = bench.ledger("tools"), bench.rows(CANDLES)
    with ledger.session() as session:
        write(session, Candle, bars(rows), written_at=START)
    administer(ledger, "VACUUM (ANALYZE) candles")
    with tempfile.TemporaryDirectory(prefix="omc-bench-tools-") as folder:
        run = a_run(ledger, Path(folder), rows)
        for what, call in calls(run, rows).items():
            taken = bench.medians({what: lambda call=call: _discard(call())})
            note = f"of {rows:,} stored candles"
            every = "all" in what  # reading every row is bound by the reading, which benchmarks/reads.py measures
            yield Result(what, taken[what], "s", note=note) if every else at_most(what, taken[what], "s", SECONDS, note)


def calls(run: RunContext, rows: int) -> dict[str, Callable[[], Finding]]:
    """The tool calls that are measured."""
    end = (START + timedelta(minutes=rows)).isoformat()
    month = {"days": min(30.0, rows / 1440 / 2), "end": end}
    whole = {"start": START.isoformat(), "end": end}
    return {
        "get_price_data, 30 days of 1m bars": lambda: get_price_data(run, "BTC", "1m", **month),
        "get_price_data, all as 1d bars": lambda: get_price_data(run, "BTC", "1d", **whole),
        "get_price_data, all 1m bars": lambda: get_price_data(run, "BTC", "1m", **whole),
        "compute_indicators, 30 days of 1m bars": lambda: compute_indicators(
            run, "BTC", ["rsi", "macd"], "1m", **month
        ),
        "make_chart, 30 days of 1m bars": lambda: make_chart(run, ["BTC"], "candles", "1m", **month),
    }


def a_run(ledger: Ledger, folder: Path, rows: int) -> RunContext:
    """A run of the local user, some minutes after the last candle."""
    now = START + timedelta(minutes=rows + 5)
    with ledger.session() as session:
        user = ensure_local_user(session, now=now)
        thread = create_thread(session, user_id=user.id, now=now)
        run = {"id": "bench", "message": "", "status": "running", "model": "none", "started_at": now}
        session.add(Run(**run, thread_id=thread.id, user_id=user.id))
        return RunContext(ledger, DiskStore(folder), user.id, thread.id, "bench", "call", now, None)


def _discard(_finding: Finding) -> None:
    """Nothing to take off as preparation."""
