from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.context import RunContext
from agents.errors import NeedsAnswer
from agents.period import aligned, interval, window
from ledgers.errors import BadArgument

NOW = datetime(2024, 5, 1, 9, 30, tzinfo=UTC)


def a_run(as_of=None):
    return RunContext(
        ledger=SimpleNamespace(simulated=False),
        artifacts=None,
        user_id="u",
        thread_id="t",
        run_id="r",
        tool_call_id="c",
        now=NOW,
        as_of=as_of,
    )


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_a_date_only_end_includes_that_whole_day():
    found = window(a_run(), start="2024-04-01", end="2024-04-20")
    assert (found.start, found.end) == (utc(2024, 4, 1), utc(2024, 4, 21))
    assert found.text == "2024-04-01..2024-04-20"
    assert not found.reaches_now


def test_a_datetime_end_is_exclusive():
    found = window(a_run(), start="2024-04-01T06:00", end="2024-04-20T12:00Z")
    assert (found.start, found.end) == (utc(2024, 4, 1, 6), utc(2024, 4, 20, 12))
    assert found.text == "2024-04-01T06:00Z..2024-04-20T12:00Z"


def test_times_of_other_zones_are_taken_to_utc():
    assert window(a_run(), start="2024-04-01T10:00+10:00").start == utc(2024, 4, 1)


def test_days_count_back_from_the_clock():
    found = window(a_run(), days=30)
    assert (found.start, found.end, found.reaches_now) == (NOW - timedelta(days=30), NOW, True)


def test_days_count_back_from_an_end_and_on_from_a_start():
    assert window(a_run(), days=7, end="2024-04-20").start == utc(2024, 4, 14)
    assert window(a_run(), days=7, start="2024-04-01").end == utc(2024, 4, 8)


@pytest.mark.parametrize(
    ("words", "days"),
    [("30 days", 30), ("last 2 weeks", 14), ("1 year", 365), ("month", 30), ("12 hours", 0.5), ("7", 7), (0.25, 0.25)],
)
def test_a_length_is_read_in_the_persons_own_words(words, days):
    assert window(a_run(), days=words).length == timedelta(days=days)


def test_nothing_reaches_past_the_clock_nor_past_as_of():
    assert window(a_run(), start="2024-04-01", end="2030-01-01").end == NOW
    past = window(a_run(utc(2024, 4, 10)), start="2024-04-01", end="2024-04-20")
    assert (past.end, past.reaches_now) == (utc(2024, 4, 10), True)


def test_no_period_at_all_is_asked_for_with_choices():
    with pytest.raises(NeedsAnswer) as asked:
        window(a_run())
    assert asked.value.field == "days"
    assert 2 <= len(asked.value.choices) <= 4
    assert all(window(a_run(), days=choice) for choice in asked.value.choices)


def test_an_end_alone_asks_from_when_on():
    with pytest.raises(NeedsAnswer, match="2024-04-20"):
        window(a_run(), end="2024-04-20")


@pytest.mark.parametrize(
    "arguments",
    [
        {"days": 0},
        {"days": -3},
        {"days": "nan"},
        {"days": "'; drop table candles"},
        {"days": 10**9},
        {"days": 3, "start": "2024-01-01", "end": "2024-02-01"},
        {"start": "2024-04-20", "end": "2024-04-01"},
        {"start": "2024-06-01"},
        {"start": "yesterday"},
        {"start": "2024-02-30"},
        {"start": "1900-01-01"},
        {"start": "2024-01-01", "end": "9999-12-31"},
        {"start": "2024-01-01", "end": "9999-12-31T23:59:59-23:59"},
        {"start": ""},
    ],
)
def test_a_range_that_makes_no_sense_is_refused_or_cut_never_a_foreign_error(arguments):
    try:
        found = window(a_run(), **arguments)
    except BadArgument:
        return
    assert found.start < found.end <= NOW


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_text_ends_in_a_window_or_a_plain_refusal(start, end):
    try:
        found = window(a_run(), start=start, end=end)
    except BadArgument:
        return
    assert found.start < found.end <= NOW


@given(st.integers(0, 100_000_000).map(lambda seconds: utc(2021, 1, 1) + timedelta(seconds=seconds)))
def test_aligning_moves_the_start_back_to_where_a_bar_opens(start):
    for timeframe in ("5m", "1h", "4h", "1d", "1w"):
        step = interval(timeframe)
        moved = aligned(window(a_run(), start=start.isoformat()), step)
        assert timedelta(0) <= start - moved.start < step
        assert moved.start.second == 0
        if timeframe == "1w":
            assert moved.start.weekday() == 0


@pytest.mark.parametrize("timeframe", ["", "d", "0h", "1y", "1d; --", "9999m", "१d"])
def test_an_unknown_timeframe_is_refused_with_those_that_are_known(timeframe):
    with pytest.raises(BadArgument, match="1h"):
        interval(timeframe)
