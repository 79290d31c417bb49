"""The Data page: what it shows of an empty ledger, of a full one, and of hostile text."""

from datetime import UTC, datetime, timedelta

import pytest

from chat_app.data_page import document, length, sparkline
from chat_app.status import status
from collectors.catalogue import sources_of
from collectors.config import CollectSettings, QualitySettings
from collectors.monitor import watch
from ledgers import alerts, collecting
from ledgers.quality import latest

pytestmark = pytest.mark.integration
HOSTILE = "<script>alert(1)</script>"


def page(ledger) -> str:
    return document(status(ledger, CollectSettings()), simulated=ledger.simulated)


def test_an_empty_ledger_says_what_to_do_and_why_sources_are_off(ledger):
    text = page(ledger)
    assert "Nothing has been collected yet" in text
    assert "omc collect" in text
    assert "set OMC_CRYPTOPANIC_KEY" in text
    assert "Simulated" not in text


def test_verdicts_alerts_gaps_and_the_score_over_time_are_shown(seeded_ledger):
    sources = sources_of(simulated=True)
    watch(seeded_ledger, sources, CollectSettings(), QualitySettings(bar_days=400))
    with seeded_ledger.session() as session:
        (holed, *_) = [v for v in latest(session, as_of=collecting.clock(session)) if v.facts["gap_count"]]
    text = page(seeded_ledger)
    assert "Nothing has been collected" not in text
    assert "Simulated market" in text
    assert holed.series in text
    assert "bars missing" in text
    assert "simulated_stablecoins is" in text
    assert text.count("<svg role=img") == len(sources)
    assert "class='state stale'" in text


def test_the_progress_of_fetching_the_past_is_shown(ledger):
    with ledger.session() as session:
        collecting.remember(session, "binance_candles_1d", last_success_at=collecting.clock(session))
    feed = next(f for f in status(ledger, CollectSettings()).feeds if f.told["name"] == "binance_candles_1d")
    assert feed.told["history"]["done"] < feed.told["history"]["total"]
    assert f"history {feed.told['history']['done']} of {feed.told['history']['total']}" in page(ledger)


def test_text_from_outside_is_shown_and_never_run(ledger):
    with ledger.session() as session:
        alerts.raise_alert(session, kind="source_changed", subject="x", level="high", message=HOSTILE)
        slot = collecting.clock(session)
        mine = collecting.claim(session, source="coinspot_quotes", slot=slot, worker="w", dead_after=timedelta(1))
        collecting.finish(session, mine, "failed", HOSTILE)
    text = page(ledger)
    assert HOSTILE not in text
    assert text.count("&lt;script&gt;alert(1)") == 3


def test_the_sparkline_steps_from_verdict_to_verdict():
    now = datetime(2026, 3, 14, tzinfo=UTC)
    drawn = sparkline([(now - timedelta(hours=60), 1.0), (now - timedelta(hours=24), 0.0)], now)
    assert "points='0.0,3.0 46.5,3.0 46.5,19.0 93.0,19.0 93.0,19.0'" in drawn
    assert "now 0.00, lowest 0.00" in drawn
    assert sparkline([], now) == ""


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=-3), "0 s"),
        (timedelta(seconds=119), "119 s"),
        (timedelta(minutes=2), "2 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=48), "2 d"),
    ],
)
def test_lengths_of_time_are_in_their_largest_sensible_unit(span, words):
    assert length(span) == words
