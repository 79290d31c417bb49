"""A process that carries runs, made to be killed: prints each event it sees, and dies where the test says."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import agents.toolbox
from agents.config import AgentSettings
from agents.effects import effect
from agents.start import analyst
from ledgers.store import Ledger


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def effect_then_death(*args):
    """The effect is committed; its checkpoint is never written."""
    effect(*args)
    die()


def death_within_effect(action, *args):
    """The effect happened, and is not committed."""

    def act(run, **given):
        action(run, **given)
        die()

    act.__name__ = action.__name__
    return effect(act, *args)


DEATHS = {"after_effect": effect_then_death, "within_effect": death_within_effect}


async def main(told: dict) -> None:
    agents.toolbox.effect = DEATHS.get(told.get("death"), effect)
    settings = AgentSettings(model="openai:scripted", openai_base_url=told["model"])
    ledger = Ledger(told["ledger"])
    async with analyst(settings, ledger, told["redis"], Path(told["home"])) as runs:
        run_id = await runs.start(user_id="local", message=told["message"])
        async for event in runs.follow(run_id, user_id="local"):
            sys.stdout.write(json.dumps({"run_id": run_id, "kind": event.kind, **event.payload}) + "\n")
            sys.stdout.flush()
            if event.kind == "approval" and told.get("approves"):
                await runs.decide(run_id, user_id="local", approved=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
