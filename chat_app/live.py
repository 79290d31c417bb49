"""An open page: a run's events drawn as they come, and drawn again after a reload, a restart or a lost connection."""

import asyncio
import logging
from typing import Any

from chainlit.context import context
from chainlit.session import BaseSession, WebsocketSession

from chat_app.history import Restored
from chat_app.parts import parts
from chat_app.render import Op, Turn, render

log = logging.getLogger(__name__)

_pages: dict[str, "Page"] = {}


class Page:
    """One browser tab on one conversation. It watches at most one run; the run does not know."""

    def __init__(self, session: WebsocketSession, user_id: str) -> None:
        """Nothing is watched yet."""
        self.session = session
        self.user_id = user_id
        self.turn: Turn | None = None
        self.seq = "0"
        self._watch: asyncio.Task[None] | None = None
        self._idle = asyncio.Event()
        self._busy: bool | None = None  # what the browser was told last

    async def say(self, message_id: str, text: str, **context: Any) -> None:
        """Hand the person's message over and draw what follows, until the analyst rests."""
        self._idle.clear()
        self._busy = None
        thread_id = self.session.thread_id
        await parts().history.begin_thread(thread_id, self.user_id, text)
        run_id = await parts().runs.start(user_id=self.user_id, thread_id=thread_id, message=text, **context)
        # From now on a lost connection is a resumed thread: what was missed is drawn again.
        self.session.thread_id_to_resume = self.session.thread_id
        if self.turn is not None and self.turn.run_id == run_id:  # it was an answer: the run draws it in its place
            await self.emit("delete_message", {"id": message_id, "threadId": thread_id})
            self.watch_on()
        else:
            self.watch(Turn(run_id, thread_id, message_id=message_id))
        await self.rest()

    def watch(self, turn: Turn, seq: str = "0") -> None:
        """Draw a run's events from the one after `seq`."""
        self.leave()
        self.turn, self.seq = turn, seq
        self._idle.clear()
        self._busy = None
        self._watch = asyncio.create_task(self._draw(turn), name=f"page of run {turn.run_id}")

    def watch_on(self) -> None:
        """Draw on after an interruption, from where it stopped."""
        if self.turn is not None and (self._watch is None or self._watch.done()):
            self.watch(self.turn, self.seq)

    def restore(self, restored: Restored) -> None:
        """Once the page has the thread, give it the buttons that wait, and draw on what is not over."""
        sent = _once_sent(self.session, "resume_thread")
        self.leave()

        async def draw_on() -> None:
            await sent.wait()
            if restored.turn is None:
                return
            for action in list(restored.turn.actions.values()):
                await self.emit("remove_action", action)
                await self.emit("action", action)
            self.turn, self.seq = restored.turn, restored.seq
            if not restored.turn.ended:
                await self._draw(restored.turn)

        self._idle.clear()
        self._watch = asyncio.create_task(draw_on(), name=f"page of thread {self.session.thread_id}")

    def leave(self) -> None:
        """Stop watching; the run goes on."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None

    async def rest(self) -> None:
        """Wait until the analyst has answered, asks, or has stopped."""
        await self._idle.wait()

    async def emit(self, event: str, payload: dict[str, Any]) -> None:
        """Send the browser one event."""
        await self.session.emit(event, payload)  # type: ignore[misc] # a coroutine, typed as None

    async def tell(self, text: str, kind: str = "info") -> None:
        """A word to the person that is not part of the conversation."""
        await self.emit("toast", {"message": text, "type": kind})

    async def _draw(self, turn: Turn) -> None:
        try:
            await self._mood(turn)
            async for event in parts().runs.follow(turn.run_id, user_id=self.user_id, after=self.seq):
                await self._apply(render(turn, event.kind, event.payload))
                self.seq = event.seq
                await self._mood(turn)
        except Exception:
            log.exception("a page lost track of run %s", turn.run_id)
            await self.tell("This page lost track of the answer: reload it.", "error")
        finally:
            self._idle.set()

    async def _apply(self, ops: list[Op]) -> None:
        for event, payload in ops:
            await self.emit(event, payload)

    async def _mood(self, turn: Turn) -> None:
        """Tell the page whether the analyst is at work, where that changed."""
        if turn.busy == self._busy:
            return
        self._busy = turn.busy
        await self.emit("task_start" if turn.busy else "task_end", {})
        if not turn.busy:
            self._idle.set()


def this_page() -> Page:
    """The page of the session that the running callback serves; made at first use."""
    session = context.session
    if not isinstance(session, WebsocketSession):
        raise TypeError(session)
    return page_of(session)


def page_of(session: WebsocketSession) -> Page:
    """The page of a session."""
    user_id = getattr(session.user, "id", None)
    if user_id is None:
        raise PermissionError("Sign in first.")
    if session.id not in _pages:
        _pages[session.id] = Page(session, user_id)
    return _pages[session.id]


def leave(session: BaseSession) -> None:
    """The browser went away: stop drawing for it."""
    if page := _pages.pop(session.id, None):
        page.leave()


async def everybody(said: dict[str, Any]) -> None:
    """Say something to every open page of this server."""
    await asyncio.gather(*(page.emit("window_message", said) for page in list(_pages.values())), return_exceptions=True)


def _once_sent(session: WebsocketSession, name: str) -> asyncio.Event:
    """Set when the session has sent that event next."""
    send, sent = session.emit, asyncio.Event()

    async def sending(event: str, data: Any) -> None:
        await send(event, data)  # type: ignore[misc] # a coroutine, typed as None
        if event == name:
            session.emit = send
            sent.set()

    session.emit = sending  # type: ignore[assignment] # as above
    return sent
