"""From a run's events to what the page shows: one function per event kind, the same for live and restored threads.

Pure: a `Turn` folds events into steps, elements and buttons, and each event yields the page operations (Chainlit's own
socket events) that bring an open page up to date. A restored thread is the fold; a live page is the operations.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from chat_app import cards

Payload = dict[str, Any]
Op = tuple[str, Payload]

NAME = "Oh My Coins"
_CITATION = re.compile(r"\[(\d{1,3})\](?![(\[:])")
_UNCHECKED = "What was written so far is unchecked: its numbers were not held against their evidence."
_ENDINGS = {
    "stopped": "Stopped. Nothing was lost: ask again, or ask something else.",
    "interrupted": "**Interrupted.** The server or its database went away meanwhile. It can go on where it was.",
}


class Turn:
    """One run as it stands on the page.

    Args:
        run_id: the run; every id below derives from it, so that a restored page and a live one agree.
        thread_id: its conversation.
        message_id: the id the browser gave the person's message, where it is on the page already.
    """

    def __init__(self, run_id: str, thread_id: str, *, message_id: str | None = None) -> None:
        """An empty turn."""
        self.run_id = run_id
        self.thread_id = thread_id
        self.message_id = message_id or self.id_of("message")
        self.answer_id = self.id_of("answer")
        self.at = _iso(datetime.now(UTC))
        self.steps: dict[str, Payload] = {}
        self.elements: dict[str, Payload] = {}
        self.actions: dict[str, Payload] = {}
        self.simulated = False
        self.ended = False

    def id_of(self, part: str) -> str:
        """The stable id of a part of this turn."""
        return str(uuid5(NAMESPACE_URL, f"omc:{self.run_id}:{part}"))

    @property
    def busy(self) -> bool:
        """Whether the analyst is at work: not ended, and not waiting for the person."""
        return not self.ended and not self.actions

    def put(self, step_id: str, **changes: Any) -> Op:
        """Add a step, or change one that is there."""
        known = self.steps.get(step_id)
        if "metadata" in changes or known is None:
            changes["metadata"] = {"avatarName": NAME, **changes.get("metadata", {})}
        if known is None:
            step: Payload = {"id": step_id, "threadId": self.thread_id, "parentId": self.run_id, "createdAt": self.at}
            step |= {"name": NAME, "type": "assistant_message", "input": "", "output": "", "streaming": False}
            step |= {"start": self.at, "end": None, "isError": False, "showInput": False}
            self.steps[step_id] = step | changes
            return "new_message", dict(self.steps[step_id])
        known.update(changes)
        return "update_message", dict(known)

    def drop(self, step_id: str) -> list[Op]:
        """Take a step away, if it is there."""
        return [("delete_message", step)] if (step := self.steps.pop(step_id, None)) else []

    def show(self, element_id: str, **fields: Any) -> Op:
        """Add or replace an element of the answer."""
        common = {"id": element_id, "threadId": self.thread_id, "forId": self.answer_id, "display": "inline"}
        self.elements[element_id] = common | fields
        return "element", self.elements[element_id]

    def offer(self, step_id: str, name: str, label: str, **payload: Any) -> Op:
        """Add a button below a step; its name is that of the callback."""
        key = f"omc-{label.split(maxsplit=1)[0].lower()}-{self.id_of(f'{step_id}:{name}:{label}')}"
        action = {"id": key, "name": name, "label": label, "tooltip": "", "icon": None, "forId": step_id}
        self.actions[key] = action | {"payload": {"run_id": self.run_id, **payload}}
        return "action", self.actions[key]

    def withdraw(self) -> list[Op]:
        """Take every button away."""
        ops: list[Op] = [("remove_action", action) for action in self.actions.values()]
        self.actions.clear()
        return ops


def render(turn: Turn, kind: str, payload: Payload, at: datetime | None = None) -> list[Op]:
    """The page operations of one event; folds it into `turn`.

    Args:
        turn: the run so far.
        kind: kind of the event.
        payload: payload of the event.
        at: when it happened; now, where that is not known.
    """
    turn.at = _iso(at or datetime.now(UTC))
    handler = HANDLERS.get(kind)
    return handler(turn, payload) if handler else []


def started(turn: Turn, payload: Payload) -> list[Op]:
    """The person's message, and the run that holds all that follows."""
    turn.simulated = bool(payload.get("simulated"))
    message = turn.put(
        turn.message_id, type="user_message", name="You", parentId=None, output=payload["message"], end=turn.at
    )
    # The page knows a run by this name: it gives it its cursor while at work, and thumbs and copy once answered.
    run = turn.put(turn.run_id, type="run", name="on_message", parentId=turn.message_id)
    return [message, run]


def token(turn: Turn, payload: Payload) -> list[Op]:
    """A piece of streamed text."""
    text = str(payload["text"])
    step = turn.steps.get(turn.answer_id)
    if step is None:
        _, opened = turn.put(turn.answer_id, output=text, streaming=True)
        return [("stream_start", opened)]
    step["output"] += text
    return [("stream_token", {"id": turn.answer_id, "token": text, "isSequence": False, "isInput": False})]


def text_reset(turn: Turn, payload: Payload) -> list[Op]:
    """What was streamed so far is void: a tool call or a rewrite follows, or an interrupted run goes on."""
    if payload.get("reason") != "resumed":
        return turn.drop(turn.answer_id)
    turn.ended = False
    undone = [*turn.withdraw(), *turn.drop(turn.id_of("note")), *turn.drop(turn.answer_id)]
    return [*undone, turn.put(turn.run_id, end=None)]


