import asyncio
import threading
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from model_server import Say, serving, turns
from sqlalchemy import select

import agents.middleware
from agents.config import AgentSettings
from agents.context import RunContext
from agents.errors import NeedsAnswer
from agents.finding import Evidence, Figure, Finding
from agents.start import analyst
from agents.toolbox import Toolbox, discover
from ledgers import app
from ledgers.conversation import ActionEffect, Run
from ledgers.errors import BadArgument, NotCollected

pytestmark = pytest.mark.integration

KEY = "glass.candle:BTC/1d/BINANCE:USDT 2024-04-01..2024-04-20"


def get_price(run: RunContext, symbol: str, days: str | None = None) -> Finding:
    """The price of a coin.

    Args:
        run: hidden.
        symbol: ticker or name, such as BTC.
        days: length of the window.
    """
    if symbol == "luna":
        raise NeedsAnswer("symbol", "Which luna do you mean?", ("LUNA", "LUNC"))
    if symbol == "XXX":
        raise BadArgument("There is no coin XXX; known are BTC and ETH.")
    if symbol == "OLD":
        raise NotCollected("Nothing is collected for OLD.")
    if symbol == "BUG":
        raise ZeroDivisionError("secret detail")
    if days is None and symbol == "ETH":
        raise NeedsAnswer("days", "Which period do you mean?", ("7 days", "30 days"))
    evidence = Evidence(KEY, "glass", "binance", "2024-04-02T00:00:00+00:00", "2024-04-21T00:00:00+00:00", None, 20)
    figure = Figure("last_close", 67234.5, "USDT", KEY)
    return Finding(f"{symbol} closed at 67,234.50 USDT [{KEY}]", (evidence,), (figure,), facts={"days": days})


def price_then(answer, **args):
    return turns(Say(calls=[("get_price", args)]), Say(answer))


@pytest.fixture
def user(ledger):
    with ledger.session() as session:
        return app.ensure_local_user(session, now=datetime.now(UTC)).id


@pytest.fixture
def analysts(ledger, redis_url, tmp_path, user):
    """The whole engine over a model that follows a script."""

    @asynccontextmanager
    async def make(script, **settings):
        with serving(script) as server:
            chosen = AgentSettings(model="openai:scripted", openai_base_url=server.url, **settings)
            tools = Toolbox(tools={"get_price": get_price}, actions=discover("action"))
            async with analyst(chosen, ledger, redis_url, tmp_path, toolbox=tools) as runs:
                runs.server = server
                yield runs

    return make


async def seen(runs, run_id, *until, after="0"):
    found = []
    async with asyncio.timeout(60):
        async for event in runs.follow(run_id, user_id="local", after=after):
            found.append(event)
            if event.kind in until:
                break
    return found


async def ask(runs, message, *until, **more):
    run_id = await runs.start(user_id="local", message=message, **more)
    return run_id, await seen(runs, run_id, *until)


def kept(events):
    return [event.kind for event in events if event.kind != "token"]


def only(events, kind):
    return [event.payload for event in events if event.kind == kind]


async def test_a_question_is_answered_from_a_tool_with_its_evidence(analysts):
    followed = threading.Event()
    script = turns(Say(calls=[("get_price", {"symbol": "BTC"})]), Say("BTC closed at $67.2k.", hold=followed))
    async with analysts(script) as runs:
        run_id = await runs.start(user_id="local", message="What is BTC worth?")
        events = []
        async with asyncio.timeout(60):
            async for event in runs.follow(run_id, user_id="local"):
                events.append(event)
                if event.kind == "tool_ended":
                    followed.set()
    assert "".join(token["text"] for token in only(events, "token")) == "BTC closed at $67.2k."
    assert kept(events) == ["started", "tool_started", "tool_ended", "answer", "finished"]
    ended = only(events, "tool_ended")[0]
    assert (ended["name"], ended["args"]) == ("get_price", {"symbol": "BTC", "days": None})
    assert (ended["ok"], ended["error"]) == (True, None)
    answer = only(events, "answer")[0]
    assert answer["marked"] == "BTC closed at $67.2k [1]."
    assert [(item["n"], item["key"]) for item in answer["evidence"]] == [(1, KEY)]
    assert answer["unsupported_numbers"] == []
    finished = only(events, "finished")[0]
    assert finished["usage"] == {"input_tokens": 200, "output_tokens": 40, "cost_usd": None}


