import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from chat_app.compose import open_ledger
from chat_app.up import chosen_mode
from collectors.catalogue import sources_of
from ledgers.config import LedgerSettings
from ledgers.glass import Quote

pytestmark = pytest.mark.integration
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def feed() -> Iterator[str]:
    """A server that answers every request."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _no_source_answers(monkeypatch):
    feeds_at(NOWHERE, monkeypatch)


def feeds_at(base_url: str, monkeypatch) -> None:
    monkeypatch.setenv("OMC_SOURCE_URLS", json.dumps(dict.fromkeys(sources_of(simulated=False), base_url)))


def chosen(endpoints, *, demo: bool | None = None, mode: str | None = None):
    said: list[str] = []
    return chosen_mode(LedgerSettings(mode=mode), endpoints, demo=demo, say=said.append), said


def test_an_option_decides_and_nothing_is_said(fresh_endpoints):
    assert chosen(fresh_endpoints, demo=True, mode="live") == ("demo", [])
    assert chosen(fresh_endpoints, demo=False, mode="demo") == ("live", [])


def test_the_setting_decides_where_no_option_does(fresh_endpoints):
    assert chosen(fresh_endpoints, mode="demo") == ("demo", [])


def test_the_demo_is_chosen_and_told_where_nothing_is_stored_and_no_source_answers(fresh_endpoints):
    mode, said = chosen(fresh_endpoints)
    assert mode == "demo"
    assert "simulation" in said[0]


def test_an_empty_live_ledger_stays_live_while_a_source_answers(fresh_endpoints, feed, monkeypatch):
    feeds_at(feed, monkeypatch)
    assert chosen(fresh_endpoints)[0] == "live"


def test_a_live_ledger_that_holds_rows_stays_live_without_any_source(fresh_endpoints):
    ledger = open_ledger(fresh_endpoints, "live")
    now = datetime.now(UTC)
    with ledger.session() as session:
        session.add(Quote(symbol="BTC", venue="COINSPOT", quote="AUD", observed_at=now, known_at=now, source="own"))
    ledger.close()
    mode, said = chosen(fresh_endpoints)
    assert mode == "live"
    assert "omc up --demo" in said[0]  # where the conversations of the first day are
