from datetime import timedelta
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from agents.start import checkpointer
from chat_app.checks import MINUTE, checks
from chat_app.health import readiness
from ledgers import collecting
from ledgers.migrations import downgrade

pytestmark = pytest.mark.integration

ALL_WELL = {
    "ready": True,
    "postgres": "ok",
    "valkey": "ok",
    "migrations": "ok",
    "checkpointer": "ok",
    "last_collection": "nothing was collected yet",
}


async def test_it_is_ready_once_every_part_answers(ledger, redis_url):
    before = await readiness(checks(ledger, redis_url))
    assert not before["ready"]
    assert "no tables yet" in before["checkpointer"]
    async with checkpointer(ledger.url):
        assert await readiness(checks(ledger, redis_url)) == ALL_WELL


async def test_a_part_that_is_away_is_named_and_the_others_are_not_blamed(ledger):
    async with checkpointer(ledger.url):
        state = await readiness(checks(ledger, "redis://127.0.0.1:1/0"))
    assert not state["ready"]
    assert state["valkey"] != "ok"
    assert {state[part] for part in ("postgres", "migrations", "checkpointer")} == {"ok"}


async def test_a_schema_behind_the_program_is_told_with_the_command(ledger, redis_url):
    async with checkpointer(ledger.url):
        downgrade(ledger.url, "base")
        state = await readiness(checks(ledger, redis_url))
    assert "omc db upgrade" in state["migrations"]


async def test_the_last_collection_is_told_and_makes_unready_only_where_one_is_expected(ledger, redis_url):
    async with checkpointer(ledger.url):
        expected = checks(ledger, redis_url, collected_within=timedelta(minutes=30))
        assert "does the collector run?" in (await readiness(expected))["last_collection"]
        with ledger.session() as session:
            collecting.remember(session, "coinspot_quotes", last_success_at=collecting.clock(session) - MINUTE * 20)
        state = await readiness(expected)
        assert (state["ready"], state["last_collection"]) == (True, "coinspot_quotes, 20 min ago")
        with ledger.session() as session:
            collecting.remember(session, "coinspot_quotes", last_success_at=collecting.clock(session) - MINUTE * 40)
        late = await readiness(expected)
        assert not late["ready"]
        assert "coinspot_quotes, 40 min ago; expected every 30 min" in late["last_collection"]
        assert (await readiness(checks(ledger, redis_url)))["ready"]


@pytest.mark.parametrize(("broken", "status"), [(False, 200), (True, 503)])
def test_readiness_over_http_is_503_until_every_part_is_well(broken, status):
    from chat_app.routes import router

    async def part():
        if broken:
            raise ConnectionError("gone")

    app = FastAPI()
    app.include_router(router(SimpleNamespace(checks={"part": part}, local=False), None))
    with TestClient(app) as client:
        assert client.get("/health").json() == {"status": "ok"}
        answer = client.get("/ready")
    assert answer.status_code == status
    assert answer.json()["ready"] is not broken
