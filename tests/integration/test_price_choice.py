"""Which stored prices answer: of which venue, how old, and what is made of closes alone; filings by the SEC's date."""

from datetime import UTC, datetime, timedelta

import pytest
from stock import NOW, bar, event, person, put

from agents.context import RunContext
from agents.stores import DiskStore
from agents.tools.catalyst import get_catalyst_events
from agents.tools.glass import get_price_data
from agents.tools.measures import summarise_bars
from ledgers.catalyst import CatalystEvent
from ledgers.glass import Candle

pytestmark = pytest.mark.integration

APRIL = datetime(2024, 4, 1, tzinfo=UTC)
ONE_DAY = {"start": "2024-04-01", "end": "2024-04-01"}


@pytest.fixture
def run(ledger, tmp_path):
    user, thread, made = person(ledger, "ann")
    return RunContext(ledger, DiskStore(tmp_path), user, thread, made, "call", NOW, None)


def hours(symbol, closes, *, opens=APRIL, **other):
    """Hourly bars of closes only, over and over until the day is full."""
    return [
        bar(
            symbol,
            opens + timedelta(hours=n),
            (None, None, None, closes[n % len(closes)], None),
            interval="1h",
            **other,
        )
        for n in range(24)
    ]


def values(finding):
    return {figure.name: figure.value for figure in finding.figures}


def test_a_day_of_hourly_closes_has_the_first_highest_and_lowest_of_them_and_says_so(run):
    put(run.ledger, {Candle: hours("ADA", [0.5, 0.7, 0.4, 0.6])})
    finding = get_price_data(run, "ADA", **ONE_DAY)
    found = values(finding)
    assert (found["first_close"], found["high"], found["low"], found["last_close"]) == (0.5, 0.7, 0.4, 0.6)
    assert found["change_pct"] == pytest.approx(20)
    assert any("Only closes are stored" in note for note in finding.facts["notes"])
    assert values(summarise_bars(run, "ADA", of="high", **ONE_DAY))["highest"] == 0.7


def test_a_named_venue_goes_before_an_unknown_one_where_both_cover_the_time(run):
    rows = [
        bar("SOL", APRIL + timedelta(hours=12 * n), (50.0,) * 4 + (1.0,), interval="12h", quote="USD", venue="unknown")
        for n in range(4)
    ]
    rows += [bar("SOL", APRIL + timedelta(hours=n), (60.0,) * 4 + (1.0,), interval="1h") for n in range(48)]
    put(run.ledger, {Candle: rows})
    finding = get_price_data(run, "SOL", start="2024-04-01", end="2024-04-02")
    assert values(finding)["last_close"] == 60
    assert finding.facts["venue"] == "BINANCE"


def test_finer_bars_that_cover_clearly_more_of_the_window_go_before_coarser_ones(run):
    rows = [bar("SOL", APRIL + timedelta(days=n), (60.0,) * 4 + (1.0,)) for n in (8, 9)]
    rows += [bar("SOL", APRIL + timedelta(hours=n), (50.0 + n,) * 4 + (1.0,), interval="1h") for n in range(240)]
    put(run.ledger, {Candle: rows})
    finding = get_price_data(run, "SOL", start="2024-04-01", end="2024-04-10")
    assert values(finding)["bars"] == 10
    assert values(finding)["first_open"] == 50


def test_a_price_now_is_the_newest_stored_one_with_its_age(run):
    put(run.ledger, {Candle: [bar("SOL", APRIL, (60.0,) * 4 + (1.0,))]})
    finding = get_price_data(run, "SOL", days=7)
    assert values(finding) == {"latest_price": 60}
    assert finding.facts["latest_price_age"] == "29 d old"
    assert "29 d old" in finding.text


def test_a_filing_counts_on_the_day_the_sec_dates_it(run):
    def filing(name, accepted, filed):
        return event(name, "filing", name, accepted, entity="MSTR", form="4", details={"filed": filed})

    put(
        run.ledger,
        {
            CatalystEvent: [
                filing("late", datetime(2024, 4, 1, 0, 20, tzinfo=UTC), "2024-03-29"),
                filing("plain", datetime(2024, 3, 28, 21, 0, tzinfo=UTC), "2024-03-28"),
                filing("held over", datetime(2024, 2, 29, 23, 50, tzinfo=UTC), "2024-03-01"),
                filing("next", datetime(2024, 3, 29, 22, 30, tzinfo=UTC), "2024-04-01"),
            ]
        },
    )
    finding = get_catalyst_events(run, entity="MSTR", start="2024-03-01", end="2024-03-31")
    assert values(finding)["count"] == 3
    assert [item["filed"] for item in finding.facts["events"]] == ["2024-03-29", "2024-03-28", "2024-03-01"]
    assert "accepted 2024-04-01T00:20Z" in finding.text
