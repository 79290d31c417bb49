"""`omc collect --once`, `omc sources`, enable and disable, as they are typed."""

import json

import pytest
from replay import replay
from typer.testing import CliRunner

from chat_app.cli import app
from collectors.runner import Lease
from ledgers import collecting
from ledgers.config import database_url
from ledgers.store import Ledger

pytestmark = pytest.mark.integration


@pytest.fixture
def server():
    with replay() as running:
        yield running


@pytest.fixture
def omc(fresh_endpoints, home, monkeypatch, server):
    """Run a command on this test's own databases and the replay server."""
    monkeypatch.setenv("OMC_HOME", str(home))
    monkeypatch.setenv("OMC_POSTGRES_URL", fresh_endpoints.postgres_url)
    monkeypatch.setenv("OMC_REDIS_URL", fresh_endpoints.redis_url)
    monkeypatch.setenv("OMC_SOURCE_URLS", json.dumps(server.urls(["coinspot_quotes", "binance_candles_1d"])))
    return lambda *words: CliRunner().invoke(app, [*words, "--live"])


def told(result) -> dict[str, dict]:
    return {source["name"]: source for source in json.loads(result.stdout)}


def test_one_source_is_collected_once_and_shown_with_what_it_brought(omc):
    run = json.loads(omc("collect", "--once", "coinspot_quotes").stdout)
    assert (run["status"], run["inserted"], run["rejected"]) == ("succeeded", 6, 0)
    source = told(omc("sources", "--json"))["coinspot_quotes"]
    assert (source["ledger"], source["state"], source["rows"], source["why_disabled"]) == ("glass", "healthy", 6, None)
    assert source["last_run"]["status"] == "succeeded"
    assert source["next_run"]


def test_a_feed_that_fails_is_told_with_its_reason_and_exit_code_1(omc, server):
    server.faults = {"coinspot_quotes": "html"}
    result = omc("collect", "--once", "coinspot_quotes")
    assert result.exit_code == 1
    run = json.loads(result.stdout)
    assert run["status"] == "failed"
    assert run["error"].startswith("SourceChanged: ")
    line = next(line for line in omc("sources").stdout.splitlines() if line.startswith("coinspot_quotes "))
    assert "failing" in line
    assert "SourceChanged" in line


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("collect", "--once", "no_such"), "no source 'no_such'"),
        (("collect", "--once", "cryptopanic_posts"), "set OMC_CRYPTOPANIC_KEY"),
        (("sources", "enable", "no_such"), "no source 'no_such'"),
    ],
)
def test_what_cannot_run_is_a_bad_argument_that_says_why(omc, words, complaint):
    error = omc(*words).exception
    assert type(error).__name__ == "BadArgument"
    assert complaint in str(error)


def test_a_source_that_is_being_collected_elsewhere_is_left_alone(omc, fresh_endpoints):
    ledger = Ledger(database_url(fresh_endpoints.postgres_url, "live"))
    with ledger.session() as session:
        slot = collecting.clock(session)
        lease = Lease().dead_after
        assert collecting.claim(session, source="coinspot_quotes", slot=slot, worker="other", dead_after=lease)
    ledger.close()
    assert "by another process" in str(omc("collect", "--once", "coinspot_quotes").exception)


def test_a_source_is_switched_off_and_on_and_history_is_counted_in_the_terminal(omc):
    omc("sources", "disable", "coinspot_quotes")
    source = told(omc("sources", "--json"))["coinspot_quotes"]
    assert (source["state"], source["next_run"]) == ("disabled", None)
    assert "omc sources enable coinspot_quotes" in source["why_disabled"]
    omc("sources", "enable", "coinspot_quotes")
    lines = omc("sources").stdout.splitlines()
    assert "waiting" in next(line for line in lines if line.startswith("coinspot_quotes "))
    assert " of " in next(line for line in lines if line.startswith("binance_candles_1d "))
