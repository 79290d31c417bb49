"""A real HTTP server that stands in for every feed: replays `tests/payloads/`, and plays faults when told to."""

import asyncio
import gzip
import json
import socket
import tempfile
import threading
import time
import tomllib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatch
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import trustme
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as Asked
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

PAYLOADS = Path(__file__).parent.parent / "payloads"
FAULTS = ("storm", "error", "html", "truncated", "bomb", "drip", "refused", "tls")
HTML = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"


@dataclass(frozen=True)
class Recorded:
    """What `tests/payloads/<source>/replies.toml` says: when it was, what is asked, what comes of it."""

    folder: Path
    now: datetime
    replies: list[dict[str, Any]]
    broken: list[dict[str, Any]]
    used: list[dict[str, Any]] = field(default_factory=list)

    def body(self, path: str, params: dict[str, str] | None = None, method: str = "GET") -> bytes | None:
        """The payload for a path relative to the source's base URL; None where there is none."""
        for reply in self.replies:
            wanted = reply.get("params", {})
            if (
                fnmatch(path, reply["path"])
                and method == reply.get("method", "GET")
                and all((params or {}).get(name) == value for name, value in wanted.items())
            ):
                if reply not in self.used:
                    self.used.append(reply)
                return (self.folder / reply["file"]).read_bytes()
        return None


def recorded(source: str) -> Recorded:
    """The payloads of a source; `tests/payloads/binance_candles/` serves binance_candles_5m, _1h and _1d."""
    folder = PAYLOADS / source
    if not folder.exists() and "_" in source:
        return recorded(source.rpartition("_")[0])
    told = tomllib.loads((folder / "replies.toml").read_text())
    return Recorded(folder, told["now"], told["reply"], told.get("broken", []))


@dataclass
class Replay:
    """The server: `faults` maps a source (or '*') to a fault; `asked` counts requests by source."""

    port: int = 0
    tls_port: int = 0
    faults: dict[str, str] = field(default_factory=dict)
    bodies: dict[str, bytes] = field(default_factory=dict)  # by source: instead of what is recorded
    pages: dict[str, bytes] = field(default_factory=dict)  # by pattern of source and path: before all else
    makers: dict[str, Callable[[], bytes]] = field(default_factory=dict)  # by source: a new body for each request
    headers: dict[str, str] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    seen: list[Asked] = field(default_factory=list)
    posted: list[bytes] = field(default_factory=list)
    latency: float = 0.0
    retry_after: str | None = None
    stuttering: int = 0  # so many failures before each fault heals by itself; 0: never
    not_modified: int = 0

    def url(self, source: str) -> str:
        """The base URL that stands in for a source's own."""
        fault = self.faults.get(source)
        if fault == "refused":
            return f"http://127.0.0.1:{closed_port()}/{source}"
        if fault == "tls":
            return f"https://127.0.0.1:{self.tls_port}/{source}"
        return f"http://127.0.0.1:{self.port}/{source}"

    def urls(self, sources: Iterator[str] | list[str]) -> dict[str, str]:
        """As OMC_SOURCE_URLS wants them."""
        return {source: self.url(source) for source in sources}

    async def answer(self, asked: Asked) -> Response:
        """Answer as recorded, or as the fault wants it."""
        source, path = asked.path_params["source"], "/" + asked.path_params["path"]
        self.asked[source] += 1
        self.seen.append(asked)
        if asked.method == "POST":
            self.posted.append(await asked.body())
        await asyncio.sleep(self.latency)
        fault = self.faults.get(source) or self.faults.get("*")
        if fault and (not self.stuttering or self.asked[source] <= self.stuttering):
            return self.failing(fault, asked)
        made = self.makers.get(source)
        page = next((body for pattern, body in self.pages.items() if fnmatch(f"{source}{path}", pattern)), None)
        body = page or (made() if made else self.bodies.get(source))
        body = body or recorded(source).body(path, dict(asked.query_params), asked.method)
        if body is None:
            return PlainTextResponse(f"nothing recorded for {asked.method} {path}", 404)
        if "etag" in self.headers and asked.headers.get("if-none-match") == self.headers["etag"]:
            self.not_modified += 1
            return Response(status_code=304, headers=self.headers)
        return Response(body, headers=self.headers)

    def failing(self, fault: str, asked: Asked) -> Response:
        """One fault each; a number is an HTTP status."""
        later = {"Retry-After": self.retry_after} if self.retry_after else {}
        makers: dict[str, Callable[[], Response]] = {
            "storm": lambda: PlainTextResponse("too many requests", 429, later),
            "error": lambda: PlainTextResponse(f"Internal error at {asked.url}", 500),
            "echo": lambda: Response(HTML + f"{asked.url} {asked.headers.raw}".encode(), media_type="text/html"),
            "html": lambda: Response(HTML, media_type="text/html"),
            "truncated": lambda: StreamingResponse(torn(), headers={"Content-Length": "5000"}),
            "bomb": lambda: Response(bomb(), headers={"Content-Encoding": "gzip"}),
            "drip": lambda: StreamingResponse(drip(), media_type="application/json"),
        }
        return makers[fault]() if fault in makers else PlainTextResponse(fault, int(fault))


async def torn() -> AsyncIterator[bytes]:
    yield b'{"status": "ok", "prices": {"btc": {"bid": "1'


async def drip() -> AsyncIterator[bytes]:
    for letter in json.dumps({"status": "ok", "prices": {"btc": "x" * 500}}):
        yield letter.encode()
        await asyncio.sleep(0.5)


@cache
def bomb() -> bytes:
    """300 MB of spaces, gzipped to 300 kB."""
    packed = BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6) as file:
        for _ in range(300):
            file.write(b" " * 1_000_000)
    return packed.getvalue()


@contextmanager
def replay() -> Iterator[Replay]:
    """A running replay server, once in the clear and once with a certificate that nobody trusts."""
    server = Replay()
    app = Starlette(routes=[Route("/{source}/{path:path}", server.answer, methods=["GET", "POST"])])
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key.pem"
        trustme.CA().issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(key)
        with serving(app) as server.port, serving(app, ssl_certfile=key, ssl_keyfile=key) as server.tls_port:
            yield server


@contextmanager
def serving(app: Starlette, **tls: Path) -> Iterator[int]:
    """The application in a thread; yields its port."""
    quiet = {"log_level": "critical", "lifespan": "off", "ws": "none", "timeout_graceful_shutdown": 1}
    listening = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(app, **quiet, **tls))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not running.started and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        yield int(listening.getsockname()[1])
    finally:
        running.should_exit = True
        thread.join(10)
        listening.close()


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
