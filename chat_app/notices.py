"""Live notices on the page: the server nudges every open page when there is a new one; the page fetches what it lacks.

What was told is in Postgres: pages on several servers, after a lost connection or a restart, go on from there.
"""

import asyncio
import logging
from typing import Any, Final

from chat_app.live import everybody
from chat_app.parts import parts
from ledgers import notices
from ledgers.notices import QUALITY, Notice
from ledgers.store import Ledger

log = logging.getLogger(__name__)
LOOK_SECONDS: Final = 2.0


async def nudge(ledger: Ledger) -> None:
    """Tell every open page of this server when there is a new notice, for as long as the server lasts."""
    told: int | None = None
    while True:
        try:
            newest = await asyncio.to_thread(_newest, ledger)
            if told is not None and newest > told:
                await everybody({"omc": {"notices": newest}})
            told = newest
        except Exception as error:  # noqa: BLE001 - whatever it was, pages ask by themselves, and this goes on
            log.warning("No look for notices: %s", error)
        await asyncio.sleep(LOOK_SECONDS)


async def unread(user_id: str, after: int | None) -> dict[str, Any]:
    """What one page of a person has not shown yet, and the number to ask from the next time."""

    def look() -> tuple[list[Notice], int]:
        with parts().ledger.session() as session:
            return notices.unread(session, user_id=user_id, after=after)

    found, last = await asyncio.to_thread(look)
    return {"last": last, "notices": [plain(notice) for notice in found]}


def plain(notice: Notice) -> dict[str, Any]:
    """A notice as the page takes it."""
    names = ("id", "kind", "level", "subject", "text", "url", "symbols")
    told = {name: getattr(notice, name) for name in names}
    return {**told, "at": notice.happened_at.isoformat(), "quiet": notice.kind in QUALITY}


def _newest(ledger: Ledger) -> int:
    with ledger.session() as session:
        return notices.newest(session)
