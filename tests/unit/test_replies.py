import pytest

from agents.replies import meant

LUNA = {"choices": ["LUNA", "LUNC"], "field": "symbol"}
COIN = {"choices": ["BTC", "ETH", "SOL", "XRP"], "field": "answer"}
PERIOD = {"choices": ["last 7 days", "last 30 days", "since the halving"], "field": "answer"}


@pytest.mark.parametrize(
    ("said", "asked", "answer"),
    [
        ("LUNC", LUNA, "LUNC"),
        ("lunc", LUNA, "LUNC"),
        ("the second one", LUNA, "LUNC"),
        ("2", LUNA, "LUNC"),
        ("number 1 please", LUNA, "LUNA"),
        ("the last one", COIN, "XRP"),
        ("Terra Classic please", LUNA, "Terra Classic"),
        ("I mean the old terra", LUNA, "the old terra"),
        ("eth, please", COIN, "ETH"),
        ("the latter", LUNA, "LUNC"),
        ("last 30 days", PERIOD, "last 30 days"),
        ("from 1 to 20 April 2024", PERIOD, "from 1 to 20 April 2024"),
        ("dogecoin", COIN, "dogecoin"),
    ],
)
def test_an_answer_in_free_words_is_an_answer(said, asked, answer):
    assert meant(said, asked) == answer


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("bitcoin last 7 days please", LUNA),
        ("what was the highest price of ETH in May?", LUNA),
        ("Show me the news about ETFs", PERIOD),
        ("how did the market do in March 2024", COIN),
        ("never mind, chart SOL for May", PERIOD),
    ],
)
def test_a_message_that_asks_something_else_is_none(said, asked):
    assert meant(said, asked) is None
