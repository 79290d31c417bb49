import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

import agents.runs
from agents.config import AgentSettings
from agents.errors import NotNow
from agents.outcome import Answered, Asks
from agents.runs import Runs
from agents.turn import Turn
from ledgers import app, conversation
from ledgers.errors import NotFound
from ledgers.streams import Streams

pytestmark = pytest.mark.integration


class Script:
    """A conductor that does what the test says: each step of a turn is a coroutine that gets the turn."""

    def __init__(self, *steps):
        self.steps = list(steps)

    def model_name(self, wanted):
        return wanted or "script"

    async def forget(self, thread_id):
        raise AssertionError(thread_id)

    async def carry(self, turn: Turn):
        return await self.steps.pop(0)(turn)


async def asks(turn):
    return Asks("question", {"id": "q1", "text": "Which one?", "choices": ["LUNA", "LUNC"], "field": "symbol"})


async def approves(turn):
    return Asks("approval", {"id": "a1", "action": "add_coin_alias", "args": {}, "title": "", "description": ""})


async def replies(turn):
    return Answered(
        {"text": f"replies {dict(turn.replies())}", "marked": "", "evidence": [], "unsupported_numbers": []}
    )


async def breaks(turn):
    raise ValueError("no such luck\nsecret second line")


def answers(text):
    async def step(turn):
        for word in text.split():
            await turn.journal.token(word)
        return Answered({"text": text, "marked": text, "evidence": [], "unsupported_numbers": []})

    return step


def hangs(entered):
    async def step(turn):
        await turn.journal.token("so far")
        entered.set()
        await asyncio.Event().wait()

    return step


def turn_of(run, thread, diary):
    return Turn(
        ledger=diary.ledger,
        artifacts=None,
        journal=diary,
        settings=AgentSettings(),
        model=run.model,
        user_id=run.user_id,
        thread_id=run.thread_id,
        run_id=run.id,
        message=run.message,
        now=datetime.now(UTC),
        as_of=run.as_of,
    )


@pytest.fixture
def runs_with(ledger, redis_url):
    now = datetime.now(UTC)
    with ledger.session() as session:
        app.ensure_local_user(session, now=now)
        app.create_user(session, name="eve", password_hash="x", now=now)

    @asynccontextmanager
    async def make(*steps, **fields):
        runs = Runs(ledger, Streams(redis_url), Script(*steps), turn_of, **fields)
        yield runs
        await runs.close()
        await runs.streams.close()

    return make


async def soon(event):
    async with asyncio.timeout(20):
        await event.wait()


async def seen(runs, run_id, until="finished", after="0"):
    found = []
    async with asyncio.timeout(20):
        async for event in runs.follow(run_id, user_id="local", after=after):
            found.append(event)
            if event.kind == until:
                break
    return found


def kinds(events):
    return [event.kind for event in events]


async def ask(runs, message="How is luna doing?", **more):
    return await runs.start(user_id="local", message=message, **more)


async def test_a_run_streams_its_answer_and_ends(runs_with):
    async with runs_with(answers("up 3 %")) as runs:
        events = await seen(runs, await ask(runs))
    assert [kind for kind in kinds(events) if kind != "token"] == ["started", "answer", "finished"]
    assert events[0].payload["message"] == "How is luna doing?"
    assert events[-1].payload["status"] == "answered"


async def test_a_late_follower_gets_everything_kept_and_no_void_tokens(runs_with):
    async with runs_with(answers("up 3 %")) as runs:
        run_id = await ask(runs)
        await seen(runs, run_id)
        events = await seen(runs, run_id)
        assert kinds(events) == ["started", "answer", "finished"]
        assert kinds(await seen(runs, run_id, after=events[0].seq)) == ["answer", "finished"]


async def test_a_follower_who_comes_while_it_writes_gets_what_was_streamed_so_far(runs_with):
    entered = asyncio.Event()
    async with runs_with(hangs(entered)) as runs:
        run_id = await ask(runs)
        await soon(entered)
        events = await seen(runs, run_id, until="token")
        assert events[-1].payload == {"text": "so far"}


async def test_a_question_waits_and_its_answer_goes_on_with_the_same_run(runs_with):
    async with runs_with(asks, replies) as runs:
        run_id = await ask(runs)
        events = await seen(runs, run_id, until="question")
        pending = await runs.pending(events[0].payload["thread_id"], user_id="local")
        assert pending.payload["choices"] == ["LUNA", "LUNC"]
        await runs.answer(run_id, user_id="local", text="LUNC")
        rest = await seen(runs, run_id, after=pending.seq)
        assert kinds(rest) == ["question_answered", "answer", "finished"]
        assert rest[1].payload["text"] == "replies {'q1': 'LUNC'}"