async def test_a_number_that_the_model_invents_is_rewritten_once_and_then_marked(analysts):
    script = turns(
        Say(calls=[("get_price", {"symbol": "BTC"})]),
        Say("BTC closed at 99,999 USDT."),
        Say("BTC is worth 88,888 USDT."),
    )
    async with analysts(script) as runs:
        _, events = await ask(runs, "What is BTC worth?")
        assert "99,999" in runs.server.requests[-1]["messages"][-1]["content"]
    assert only(events, "text_reset") == [{"reason": "rewrite"}]
    answer = only(events, "answer")[0]
    assert answer["unsupported_numbers"] == ["88,888 USDT"]
    assert "88,888 USDT ⚠️" in answer["marked"]


async def test_errors_of_tools_are_told_to_the_model_in_plain_words_and_never_leak(analysts, caplog):
    calls = [("get_price", {"symbol": name}) for name in ("XXX", "OLD", "BUG")]
    script = turns(Say(calls=[*calls, ("no_such_tool", {}), ("get_price", {"wrong": 1})]), Say("Nothing found."))
    async with analysts(script) as runs:
        _, events = await ask(runs, "What is XXX worth?")
        told = [m["content"] for m in runs.server.requests[-1]["messages"] if m["role"] == "tool"]
    assert told[:3] == [
        "Bad argument: There is no coin XXX; known are BTC and ETH.",
        "Not collected: Nothing is collected for OLD.",
        "Error: The tool failed for a reason of its own (ZeroDivisionError).",
    ]
    assert "no_such_tool is not a valid tool" in told[3]
    assert "symbol" in told[4]
    assert [payload["ok"] for payload in only(events, "tool_ended")] == [False] * 5
    assert "secret detail" not in str([event.payload for event in events])


async def test_a_tool_that_must_ask_pauses_the_run_and_goes_on_with_the_answer(analysts):
    async with analysts(price_then("LUNC closed at 67,234.5 USDT.", symbol="luna")) as runs:
        run_id, events = await ask(runs, "How is luna doing?", "question")
        question = events[-1].payload
        assert (question["text"], question["choices"], question["field"]) == (
            "Which luna do you mean?",
            ["LUNA", "LUNC"],
            "symbol",
        )
        await runs.answer(run_id, user_id="local", text="LUNC")
        events = await seen(runs, run_id)
    assert kept(events) == [
        "started",
        "tool_started",
        "question",
        "question_answered",
        "tool_ended",
        "answer",
        "finished",
    ]
    assert only(events, "tool_ended")[0]["text"].startswith("LUNC closed")
    assert only(events, "answer")[0]["unsupported_numbers"] == []


async def test_parallel_questions_are_asked_one_after_the_other(analysts):
    script = turns(Say(calls=[("get_price", {"symbol": "luna"}), ("get_price", {"symbol": "ETH"})]), Say("Done."))
    async with analysts(script) as runs:
        run_id, events = await ask(runs, "How are luna and ETH doing?", "question")
        await runs.answer(run_id, user_id="local", text="LUNA")
        events = await seen(runs, run_id, "question", after=events[-1].seq)
        assert events[-1].payload["field"] == "days"
        await runs.answer(run_id, user_id="local", text="7 days")
        events = await seen(runs, run_id)
    assert [payload["text"][:4] for payload in only(events, "tool_ended")] in (["LUNA", "ETH "], ["ETH ", "LUNA"])
    assert {payload["facts"]["days"] for payload in only(events, "tool_ended")} == {None, "7 days"}


