"""The demo ledgers, seeded: all four filled at once, twice is once, and never mixed with the live ones."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, text

from collectors.demo import seed
from collectors.demo.feeds import FEEDS
from ledgers import collecting, glass
from ledgers.base import record_models
from ledgers.errors import ConfigurationError
from ledgers.exchange import Balance, Position
from ledgers.glass import Candle
from ledgers.health import CollectorRun
from ledgers.human import SentimentReading
from ledgers.presence import rows_by_ledger
from ledgers.store import write

pytestmark = pytest.mark.integration
NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)  # DEMO_NOW of the fixtures
DAY = timedelta(days=1)


def contents(ledger):
    """How many rows each table holds and what they add up to."""
    with ledger.session() as session:
        tables = [name for model in record_models() for name in (model.__tablename__, f"{model.__tablename__}_history")]
        digest = "SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {} t"
        return {name: tuple(session.execute(text(digest.format(name))).one()) for name in tables}


def test_seeding_fills_the_four_ledgers_and_seeding_twice_changes_nothing(seeded_ledger):
    before = contents(seeded_ledger)
    assert set(rows_by_ledger(seeded_ledger)) == {"glass", "human", "catalyst", "exchange"}
    assert all(count > 100 for count in rows_by_ledger(seeded_ledger).values())
    report = seed(seeded_ledger, NOW)
    assert (report.inserted, report.revised) == (0, 0)
    assert contents(seeded_ledger) == before
    with seeded_ledger.session() as session:
        for feed in FEEDS:
            collecting.remember(session, feed.name, cursor={})
        session.execute(delete(CollectorRun))
    report = seed(seeded_ledger, NOW)  # from the beginning, as if nothing were remembered
    assert (report.inserted, report.revised) == (0, 0)
    assert contents(seeded_ledger) == before


def test_the_history_is_deep_enough_and_nothing_is_known_before_its_time(seeded_ledger):
    with seeded_ledger.session() as session:
        for interval, depth in (("1d", 730), ("1h", 180), ("5m", 14)):
            bars = select(func.min(Candle.open_time), func.count(Candle.symbol.distinct()))
            first, coins = session.execute(bars.where(Candle.interval == interval)).one()
            assert first <= NOW - depth * DAY, interval
            assert coins == 10
        for model in record_models():
            table = model.__tablename__
            late = f"SELECT count(*) FROM {table} WHERE known_at > :now OR observed_at > known_at OR NOT simulated"
            assert session.execute(text(late), {"now": NOW}).scalar_one() == 0, table


def test_seeding_is_a_run_of_each_source_and_its_cursor_goes_on_from_there(seeded_ledger):
    with seeded_ledger.session() as session:
        runs = {run.source: run for run in session.scalars(select(CollectorRun))}
        states = collecting.source_states(session)
    assert set(runs) == {feed.name for feed in FEEDS} == set(states)
    assert all(run.status == "succeeded" and run.inserted > 0 for run in runs.values())
    assert all(state.cursor["until"] == NOW.isoformat() for state in states.values())


def test_a_poll_that_came_first_does_not_pass_for_a_history(demo_ledger):
    with demo_ledger.session() as session:
        collecting.remember(session, "simulated_candles", cursor={"until": NOW.isoformat()})
    seed(demo_ledger, NOW)
    with demo_ledger.session() as session:
        first = session.execute(select(func.min(Candle.open_time))).scalar_one()
    assert first < NOW - 700 * DAY


def test_seeding_later_goes_on_where_it_left_off(seeded_ledger):
    held = contents(seeded_ledger)["candles"][0]
    report = seed(seeded_ledger, NOW + timedelta(hours=2))
    assert report.inserted > 10 * (24 + 2) * 0.9
    with seeded_ledger.session() as session:
        newest = session.execute(select(func.max(Candle.observed_at))).scalar_one()
    assert newest == datetime(2026, 3, 14, 17, 5, tzinfo=UTC)
    assert contents(seeded_ledger)["candles"][0] > held


def test_the_book_of_the_past_is_known_as_of_the_past(seeded_ledger):
    bars = glass.candles(seeded_ledger, symbol="BTC", interval="1d", start=NOW - 9 * DAY, end=NOW, as_of=NOW - 5 * DAY)
    assert bars["observed_at"].max() <= NOW - 5 * DAY
    with seeded_ledger.session() as session:
        versions = session.execute(text("SELECT count(*) FROM positions_history")).scalar_one()
        holdings = session.scalars(select(Position).where(Position.user_id == "local")).all()
        cash = session.get_one(Balance, ("local", "SIMEX", "demo", "USD"))
    assert versions > len(holdings) > 3
    assert cash.total > 0


def test_the_demo_market_is_refused_by_the_live_ledgers(ledger):
    with pytest.raises(ConfigurationError, match="demo ledgers only"):
        seed(ledger, NOW)


@pytest.mark.parametrize(("fixture", "simulated", "words"), [("ledger", True, "live"), ("demo_ledger", False, "demo")])
def test_rows_of_the_other_market_are_never_written(request, fixture, simulated, words):
    target = request.getfixturevalue(fixture)
    row = {
        "index": "fear_greed",
        "symbol": "*",
        "source": "test",
        "observed_at": NOW,
        "known_at": NOW,
        "value": 50.0,
        "simulated": simulated,
    }
    with target.session() as session, pytest.raises(ValueError, match=f"do not belong in the {words} ledgers"):
        write(session, SentimentReading, [row], written_at=NOW)
    with target.session() as session:
        assert session.execute(select(func.count()).select_from(SentimentReading)).scalar_one() == 0