async def test_a_question_survives_the_process_that_asked_it(runs_with):
    async with runs_with(asks) as runs:
        run_id = await ask(runs)
        await seen(runs, run_id, until="question")
    async with runs_with(replies, owner="elsewhere:1:1") as other:
        assert await other.recover() == []
        await other.answer(run_id, user_id="local", text="LUNA")
        assert (await seen(other, run_id))[-1].payload["status"] == "answered"


async def test_a_new_message_answers_the_pending_question(runs_with):
    async with runs_with(asks, replies) as runs:
        run_id = await ask(runs)
        thread_id = (await seen(runs, run_id, until="question"))[0].payload["thread_id"]
        assert await ask(runs, "the old one", thread_id=thread_id) == run_id
        assert (await seen(runs, run_id))[-2].payload["text"] == "replies {'q1': 'the old one'}"


@pytest.mark.parametrize(("said", "meant"), [("the second one", "LUNC"), ("luna please", "LUNA"), ("Lunc.", "LUNC")])
async def test_a_choice_may_be_answered_in_free_words(runs_with, said, meant):
    async with runs_with(asks, replies) as runs:
        run_id = await ask(runs)
        thread_id = (await seen(runs, run_id, until="question"))[0].payload["thread_id"]
        assert await ask(runs, said, thread_id=thread_id) == run_id
        events = await seen(runs, run_id)
        assert events[-2].payload["text"] == f"replies {{'q1': '{meant}'}}"
        assert next(event for event in events if event.kind == "question_answered").payload["text"] == said


async def test_a_message_that_asks_something_else_withdraws_the_pending_question(runs_with):
    async with runs_with(asks, answers("done")) as runs:
        run_id = await ask(runs)
        thread_id = (await seen(runs, run_id, until="question"))[0].payload["thread_id"]
        second = await ask(runs, "what was the highest price of bitcoin in May?", thread_id=thread_id)
        assert second != run_id
        assert (await seen(runs, run_id))[-1].payload["status"] == "stopped"
        assert (await seen(runs, second))[-1].payload["status"] == "answered"


async def test_a_new_message_withdraws_the_pending_approval(runs_with):
    async with runs_with(approves, answers("done")) as runs:
        run_id = await ask(runs)
        thread_id = (await seen(runs, run_id, until="approval"))[0].payload["thread_id"]
        second = await ask(runs, "something else", thread_id=thread_id)
        assert second != run_id
        ended = await seen(runs, run_id)
        assert kinds(ended) == ["started", "approval", "decided", "finished"]
        assert ended[2].payload == {"id": "a1", "approved": False, "withdrawn": True}
        assert ended[3].payload["status"] == "stopped"
        assert (await seen(runs, second))[-1].payload["status"] == "answered"


async def test_two_decisions_at_once_count_as_one(runs_with):
    async with runs_with(approves, replies) as runs:
        run_id = await ask(runs)
        await seen(runs, run_id, until="approval")
        outcomes = await asyncio.gather(
            *(runs.decide(run_id, user_id="local", approved=yes) for yes in (True, True, False)), return_exceptions=True
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "NotNow", "NotNow"]
        assert kinds(await seen(runs, run_id)).count("decided") == 1


async def test_a_second_message_while_it_works_is_refused(runs_with):
    entered = asyncio.Event()
    async with runs_with(hangs(entered)) as runs:
        run_id = await ask(runs)
        await soon(entered)
        thread_id = (await seen(runs, run_id, until="started"))[0].payload["thread_id"]
        with pytest.raises(NotNow, match="still being answered"):
            await ask(runs, thread_id=thread_id)


async def test_stopping_ends_the_run_and_keeps_what_was_written(runs_with):
    entered = asyncio.Event()
    async with runs_with(hangs(entered), answers("again")) as runs:
        run_id = await ask(runs)
        await soon(entered)
        await runs.stop(run_id, user_id="local")
        events = await seen(runs, run_id)
        assert events[-1].payload["status"] == "stopped"
        assert events[-1].payload["text"] == "so far"
        with pytest.raises(NotNow):
            await runs.stop(run_id, user_id="local")
        second = await ask(runs, thread_id=events[0].payload["thread_id"])
        assert (await seen(runs, second))[-1].payload["status"] == "answered"


async def test_what_goes_wrong_ends_the_run_with_the_reason(runs_with):
    async with runs_with(breaks) as runs:
        events = await seen(runs, await ask(runs))
    assert events[-1].payload["status"] == "failed"
    assert events[-1].payload["error"] == "ValueError: no such luck"


