"""What a source publishes while the chat is open: collected by `omc collect`, shown on every open page, once."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from replay import PAYLOADS, replay

from ledgers import alerts
from ledgers.config import database_url
from ledgers.store import Ledger

pytestmark = pytest.mark.e2e
WITHIN_SECONDS = 30
CARD = ".omc-notice"


@pytest.fixture(scope="module")
def server():
    with replay() as running:
        yield running


@pytest.fixture(scope="module")
def collecting(product, server):
    """`omc collect` beside the product, on the replay server alone; the other sources are off."""
    wanted = ("coinspot_announcements", "sec_filings")
    urls = {"OMC_SOURCE_URLS": json.dumps(server.urls(list(wanted)))}
    own = {
        "OMC_HOME": str(product.home),
        "OMC_POSTGRES_URL": product.endpoints.postgres_url,
        "OMC_REDIS_URL": product.endpoints.redis_url,
        "OMC_CONTACT": "someone@example.org",
        "OMC_SEC_FILERS": "MSTR=1050446",
    }
    env = {**os.environ, **own, **urls}
    ledger = ledger_of(product)
    from collectors.catalogue import sources_of
    from collectors.overview import switch

    for name in sources_of(simulated=False):
        switch(ledger, name, enabled=name in wanted)
    ledger.close()
    program = [sys.executable, "-c", "from chat_app.cli import main; main()", "collect", "--live"]
    log = (product.home / "collect.log").open("ab")
    process = subprocess.Popen(program, env=env, stdout=log, stderr=log)
    wait_for(lambda: all(server.asked[name] > 1 for name in wanted), 90)  # a first look has been had
    yield process
    process.terminate()
    process.wait(20)
    log.close()


def ledger_of(product) -> Ledger:
    return Ledger(database_url(product.endpoints.postgres_url, "live"))


def wait_for(condition, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def listing(number: int, title: str) -> bytes:
    url = f"https://coinspot.zendesk.com/hc/en-us/articles/{number}"
    said = {"id": number, "html_url": url, "draft": False, "title": title, "body": "<p>Now.</p>"}
    return json.dumps({"articles": [{**said, "created_at": stamp(datetime.now(UTC))}]}).encode()


def filing() -> bytes:
    later = json.loads((PAYLOADS / "sec_filings" / "mstr.json").read_text())
    recent = later["filings"]["recent"]
    for column in recent.values():
        column.insert(0, column[0])
    recent["accessionNumber"][0] = "0000900001-26-000098"
    recent["acceptanceDateTime"][0] = stamp(datetime.now(UTC) - timedelta(hours=6))
    return json.dumps(later).encode()


def test_a_listing_and_an_8k_reach_every_open_page_in_time_and_once(product, collecting, server, visit):
    visitor = visit(product)
    first = visitor.sign_in()
    second = visitor.open()
    begun = time.monotonic()
    server.bodies["coinspot_announcements"] = listing(900, "New Listing: Pyth (PYTH)")
    server.bodies["sec_filings"] = filing()
    for page in (first, second):
        expect(page.locator(CARD)).to_have_count(2)
    assert time.monotonic() - begun < WITHIN_SECONDS
    card = first.locator(CARD, has_text="PYTH")
    link = card.locator("a")
    assert link.get_attribute("href") == "https://coinspot.zendesk.com/hc/en-us/articles/900"
    assert link.get_attribute("rel") == "noopener noreferrer"
    expect(card).to_contain_text("coinspot_announcements")
    expect(card.locator("time")).to_be_visible()
    expect(first.locator(CARD, has_text="MSTR 8-K")).to_contain_text("BTC")
    first.reload()
    expect(first.locator(CARD)).to_have_count(2)
    third = visitor.open()
    assert third.locator(CARD).count() == 0, "the person was told already"
    card.locator("button").click()
    expect(first.locator(CARD)).to_have_count(1)
    first.reload()
    expect(first.locator(CARD)).to_have_count(1)


def test_a_restart_repeats_nothing_and_what_happened_meanwhile_is_shown(product, collecting, server, visit):
    visitor = visit(product)
    page = visitor.sign_in()
    server.bodies["coinspot_announcements"] = listing(901, "New Listing: Before (BEFORE)")
    expect(page.locator(CARD, has_text="BEFORE")).to_have_count(1)
    product.stop()
    ledger = ledger_of(product)
    server.bodies["coinspot_announcements"] = listing(902, "Delisting of Waves (WAVES)")
    wait_for(lambda: "WAVES" in notices_of(ledger), WITHIN_SECONDS)
    ledger.close()
    product.start()
    expect(page.locator(CARD, has_text="WAVES")).to_have_count(1, timeout=60_000)
    expect(page.locator(CARD, has_text="BEFORE")).to_have_count(1)


def notices_of(ledger) -> str:
    from ledgers import notices

    with ledger.session() as session:
        return " ".join(notice.text for notice in notices.latest(session))


def test_an_alert_about_a_feed_is_a_quiet_line_that_leads_to_the_data(product, visit):
    page = visit(product).sign_in()
    ledger = ledger_of(product)
    with ledger.session() as session:
        alerts.raise_alert(session, kind="data_quality", subject="x", level="high", message="quotes are 3 h old")
    line = page.locator(".omc-quiet")
    expect(line).to_contain_text("quotes are 3 h old")
    assert line.locator("a").get_attribute("href") == "/data"
    with ledger.session() as session:
        alerts.recover(session, "x", "data_quality")
    expect(line).to_contain_text("x is well again")
    ledger.close()
