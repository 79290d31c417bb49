"""The issue's questions through ChatOpenAI: a scripted model calls the tools, streams, and writes what they said."""

import psycopg
import pytest
from model_server import Say, said_by_tools, serving

from agents.config import AgentSettings
from agents.start import analyst

pytestmark = [pytest.mark.integration, pytest.mark.real_data]

APRIL = {"start": "2024-04-01", "end": "2024-04-20"}
MAY_DAY = {"start": "2024-05-01", "end": "2024-05-01"}
MARCH = {"start": "2024-03-01", "end": "2024-03-31"}
SINCE = {"symbols": ["BTC", "ETH", "SOL"], "start": "2024-04-20"}
CALLS = {
    "btc-april-and-fear": [("get_price_data", {"symbol": "BTC", **APRIL}), ("get_sentiment_data", APRIL)],
    "eth-rsi": [
        ("compute_indicators", {"symbol": "ETH", "names": ["rsi_14"], "start": "2024-05-01", "end": "2024-05-01"})
    ],
    "sol-hourly-fall": [
        ("get_price_data", {"symbol": "SOL", "timeframe": "1h", "start": "2024-04-01", "end": "2024-04-30"})
    ],
    "mstr-8k": [("get_catalyst_events", {"entity": "MSTR", "form": "8-K", **MARCH})],
    "compare-since-halving": [("compare_coins", SINCE)],
    "compare-since-halving-open-end": [("compare_coins", SINCE)],
    "etf-headlines": [("get_news", {"query": "ETF", **MARCH})],
    "luna": [("get_price_data", {"symbol": "luna", "days": 30})],
}


@pytest.mark.parametrize("name", CALLS)
async def test_each_question_of_the_issue_is_answered_right_by_a_model_that_uses_the_tools(
    real_history, redis_url, tmp_path, judging, name
):
    def script(messages):
        told = said_by_tools(messages)
        return Say("\n\n".join(told)) if told else Say(calls=CALLS[name])

    question = judging.questions[name]
    with serving(script) as server:
        settings = AgentSettings(model="openai:scripted", openai_base_url=server.url)
        async with analyst(settings, real_history, redis_url, tmp_path) as runs:
            outcome = await judging.ask(runs, "local", question)
    with psycopg.connect(real_history.url, options="-c timezone=UTC") as connection:
        outcome.truth = judging.truth(connection, question.get("sql"))
    assert list(judging.judged(outcome, tmp_path)) == [], outcome.text
    assert server.requests[0]["stream"] is True
