"""What people are told of: what a source publishes while it is watched, once, and how alerts change."""

import json
from datetime import timedelta

import pytest
from replay import PAYLOADS, replay
from sqlalchemy import select, update
from stock import person

from collectors.catalogue import sources_of
from collectors.config import CollectSettings
from collectors.http import Fetcher
from collectors.runner import Runner
from ledgers import alerts, collecting, notices
from ledgers.app import LOCAL_USER
from ledgers.notices import Notice

pytestmark = pytest.mark.integration
SOURCES = sources_of(simulated=False)
MINUTE = timedelta(minutes=1)


def article(number: int, title: str, at) -> dict:
    stamp = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    url = f"https://coinspot.zendesk.com/hc/en-us/articles/{number}"
    return {"id": number, "html_url": url, "draft": False, "created_at": stamp, "title": title, "body": "<p>Now.</p>"}


def publish(server, *articles: dict) -> None:
    server.bodies["coinspot_announcements"] = json.dumps({"articles": articles}).encode()


def told(ledger) -> list[tuple[str, str]]:
    with ledger.session() as session:
        return [(n.kind, n.text) for n in session.execute(select(Notice).order_by(Notice.id)).scalars()]


@pytest.fixture
def server():
    with replay() as running:
        yield running


@pytest.fixture
async def runner(ledger, redis_url, server):
    settings = CollectSettings(
        contact="someone@example.org",
        sec_filers="MSTR=1050446",
        source_urls=server.urls(["coinspot_announcements", "sec_filings"]),
    )
    async with Fetcher(redis_url) as fetcher:
        yield Runner(ledger, fetcher, settings)


@pytest.fixture
def now(ledger):
    with ledger.session() as session:
        return collecting.clock(session).replace(microsecond=0)


async def test_listings_and_delistings_are_told_once_and_history_edits_and_the_rest_are_not(
    runner, server, ledger, now
):
    source = SOURCES["coinspot_announcements"]
    old = article(1, "New Listing: Ethena (ENA)", now - MINUTE)
    publish(server, old)
    await runner.run(source, now - 3 * MINUTE)
    assert told(ledger) == [], "what the first look finds is history"
    fresh = [
        article(2, "New Listing: Pyth (PYTH)", now - MINUTE),
        article(3, "Delisting of Waves (WAVES)", now - MINUTE),
        article(4, "SOL deposits unavailable", now - MINUTE),
        article(5, "New Listing: Late (LATE)", now - timedelta(days=3)),
    ]
    publish(server, {**old, "title": "New Listing: Ethena (ENA) and more"}, *fresh)
    for minute in (2, 1):
        run = await runner.run(source, now - minute * MINUTE)
        assert run.status == "succeeded"
    publish(server, *({**item, "title": item["title"] + "!"} for item in fresh))
    assert (await runner.run(source, now)).revised == 4
    assert sorted(told(ledger)) == [
        ("delisting", "Delisting of Waves (WAVES)"),
        ("listing", "New Listing: Pyth (PYTH)"),
    ]
    with ledger.session() as session:
        listing = session.execute(select(Notice).where(Notice.kind == "listing")).scalars().one()
    assert (listing.symbols, listing.url) == (["PYTH"], "https://coinspot.zendesk.com/hc/en-us/articles/2")
    assert listing.happened_at == now - MINUTE


async def test_an_8k_of_a_followed_filer_is_told(runner, server, ledger, now):
    await runner.run(SOURCES["sec_filings"], now - 2 * MINUTE)
    later = json.loads((PAYLOADS / "sec_filings" / "mstr.json").read_text())
    recent = later["filings"]["recent"]
    for number, form in ((98, "8-K"), (99, "10-Q")):
        for column in recent.values():
            column.insert(0, column[0])
        recent["accessionNumber"][0], recent["form"][0] = f"0000900001-26-0000{number}", form
        recent["acceptanceDateTime"][0] = (now - timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    server.bodies["sec_filings"] = json.dumps(later).encode()
    await runner.run(SOURCES["sec_filings"], now)
    ((kind, text),) = told(ledger)
    assert kind == "8-K"
    assert text.startswith("MSTR 8-K: ")


def test_an_alert_is_told_when_it_is_raised_escalates_and_is_over(ledger):
    for level in ("warning", "warning", "high", "high"):
        with ledger.session() as session:
            alerts.raise_alert(session, kind="data_quality", subject="quotes", level=level, message=f"{level}: late")
    with ledger.session() as session:
        assert alerts.recover(session, "quotes", "data_quality")
        assert not alerts.recover(session, "quotes", "data_quality")
    expected = [("raised", "warning: late"), ("escalated", "high: late"), ("recovered", "quotes is well again.")]
    assert told(ledger) == expected


def test_a_feed_that_fails_and_is_stale_for_it_is_one_alert(ledger):
    with ledger.session() as session:
        alerts.raise_alert(session, kind="source_failing", subject="quotes", level="warning", message="HTTP 500")
        alerts.raise_alert(session, kind="data_quality", subject="quotes", level="warning", message="late")
        alerts.raise_alert(session, kind="data_quality", subject="quotes", level="high", message="very late")
        (standing,) = alerts.standing(session)
        assert (standing.kind, standing.level, standing.text) == ("source_failing", "high", "very late")
    assert told(ledger) == [("raised", "HTTP 500"), ("escalated", "very late")]


def test_each_page_is_told_once_and_a_new_one_goes_on_where_the_person_was(ledger):
    def tell(name: str) -> None:
        with ledger.session() as session:
            moment = collecting.clock(session)
            notices.tell(session, key=name, kind="listing", level="high", subject="x", text=name, happened_at=moment)

    def page(after: int | None, user: str = LOCAL_USER) -> tuple[list[str], int]:
        with ledger.session() as session:
            found, last = notices.unread(session, user_id=user, after=after)
            return [notice.text for notice in found], last

    tell("before anybody came")
    shown, first_tab = page(None)
    assert shown == [], "a new person is told of nothing old"
    tell("one")
    tell("one")
    shown, first_tab = page(first_tab)
    assert shown == ["one"]
    assert page(first_tab)[0] == []
    assert page(None)[0] == [], "the person was told already"
    tell("two")
    assert page(None)[0] == ["two"], "nobody was there: the next page is told"
    assert page(first_tab)[0] == ["two"], "a page that was away catches up"
    assert page(10_000)[0] == [], "a number from another database means nothing here"
    other, _, _ = person(ledger, "ann")
    assert page(None, other)[0] == []
    with ledger.session() as session:
        session.execute(update(Notice).values(noticed_at=collecting.clock(session) - timedelta(days=2)))
    assert page(0)[0] == [], "what is two days old is no news"
