"""What `omc sources` says of each source, and what switching one off does."""

from dataclasses import replace
from datetime import timedelta

import pytest
from replay import closed_port, replay

from collectors import availability
from collectors.catalogue import sources_of
from collectors.config import CollectSettings
from collectors.overview import overview, probe, switch
from ledgers import collecting
from ledgers.errors import BadArgument

pytestmark = pytest.mark.integration
FIELDS = {"name", "ledger", "state", "last_run", "rows", "next_run", "why_disabled", "history", "attribution"}


def shown(ledger, name: str, **settings) -> dict:
    return next(s for s in overview(ledger, CollectSettings(**settings)) if s["name"] == name)


@pytest.fixture
def now(ledger):
    with ledger.session() as session:
        return collecting.clock(session)


def a_run(ledger, name: str, slot, status: str | None, **memory) -> None:
    with ledger.session() as session:
        mine = collecting.claim(session, source=name, slot=slot, worker="w", dead_after=timedelta(seconds=6))
        collecting.count(session, mine, inserted=5)
        if status:
            collecting.finish(session, mine, status)
        collecting.remember(session, name, **memory)


def test_every_source_is_listed_with_every_field(ledger):
    listed = overview(ledger, CollectSettings())
    assert {s["name"] for s in listed} == set(sources_of(simulated=False))
    assert all(set(s) == FIELDS for s in listed)


def test_a_missing_key_disables_a_source_and_says_which_setting(ledger):
    source = shown(ledger, "reddit_posts")
    assert source["state"] == "disabled"
    assert source["why_disabled"] == "set OMC_REDDIT_CLIENT_ID and OMC_REDDIT_CLIENT_SECRET"
    assert source["next_run"] is None
    assert shown(ledger, "reddit_posts", reddit_client_id="a", reddit_client_secret="b")["state"] == "waiting"


def test_a_source_is_switched_off_and_on_and_an_unknown_one_is_refused(ledger):
    switch(ledger, "coinspot_quotes", enabled=False)
    assert shown(ledger, "coinspot_quotes")["why_disabled"].startswith("switched off")
    switch(ledger, "coinspot_quotes", enabled=True)
    assert shown(ledger, "coinspot_quotes")["state"] == "waiting"
    assert shown(ledger, "coinmetrics_assets")["why_disabled"].startswith("off unless chosen")
    switch(ledger, "coinmetrics_assets", enabled=True)
    assert shown(ledger, "coinmetrics_assets")["why_disabled"] is None
    with pytest.raises(BadArgument, match="coinspot_quotes"):
        switch(ledger, "coinspot_quote", enabled=True)


@pytest.mark.parametrize(
    "case",
    [
        (None, 0, 0, "running"),
        ("succeeded", 0, 0, "healthy"),
        ("succeeded", 11, 0, "stale"),
        ("failed", 1, 2, "failing"),
    ],
)
def test_the_state_of_a_source_is_that_of_its_last_run(ledger, now, case):
    status, success_minutes_ago, failures, state = case
    success = now - timedelta(minutes=success_minutes_ago)
    a_run(ledger, "coinspot_quotes", now, status, last_success_at=success, failures_in_a_row=failures)
    source = shown(ledger, "coinspot_quotes")
    assert (source["state"], source["rows"]) == (state, 5)
    assert source["last_run"]["slot"] == now


def test_a_stand_in_waits_until_the_first_fails_or_is_switched_off(ledger, now):
    assert shown(ledger, "kraken_candles_1h")["state"] == "standing by"
    a_run(ledger, "binance_candles_1h", now, "failed", failures_in_a_row=1)
    assert shown(ledger, "kraken_candles_1h")["state"] == "waiting"
    assert shown(ledger, "coinbase_candles_1h")["state"] == "standing by"
    switch(ledger, "kraken_candles_1h", enabled=False)
    assert shown(ledger, "coinbase_candles_1h")["state"] == "waiting"


def test_standing_in_for_a_source_that_is_not_there_is_not_waiting_for_it(now):
    source = replace(sources_of(simulated=False)["kraken_candles_1h"], stands_in_for=("gone",))
    assert availability.standing_by(source, {}, {}, CollectSettings()) is None


async def test_the_probe_tells_whether_any_host_answers(now):
    names = list(sources_of(simulated=False))
    dead = dict.fromkeys(names, f"http://127.0.0.1:{closed_port()}")
    assert not await probe(CollectSettings(source_urls=dead), now=now, seconds=2)
    with replay() as server:
        alive = {**dead, "coinspot_quotes": server.url("coinspot_quotes")}
        assert await probe(CollectSettings(source_urls=alive), now=now, seconds=2)
