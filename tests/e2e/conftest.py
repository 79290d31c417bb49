"""The product as a person meets it: `omc up` as a process, Chromium before it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from chat_app.compose import open_ledger
from chat_app.services import Endpoints
from ledgers.glass import Candle
from ledgers.human import SentimentReading
from ledgers.store import write

STARTS_WITHIN = 150.0
PATIENCE_MS = 30_000
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run")
_numbers = count(1)
LOST = re.compile(r"ERR_CONNECTION_(REFUSED|RESET)|ERR_EMPTY_RESPONSE|Failed to fetch")
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Product:
    """`omc up` on databases of its own; it can be killed and started again at the same address."""

    home: Path
    endpoints: Endpoints
    settings: dict[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ("--live",)
    port: int = 0
    link: str = ""
    process: subprocess.Popen[bytes] | None = None
    cookies: list = field(default_factory=list)

    def start(self) -> str:
        """Start it, wait for its link."""
        self.port = self.port or free_port()
        mine = {"OMC_HOME": self.home, "OMC_POSTGRES_URL": self.endpoints.postgres_url}
        env = {**os.environ, **mine, "OMC_REDIS_URL": self.endpoints.redis_url, **self.settings}
        words = ["up", "--port", str(self.port), "--no-browser", "--no-collector", *self.words]
        before = len(self.said)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", "from chat_app.cli import main; main()", *words],
                env={key: str(value) for key, value in env.items()},
                stderr=log,
                stdout=subprocess.DEVNULL,
            )
        self.link = self.hears(r"ready:\s+(http\S+)", after=before)
        return self.link

    def hears(self, pattern: str, *, after: int = 0) -> str:
        """Wait until it prints what matches, from that place of its log on; return the first group."""
        deadline = time.monotonic() + STARTS_WITHIN
        while time.monotonic() < deadline and self.process:
            if found := re.search(pattern, self.said[after:]):
                return found[1]
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"omc up did not say {pattern}; it said: {self.said}")

    @property
    def log(self) -> Path:
        return self.home / "terminal.txt"

    @property
    def said(self) -> str:
        """All that it has printed."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def kill(self) -> None:
        """As a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As Ctrl-C would."""
        self._end(signal.SIGTERM)

    def _end(self, number: int) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self.process = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def make_product(endpoints: Endpoints, tmp_path_factory) -> Iterator[Callable[..., Product]]:
    """A maker of products, each on ledgers of its own; they are stopped when the module has run."""
    made: list[Product] = []

    def make(**fields) -> Product:
        name = f"e2e_{os.getpid()}_{next(_numbers)}"
        own = Endpoints(f"{endpoints.postgres_url}/{name}", endpoints.redis_url, embedded=True)
        made.append(Product(tmp_path_factory.mktemp("omc"), own, **fields))
        if "--demo" not in made[-1].words:
            fill(own)
        return made[-1]

    yield make
    for product in made:
        product.stop()


@pytest.fixture(scope="module")
def product(make_product) -> Product:
    """Three coins in the live ledgers, and the offline analyst."""
    product = make_product()
    product.start()
    return product


def fill(endpoints: Endpoints) -> None:
    """Ninety days of daily bars of three coins, and of the fear and greed index."""
    ledger = open_ledger(endpoints, "live")
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    with ledger.session() as session:
        write(session, Candle, bars(today), written_at=datetime.now(UTC))
        write(session, SentimentReading, moods(today), written_at=datetime.now(UTC))
    ledger.close()


def bars(today: datetime) -> list[dict]:
    days = [today - timedelta(days=back) for back in range(95, 0, -1)]
    prices = {"BTC": (60_000.0, 1.002), "ETH": (3_000.0, 1.001), "SOL": (150.0, 0.999)}
    return [
        {
            "symbol": symbol,
            "interval": "1d",
            "quote": "USDT",
            "venue": "BINANCE",
            "open_time": day,
            "open": first * growth**n,
            "high": first * growth**n * 1.02,
            "low": first * growth**n * 0.98,
            "close": first * growth ** (n + 1),
            "volume": 1_000.0 + n,
            "observed_at": day + timedelta(days=1),
            "known_at": day + timedelta(days=1, minutes=1),
            "source": "binance_candles",
        }
        for symbol, (first, growth) in prices.items()
        for n, day in enumerate(days)
    ]


def moods(today: datetime) -> list[dict]:
    return [
        {
            "index": "fear_greed",
            "symbol": "*",
            "source": "alternative_fear_greed",
            "observed_at": today - timedelta(days=back),
            "known_at": today - timedelta(days=back) + timedelta(minutes=5),
            "value": float(40 + back % 20),
            "label": "Fear",
        }
        for back in range(95, -1, -1)
    ]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")  # Playwright holds the thread's event loop: other tiers need it back
def browser() -> Iterator[Browser]:
    """Chromium; without one this tier is skipped, in CI it fails."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        if found is None and not Path(playwright.chromium.executable_path).exists():
            reason = "no Chromium; get one with: .venv/bin/python -m playwright install chromium"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        running = playwright.chromium.launch(executable_path=found, args=list(QUIET))
        yield running
        running.close()


@dataclass
class Visitor:
    """A person at a browser, with cookies of their own. What the page complains of is kept."""

    context: BrowserContext
    product: Product
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def open(self, path: str = "", *, ready: str = "#chat-input") -> Page:
        """Open a page and wait until one can write on it."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on("request", lambda request: self._see(request.url))
        page.goto(path if path.startswith("http") else self.product.url + path)
        page.wait_for_selector(ready)
        return page

    def sign_in(self) -> Page:
        """Open the link that the terminal printed; it works once, then the cookie does."""
        self.context.add_cookies(self.product.cookies)
        page = self.open("" if self.product.cookies else self.product.link)
        page.wait_for_selector("#starters button:enabled")
        self.product.cookies = self.context.cookies()
        return page

    def _hear(self, kind: str, text: str) -> None:
        if kind == "error":
            self.complaints.append(text)

    def _see(self, url: str) -> None:
        if not url.startswith((self.product.url, self.product.url.replace("http", "ws"), "data:", "blob:")):
            self.strangers.append(url)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visitor]]:
    """A maker of visitors. At the end no page has asked another host for anything, nor complained.

    A lost connection is none: servers are killed on purpose here.
    """
    visitors: list[Visitor] = []

    def make(product: Product, **options) -> Visitor:
        options = {"viewport": {"width": 1280, "height": 800}, "accept_downloads": True, **options}
        visitors.append(Visitor(browser.new_context(**options), product))
        return visitors[-1]

    yield make
    for visitor in visitors:
        print(visitor.product.said[-4000:])  # noqa: T201 - shown beside a failure
        visitor.context.close()
    assert [url for visitor in visitors for url in visitor.strangers] == []
    assert [said for visitor in visitors for said in visitor.complaints if not LOST.search(said)] == []


def ask(page: Page, text: str) -> None:
    """Write a message and send it."""
    page.locator("#chat-input").fill(text)
    page.locator("#chat-submit").click()


@pytest.fixture
def say() -> Callable[[Page, str], None]:
    """Write a message and send it."""
    return ask
