"""Chainlit's callbacks, thin: a message, a button, a stop, a resume, the settings."""

import chainlit as cl
from chainlit.config import config
from chainlit.context import init_ws_context
from chainlit.data.base import BaseDataLayer
from chainlit.server import sio
from chainlit.session import WebsocketSession
from chainlit.types import ThreadDict
from chainlit.utils import wrap_user_function

from chat_app import panel
from chat_app.approve import press
from chat_app.live import leave, page_of, this_page
from chat_app.parts import parts
from ledgers.errors import OmcError


@cl.data_layer
def history() -> BaseDataLayer:
    """Our own tables."""
    return parts().history


@cl.set_starters
async def starters(_user: cl.User | None = None, _language: str | None = None) -> list[cl.Starter]:
    """Four questions that work on day one."""
    return [cl.Starter(label=label, message=message, icon=icon) for label, message, icon in panel.STARTERS]


@cl.on_chat_start
async def begin() -> None:
    """A new conversation: show what is set."""
    await panel.show(this_page())


async def hear(message: cl.Message) -> None:
    """A message starts a run, or answers what one waits for."""
    page = this_page()
    try:
        await page.say(message.id, message.content, **await panel.context_of(page))
    except OmcError as refused:
        await page.tell(str(refused), "warning")


# The decorator would wrap it into a step of Chainlit's own; the run's step is drawn from the run's events.
config.code.on_message = wrap_user_function(hear)


@cl.on_chat_resume
async def resume(thread: ThreadDict) -> None:
    """A conversation is opened again: draw it as it is now, and go on drawing."""
    page = this_page()
    restored = await parts().history.restore(thread["id"])
    if restored is None:
        return
    thread.update(restored.thread)
    page.restore(restored)
    await panel.show(page)


@cl.on_chat_end
async def end() -> None:
    """The browser went away; the run goes on."""
    leave(cl.context.session)


@cl.on_settings_update
async def set_up(settings: dict[str, object]) -> None:
    """Somebody changed a setting."""
    await panel.save(this_page(), settings)


@sio.on("stop")  # type: ignore[untyped-decorator] # python-socketio has no types
async def stop(sid: str) -> None:
    """The stop button stops the run. Chainlit's own handler would only say so, and stop listening."""
    session = WebsocketSession.require(sid)
    init_ws_context(session)
    page = page_of(session)
    if page.turn is not None and not page.turn.ended:
        await press(page, "stop", {"run_id": page.turn.run_id})
