from datetime import UTC, datetime

import pytest

from agents.offline.periods import periods

CLOCK = datetime(2024, 6, 1, 10, 30, tzinfo=UTC)  # a Saturday


@pytest.mark.parametrize(
    ("words", "start", "end"),
    [
        ("between 1 April and 20 April 2024", "2024-04-01", "2024-04-20"),
        ("between 10 and 25 April 2024", "2024-04-10", "2024-04-25"),
        ("from 2024-04-01 to 2024-04-20", "2024-04-01", "2024-04-20"),
        ("from 1 March 2024 until 1 May 2024", "2024-03-01", "2024-05-01"),
        ("from 20 April to 5 May", "2024-04-20", "2024-05-05"),
        ("between 1 December 2023 and 5 January", "2023-12-01", "2024-01-05"),
        ("April 1-20, 2024", "2024-04-01", "2024-04-20"),
        ("March to April 2024", "2024-03-01", "2024-04-30"),
        ("on 2024-05-01", "2024-05-01", "2024-05-01"),
        ("on the 13th of April, 2024", "2024-04-13", "2024-04-13"),
        ("April 13th", "2024-04-13", "2024-04-13"),
        ("on 13 December", "2023-12-13", "2023-12-13"),
        ("in March 2024", "2024-03-01", "2024-03-31"),
        ("in July", "2023-07-01", "2023-07-31"),
        ("in 2022", "2022-01-01", "2022-12-31"),
        ("Q1 2024", "2024-01-01", "2024-03-31"),
        ("the first quarter of 2024", "2024-01-01", "2024-03-31"),
        ("Q4 2023", "2023-10-01", "2023-12-31"),
        ("the second half of 2023", "2023-07-01", "2023-12-31"),
        ("the first week of May 2024", "2024-05-01", "2024-05-07"),
        ("early April", "2024-04-01", "2024-04-10"),
        ("last week", "2024-05-20", "2024-05-26"),
        ("last month", "2024-05-01", "2024-05-31"),
        ("last year", "2023-01-01", "2023-12-31"),
        ("yesterday", "2024-05-31", "2024-05-31"),
        ("on Monday", "2024-05-27", "2024-05-27"),
        ("3 days ago", "2024-05-29", "2024-05-29"),
        ("before the halving", "2024-03-21", "2024-04-19"),
        ("the week before the halving", "2024-04-13", "2024-04-19"),
        ("in the week after the halving", "2024-04-20", "2024-04-26"),
        ("on New Year's Day 2024", "2024-01-01", "2024-01-01"),
        ("on Christmas Eve", "2023-12-24", "2023-12-24"),
        ("headlines from May 2024", "2024-05-01", "2024-05-31"),
        ("from May to June 2023", "2023-05-01", "2023-06-30"),
        ("two days after 1 May 2024", "2024-05-02", "2024-05-03"),
        ("the day after the halving", "2024-04-21", "2024-04-21"),
        ("the end of June 2023", "2023-06-21", "2023-06-30"),
        ("on 10/04/2024", "2024-04-10", "2024-04-10"),
        ("04/25/2024", "2024-04-25", "2024-04-25"),
        ("from 01/04/2024 to 20/04/2024", "2024-04-01", "2024-04-20"),
        ("on 10.4.2024", "2024-04-10", "2024-04-10"),
        ("1/5/24", "2024-05-01", "2024-05-01"),
        ("the week of 10 April 2024", "2024-04-08", "2024-04-14"),
        ("the first 10 days of May 2024", "2024-05-01", "2024-05-10"),
        ("the second half of April 2024", "2024-04-16", "2024-04-30"),
        ("the start of 2024", "2024-01-01", "2024-01-01"),
        ("March quarter 2024", "2024-01-01", "2024-03-31"),
        ("the March quarter of 2025", "2025-01-01", "2025-03-31"),
        ("in the September quarter", "2023-07-01", "2023-09-30"),
        ("December quarter 2023", "2023-10-01", "2023-12-31"),
        ("June quarter 2024 (1 Apr - 30 Jun)", "2024-04-01", "2024-06-30"),
        ("the first half of 2023 (1 Jan - 30 Jun)", "2023-01-01", "2023-06-30"),
        ("in 2023, 1 Jan to 30 Jun", "2023-01-01", "2023-06-30"),
        ("1H 2024", "2024-01-01", "2024-06-30"),
        ("2H23", "2023-07-01", "2023-12-31"),
        ("the first half", "2024-01-01", "2024-06-30"),
        ("the second half", "2023-07-01", "2023-12-31"),
        ("FY24", "2023-07-01", "2024-06-30"),
        ("FY 2022-23", "2022-07-01", "2023-06-30"),
        ("the 2022-23 financial year", "2022-07-01", "2023-06-30"),
    ],
)
def test_a_window_that_ends_is_read_with_its_last_day_included(words, start, end):
    (found,), _ = periods(words, CLOCK)
    assert found.arguments() == {"start": start, "end": end}


