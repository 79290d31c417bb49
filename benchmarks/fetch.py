"""From a feed's answer to stored rows: 1,000 quotes through the runner, against a script that does the bare minimum."""

import asyncio
import json
import statistics
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import psycopg

from benchmarks.bench import Bench, Result
from collectors.catalogue import sources_of
from collectors.config import CollectSettings
from collectors.http import Fetcher
from collectors.runner import Runner

QUOTES = 1_000
TURNS = 15
COLUMNS = "symbol, quote, venue, observed_at, known_at, source, simulated, bid, ask, last"


def measure(bench: Bench) -> Iterator[Result]:
    """The runner fetches, checks, stamps, merges and books; the script asks, reads JSON and copies."""
    ledger = bench.ledger("fetch")
    with feed() as url:
        ours, script = asyncio.run(compare(ledger, bench.endpoints.redis_url, url))
    note = f"{QUOTES:,} quotes over HTTP"
    yield Result("peer: httpx, json, COPY by hand", script * 1000, "ms", note=note)
    yield Result("fetch to stored row, a run of the source", ours * 1000, "ms", note=note)
    yield Result("of it", ours / script, "times the peer", note="medians of turns, one after the other")


async def compare(ledger: Any, redis_url: str, url: str) -> tuple[float, float]:
    """Median seconds of a run, and of the script."""
    source = replace(sources_of(simulated=False)["coinspot_quotes"], requests_per_minute=60_000)
    settings = CollectSettings(source_urls={source.name: url})
    begin = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=2)
    times: dict[str, list[float]] = {"ours": [], "script": []}
    async with Fetcher(redis_url) as fetcher, httpx.AsyncClient() as client:
        runner = Runner(ledger, fetcher, settings)

        async def ours(slot: datetime) -> None:
            run = await runner.run(source, slot)
            assert run is not None
            assert run.inserted == QUOTES, run.error

        async def script(slot: datetime) -> None:
            answer = await client.get(f"{url}/pubapi/v2/latest")
            prices = answer.json()["prices"]
            await asyncio.to_thread(copy_by_hand, ledger.url, slot + timedelta(seconds=30), prices)

        for turn in range(TURNS + 2):  # two to warm up
            slot = begin + turn * timedelta(minutes=1)
            ways: dict[str, Callable[[datetime], Coroutine[Any, Any, None]]] = {"ours": ours, "script": script}
            for name, way in ways.items():
                started = time.perf_counter()
                await way(slot)
                times[name].append(time.perf_counter() - started)
    return statistics.median(times["ours"][2:]), statistics.median(times["script"][2:])


def copy_by_hand(url: str, at: datetime, prices: dict[str, dict[str, str]]) -> None:
    """One transaction, one COPY into the table, on a connection of its own as a script has it."""
    statement = f"COPY quotes ({COLUMNS}) FROM STDIN"
    with psycopg.connect(url) as connection, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for symbol, told in prices.items():
            row = (symbol.upper(), "AUD", "COINSPOT", at, at, "by_hand", False)
            copy.write_row((*row, float(told["bid"]), float(told["ask"]), float(told["last"])))


@contextmanager
def feed() -> Iterator[str]:
    """A server that answers as CoinSpot does, with a thousand coins."""
    price = {"bid": "98250.5", "ask": "98711.2", "last": "98400.25"}
    coins = {f"c{number}": price for number in range(QUOTES)}
    body = json.dumps({"status": "ok", "message": "ok", "prices": coins}).encode()

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Quietly."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
