"""The offline analyst in the real graph, over a ledger that is empty but for what ships."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from agents.config import AgentSettings
from agents.start import analyst
from ledgers import app

pytestmark = pytest.mark.integration


@pytest.fixture
def analysts(ledger, redis_url, tmp_path):
    with ledger.session() as session:
        app.ensure_local_user(session, now=datetime.now(UTC))

    @asynccontextmanager
    async def make():
        async with analyst(AgentSettings(model="offline"), ledger, redis_url, tmp_path) as runs:
            yield runs

    return make


async def until_rest(runs, run_id, after="0"):
    found = []
    async with asyncio.timeout(30):
        async for event in runs.follow(run_id, user_id="local", after=after):
            found.append(event)
            if event.kind in {"question", "approval", "finished"}:
                break
    return found


def kinds(events):
    return [event.kind for event in events if event.kind != "token"]


async def test_a_tool_without_arguments_gets_its_run(analysts):
    async with analysts() as runs:
        events = await until_rest(runs, await runs.start(user_id="local", message="which coins can I ask about?"))
    ended = next(event.payload for event in events if event.kind == "tool_ended")
    answer = next(event.payload for event in events if event.kind == "answer")
    assert ended["name"] == "get_available_coins"
    assert "ledgers are empty" in answer["text"]
    assert answer["unsupported_numbers"] == []


async def test_help_is_answered_without_an_unsupported_number(analysts):
    async with analysts() as runs:
        events = await until_rest(runs, await runs.start(user_id="local", message="what can you do?"))
    answer = next(event.payload for event in events if event.kind == "answer")
    assert "without a language model" in answer["text"]
    assert answer["unsupported_numbers"] == []
    assert "text_reset" not in kinds(events)


@pytest.mark.parametrize(("approved", "outcome"), [(True, "corn"), (False, "not")])
async def test_an_alias_waits_for_the_persons_yes(analysts, approved, outcome):
    async with analysts() as runs:
        run = await runs.start(user_id="local", message="call bitcoin corn")
        asked = (await until_rest(runs, run))[-1]
        assert (asked.kind, asked.payload.get("action")) == ("approval", "add_coin_alias")
        await runs.decide(run, user_id="local", approved=approved)
        events = await until_rest(runs, run, after=asked.seq)
    answer = next(event.payload for event in events if event.kind == "answer")
    assert outcome in answer["text"]


async def test_another_question_takes_the_place_of_the_one_that_waits(analysts):
    async with analysts() as runs:
        run = await runs.start(user_id="local", message="How is luna doing?")
        events = await until_rest(runs, run)
        thread = events[0].payload["thread_id"]
        second = await runs.start(user_id="local", message="bitcoin last 7 days please", thread_id=thread)
        assert second != run
        called = [event.payload["args"] for event in await until_rest(runs, second) if event.kind == "tool_ended"]
    assert {args.get("symbol") for args in called if "symbol" in args} == {"BTC"}


async def test_an_ambiguous_coin_is_asked_once_and_the_answer_goes_on(analysts):
    async with analysts() as runs:
        run = await runs.start(user_id="local", message="How is luna doing?")
        asked = (await until_rest(runs, run))[-1]
        assert asked.kind == "question"
        assert "luna" in asked.payload["text"]
        await runs.answer(run, user_id="local", text=asked.payload["choices"][0])
        events = await until_rest(runs, run, after=asked.seq)
    assert kinds(events).count("question") == 0
    assert kinds(events)[-2:] == ["answer", "finished"]
