"""The quality monitor over the demo market: verdicts, alerts that are raised once, escalate and recover, the tool."""

import asyncio
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select
from stock import person, put

from agents.context import RunContext
from agents.stores import DiskStore
from agents.tools.glass import get_price_data
from agents.tools.quality import get_data_quality
from collectors import schedule
from collectors.catalogue import sources_of
from collectors.collection import Means
from collectors.config import CollectSettings, QualitySettings
from collectors.demo.coins import COINS
from collectors.demo.glass import gap_of
from collectors.demo.market import day_of
from collectors.demo.serve import SEED
from collectors.monitor import ALERT, Monitor, watch
from collectors.redaction import Redactor
from collectors.runner import Runner
from ledgers import alerts, collecting, quality
from ledgers.glass import Quote
from ledgers.health import Alert, QualityVerdict

pytestmark = pytest.mark.integration
NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)  # DEMO_NOW of the fixtures
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SOURCES = sources_of(simulated=True)
ONLY_QUOTES = {"simulated_quotes": SOURCES["simulated_quotes"]}


def looked(ledger, now=NOW, sources=SOURCES, **criteria):
    return watch(ledger, sources, CollectSettings(), QualitySettings(**criteria), now=now)


def verdicts(ledger, now=NOW):
    with ledger.session() as session:
        return {(v.source, v.series): v for v in quality.latest(session, as_of=now)}