async def test_a_closing_process_leaves_its_runs_interrupted_and_the_next_one_goes_on(runs_with):
    entered = asyncio.Event()
    async with runs_with(hangs(entered)) as runs:
        run_id = await ask(runs)
        await soon(entered)
    async with runs_with(answers("all of it")) as runs:
        assert (await seen(runs, run_id))[-1].payload["status"] == "interrupted"
        await runs.resume(run_id, user_id="local")
        events = await seen(runs, run_id, until="answer")
        kept = [kind for kind in kinds(events) if kind != "token"]
        assert kept == ["started", "finished", "text_reset", "answer"]
        with pytest.raises(NotNow):
            await runs.resume(run_id, user_id="local")


async def test_the_run_of_a_dead_process_is_found_interrupted_at_once(runs_with, ledger):
    entered = asyncio.Event()
    async with runs_with(hangs(entered)) as runs:
        run_id = await ask(runs)
        await soon(entered)
        with ledger.session() as session:
            session.get(conversation.Run, run_id).owner = f"{runs.owner.partition(':')[0]}:999999999:1"
        async with runs_with() as other:
            assert await other.recover() == [run_id]
            assert (await seen(other, run_id))[-1].payload["status"] == "interrupted"


async def test_a_run_of_another_machine_is_interrupted_only_once_its_lease_ran_out_and_stayed_so(
    runs_with, ledger, monkeypatch
):
    entered = asyncio.Event()
    async with runs_with(hangs(entered)) as runs, runs_with() as other:
        run_id = await ask(runs)
        await soon(entered)

        def leave(lease):
            with ledger.session() as session:
                run = session.get(conversation.Run, run_id)
                run.owner, run.lease_until = "elsewhere:1:1", datetime.now(UTC) + timedelta(seconds=lease)

        leave(20)
        assert await other.recover() == []
        leave(-20)
        assert await other.recover() == []
        monkeypatch.setattr(agents.runs, "SILENCE_SECONDS", 0.0)
        leave(-10)
        assert await other.recover() == []
        assert await other.recover() == [run_id]


async def test_a_process_that_lost_its_lease_writes_nothing_more(runs_with, ledger):
    entered, goes_on = asyncio.Event(), asyncio.Event()

    async def sleeps(turn):
        entered.set()
        await goes_on.wait()
        return Answered({"text": "too late"})

    async with runs_with(sleeps) as runs:
        run_id = await ask(runs)
        await soon(entered)
        with ledger.session() as session:
            session.get(conversation.Run, run_id).owner = "another:1:1"
        task = runs.tasks[run_id]
        goes_on.set()
        await task
        with ledger.session() as session:
            assert [event.kind for event in app.events_of(session, run_id=run_id, user_id="local")] == ["started"]


async def test_the_rounds_renew_leases_and_notice_what_was_lost(runs_with, ledger):
    entered = asyncio.Event()
    async with runs_with(hangs(entered)) as runs:
        run_id = await ask(runs)
        await soon(entered)
        with ledger.session() as session:
            before = session.get(conversation.Run, run_id).lease_until
        await runs._renew()
        with ledger.session() as session:
            run = session.get(conversation.Run, run_id)
            assert run.lease_until > before
            run.owner = "another:1:1"
        task = runs.tasks[run_id]
        await runs._renew()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_nothing_of_a_run_is_somebody_elses_business(runs_with, ledger):
    with ledger.session() as session:
        eve = app.get_user_by_name(session, name="eve").id
    async with runs_with(asks) as runs:
        run_id = await ask(runs)
        thread_id = (await seen(runs, run_id, until="question"))[0].payload["thread_id"]

        async def follow():
            async for event in runs.follow(run_id, user_id=eve):
                raise AssertionError(event)

        for attempt in (
            runs.start(user_id=eve, message="hello", thread_id=thread_id),
            runs.answer(run_id, user_id=eve, text="LUNA"),
            runs.decide(run_id, user_id=eve, approved=True),
            runs.resume(run_id, user_id=eve),
            runs.stop(run_id, user_id=eve),
            runs.pending(thread_id, user_id=eve),
            follow(),
        ):
            with pytest.raises(NotFound):
                await attempt
        assert (await runs.pending(thread_id, user_id="local")).kind == "question"


async def test_four_runs_at_once_all_end(runs_with):
    async with runs_with(*(answers(f"answer {n}") for n in range(4))) as runs:
        ids = await asyncio.gather(*(ask(runs, f"question {n}") for n in range(4)))
        ends = await asyncio.gather(*(seen(runs, run_id) for run_id in ids))
        assert [events[-1].payload["status"] for events in ends] == ["answered"] * 4


async def test_a_run_goes_on_and_can_be_followed_without_the_live_wire(runs_with):
    async with runs_with(answers("up 3 %")) as runs:
        runs.wire.streams = runs.streams = Streams("redis://127.0.0.1:1/0")
        events = await seen(runs, await ask(runs))
        assert kinds(events) == ["started", "answer", "finished"]
