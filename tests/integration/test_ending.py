"""A process that is told to end lets its runs reach a checkpoint, and tells what each part of a run took."""

import asyncio
import json
import logging
import threading
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from model_server import Say, serving, turns

from agents.config import AgentSettings
from agents.context import RunContext
from agents.errors import NeedsAnswer
from agents.finding import Finding
from agents.start import analyst
from agents.toolbox import Toolbox
from chat_app.logs import JsonFormatter
from ledgers import app
from ledgers.errors import BadArgument

pytestmark = pytest.mark.integration


class Slow:
    """A tool that works until it is let go."""

    def __init__(self):
        self.entered, self.go_on, self.calls = threading.Event(), threading.Event(), 0

    def tool(self):
        def look_up(run: RunContext, symbol: str) -> Finding:
            """Look a coin up.

            Args:
                run: hidden.
                symbol: ticker, such as BTC.
            """
            if symbol == "XXX":
                raise BadArgument("There is no coin XXX.")
            if symbol == "luna":
                raise NeedsAnswer("symbol", "Which luna?", ("LUNA", "LUNC"))
            self.calls += 1
            self.entered.set()
            assert self.go_on.wait(30)
            return Finding(f"{symbol} was found.")

        return look_up


@pytest.fixture
def analysts(ledger, redis_url, tmp_path):
    with ledger.session() as session:
        app.ensure_local_user(session, now=datetime.now(UTC))

    @asynccontextmanager
    async def make(script, slow, *, prices=None, **more):
        with serving(script) as server:
            settings = AgentSettings(model="openai:scripted", openai_base_url=server.url, model_prices=prices or {})
            tools = Toolbox(tools={"look_up": slow.tool()}, actions={})
            async with analyst(settings, ledger, redis_url, tmp_path, toolbox=tools, **more) as runs:
                runs.server = server
                yield runs

    return make


async def end_of(runs, run_id, *kinds):
    async with asyncio.timeout(60):
        async for event in runs.follow(run_id, user_id="local"):
            if event.kind in kinds:
                return event.payload
    raise AssertionError(f"it ended before any of {kinds}")


async def test_a_run_works_on_to_its_checkpoint_and_the_next_process_repeats_nothing(analysts):
    slow = Slow()
    async with analysts(turns(Say(calls=[("look_up", {"symbol": "BTC"})])), slow, checkpoint_seconds=30.0) as runs:
        run_id = await runs.start(user_id="local", message="Look BTC up.")
        await asyncio.to_thread(slow.entered.wait, 30)
        closing = asyncio.create_task(runs.close())
        await asyncio.sleep(0)  # one turn of the loop: it closes now, and waits for the tool
        assert not closing.done()
        slow.go_on.set()
        await closing
        assert (await end_of(runs, run_id, "finished"))["status"] == "interrupted"
        assert len(runs.server.requests) == 1
    async with analysts(lambda messages: Say("It was found."), slow) as runs:
        await runs.resume(run_id, user_id="local")
        assert (await end_of(runs, run_id, "answer"))["text"] == "It was found."
        assert [m["content"] for m in runs.server.requests[0]["messages"] if m["role"] == "tool"] == ["BTC was found."]
    assert slow.calls == 1


async def test_an_answer_that_is_being_written_is_written_to_its_end(analysts):
    hold, slow = threading.Event(), Slow()
    async with analysts(turns(Say("One two three.", hold=hold)), slow, checkpoint_seconds=30.0) as runs:
        run_id = await runs.start(user_id="local", message="Count.")
        await end_of(runs, run_id, "token")
        closing = asyncio.create_task(runs.close())
        await asyncio.sleep(0)  # as above
        hold.set()
        await closing
        assert (await end_of(runs, run_id, "answer"))["text"] == "One two three."


async def test_each_part_of_a_run_is_measured(analysts):
    slow, told = Slow(), []
    slow.go_on.set()
    script = turns(
        Say(calls=[("look_up", {"symbol": "XXX"})]),
        Say(calls=[("look_up", {"symbol": "luna"})]),
        Say("It was found."),
    )
    async with analysts(script, slow, measure=told.append, prices={"scripted": (1.0, 2.0)}) as runs:
        run_id = await runs.start(user_id="local", message="Look luna up.")
        await end_of(runs, run_id, "question")
        await runs.answer(run_id, user_id="local", text="LUNC")
        await end_of(runs, run_id, "answer")
    assert [tally.outcome for tally in told] == ["question", "answered"]
    assert [(tally.tool_calls, tally.tool_errors) for tally in told] == [(1, 1), (1, 0)]
    assert [(tally.input_tokens, tally.output_tokens) for tally in told] == [(200, 40), (100, 20)]
    assert told[0].cost_usd == pytest.approx(280e-6)
    assert told[0].first_token_seconds is None
    assert 0 < told[1].first_token_seconds <= told[1].seconds


async def test_a_line_of_the_log_says_which_run_and_conversation_it_is_about(analysts, caplog):
    slow = Slow()
    caplog.handler.setFormatter(JsonFormatter())
    async with analysts(lambda _: Say(status=400), slow) as runs:
        with caplog.at_level(logging.INFO, logger="agents"):
            run_id = await runs.start(user_id="local", message="Fail.")
            await end_of(runs, run_id, "finished")
    lines = [json.loads(line) for line in caplog.text.splitlines() if "failed" in line]
    assert lines
    assert {line["run_id"] for line in lines} == {run_id}
    assert all(line["thread_id"] and line["error"].startswith("Traceback") for line in lines)