async def test_no_more_questions_are_asked_than_a_run_may(analysts):
    script = turns(Say(calls=[("get_price", {"symbol": "luna"})] * 3), Say("Done."))
    async with analysts(script, run_questions=1) as runs:
        run_id, events = await ask(runs, "How is luna doing?", "question")
        await runs.answer(run_id, user_id="local", text="LUNA")
        events = await seen(runs, run_id)
    assert len(only(events, "question")) == 1
    assert sorted(payload["ok"] for payload in only(events, "tool_ended")) == [False, False, True]


async def test_a_pending_question_survives_its_process(analysts, ledger):
    async with analysts(turns(Say(calls=[("get_price", {"symbol": "luna"})]))) as runs:
        run_id, _ = await ask(runs, "How is luna doing?", "question")
    async with analysts(turns(Say("LUNA closed at 67,234.5 USDT."))) as runs:
        await runs.answer(run_id, user_id="local", text="LUNA")
        assert only(await seen(runs, run_id), "finished")[-1]["status"] == "answered"


def alias_script(*rest):
    return turns(Say(calls=[("add_coin_alias", {"symbol": "BTC", "alias": "king"})]), *rest)


def effects(ledger):
    with ledger.session() as session:
        return [row.result for row in session.scalars(select(ActionEffect))]


async def test_an_action_waits_for_approval_and_then_takes_effect_once(analysts, ledger):
    async with analysts(alias_script(Say("Done."))) as runs:
        run_id, events = await ask(runs, "Call BTC the king.", "approval")
        card = events[-1].payload
        assert card["action"] == "add_coin_alias"
        assert card["args"] == {"symbol": "BTC", "alias": "king"}
        assert card["title"] == "Give a coin a further name that the user may use for it."
        assert effects(ledger) == []
        outcomes = await asyncio.gather(
            *(runs.decide(run_id, user_id="local", approved=True) for _ in range(3)), return_exceptions=True
        )
        assert sum(outcome is None for outcome in outcomes) == 1
        events = await seen(runs, run_id)
    assert effects(ledger) == ["“king” now means BTC."]
    assert only(events, "tool_ended")[0]["facts"]["new"] is True


async def test_a_rejected_action_has_no_effect(analysts, ledger):
    async with analysts(alias_script(Say("It was rejected."))) as runs:
        run_id, _ = await ask(runs, "Call BTC the king.", "approval")
        await runs.decide(run_id, user_id="local", approved=False)
        events = await seen(runs, run_id)
    assert effects(ledger) == []
    assert only(events, "tool_ended")[0]["facts"] == {"approved": False}
    assert only(events, "finished")[-1]["status"] == "answered"


async def test_an_action_that_makes_no_sense_is_refused_before_anybody_is_asked(analysts, ledger):
    script = turns(Say(calls=[("add_coin_alias", {"symbol": "NOPE", "alias": "king"})]), Say("No such coin."))
    async with analysts(script) as runs:
        _, events = await ask(runs, "Call NOPE the king.")
    assert only(events, "approval") == []
    assert only(events, "tool_ended")[0]["error"] == "Bad argument: No coin 'NOPE' is known."
    assert effects(ledger) == []


async def test_a_message_instead_of_a_decision_withdraws_the_action_and_the_thread_goes_on(analysts, ledger):
    async with analysts(alias_script(Say("Hello."))) as runs:
        _, events = await ask(runs, "Call BTC the king.", "approval")
        _, events = await ask(runs, "Never mind, hello.", thread_id=events[0].payload["thread_id"])
        told = [m["content"] for m in runs.server.requests[-1]["messages"] if m["role"] == "tool"]
    assert told == ["This call was not carried out: the run ended before."]
    assert only(events, "finished")[-1]["status"] == "answered"
    assert effects(ledger) == []


async def test_a_run_that_used_up_its_budget_asks_whether_to_go_on(analysts):
    script = turns(*(Say(calls=[("get_price", {"symbol": "BTC"})]) for _ in range(4)), Say("BTC is at 67,234.5."))
    async with analysts(script, run_model_calls=2) as runs:
        run_id, events = await ask(runs, "What is BTC worth?", "question")
        assert events[-1].payload["text"] == "This answer took 2 calls of the model so far. Shall it go on?"
        await runs.answer(run_id, user_id="local", text="Go on")
        events = await seen(runs, run_id, "question", after=events[-1].seq)
        await runs.answer(run_id, user_id="local", text="Stop here")
        events = await seen(runs, run_id)
    assert only(events, "answer")[0]["text"].startswith("I stopped here")