@pytest.mark.parametrize(
    ("words", "start"),
    [
        ("over the last 30 days", "2024-05-02"),
        ("past week", "2024-05-25"),
        ("in the last week", "2024-05-25"),
        ("the past 2 weeks", "2024-05-18"),
        ("for thirty days", "2024-05-02"),
        ("since the halving", "2024-04-20"),
        ("after the last bitcoin halving", "2024-04-20"),
        ("since 1 April 2024", "2024-04-01"),
        ("since January", "2024-01-01"),
        ("since 2023", "2023-01-01"),
        ("this month", "2024-06-01"),
        ("this year", "2024-01-01"),
        ("year to date", "2024-01-01"),
        ("YTD", "2024-01-01"),
        ("today", "2024-06-01"),
        ("since last Monday", "2024-05-27"),
        ("since last month", "2024-05-01"),
        ("all-time", "2009-01-01"),
    ],
)
def test_a_window_without_an_end_reaches_to_the_clock(words, start):
    (found,), _ = periods(words, CLOCK)
    assert found.arguments() == {"start": start}


@pytest.mark.parametrize(
    ("words", "window"),
    [
        ("the hour after the halving", {"start": "2024-04-20T00:10:00Z", "end": "2024-04-20T01:10:00Z"}),
        ("in the last 6 hours", {"start": "2024-06-01T04:30:00Z"}),
        ("at 2024-04-20 14:00 UTC", {"start": "2024-04-20T14:00:00Z", "end": "2024-04-20T15:00:00Z"}),
        (
            "2024-04-20 14:00 to 2024-04-21 02:00",
            {"start": "2024-04-20T14:00:00Z", "end": "2024-04-21T02:00:00Z"},
        ),
    ],
)
def test_a_window_of_hours_keeps_its_hours(words, window):
    (found,), _ = periods(words, CLOCK)
    assert found.arguments() == window


@pytest.mark.parametrize(
    "words",
    [
        "how is bitcoin doing",
        "may I ask something",
        "what is 500 usd",
        "will it go to 2024 usd",
        "when was the most recent halving",
        "14-day RSI",
        "50 and 200 day moving averages",
        "march on",
    ],
)
def test_words_that_name_no_period_are_left_alone(words):
    assert periods(words, CLOCK)[0] == ()


def test_two_windows_are_two_and_their_words_are_replaced_by_their_numbers():
    found, rest = periods("BTC in March 2024 and in May 2024", CLOCK)
    assert [period.arguments()["start"] for period in found] == ["2024-03-01", "2024-05-01"]
    assert rest.split() == ["BTC", "⟦0⟧", "and", "⟦1⟧"]


@pytest.mark.parametrize(
    ("words", "starts"),
    [
        ("worse for SOL, April or May 2023?", ["2023-04-01", "2023-05-01"]),
        ("BTC in January, February and March 2023", ["2023-01-01", "2023-02-01", "2023-03-01"]),
        ("in December vs in January 2023", ["2022-12-01", "2023-01-01"]),
        ("on 1 April and 3 May 2023", ["2023-04-01", "2023-05-03"]),
        ("on April 1 or May 3, 2023", ["2023-04-01", "2023-05-03"]),
        ("in April 2022 or May 2023", ["2022-04-01", "2023-05-01"]),
    ],
)
def test_a_year_said_once_holds_for_the_months_listed_before_it(words, starts):
    assert [period.arguments()["start"] for period in periods(words, CLOCK)[0]] == starts


def test_a_bare_day_is_that_of_the_month_named_before_it():
    found, _ = periods("highest price in April 2024 and the close on the 30th", CLOCK)
    assert found[1].arguments() == {"start": "2024-04-30", "end": "2024-04-30"}


def test_the_halving_is_the_latest_one_at_the_clock():
    (found,), _ = periods("since the halving", datetime(2024, 4, 1, tzinfo=UTC))
    assert found.arguments() == {"start": "2020-05-11"}


def test_a_period_longer_than_a_century_is_that_century():
    (found,), _ = periods("the last 999999999999 days", datetime(2024, 4, 1, tzinfo=UTC))
    assert found.start == datetime(1924, 4, 1, tzinfo=UTC)
