"""A process that carries runs is killed with SIGKILL, at every point that matters; the next one goes on."""

import asyncio
import json
import random
import subprocess
import sys
import threading
import time
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from model_server import Say, serving
from sqlalchemy import select

from agents.config import AgentSettings
from agents.errors import NotNow
from agents.start import analyst
from ledgers.coins import CoinName
from ledgers.conversation import ActionEffect

pytestmark = pytest.mark.faults

PROCESS = Path(__file__).parents[1] / "servers" / "analyst_process.py"
QUESTION = Say(calls=[("ask_person", {"question": "Which luna?", "choices": ["LUNA", "LUNC"]})])
ACTION = Say(calls=[("add_coin_alias", {"symbol": "BTC", "alias": "king"})])


def script(messages):
    """What the model says to any state of the thread: the same after a death as before."""
    if messages[-1]["role"] == "tool":
        return Say(f"The tool said: {messages[-1]['content']}")
    return ACTION if "king" in messages[-1]["content"] else QUESTION


class Victim:
    """The process to be killed."""

    def __init__(self, told):
        command = [sys.executable, str(PROCESS), json.dumps(told)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def until(self, *kinds):
        """The first event of one of these kinds."""
        for line in self.process.stdout:
            said = json.loads(line)
            if said["kind"] in kinds:
                return said
        raise AssertionError(f"it ended before any of {kinds}: {self.process.stderr.read()}")

    def kill(self):
        self.process.kill()
        self.await_death()

    def await_death(self):
        self.process.communicate(timeout=60)


@pytest.fixture
def scene(ledger, redis_url, tmp_path):
    """A model, and a way to start victims and heirs on the same ledger."""

    class Scene:
        def __init__(self, server):
            self.server = server
            self.victims = []

        def victim(self, **told):
            shared = {"model": self.server.url, "ledger": ledger.url, "redis": redis_url, "home": str(tmp_path)}
            self.victims.append(Victim({**shared, **told}))
            return self.victims[-1]

        @asynccontextmanager
        async def heir(self):
            settings = AgentSettings(model="openai:scripted", openai_base_url=self.server.url)
            async with analyst(settings, ledger, redis_url, tmp_path) as runs:
                yield runs

        def effects(self):
            with ledger.session() as session:
                aliases = session.scalars(select(CoinName).where(CoinName.user_id == "local")).all()
                return len(session.scalars(select(ActionEffect)).all()), len(aliases)

    with serving(script) as server:
        made = Scene(server)
        yield made
        for victim in made.victims:
            victim.process.kill()
            victim.process.communicate()


async def ended(runs, run_id):
    """How the run ends, after whatever it said before."""
    last = None
    async with asyncio.timeout(60):
        async for event in runs.follow(run_id, user_id="local"):
            last = event
    return last.payload["status"]


async def test_a_pending_question_is_answered_in_the_next_process(scene):
    victim = scene.victim(message="How is luna doing?")
    run_id = await asyncio.to_thread(lambda: victim.until("question")["run_id"])
    victim.kill()
    async with scene.heir() as runs:
        await runs.answer(run_id, user_id="local", text="LUNC")
        assert await ended(runs, run_id) == "answered"


@pytest.mark.parametrize("approved", [True, False])
async def test_a_pending_approval_is_decided_in_the_next_process(scene, approved):
    victim = scene.victim(message="Call BTC the king.")
    run_id = await asyncio.to_thread(lambda: victim.until("approval")["run_id"])
    victim.kill()
    assert scene.effects() == (0, 0)
    async with scene.heir() as runs:
        await runs.decide(run_id, user_id="local", approved=approved)
        with pytest.raises(NotNow):
            await runs.decide(run_id, user_id="local", approved=True)
        assert await ended(runs, run_id) == "answered"
    assert scene.effects() == ((1, 1) if approved else (0, 0))


@pytest.mark.parametrize(("death", "left"), [("within_effect", (0, 0)), ("after_effect", (1, 1))])
async def test_an_approved_action_takes_effect_once_wherever_its_process_dies(scene, death, left):
    victim = scene.victim(message="Call BTC the king.", approves=True, death=death)
    run_id = await asyncio.to_thread(lambda: victim.until("approval")["run_id"])
    await asyncio.to_thread(victim.await_death)
    assert scene.effects() == left
    async with scene.heir() as runs:
        await runs.resume(run_id, user_id="local")
        assert await ended(runs, run_id) == "answered"
    assert scene.effects() == (1, 1)


async def test_an_answer_cut_off_by_death_is_found_interrupted_and_written_again(ledger, redis_url, tmp_path, scene):
    hold = threading.Event()
    said = [Say("One two three.", hold=hold), Say("One two three.")]
    scene.server.script = lambda messages: said.pop(0)
    victim = scene.victim(message="Count.")
    run_id = await asyncio.to_thread(lambda: victim.until("token")["run_id"])
    victim.kill()
    hold.set()
    async with scene.heir() as runs:
        assert await ended(runs, run_id) == "interrupted"
        await runs.resume(run_id, user_id="local")
        assert await ended(runs, run_id) == "answered"
        events = [event async for event in runs.follow(run_id, user_id="local")]
    assert [event.kind for event in events] == ["started", "finished", "text_reset", "answer", "finished"]


async def test_killed_at_any_moment_a_run_ends_and_its_action_happens_at_most_once(scene, rounds):
    for attempt in range(rounds):
        victim = scene.victim(message="Call BTC the king.")
        run_id = await asyncio.to_thread(lambda victim=victim: victim.until("started")["run_id"])
        await asyncio.sleep(random.Random(attempt).uniform(0, 1.5))  # noqa: S311 - the moment is what is tried
        victim.kill()
        before = scene.effects()[0]
        async with scene.heir() as runs:
            deadline = time.monotonic() + 60
            while (status := await settled(runs, run_id)) not in {"answered", "failed"}:
                assert time.monotonic() < deadline
                if status == "approval":
                    await runs.decide(run_id, user_id="local", approved=True)
                elif status == "interrupted":
                    await runs.resume(run_id, user_id="local")
            assert status == "answered"
        assert scene.effects()[0] == before + 1


async def settled(runs, run_id):
    """The state in which the run comes to rest."""
    async with asyncio.timeout(60):
        events = []
        async for event in runs.follow(run_id, user_id="local", after="0"):
            events.append(event)
            open_approval = event.kind == "approval" and (await runs.moves.mine(run_id, "local")).status == "approval"
            if open_approval:
                return "approval"
        return events[-1].payload["status"]
