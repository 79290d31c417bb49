"""The conversation list and its restoring: Chainlit's data layer over our own app.

A thread is drawn from its runs' events by the code that draws them live, so whatever made it (the page, `omc ask`)
looks the same. What Chainlit would store of its own, steps and elements, is never stored.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, uuid5

from chainlit.data.base import BaseDataLayer
from chainlit.types import Feedback, PageInfo, PaginatedResponse, Pagination, ThreadDict, ThreadFilter
from chainlit.user import PersistedUser
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from agents.artifacts import discard
from agents.stores import ArtifactStore
from chat_app.render import Turn, render
from ledgers import app
from ledgers.errors import OmcError
from ledgers.store import Ledger

log = logging.getLogger(__name__)

PAGE = 50
T = TypeVar("T")


@dataclass(frozen=True)
class Restored:
    """A conversation read in one transaction: what the page shows, and where its last run stands."""

    thread: ThreadDict
    turn: Turn | None
    seq: str


class History(BaseDataLayer):
    """Chainlit's view of our tables; every method answers for the owner only."""

    def __init__(self, ledger: Ledger, artifacts: ArtifactStore) -> None:
        """Read and write `ledger`; the bytes of what is deleted go from `artifacts`."""
        self.ledger = ledger
        self.artifacts = artifacts

    async def get_user(self, identifier: str) -> PersistedUser | None:
        """The user of that name."""
        return await self._read(lambda session: _person(app.get_user_by_name(session, name=identifier)))

    async def create_user(self, user: Any) -> PersistedUser | None:
        """The user of that name, who must exist: nobody becomes a user by signing in."""
        return await self.get_user(user.identifier)

    async def list_threads(self, pagination: Pagination, filters: ThreadFilter) -> PaginatedResponse[ThreadDict]:
        """A page of a user's conversations, the last used first; `filters.search` looks in names and messages."""
        user_id, first = filters.userId or "", max(1, min(pagination.first, PAGE))
        found = await self._read(
            lambda session: [
                _thread(thread)
                for thread in app.list_threads(
                    session, user_id=user_id, search=filters.search, before=pagination.cursor, limit=first + 1
                )
            ]
        )
        page = found[:first]
        start, end = (page[0]["id"], page[-1]["id"]) if page else (None, None)
        return PaginatedResponse(PageInfo(len(found) > first, start, end), page)

    async def get_thread_author(self, thread_id: str) -> str:
        """The name of the owner; empty, and so nobody's, where there is no such thread."""
        owner = await self._read(lambda session: _owner(session, thread_id))
        return owner.name if owner else ""

    async def get_thread(self, thread_id: str) -> ThreadDict | None:
        """A conversation as the page shows it."""
        restored = await self.restore(thread_id)
        return restored.thread if restored else None

    async def restore(self, thread_id: str) -> Restored | None:
        """A conversation as the page shows it, with its last run, to be drawn on."""
        return await self._read(lambda session: _restored(session, thread_id))

    async def rate(self, user_id: str, feedback: Feedback) -> str:
        """Keep a thumb on an answer of the user's own.

        Raises:
            NotFound: the answer is not theirs.
        """
        return await self._read(lambda session: _rate(session, feedback, user_id))

    async def unrate(self, user_id: str, feedback_id: str) -> bool:
        """Take a thumb of the user's own back; whether there was one."""
        mine = delete(app.Feedback).where(app.Feedback.id == feedback_id, app.Feedback.user_id == user_id)
        gone = await self._read(lambda session: session.execute(mine.returning(app.Feedback.id)).first())
        return gone is not None

    async def update_thread(
        self,
        thread_id: str,
        name: str | None = None,
        user_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        tags: list[str] | None = None,
    ) -> None:
        """Rename a conversation. Chainlit also calls this to name a new one after its first message: that is a no-op.

        Args:
            thread_id: the conversation.
            name: its new name.
            user_id: given by Chainlit where it names a new thread by itself.
            metadata: not kept: a run's state is its own.
            tags: not used.
        """
        del metadata, tags
        if name is None or user_id is not None:
            return
        await self._read(lambda session: _of_owner(session, thread_id, app.rename_thread, name=name.strip()[:200]))

    async def delete_thread(self, thread_id: str) -> None:
        """Delete a conversation; what it did stays on record."""
        hashes = await self._read(lambda s: _of_owner(s, thread_id, app.delete_thread, now=datetime.now(UTC)))
        try:
            await asyncio.to_thread(discard, self.ledger, self.artifacts, hashes or ())
        except OmcError as error:
            log.warning("the bytes of a deleted conversation's artifacts are left: %s", error)

    async def settings_of(self, user_id: str) -> dict[str, Any]:
        """What a user has set on the page."""
        return await self._read(lambda session: dict(session.get_one(app.User, user_id).settings))

    async def save_settings(self, user_id: str, settings: dict[str, Any]) -> None:
        """Keep what a user sets on the page."""
        await self._read(lambda session: setattr(session.get_one(app.User, user_id), "settings", settings))

    async def begin_thread(self, thread_id: str, user_id: str, name: str) -> None:
        """Make the conversation that an open page has an id for, unless it is there.

        Raises:
            NotFound: it is somebody else's, or was deleted.
        """
        await self._read(lambda session: _begun(session, thread_id, user_id, name))

    async def upsert_feedback(self, feedback: Feedback) -> str:
        """Refused: Chainlit does not say who asks. The server's own route calls `rate`."""
        raise NotImplementedError

    async def delete_feedback(self, feedback_id: str) -> bool:
        """Refused, as `upsert_feedback`."""
        raise NotImplementedError

    async def get_element(self, thread_id: str, element_id: str) -> Any:
        """An element of a thread, by id."""
        thread = await self.get_thread(thread_id)
        elements = (thread["elements"] or []) if thread else []
        return next((element for element in elements if element["id"] == element_id), None)

    async def build_debug_url(self) -> str:
        """There is none."""
        return ""

    async def close(self) -> None:
        """The ledger is closed by whoever opened it."""

    async def get_favorite_steps(self, user_id: str) -> list[Any]:
        """Favourites are not used."""
        del user_id
        return []

    async def create_element(self, element: Any) -> None:
        """Elements are drawn from events, not kept."""

    async def delete_element(self, element_id: str, thread_id: str | None = None) -> None:
        """As `create_element`."""

    async def create_step(self, step_dict: Any) -> None:
        """Steps are drawn from events, not kept."""

    async def update_step(self, step_dict: Any) -> None:
        """As `create_step`."""

    async def delete_step(self, step_id: str) -> None:
        """As `create_step`."""

    async def _read(self, work: Callable[[Session], T]) -> T:
        """Do `work` in one transaction, off the event loop."""

        def transaction() -> T:
            with self.ledger.session() as session:
                return work(session)

        return await asyncio.to_thread(transaction)


