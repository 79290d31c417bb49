from datetime import UTC, datetime

import pytest

from agents.offline.quantities import quantities
from agents.offline.reading import read

CLOCK = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("close above 70000", [(70000, "")]),
        ("above $73,000", [(73000, "USD")]),
        ("reached 70k", [(70000, "")]),
        ("fell more than 5 %", [(5, "%")]),
        ("between 60000 and 65,000", [(60000, ""), (65000, "")]),
        ("put A$1000 into BTC", [(1000, "AUD")]),
        ("I bought 2.5 ETH", [(2.5, "")]),
    ],
)
def test_amounts_and_levels_are_read_with_their_unit(words, found):
    assert [(amount.value, amount.unit) for amount in quantities(words)[0]] == found


@pytest.mark.parametrize(
    "words",
    [
        "between 10 and 25 April 2024",
        "between 2021 and 2023",
        "over the last 30 days",
        "more than 5 days",
        "over 2023",
        "top 5 coins",
        "SMA 50 of ETH",
        "at 2024-04-20 14:00",
        "from 10/04/2024 to 12/04/2024",
    ],
)
def test_numbers_of_dates_periods_and_settings_are_no_amounts(words):
    assert quantities(words)[0] == ()


@pytest.mark.parametrize(
    ("message", "of", "above", "below", "kind"),
    [
        ("How many days did BTC close above 70000 in March 2024?", "close", 70000, None, "count"),
        ("Did BTC ever trade above $73,000?", "high", 73000, None, "any"),
        ("did ETH drop below 3000 in April 2024", "low", None, 3000, "any"),
        ("When did ETH first close above 4000 in 2024?", "close", 4000, None, "first"),
        ("When did SOL last reach 200?", "high", 200, None, "last"),
        ("On how many days did ETH fall in April 2024?", "change", None, 0, "count"),
        ("How many hours did SOL rise on 13 April 2024?", "change", 0, None, "count"),
        ("how many times did BTC fall more than 5 % in a day in 2024", "change", None, -5, "count"),
        ("number of days DOGE moved more than 10%", "size", 10, None, "count"),
        ("how often was the 14-day RSI of BTC above 70 in March 2024", "rsi_14", 70, None, "count"),
        ("days with XRP volume above 1 billion in 2024", "volume", 1e9, None, "any"),
        ("longest losing streak of ETH in 2024", "change", None, 0, "run"),
        ("how many days did BTC close between 60000 and 65000 in May", "close", 60000, 65000, "count"),
    ],
)
def test_a_condition_is_read_with_what_is_asked_of_it(message, of, above, below, kind):
    (ask,) = read(message, CLOCK).asks
    held = ask.condition
    assert (held.of, held.above, held.below, held.kind) == (of, above, below, kind)


@pytest.mark.parametrize(
    "message", ["How many bitcoin addresses have over 100 BTC?", "Is SOL above its 50 day moving average?"]
)
def test_what_is_no_level_of_a_bar_is_no_condition(message):
    assert all(ask.condition is None for ask in read(message, CLOCK).asks)


@pytest.mark.parametrize(
    ("message", "amount", "unit", "days"),
    [
        (
            "If I had put 1000 dollars into SOL on 1 January 2024, what would it be worth on 1 March 2024?",
            1000,
            "USD",
            ("2024-01-01", "2024-03-01"),
        ),
        (
            "10000 USD in BTC at the start of 2023, value at the end of June 2023?",
            10000,
            "USD",
            ("2023-01-01", "2023-06-30"),
        ),
        (
            "I bought 2 BTC on 10 January 2024. What are they worth on 31 March 2024?",
            2,
            "coins",
            ("2024-01-10", "2024-03-31"),
        ),
    ],
)
def test_an_investment_is_read_with_its_amount_and_both_days(message, amount, unit, days):
    (ask,) = read(message, CLOCK).asks
    assert ask.topic == "investment"
    assert (ask.quantity.value, ask.quantity.unit) == (amount, unit)
    assert tuple(ask.periods[0].arguments().values()) == days