async def test_a_model_that_fails_ends_the_run_with_the_reason_and_the_thread_goes_on(analysts):
    async with analysts(turns(Say(status=401), Say("Hello."))) as runs:
        _, events = await ask(runs, "Hello?")
        assert only(events, "finished")[0]["status"] == "failed"
        assert "401" in only(events, "finished")[0]["error"]
        _, events = await ask(runs, "Hello again?", thread_id=events[0].payload["thread_id"])
    assert only(events, "answer")[0]["text"] == "Hello."


async def test_four_questions_at_once_all_end(analysts):
    def script(messages):
        return (
            Say("Closed at 67,234.5.")
            if messages[-1]["role"] == "tool"
            else Say(calls=[("get_price", {"symbol": "BTC"})])
        )

    async with analysts(script) as runs:
        results = await asyncio.gather(*(ask(runs, f"What is BTC worth, number {n}?") for n in range(4)))
    assert [only(events, "finished")[0]["status"] for _, events in results] == ["answered"] * 4


async def test_the_usage_of_a_run_is_kept_with_its_price(analysts, ledger):
    async with analysts(turns(Say("Hello.")), model_prices={"scripted": (2.0, 10.0)}) as runs:
        run_id, _ = await ask(runs, "Hello?")
    with ledger.session() as session:
        run = session.get(Run, run_id)
        assert (run.input_tokens, run.output_tokens) == (100, 20)
        assert run.cost_usd == pytest.approx((100 * 2 + 20 * 10) / 1e6)


async def test_a_stopped_answer_leaves_the_thread_fit_for_the_next_message(analysts):
    hold = threading.Event()
    script = turns(Say(calls=[("get_price", {"symbol": "BTC"})]), Say("It is so and so.", hold=hold), Say("Hello."))
    async with analysts(script) as runs:
        run_id, events = await ask(runs, "What is BTC worth?", "token")
        await runs.stop(run_id, user_id="local")
        hold.set()
        stopped = only(await seen(runs, run_id), "finished")[-1]
        assert (stopped["status"], stopped["text"]) == ("stopped", "It")
        _, events = await ask(runs, "Hello?", thread_id=events[0].payload["thread_id"])
    assert only(events, "answer")[0]["text"] == "Hello."


async def test_a_model_that_drips_on_for_too_long_ends_the_run_with_the_reason(analysts):
    hold = threading.Event()
    async with analysts(turns(Say("One two", hold=hold)), run_seconds=4) as runs:
        _, events = await ask(runs, "Count.")
        hold.set()
    assert only(events, "finished")[0]["error"] == "The model did not finish within 4 s."


async def test_a_deleted_conversation_leaves_no_checkpoint(analysts, ledger):
    async with analysts(turns(Say("Hello."))) as runs:
        _, events = await ask(runs, "Hello?")
        thread_id = events[0].payload["thread_id"]
        with ledger.session() as session:
            app.delete_thread(session, thread_id=thread_id, user_id="local", now=datetime.now(UTC))
        await runs.forget_deleted(datetime.now(UTC) - timedelta(minutes=1))
        state = await runs.conductor.saver.aget_tuple({"configurable": {"thread_id": thread_id}})
    assert state is None


async def test_a_long_conversation_reaches_the_model_in_whole_turns(analysts, monkeypatch):
    monkeypatch.setattr(agents.middleware, "LONGEST_HISTORY", 60)
    async with analysts(turns(Say("A" * 40), Say("B" * 40), Say("C"))) as runs:
        _, events = await ask(runs, "first question")
        for message in ("second question", "third question"):
            _, events = await ask(runs, message, thread_id=events[0].payload["thread_id"])
        read = [message["content"] for message in runs.server.requests[-1]["messages"][1:]]
    assert read == ["third question"]
