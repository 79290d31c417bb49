"""Slots by the clock of the database, and the windows in which a feed's past is fetched."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import history
from collectors.catalogue import sources_of
from collectors.schedule import SlotTrigger
from collectors.slots import LATE, due, oldest_due, slot_of
from collectors.source import Backfill, SourceContext, Window

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOON = datetime(2026, 1, 20, 12, 0, tzinfo=UTC)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - naive by contract
rhythms = st.sampled_from([timedelta(seconds=1), timedelta(minutes=1), timedelta(minutes=5), HOUR, DAY])


@given(moments, rhythms)
def test_a_first_start_owes_the_present_slot_only(now, every):
    assert due(now, set(), every, ran_before=False) == [slot_of(now, every)]


@given(moments, rhythms, st.data())
def test_every_slot_that_nobody_claimed_is_due_until_it_is_too_late(now, every, data):
    oldest, present = oldest_due(now, every), slot_of(now, every)
    window = [oldest + n * every for n in range((present - oldest) // every + 1)]
    claimed = data.draw(st.sets(st.sampled_from(window)))
    slots = due(now, claimed, every, ran_before=True)
    assert slots == sorted(slots)
    assert set(slots) == (set(window) - claimed) | {present}
    assert now - slots[0] < max(every, LATE) + every


@given(moments, rhythms, st.data())
def test_what_is_before_the_first_run_ever_is_not_owed(now, every, data):
    oldest, present = oldest_due(now, every), slot_of(now, every)
    window = [oldest + n * every for n in range((present - oldest) // every + 1)]
    claimed = data.draw(st.sets(st.sampled_from(window), min_size=1))
    assert min(due(now, claimed, every, ran_before=False)) >= min(claimed)


@given(moments, rhythms)
def test_the_trigger_fires_after_what_belongs_to_the_slot_is_published_and_looks_again_in_between(now, every):
    delay = min(timedelta(seconds=10), every / 2)
    fires = SlotTrigger(every, delay).get_next_fire_time(None, now)
    assert now < fires <= now + timedelta(minutes=5)
    if fires < now + timedelta(minutes=5):
        assert timedelta(0) <= fires - slot_of(fires, every) - delay < every * 0.05 + timedelta(microseconds=1)


PLAN = Backfill(depth=10 * DAY, window=DAY, reach=HOUR)


def test_the_past_is_fetched_newest_first_and_each_window_once():
    covered: history.Covered = {}
    order = []
    while gap := next(history.gaps(PLAN, covered, ("BTC",), NOON), None):
        order.append(gap.window.start)
        covered = history.extended(covered, gap.symbols, gap.window)
    assert order == sorted(order, reverse=True)
    assert len(order) == 11
    assert history.progress(PLAN, covered, ("BTC",), NOON) == (11, 11)
    assert history.from_json(history.to_json(covered)) == covered


def test_an_outage_longer_than_a_poll_reaches_is_a_gap_and_a_shorter_one_is_none():
    full = history.extended({}, ("BTC",), Window(NOON - 30 * DAY, NOON))
    assert list(history.gaps(PLAN, full, ("BTC",), NOON + HOUR)) == []
    later = NOON + 5 * HOUR
    polled = history.extended(full, ("BTC",), history.polled_window(PLAN, later))
    (gap,) = history.gaps(PLAN, polled, ("BTC",), later)
    assert gap.window.start <= NOON
    assert gap.window.end >= later - HOUR


def test_only_the_coins_whose_past_is_missing_are_asked_for():
    covered = history.extended({}, ("BTC",), Window(NOON - 30 * DAY, NOON))
    assert {gap.symbols for gap in history.gaps(PLAN, covered, ("BTC", "SOL"), NOON)} == {("SOL",)}


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), max_size=12))
def test_stretches_are_joined_without_losing_or_adding_an_hour(spans):
    stretches = [(NOON + a * HOUR, NOON + (a + n) * HOUR) for a, n in spans]
    joined = history.joined(stretches)
    assert joined == sorted(joined)
    assert all(a[1] < b[0] for a, b in itertools.pairwise(joined))
    hours = {NOON + (a + i) * HOUR for a, n in spans for i in range(n)}
    assert sum((b - a) // HOUR for a, b in joined) == len(hours)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("binance_candles_1h", {"startTime": "1768780800000", "endTime": "1768867199999", "limit": "1000"}),
        ("coinbase_candles_1h", {"start": "2026-01-19T00:00:00+00:00", "end": "2026-01-19T23:30:00+00:00"}),
    ],
)
def test_a_window_of_candles_is_asked_for_by_the_bars_that_open_in_it(name, expected):
    source = sources_of(simulated=False)[name]
    window = Window(NOON.replace(hour=0) - DAY, NOON.replace(hour=0))
    (request,) = source.requests(SourceContext(NOON, NOON, "https://x.example", symbols=("BTC",), window=window))
    assert expected.items() <= request.params.items()


def test_the_venues_of_candles_stand_in_for_each_other_in_a_declared_order():
    sources = sources_of(simulated=False)
    for interval in ("5m", "1h", "1d"):
        first, second = f"binance_candles_{interval}", f"kraken_candles_{interval}"
        assert sources[first].stands_in_for == ()
        assert sources[second].stands_in_for == (first,)
        assert sources[f"coinbase_candles_{interval}"].stands_in_for == (first, second)
