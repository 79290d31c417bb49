"""Times as files write them, and intervals from spacing."""

from datetime import UTC, date, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.importer.times import INTERVALS, interval_name, interval_of_spacing, parsed_times
from ledgers.errors import BadArgument

FIRST, LAST = date(1990, 1, 2), date(2100, 1, 1)
MOMENTS = st.datetimes(*(datetime(d.year, d.month, d.day) for d in (FIRST, LAST)), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
WHOLE = MOMENTS.map(lambda moment: moment.replace(microsecond=0))


def read(*values, tz=None, date_order=None):
    return parsed_times(pl.Series(values), tz, date_order)["at"].to_list()


@given(MOMENTS)
def test_an_iso_time_is_read_to_the_microsecond(moment):
    assert read(moment.isoformat(), moment.strftime("%Y-%m-%d %H:%M:%S.%f UTC")) == [moment, moment]


@given(WHOLE, st.integers(-12 * 60, 14 * 60))
def test_an_offset_is_applied(moment, minutes):
    there = moment.astimezone(timezone(timedelta(minutes=minutes)))
    assert read(there.isoformat()) == [moment]


@given(st.lists(WHOLE, min_size=1, max_size=20))
def test_an_epoch_is_read_in_whichever_unit_it_is_written(moments):
    later = [m for m in moments if m.year >= 2002]  # below, a number of seconds in ms looks like seconds
    seconds = [int(moment.timestamp()) for moment in later]
    for factor in (1, 1_000, 1_000_000, 1_000_000_000):
        written = [second * factor for second in seconds]
        assert read(*written) == later
        assert read(*(str(number) for number in written)) == later


@given(st.dates(FIRST, LAST))
def test_a_bare_date_is_its_midnight_and_known_to_be_bare(day):
    times = parsed_times(pl.Series([day.isoformat(), f"{day:%Y%m%d}", f"{day:%b %d, %Y}"]))
    assert times["at"].to_list() == [datetime(day.year, day.month, day.day, tzinfo=UTC)] * 3
    assert times["dated"].all()


def test_a_naive_time_is_taken_in_the_named_zone():
    assert read("2024-01-15 12:00", tz="Australia/Sydney") == [datetime(2024, 1, 15, 1, tzinfo=UTC)]
    assert read("2024-01-15 12:00") == [datetime(2024, 1, 15, 12, tzinfo=UTC)]


def test_a_time_a_clock_change_makes_impossible_or_double_is_not_guessed():
    assert read("2024-03-10 02:30", "2024-11-03 01:30", "2024-11-03 03:30", tz="America/New_York") == [
        None,
        None,
        datetime(2024, 11, 3, 8, 30, tzinfo=UTC),
    ]


def test_what_is_no_time_is_none():
    assert read("soon", "2024-02-30", "2024-13-01", "", None) == [None] * 5


def test_mail_dates_are_read():
    assert read("Tue, 05 Mar 2024 17:04:11 +0100") == [datetime(2024, 3, 5, 16, 4, 11, tzinfo=UTC)]


def test_the_order_of_day_and_month_follows_from_any_day_above_twelve():
    assert read("03/04/2024", "20/04/2024")[0] == datetime(2024, 4, 3, tzinfo=UTC)
    assert read("03/04/2024", "04/20/2024")[0] == datetime(2024, 3, 4, tzinfo=UTC)


def test_an_order_that_does_not_follow_is_asked_for():
    with pytest.raises(BadArgument, match="--date-order"):
        read("03/04/2024", "04/05/2024")
    assert read("03/04/2024", date_order="dmy") == [datetime(2024, 4, 3, tzinfo=UTC)]
    assert read("03/04/2024 13:45", date_order="mdy") == [datetime(2024, 3, 4, 13, 45, tzinfo=UTC)]


def test_an_unknown_zone_is_told():
    with pytest.raises(BadArgument, match="no time zone"):
        read("2024-01-01 00:00", tz="Atlantis/Capital")


def test_dates_and_datetimes_of_parquet_are_read_as_they_are():
    assert read(datetime(2024, 4, 1, 12, tzinfo=UTC)) == [datetime(2024, 4, 1, 12, tzinfo=UTC)]
    naive = datetime(2024, 4, 1, 12)  # noqa: DTZ001 - the naive case
    assert read(naive, tz="Asia/Tokyo") == [datetime(2024, 4, 1, 3, tzinfo=UTC)]
    assert read(date(2024, 4, 1)) == [datetime(2024, 4, 1, tzinfo=UTC)]


def spaced(length, count, start=datetime(2024, 1, 1, tzinfo=UTC), missing=()):
    times = [start + length * number for number in range(count) if number not in missing]
    return pl.DataFrame({"symbol": ["BTC"] * len(times), "at": times})


@given(st.sampled_from(sorted(INTERVALS)), WHOLE, st.sets(st.integers(1, 38), max_size=8))
def test_the_interval_follows_from_the_spacing_in_spite_of_gaps(name, start, missing):
    frame = spaced(INTERVALS[name], 40, start, missing)
    assert interval_of_spacing(frame.sample(fraction=1, shuffle=True, seed=1), ["symbol"], "at") == name


def test_series_of_one_file_are_told_apart_before_spacing_is_judged():
    both = [spaced(timedelta(hours=1), 10, datetime(2024, 1, 1, 0, half, tzinfo=UTC)) for half in (0, 30)]
    frame = pl.concat([both[0], both[1].with_columns(symbol=pl.lit("ETH"))])
    assert interval_of_spacing(frame, ["symbol"], "at") == "1h"


@pytest.mark.parametrize(("length", "count"), [(timedelta(minutes=7), 20), (timedelta(hours=1), 1)])
def test_a_spacing_that_is_no_interval_is_told_and_asked_for(length, count):
    with pytest.raises(BadArgument, match="--interval"):
        interval_of_spacing(spaced(length, count), ["symbol"], "at")


@pytest.mark.parametrize(
    ("written", "name"), [("1H", "1h"), ("60m", "1h"), ("60min", "1h"), ("daily", "1d"), ("24h", "1d"), ("7d", "1w")]
)
def test_intervals_have_one_name(written, name):
    assert interval_name(written) == name


@pytest.mark.parametrize("written", ["7m", "fortnight", "", "h1"])
def test_an_interval_we_do_not_keep_is_told(written):
    with pytest.raises(BadArgument, match="no interval"):
        interval_name(written)