def planted_gaps(days):
    """The gaps that the demo market planted in the last so many days, by coin."""
    blocks = range(day_of(NOW - days * DAY) // 5, day_of(NOW) // 5 + 1)
    found = [(coin.symbol, gap) for coin in COINS for block in blocks if (gap := gap_of(SEED, coin.symbol, block))]
    return [(symbol, gap) for symbol, gap in found if gap[0] > NOW - days * DAY and gap[1] < NOW]


def test_of_the_demo_market_the_stale_feed_is_found_stale_and_the_planted_gaps_are_listed(seeded_ledger):
    news = looked(seeded_ledger, bar_days=60)
    assert [(item.event, item.level, item.subject) for item in news] == [("raised", "warning", "simulated_stablecoins")]
    assert "9 d old, past its 27 h" in news[0].text
    found = verdicts(seeded_ledger)
    assert {source for source, _ in found} == set(SOURCES)
    assert {source for (source, _), v in found.items() if v.state != "fresh"} == {"simulated_stablecoins"}
    assert found["simulated_stablecoins", "*"].score == pytest.approx(0.6)
    planted = planted_gaps(60)
    assert planted
    for symbol, (start, end) in planted:
        bars = found["simulated_candles", f"candle:{symbol}/1h/SIMEX:USD"]
        assert [start.isoformat(), end.isoformat()] in bars.facts["gaps"]
        assert bars.completeness < 1
    holed = {v.series for v in found.values() if "/1h/" in v.series and v.completeness < 1}
    assert holed == {f"candle:{symbol}/1h/SIMEX:USD" for symbol, _ in planted}


def test_a_feed_that_stops_is_told_once_escalates_and_recovers(seeded_ledger):
    assert looked(seeded_ledger, sources=ONLY_QUOTES) == []
    late = looked(seeded_ledger, NOW + 8 * MINUTE, ONLY_QUOTES)
    assert [(item.event, item.level) for item in late] == [("raised", "warning")]
    assert late[0].text.startswith("simulated_quotes is 12 min old, past its 10 min")
    assert looked(seeded_ledger, NOW + 9 * MINUTE, ONLY_QUOTES) == []
    lost = looked(seeded_ledger, NOW + 20 * HOUR, ONLY_QUOTES)
    assert [(item.event, item.level) for item in lost] == [("escalated", "high")]
    assert looked(seeded_ledger, NOW + 21 * HOUR, ONLY_QUOTES) == []
    with seeded_ledger.session() as session:
        standing = alerts.standing(session)
        assert [(alert.kind, alert.level) for alert in standing] == [(ALERT, "high")]
        assert standing[0].escalated_at is not None
        collecting.remember(session, "simulated_quotes", enabled=False)
    over = looked(seeded_ledger, NOW + 21 * HOUR, ONLY_QUOTES)
    assert [item.event for item in over] == ["recovered"]
    with seeded_ledger.session() as session:
        assert alerts.standing(session) == []
        assert session.scalars(select(Alert)).one().recovered_at is not None


def test_unchanged_verdicts_are_kept_once_an_hour_and_known_as_of_their_time(seeded_ledger):
    def kept():
        with seeded_ledger.session() as session:
            return session.execute(select(func.count()).select_from(QualityVerdict)).scalar_one()

    for minutes in (0, 1, 2):
        looked(seeded_ledger, NOW + minutes * MINUTE, ONLY_QUOTES, freshness={"simulated_quotes": (600, 900)})
    assert kept() == 1
    looked(seeded_ledger, NOW + HOUR, ONLY_QUOTES, freshness={"simulated_quotes": (600, 900)}, slot_hours=500)
    assert kept() == 2
    assert verdicts(seeded_ledger, NOW - MINUTE) == {}
    assert verdicts(seeded_ledger, NOW + MINUTE)["simulated_quotes", "*"].judged_at == NOW


def test_a_second_process_leaves_the_judging_to_the_first(seeded_ledger):
    with seeded_ledger.session() as session:
        assert quality.judging(session)
        assert looked(seeded_ledger) is None
    assert looked(seeded_ledger, sources=ONLY_QUOTES) == []


@pytest.fixture
def run(seeded_ledger, tmp_path):
    user, thread, number = person(seeded_ledger, "ann")
    return RunContext(
        ledger=seeded_ledger,
        artifacts=DiskStore(tmp_path),
        user_id=user,
        thread_id=thread,
        run_id=number,
        tool_call_id="call-1",
        now=NOW,
        as_of=None,
    )


def test_the_tool_says_what_is_stale_and_an_answer_carries_score_and_age(run):
    unjudged = get_data_quality(run)
    assert "no monitor judged them" in unjudged.text
    assert unjudged.facts["newest_age"]
    before = get_price_data(run, "BTC", "1h", days=2)
    assert before.evidence[0].quality is None
    looked(run.ledger)
    told = get_data_quality(run, "BTC").text
    assert "simulated_stablecoins: score 0.60, error, 9 d old" in told
    now = get_price_data(run, "BTC", "1h", days=2)
    assert now.evidence[0].quality == pytest.approx(1.0)
    assert "Stale" not in now.text
    later = replace(run, now=NOW + 3 * HOUR)
    text = get_price_data(later, "BTC", "1h", days=2).text
    assert "Stale: bars BTC/1h/SIMEX:USD are 3 h old, past their 75 min." in text
    assert "Stale: quotes (simulated_quotes) are 3 h old, past their 10 min." in text
    assert "Stale" not in get_price_data(later, "BTC", "1h", start="2026-03-01", end="2026-03-05").text


async def test_an_alert_is_logged_once(demo_ledger, caplog):
    with demo_ledger.session() as session:
        now = collecting.clock(session)
        mine = collecting.claim(session, source="simulated_quotes", slot=now, worker="w", dead_after=MINUTE)
        collecting.finish(session, mine, "failed", "gone")
    means = Means(demo_ledger, None, CollectSettings(), Redactor([]))
    monitor = Monitor(means, ONLY_QUOTES, QualitySettings())
    with caplog.at_level(logging.WARNING, "collectors"):
        await monitor.look()
        await monitor.look()
    assert caplog.text.count("never brought anything") == 1
    assert verdicts(demo_ledger, now + MINUTE)["simulated_quotes", "*"].state == "error"


async def test_the_collector_process_judges_beside_its_sources(demo_ledger, monkeypatch):
    monkeypatch.setattr(schedule, "FIRST_LOOK", timedelta())
    with demo_ledger.session() as session:
        now = collecting.clock(session)
        mine = collecting.claim(session, source="simulated_quotes", slot=now, worker="w", dead_after=MINUTE)
        collecting.finish(session, mine, "succeeded")
    runner = Runner(demo_ledger, None, CollectSettings())
    process = schedule.Schedule(runner, ONLY_QUOTES, QualitySettings(every_seconds=0.2))
    look, seen = process.monitor.look, asyncio.Event()

    async def look_and_say() -> None:
        await look()
        seen.set()

    process.monitor.look = look_and_say
    running = asyncio.create_task(process.run())
    async with asyncio.timeout(30):
        await seen.wait()
        runner.means.stopping.set()
        await running
    assert set(verdicts(demo_ledger, now + HOUR)) == {("simulated_quotes", "*")}


def test_quotes_whose_bid_lies_above_the_ask_lower_the_accuracy(seeded_ledger):
    with seeded_ledger.session() as session:
        session.execute(delete(Quote))
    crossed = {"symbol": "BTC", "quote": "USD", "venue": "SIMEX", "bid": 101.0, "ask": 100.0, "last": 100.0}
    row = {**crossed, "source": "simulated_quotes", "observed_at": NOW - MINUTE, "known_at": NOW - MINUTE}
    put(seeded_ledger, {Quote: [row]})
    looked(seeded_ledger, sources=ONLY_QUOTES)
    verdict = verdicts(seeded_ledger)["simulated_quotes", "*"]
    assert (verdict.accuracy, verdict.facts["flaws"]) == (0.0, {"crossed": 1.0})
