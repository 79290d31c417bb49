"""The effect of an approved action: bound to exactly the arguments that were shown, and at most one per tool call."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

from agents.context import ActionContext
from agents.events import json_safe
from agents.finding import Finding
from agents.turn import Turn
from ledgers import journal
from ledgers.errors import BadArgument

Refused = Finding("Rejected: nothing was changed.", facts={"approved": False})


def digest(action: str, args: Mapping[str, Any]) -> str:
    """What an approval is bound to: the action and every argument."""
    exact = json.dumps([action, json_safe(dict(args))], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(exact.encode()).hexdigest()


def title_of(action: Callable[..., Any]) -> str:
    """The first line of the action's docstring."""
    return (action.__doc__ or action.__name__).strip().splitlines()[0]


def effect(
    action: Callable[..., Finding], turn: Turn, call_id: str, args: Mapping[str, Any], shown: Mapping[str, Any] | None
) -> Finding:
    """Let an approved action take effect in one transaction with the row that says it did.

    Args:
        action: the action's function.
        turn: whose run it is.
        call_id: the tool call; with the thread it is the effect's identity.
        args: what the action is called with.
        shown: the approval as it was shown to the person.

    Raises:
        BadArgument: what was approved is not what is to be done.
    """
    if shown is None or shown.get("digest") != digest(action.__name__, args):
        raise BadArgument("The arguments are not those that the person approved. Nothing was changed.")
    with turn.ledger.session() as session:
        claimed = journal.claim_effect(
            session,
            {
                "thread_id": turn.thread_id,
                "tool_call_id": call_id,
                "user_id": turn.user_id,
                "action": action.__name__,
                "arguments": json_safe(dict(args)),
                "approved_by": turn.user_id,
                "result": "",
                "at": datetime.now(UTC),
            },
        )
        row = journal.effect_of(session, thread_id=turn.thread_id, tool_call_id=call_id)
        if not claimed:
            return Finding(row.result, facts={"approved": True, "repeated": True})
        context = turn.context(call_id)
        known = {field.name: getattr(context, field.name) for field in fields(context)}
        finding = action(ActionContext(**known, session=session), **args)
        row.result = finding.text
        return finding
