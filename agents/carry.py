"""Carrying one part of a run: from wherever the thread stands to the next question, approval or end."""

import logging
from collections.abc import Callable

from agents.errors import LeaseLost, ProcessEnds
from agents.journal import Journal
from agents.outcome import Answered, Asks, Conductor
from agents.turn import Turn
from ledgers import journal
from ledgers.conversation import Run, Thread
from ledgers.errors import OmcError
from ledgers.journal import DatabaseLost, Ending, transact
from ledgers.trace import trace

log = logging.getLogger(__name__)

TurnMaker = Callable[[Run, Thread, Journal], Turn]


async def carry(diary: Journal, conductor: Conductor, turn_of: TurnMaker) -> None:
    """Work on a run and write down how that ended.

    Where Postgres is away nothing can be written: the run is then found without a carrier and marked as interrupted.
    """
    trace(run_id=diary.run_id)
    try:
        run, thread = await transact(diary.ledger, lambda session: journal.run_and_thread(session, diary.run_id))
        trace(thread_id=thread.id)
        await diary.read()
        outcome = await conductor.carry(turn_of(run, thread, diary))
        await _settle(diary, outcome)
    except LeaseLost:
        log.info("run %s was taken over or stopped", diary.run_id)
    except ProcessEnds:
        log.info("run %s is at a checkpoint, from which it can go on", diary.run_id)
    except DatabaseLost as error:
        log.warning("run %s lost Postgres; it can go on when that is back (%s)", diary.run_id, explain(error))
    except OmcError as error:
        await _fail(diary, str(error))
    except Exception as error:
        log.exception("run %s failed", diary.run_id)
        await _fail(diary, explain(error))


async def _settle(diary: Journal, outcome: Asks | Answered) -> None:
    if isinstance(outcome, Asks):
        resting = {"status": outcome.kind, "owner": None, "lease_until": None}
        await diary.change(resting, [(outcome.kind, outcome.payload)])
    else:
        await diary.end(Ending("answered", notes=[("answer", outcome.answer)]))


async def _fail(diary: Journal, error: str) -> None:
    try:
        await diary.end(Ending("failed", error=error, text=diary.text))
    except (LeaseLost, *DatabaseLost):
        log.exception("run %s failed and could not say so", diary.run_id)


def explain(error: Exception) -> str:
    """What went wrong, for the person: the kind of error and its first line."""
    first = str(error).strip().splitlines()
    return f"{type(error).__name__}: {first[0][:300]}" if first else type(error).__name__
