"""`omc ask`: the same runs as the page, from a terminal; as the local user, so its conversations appear in the page."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from agents.config import AgentSettings
from agents.events import Event, order
from agents.period import moment
from agents.runs import Runs
from agents.start import analyst
from agents.stores import ArtifactStore, store_of
from chat_app import compose, terminal
from ledgers import app
from ledgers.conversation import Run
from ledgers.errors import BadArgument
from ledgers.presence import is_empty
from ledgers.store import Ledger

NOTHING_YET = """\
  The live ledgers are empty. Fill them: omc collect, or omc import LEDGER FILE… with history of your own;
  or ask the demo market, a simulation: omc ask --demo "…"."""
WAITING = 3
LONGEST_MESSAGE = 20_000
EXITS = {"answered": 0, "question": WAITING, "approval": WAITING}
ENDS = ("question", "approval", "finished")


@dataclass(frozen=True)
class Asked:
    """What the command line says."""

    message: str | None = None
    thread_id: str | None = None
    answer: str | None = None
    approve: bool | None = None
    as_of: str | None = None
    as_json: bool = False


def ask(asked: Asked, *, demo: bool | None) -> int:
    """Carry out one `omc ask` and print what came of it; returns the exit code.

    Raises:
        BadArgument: the options make no sense together, or the thread waits for nothing.
    """
    check(asked)
    settings = terminal.settings_of(AgentSettings)
    with compose.opened(demo) as opened:
        if opened.mode == "live" and is_empty(opened.ledger):
            terminal.say(NOTHING_YET)
        return asyncio.run(_ask(asked, settings, opened))


def check(asked: Asked) -> None:
    """Refuse options that make no sense, before anything is started."""
    if asked.answer is not None and asked.approve is not None:
        raise BadArgument("Give --answer, --approve or --reject, not two of them.")
    if asked.approve is not None and asked.message is not None and asked.thread_id is None:
        raise BadArgument("What is approved must have been shown before: ask first, then --approve with --thread.")
    if asked.answer is None and asked.approve is None and not (asked.message or "").strip():
        raise BadArgument('Ask something: omc ask "How did BTC move in the last 30 days?"')
    if len(asked.message or "") > LONGEST_MESSAGE or len(asked.answer or "") > LONGEST_MESSAGE:
        raise BadArgument(f"A message has at most {LONGEST_MESSAGE} characters.")
    as_of_of(asked)


def as_of_of(asked: Asked) -> datetime | None:
    """The moment --as-of names; a bare date is its first instant, so that nothing of that day is known yet."""
    if asked.as_of is None:
        return None
    as_of = moment(asked.as_of, "--as-of")
    if as_of > datetime.now(UTC) + timedelta(minutes=1):
        raise BadArgument(f"--as-of lies in the future: {as_of.isoformat()}.")
    return as_of


async def _ask(asked: Asked, settings: AgentSettings, opened: compose.Opened) -> int:
    home = opened.settings.home
    async with analyst(settings, opened.ledger, opened.endpoints.redis_url, home) as runs:
        begun = time.monotonic()
        run_id, after = await _begin(asked, runs, opened.ledger)
        told = Told()
        try:
            await _follow(runs, run_id, after, told, quiet=asked.as_json)
            if told.status == "question" and asked.answer is not None and after == "0":
                await runs.answer(run_id, user_id=app.LOCAL_USER, text=asked.answer)
                await _follow(runs, run_id, told.seq, told, quiet=asked.as_json)
        except asyncio.CancelledError:
            await runs.stop(run_id, user_id=app.LOCAL_USER)
            raise
        with opened.ledger.session() as session:
            run = app.owned_run(session, run_id=run_id, user_id=app.LOCAL_USER)
        worked = round((time.monotonic() - begun) * 1000)
        report = told.report(run, store_of(settings, home), worked)
    (terminal.show_json if asked.as_json else _show)(report)
    return EXITS.get(told.status, terminal.FAILED)


async def _begin(asked: Asked, runs: Runs, ledger: Ledger) -> tuple[str, str]:
    """Start, or go on with what waits; returns the run and the place to follow it from."""
    user_id = app.LOCAL_USER
    replies = asked.approve is not None or (asked.answer is not None and (asked.thread_id or asked.message is None))
    if not replies:
        message = asked.message or ""
        run_id = await runs.start(user_id=user_id, message=message, thread_id=asked.thread_id, as_of=as_of_of(asked))
        return run_id, "0"
    kind = "approval" if asked.approve is not None else "question"
    run = await asyncio.to_thread(_waiting, ledger, asked.thread_id, kind)
    pending = await runs.pending(run.thread_id, user_id=user_id)
    if pending is None:
        raise BadArgument(f"That conversation waits for no {kind}.")
    if asked.approve is not None:
        await runs.decide(run.id, user_id=user_id, approved=asked.approve)
    else:
        await runs.answer(run.id, user_id=user_id, text=asked.answer or "")
    return run.id, pending.seq


def _waiting(ledger: Ledger, thread_id: str | None, kind: str) -> Run:
    """The run that waits: of the thread named, else of the last one that does."""
    with ledger.session() as session:
        threads = (
            [app.owned_thread(session, thread_id=thread_id, user_id=app.LOCAL_USER)]
            if thread_id
            else app.list_threads(session, user_id=app.LOCAL_USER, limit=50)
        )
        for thread in threads:
            for run in app.runs_of(session, thread_id=thread.id, user_id=app.LOCAL_USER):
                if run.status == kind:
                    return run
    raise BadArgument(f"No conversation waits for {'an' if kind == 'approval' else 'an answer to a'} {kind}.")


@dataclass
class Told:
    """What a run has said, gathered from its events."""

    seq: str = "0"
    status: str = "failed"
    events: list[Event] = field(default_factory=list)

    def last(self, kind: str) -> Mapping[str, Any]:
        """The payload of the last event of a kind; empty where there is none."""
        return next((event.payload for event in reversed(self.events) if event.kind == kind), {})

    def report(self, run: Run, store: ArtifactStore, worked_ms: int) -> dict[str, Any]:
        """The one object that `--json` prints."""
        answer, finished = self.last("answer"), self.last("finished")
        told = ("name", "args", "ok", "error", "ms")
        ended = {event.payload["id"]: event.payload for event in self.events if event.kind == "tool_ended"}
        asks = self.last(self.status) if self.status in {"question", "approval"} else {}
        return {
            "thread_id": run.thread_id,
            "run_id": run.id,
            "status": self.status,
            "answer": answer.get("text"),
            "question": {key: asks[key] for key in ("text", "choices")} if self.status == "question" else None,
            "approval": {key: asks[key] for key in ("action", "args", "title", "description")}
            if self.status == "approval"
            else None,
            "tool_calls": [{key: call[key] for key in told} for call in ended.values()],
            "evidence": answer.get("evidence", []),
            "unsupported_numbers": answer.get("unsupported_numbers", []),
            "artifacts": [
                {**artifact, "path": store.location(artifact["sha256"])}
                for call in ended.values()
                for artifact in call["artifacts"]
            ],
            "as_of": run.as_of.astimezone(UTC).isoformat() if run.as_of else None,
            "model": run.model,
            "usage": {name: getattr(run, name) for name in ("input_tokens", "output_tokens", "cost_usd")},
            "duration_ms": finished.get("duration_ms", worked_ms),
            "error": finished.get("error"),
            "marked": answer.get("marked"),
        }


async def _follow(runs: Runs, run_id: str, after: str, told: Told, *, quiet: bool) -> None:
    """Follow a run to its end or to its next question after that place; what it said before is gathered as well."""
    async for event in runs.follow(run_id, user_id=app.LOCAL_USER, after=told.seq):
        told.events.append(event)
        told.seq = event.seq
        if order(event.seq) <= order(after):
            continue
        if not quiet:
            _print(event)
        if event.kind in ENDS:
            ended = str(event.payload["status"]) if event.kind == "finished" else event.kind
            told.status = "failed" if ended == "interrupted" else ended
            return


def _print(event: Event) -> None:
    """Show one event to a person, as it happens: the answer on stdout, all else beside it."""
    said = event.payload
    if event.kind == "token":
        terminal.stream(said["text"])
    elif event.kind == "text_reset":
        terminal.stream("\n")
        terminal.say(
            "  (checking the answer against its evidence; it is written again)" * (said["reason"] == "rewrite")
        )
    elif event.kind == "tool_started":
        given = ", ".join(f"{name}={value}" for name, value in said["args"].items() if value is not None)
        terminal.say(f"  {said['name']}({given})")
    elif event.kind == "tool_ended" and not said["ok"]:
        terminal.say(f"    {said['error']}")


def _show(report: Mapping[str, Any]) -> None:
    """What a person sees at the end."""
    if report["status"] == "answered":
        terminal.show("")
        for item in report["evidence"]:
            window = f"{(item['observed_from'] or '')[:10]}..{(item['observed_to'] or '')[:10]}"
            terminal.show(f"  [{item['n']}] {item['key']} ({item['source']}, {item['rows']} rows, {window})")
        for number in report["unsupported_numbers"]:
            terminal.show(f"  ⚠ {number}: nothing in the ledgers supports this number")
    elif report["status"] == "question":
        choices = "".join(f"\n  - {choice}" for choice in report["question"]["choices"])
        terminal.show(f"{report['question']['text']}{choices}")
        terminal.say(f'Answer with: omc ask --thread {report["thread_id"]} --answer "…"')
    elif report["status"] == "approval":
        terminal.show(f"{report['approval']['title']}\n{report['approval']['description']}")
        terminal.say(f"Decide with: omc ask --thread {report['thread_id']} --approve (or --reject)")
    else:
        terminal.say(f"{report['status'].capitalize()}: {report['error'] or 'no reason given'}")
    for artifact in report["artifacts"]:
        terminal.show(f"  {artifact['name']}: {artifact['path']}")