def tool_started(turn: Turn, payload: Payload) -> list[Op]:
    """A tool call begins: a step with a readable name and input."""
    name, args = str(payload["name"]), payload.get("args") or {}
    step = turn.put(
        turn.id_of(f"tool:{payload['id']}"),
        type="tool",
        name=cards.tool_title(name, args),
        input=cards.arguments(args),
        showInput=bool(args),
        end=None,
        isError=False,
        metadata={"tool": name},
    )
    return [*turn.drop(turn.answer_id), step]


def tool_ended(turn: Turn, payload: Payload) -> list[Op]:
    """A tool call's result and time; its charts, tables and files go with the answer."""
    step_id = turn.id_of(f"tool:{payload['id']}")
    ops = [] if step_id in turn.steps else tool_started(turn, payload)
    ok = bool(payload.get("ok"))
    output = cards.result(str(payload.get("text") or payload.get("error") or ""), payload.get("ms"))
    ops.append(turn.put(step_id, output=output, end=turn.at, isError=not ok))
    for artifact in payload.get("artifacts") or []:
        ops += [turn.show(turn.id_of(f"{key}:{artifact['id']}"), **e) for key, e in cards.artifact_elements(artifact)]
    return ops


def question(turn: Turn, payload: Payload) -> list[Op]:
    """A question to the person: a card with a button for each choice; typing works as well."""
    step_id = turn.id_of(f"question:{payload['id']}")
    card = turn.put(step_id, output=cards.question(payload), end=turn.at, metadata={"card": "question"})
    buttons = [turn.offer(step_id, "answer", str(choice), text=str(choice)) for choice in payload.get("choices") or []]
    waiting = [] if buttons else [turn.offer(step_id, "stop", "Never mind")]
    return [*turn.drop(turn.answer_id), card, *buttons, *waiting]


def question_answered(turn: Turn, payload: Payload) -> list[Op]:
    """The person's reply, inside the run, so that it stands between what came before and after."""
    reply = turn.put(
        turn.id_of(f"reply:{payload['id']}"), type="user_message", name="You", output=str(payload["text"]), end=turn.at
    )
    return [*turn.withdraw(), reply]


def approval(turn: Turn, payload: Payload) -> list[Op]:
    """An action that waits for a yes: what will be done, with exactly which values."""
    step_id = turn.id_of(f"approval:{payload['id']}")
    card = turn.put(step_id, output=cards.approval(payload), end=turn.at, metadata={"card": "approval"})
    yes = turn.offer(step_id, "decide", "Approve", approved=True, id=payload["id"])
    no = turn.offer(step_id, "decide", "Reject", approved=False, id=payload["id"])
    return [*turn.drop(turn.answer_id), card, yes, no]


def decided(turn: Turn, payload: Payload) -> list[Op]:
    """The decision, written on the card."""
    step_id = turn.id_of(f"approval:{payload['id']}")
    verdict = "✅ Approved" if payload.get("approved") else "🚫 Rejected"
    if payload.get("withdrawn"):
        verdict = "Withdrawn: the conversation went on"
    before = str(turn.steps.get(step_id, {}).get("output", ""))
    return [*turn.withdraw(), turn.put(step_id, output=f"{before}\n\n**{verdict}**", metadata={"card": "decided"})]


def answer(turn: Turn, payload: Payload) -> list[Op]:
    """The whole answer: numbers linked to their evidence, unsupported ones marked, the evidence beside it."""
    text = str(payload.get("marked") or payload.get("text") or "")
    unsupported = [str(number) for number in payload.get("unsupported_numbers") or []]
    items = [cards.evidence_item(item, turn.at) for item in payload.get("evidence") or []]
    linked = _CITATION.sub(lambda m: f"[\\[{m[1]}\\]](#evidence-{turn.run_id}-{m[1]})", text)
    ops = [turn.put(turn.answer_id, output=linked, streaming=False, end=turn.at)]
    if items or unsupported:
        props = {"runId": turn.run_id, "items": items, "unsupported": unsupported}
        ops.append(turn.show(turn.id_of("evidence"), type="custom", name="Evidence", props=props, mime=None, url=None))
    return ops


def finished(turn: Turn, payload: Payload) -> list[Op]:
    """The end of the run, or its interruption, told in words where it is not an answer."""
    status = str(payload.get("status"))
    turn.ended = True
    ops = turn.withdraw()
    if (streamed := turn.steps.get(turn.answer_id)) and streamed["streaming"]:
        ops.append(turn.put(turn.answer_id, streaming=False, end=turn.at))
    elif payload.get("text") and not streamed:
        ops.append(turn.put(turn.answer_id, output=str(payload["text"]), end=turn.at))
    if status not in ("answered", "question", "approval"):
        ops += _note(turn, status, str(payload.get("error") or ""))
    ops += [turn.put(step["id"], end=turn.at) for step in list(turn.steps.values()) if step["end"] is None]
    return ops


def _note(turn: Turn, status: str, error: str) -> list[Op]:
    """What happened instead of an answer, with Continue where the run can go on."""
    text = _ENDINGS.get(status) or f"**That did not work.** {error or 'No reason was given.'}"
    if turn.answer_id in turn.steps:
        text += f" {_UNCHECKED}"
    note = turn.id_of("note")
    ops = [turn.put(note, output=text, end=turn.at, isError=status == "failed", metadata={"card": status})]
    if status == "interrupted":
        ops.append(turn.offer(note, "continue", "Continue"))
    return ops


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


HANDLERS: dict[str, Callable[[Turn, Payload], list[Op]]] = {
    handler.__name__: handler
    for handler in (
        started,
        token,
        text_reset,
        tool_started,
        tool_ended,
        question,
        question_answered,
        approval,
        decided,
        answer,
        finished,
    )
}