def _person(user: app.User | None) -> PersistedUser | None:
    if user is None:
        return None
    return PersistedUser(
        id=user.id, identifier=user.name, createdAt=_iso(user.created_at), metadata={"role": user.role}
    )


def _thread(thread: app.Thread, *, owner: str | None = None) -> ThreadDict:
    """A conversation without its steps; the list is ordered, and so dated, by last use."""
    return ThreadDict(
        id=thread.id,
        createdAt=_iso(thread.updated_at),
        name=thread.name,
        userId=thread.user_id,
        userIdentifier=owner,
        tags=[],
        metadata={},
        steps=[],
        elements=[],
    )


def _owner(session: Session, thread_id: str) -> app.User | None:
    thread = session.get(app.Thread, thread_id)
    return session.get(app.User, thread.user_id) if thread and thread.deleted_at is None else None


def _of_owner(session: Session, thread_id: str, change: Callable[..., Any], **values: Any) -> Any:
    """Change a thread for its owner: Chainlit has checked that it is the owner who asks."""
    owner = _owner(session, thread_id)
    return change(session, thread_id=thread_id, user_id=owner.id, **values) if owner else None


def _begun(session: Session, thread_id: str, user_id: str, name: str) -> None:
    if session.get(app.Thread, thread_id) is None:
        now = datetime.now(UTC)
        app.create_thread(session, user_id=user_id, now=now, name=" ".join(name.split())[:80], thread_id=thread_id)
    app.owned_thread(session, thread_id=thread_id, user_id=user_id)


def _restored(session: Session, thread_id: str) -> Restored | None:
    owner = _owner(session, thread_id)
    if owner is None:
        return None
    thread = _thread(session.get_one(app.Thread, thread_id), owner=owner.name)
    given = select(app.Feedback).where(app.Feedback.thread_id == thread_id)
    thumbs = {row.step_id: row for row in session.scalars(given)}
    turns = _turns(session, thread_id)
    for turn, _ in turns:
        if thumb := thumbs.get(turn.run_id):
            rated = {"id": thumb.id, "forId": turn.run_id, "value": thumb.value, "comment": thumb.comment}
            turn.put(turn.run_id, feedback=rated)
        thread["steps"] += turn.steps.values()  # type: ignore[arg-type] # the page's own form
        thread["elements"] += turn.elements.values()  # type: ignore[operator] # as above
    return Restored(thread, *turns[-1]) if turns else Restored(thread, None, "0")


def _turns(session: Session, thread_id: str) -> list[tuple[Turn, str]]:
    """Runs in order, each folded from its events, with the sequence of the last one."""
    turns: dict[str, tuple[Turn, str]] = {}
    query = select(app.RunEvent).join(app.Run, app.Run.id == app.RunEvent.run_id)
    query = query.where(app.Run.thread_id == thread_id)
    for event in session.scalars(query.order_by(app.Run.started_at, app.Run.id, app.RunEvent.seq)):
        turn = turns[event.run_id][0] if event.run_id in turns else Turn(event.run_id, thread_id)
        render(turn, event.kind, event.payload, event.at)
        turns[event.run_id] = (turn, str(event.seq))
    return list(turns.values())


def _rate(session: Session, feedback: Feedback, user_id: str) -> str:
    run = app.owned_run(session, run_id=feedback.forId, user_id=user_id)
    thumb = app.Feedback(
        id=str(uuid5(NAMESPACE_URL, f"omc:{run.id}:{user_id}")),
        user_id=user_id,
        thread_id=run.thread_id,
        step_id=run.id,
        value=feedback.value,
        comment=feedback.comment,
        at=datetime.now(UTC),
    )
    app.put_feedback(session, thumb)
    return thumb.id


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
