"""Questions and approvals: what the buttons on their cards do. The run's own state is the truth, not the card.

A card that was answered in another tab, twice, or after the conversation went on, says so and changes nothing.
"""

from typing import Any

from chat_app.live import Page
from chat_app.parts import parts
from ledgers.errors import OmcError

BUTTONS = ("answer", "decide", "continue", "stop")


async def press(page: Page, name: str, payload: dict[str, Any]) -> None:
    """Do what a button says, for the person whose page it is.

    Args:
        page: where it was pressed.
        name: `answer`, `decide`, `continue` or `stop`.
        payload: what the button carries; the run among it.
    """
    run_id = str(payload.get("run_id"))
    try:
        await _do(page, name, run_id, payload)
    except OmcError as refused:
        await page.tell(str(refused), "warning")
    else:
        page.watch_on()


async def _do(page: Page, name: str, run_id: str, payload: dict[str, Any]) -> None:
    runs, user_id = parts().runs, page.user_id
    if name == "answer":
        await runs.answer(run_id, user_id=user_id, text=str(payload["text"]))
    elif name == "decide":
        await runs.decide(run_id, user_id=user_id, approved=payload["approved"] is True)
    elif name == "continue":
        await runs.resume(run_id, user_id=user_id)
    elif name == "stop":
        await runs.stop(run_id, user_id=user_id)
