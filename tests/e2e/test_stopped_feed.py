"""One feed stops: the next answer, the Data page and one alert say so; it starts again, and that is recorded."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect
from replay import replay
from sqlalchemy import select

from ledgers import alerts
from ledgers.config import database_url
from ledgers.health import Alert, QualityVerdict
from ledgers.store import Ledger

pytestmark = pytest.mark.e2e
PROGRAM = Path(__file__).parent.parent / "servers" / "quick_collect.py"
STALE_AFTER_SECONDS, WORTHLESS_AFTER_SECONDS = 9, 3600


@pytest.fixture
def server():
    with replay() as running:
        yield running


@pytest.fixture
def ledger(product):
    ledger = Ledger(database_url(product.endpoints.postgres_url, "live"))
    yield ledger
    ledger.close()


@pytest.fixture
def collecting(product, server):
    """`omc collect` of CoinSpot's quotes every second, judged every second."""
    limits = {"attempts": 1, "attempt_seconds": 2.0, "total_seconds": 3.0}
    promise = [STALE_AFTER_SECONDS / 60, WORTHLESS_AFTER_SECONDS / 60]
    own = {
        "OMC_HOME": str(product.home),
        "OMC_POSTGRES_URL": product.endpoints.postgres_url,
        "OMC_REDIS_URL": product.endpoints.redis_url,
        "OMC_SOURCE_URLS": json.dumps(server.urls(["coinspot_quotes"])),
        "OMC_QUALITY_EVERY_SECONDS": "1",
        "OMC_QUALITY_FRESHNESS": json.dumps({"coinspot_quotes": promise}),
        "QUICK_COLLECT": json.dumps({"sources": ["coinspot_quotes"], "every": 1.0, "limits": limits}),
    }
    log = (product.home / "collect.log").open("ab")
    command = [sys.executable, str(PROGRAM), "collect", "--live"]
    process = subprocess.Popen(command, env={**os.environ, **own}, stdout=log, stderr=log)
    yield process
    process.terminate()
    process.wait(20)
    log.close()


def wait_for(condition, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def state(ledger) -> str | None:
    """What the newest verdict says."""
    newest = select(QualityVerdict.state).where(QualityVerdict.series == "*")
    with ledger.session() as session:
        return session.execute(newest.order_by(QualityVerdict.judged_at.desc()).limit(1)).scalar()


def told(ledger) -> list[Alert]:
    with ledger.session() as session:
        return list(session.execute(select(Alert)).scalars())


def answers(page) -> str:
    return page.locator("[data-step-type=assistant_message]").last.inner_text()


@pytest.mark.usefixtures("collecting")
def test_a_feed_that_stops_is_told_everywhere_once_and_its_recovery_is_recorded(product, server, ledger, visit, say):
    wait_for(lambda: state(ledger) == "fresh")
    visitor = visit(product)
    chat, data = visitor.sign_in(), visitor.open("/data", ready="main")
    server.faults = {"coinspot_quotes": "error"}
    wait_for(lambda: told(ledger), STALE_AFTER_SECONDS + 20)
    expect(chat.locator(".omc-quiet")).to_contain_text("coinspot_quotes")
    expect(data.locator(".alerts")).to_contain_text("coinspot_quotes")
    wait_for(lambda: state(ledger) in ("warn", "error"))
    row = data.locator("tr", has_text="coinspot_quotes")
    expect(row.locator(".state")).to_have_text("failing")
    say(chat, "What is the price of BTC?")
    chat.wait_for_selector(".evidence-open")
    assert "Stale: quotes (coinspot_quotes)" in answers(chat)
    server.faults = {}
    wait_for(lambda: state(ledger) == "fresh")
    wait_for(lambda: all(alert.recovered_at for alert in told(ledger)))
    assert len(told(ledger)) == 1, "one alert, whatever the monitor and the runner think"
    expect(chat.locator(".omc-quiet")).to_contain_text("coinspot_quotes is well again")
    expect(row.locator(".state")).to_have_text("healthy")
    expect(data.locator(".alerts")).to_have_count(0)
    say(chat, "What is the price of ETH?")
    chat.wait_for_selector(".evidence-open >> nth=1")
    assert "Stale" not in answers(chat)
    with ledger.session() as session:
        assert alerts.standing(session) == []
