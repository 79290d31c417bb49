from datetime import UTC, datetime

import pytest

from agents.offline.plan import missing
from agents.offline.reading import read

CLOCK = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("message", "unread"),
    [
        ("What was the kurtosis of ETH returns in May 2024?", ("kurtosis",)),
        ("BTC price in Japanese yen on 1 May 2024", ("Japanese yen",)),
        ("BTC close on 1 April 2024 excluding fees", ("excluding fees",)),
        ("On which weekday does BTC usually rise?", ("weekday", "usually")),
        ("How did BTC move in April 2024 compared to gold?", ("gold",)),
        ("price of BTC in April 2024 except weekends", ("except weekends",)),
        ("MSTR price on 1 May 2024", ("price",)),
        ("BTC close on Binance and Kraken on 1 May 2024", ("Kraken",)),
        ("what was the median number of 8-Ks that MSTR filed in March 2024", ("median",)),
        ("highest fear and greed and its Hurst exponent in April 2024", ("Hurst exponent",)),
    ],
)
def test_words_that_no_reader_took_are_named(message, unread):
    assert read(message, CLOCK).unread == unread


@pytest.mark.parametrize(
    "message",
    [
        "Could you please tell me what the highest price of bitcoin was in March 2024? Thanks!",
        "hey, how's ETH been doing over the last 30 days?",
        "I'd like to know the average daily close of SOL in May 2024, please",
        "What was the 14-day RSI (Wilder) of ETH on 2024-05-01?",
        "Compare bitcoin's April 2024 with its May 2024",
        "Give me the mean, median and standard deviation of SOL's daily closes in May 2024",
        "What did BTC do over the weekend of 13-14 April 2024?",
        "Which of BTC, ETH and SOL had the smallest drawdown in April 2024?",
        "How many 8-Ks did MSTR file in March 2024?",
        "Was there anything in the news about a TON outage in May 2024?",
        "How greedy did the market get at its peak in March 2024?",
        "chart the closing price of SOL for the last quarter",
        "What was Foundry USA pool's hash rate in May 2024?",
        "What were the MACD (12,26,9) line, signal and histogram of BTC on 1 May 2024?",
        "20-day, 2 standard deviation Bollinger Bands of BTC on 1 May 2024",
        "BTC's 30-day realised volatility on 1 May 2024",
    ],
)
def test_a_question_that_is_read_whole_leaves_nothing_over(message):
    assert read(message, CLOCK).unread == ()


@pytest.mark.parametrize(
    "message",
    [
        "What was BTC's Sharpe ratio in 2023?",
        "bitcoin dominance in May 2024",
        "BTC price from 20 April 2024 to 1 April 2024",
        "BTC over the last -5 days",
        "ETH last 0 days",
        "BTC on 31/02/2024",
        "what would $500 in ETH be worth?",
    ],
)
def test_where_no_useful_answer_can_be_given_it_asks(message):
    assert missing(read(message, CLOCK)) is not None


def test_what_was_not_read_is_no_longer_in_the_way_once_the_person_answers():
    asked = read("What was BTC's Sharpe ratio in April 2024?", CLOCK)
    answered = read("volatility", CLOCK, asked)
    assert missing(answered) is None
    assert answered.coins == ("BTC",)
    assert answered.unread == ()


def test_a_mining_pool_needs_no_coin_named_beside_it():
    assert missing(read("What was Foundry USA pool's hash rate in May 2024?", CLOCK)) is None
