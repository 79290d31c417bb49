"""Our own routes, before Chainlit's: health, readiness, the link, artifacts, feedback."""

import asyncio
import csv
import io
import json
import logging
import time
from collections.abc import Awaitable, Callable
from secrets import compare_digest
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from chainlit.auth import create_jwt, get_current_user, get_token_from_cookies, set_auth_cookie
from chainlit.auth.jwt import decode_jwt
from chainlit.callbacks import password_auth_callback
from chainlit.session import WebsocketSession
from chainlit.types import CallActionRequest, DeleteFeedbackRequest, UpdateFeedbackRequest
from chainlit.user import PersistedUser, User
from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from prometheus_client import CONTENT_TYPE_LATEST

from agents.errors import ArtifactUnavailable
from chat_app import data_page, notices, status
from chat_app.approve import BUTTONS, press
from chat_app.auth import OneTimeLink
from chat_app.health import readiness
from chat_app.live import page_of
from chat_app.parts import parts
from chat_app.terminal import settings_of
from collectors.config import CollectSettings
from ledgers.app import LOCAL_USER, owned_artifact
from ledgers.errors import NotFound

if TYPE_CHECKING:
    from chat_app.server import Site

log = logging.getLogger(__name__)

SHOWN_ROWS = 500
RECONNECTS_WITHIN_SECONDS = 15.0
Next = Callable[[Request], Awaitable[Response]]


async def _signed_in(user: Annotated[Any, Depends(get_current_user)]) -> PersistedUser:
    """The person who asks."""
    if not isinstance(user, PersistedUser):
        raise HTTPException(401, "Sign in first.")
    return user


Person = Annotated[PersistedUser, Depends(_signed_in)]
Shown = Annotated[str, Query(alias="as")]


def router(site: "Site", link: OneTimeLink) -> APIRouter:
    """The routes of one site."""
    routes = APIRouter()
    routes.get("/health")(health)
    routes.get("/artifacts/{artifact_id}")(artifact)
    routes.get("/artifacts/{artifact_id}/{name}")(artifact)
    routes.get("/notices")(unread_notices)
    routes.post("/project/action")(press_button)
    routes.get("/data")(data)
    routes.put("/feedback")(rate)
    routes.delete("/feedback")(unrate)

    @routes.get("/ready")
    async def ready() -> JSONResponse:
        state = await readiness(site.checks)
        return JSONResponse(state, 200 if state["ready"] else 503)

    @routes.get("/metrics")
    async def metrics(request: Request) -> Response:
        if not _may_measure(site, request.headers.get("authorization", "")):
            raise HTTPException(404)
        return Response(await asyncio.to_thread(site.meter.page), media_type=CONTENT_TYPE_LATEST)

    if site.local:

        @routes.get("/open/{token}")
        async def open_link(request: Request, token: str) -> Response:
            return _opened(request, site, link, token)

    return routes


def _may_measure(site: "Site", authorization: str) -> bool:
    """Whether the metrics are for whoever asks: on this machine for all, elsewhere for who has the token."""
    token = site.settings.metrics_token
    wanted = f"Bearer {token.get_secret_value()}" if token else ""
    return compare_digest(authorization.encode(), wanted.encode()) if token else site.local


def ask_for_passwords() -> None:
    """Have the sign-in page ask for name and password."""

    async def check(name: str, password: str) -> User | None:
        passwords = parts().passwords
        found = await asyncio.to_thread(passwords.check, name, password) if passwords else None
        return User(identifier=found) if found else None

    password_auth_callback(check)


async def health() -> dict[str, str]:
    """Whether the process answers at all."""
    return {"status": "ok"}


async def artifact(artifact_id: str, user: Person, name: str = "", shown: Shown = "") -> Response:
    """An artifact of the person's own, as it was stored; `as` gives the page a chart, or a table's first rows."""
    del name
    if not artifact_id.isprintable():
        raise HTTPException(404, "There is no such artifact.")
    try:
        row = await asyncio.to_thread(_artifact_row, artifact_id, user.id)
        data = await asyncio.to_thread(parts().artifacts.get, row["sha256"])
    except (NotFound, KeyError) as error:
        raise HTTPException(404, "There is no such artifact.") from error
    except ArtifactUnavailable as error:
        log.warning("%s", error)
        raise HTTPException(503, "The artifact cannot be had right now.") from error
    headers = {
        "content-disposition": f"attachment; filename=\"artifact\"; filename*=UTF-8''{quote(row['name'], safe='')}",
        "cache-control": "private, max-age=86400, immutable",
        "content-security-policy": "sandbox; default-src 'none'",
    }
    if shown == "rows":
        return Response(json.dumps(first_rows(data)), media_type="text/plain", headers=headers)  # the page parses it
    # The page draws what says it is JSON; Plotly's own type does not, to it.
    mime = "application/json" if shown == "chart" and row["kind"] == "chart" else row["mime"]
    return Response(data, media_type=mime, headers=headers)


async def unread_notices(user: Person, after: int | None = None) -> dict[str, Any]:
    """What a page of the person's has not shown yet of listings, delistings, 8-Ks and alerts."""
    return await notices.unread(user.id, after)


async def press_button(pressed: CallActionRequest, user: Person) -> dict[str, Any]:
    """A button on a card; waits for a page whose connection is being made anew, where Chainlit's own route fails."""
    session = await _connected(pressed.sessionId)
    if session is None or session.user is None or session.user.identifier != user.identifier:
        raise HTTPException(404, "This page has lost its connection: reload it.")
    name, payload = pressed.action.get("name"), pressed.action.get("payload")
    if name not in BUTTONS or not isinstance(payload, dict):
        raise HTTPException(404, "There is no such button.")
    await press(page_of(session), name, payload)
    return {"success": True, "response": None}


async def data(_user: Person) -> HTMLResponse:
    """How the collecting goes, for whoever is signed in."""
    now = await asyncio.to_thread(status.status, parts().ledger, settings_of(CollectSettings))
    return HTMLResponse(data_page.document(now, simulated=parts().simulated), headers={"cache-control": "no-store"})


async def rate(update: UpdateFeedbackRequest, user: Person) -> dict[str, Any]:
    """A thumb on an answer of the person's own. Chainlit's route does not ask whose it is."""
    try:
        return {"success": True, "feedbackId": await parts().history.rate(user.id, update.feedback)}
    except NotFound as error:
        raise HTTPException(404, "There is no such answer.") from error


async def unrate(payload: DeleteFeedbackRequest, user: Person) -> dict[str, bool]:
    """Take a thumb back."""
    if not await parts().history.unrate(user.id, payload.feedbackId):
        raise HTTPException(404, "There is no such feedback.")
    return {"success": True}


def signed_in_only(*, local: bool) -> Callable[[Request, Next], Awaitable[Response]]:
    """Middleware: on this machine there is no form to sign in with, so a page asked for without the cookie says how."""

    async def check(request: Request, call_next: Next) -> Response:
        wants_page = request.method == "GET" and "text/html" in request.headers.get("accept", "")
        if local and wants_page and not request.url.path.startswith("/open/") and not _has_cookie(request):
            return _notice(
                "Open the link in the terminal", "It signs this browser in. It was printed by <b>omc up</b>."
            )
        if wants_page and request.url.path == "/data" and not _has_cookie(request):
            return RedirectResponse("/login", 303)
        return await call_next(request)

    return check


def first_rows(data: bytes) -> dict[str, Any]:
    """The head of a CSV file in the form the page's table takes; numbers are numbers, so that it sorts."""
    rows = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    header = next(rows, [])
    body = [[_cell(cell) for cell in row] for row, _ in zip(rows, range(SHOWN_ROWS), strict=False)]
    return {"index": list(range(1, len(body) + 1)), "columns": [h.replace(".", "·") for h in header], "data": body}


def _cell(text: str) -> str | float | int:
    try:
        return json.loads(text) if text and text[0] in "-0123456789" else text
    except ValueError:
        return text


async def _connected(session_id: str) -> WebsocketSession | None:
    """The page's session, once its socket has come back."""
    until = time.monotonic() + RECONNECTS_WITHIN_SECONDS
    session: WebsocketSession | None = WebsocketSession.get_by_id(session_id)
    while session is None and time.monotonic() < until:
        await asyncio.sleep(0.05)
        session = WebsocketSession.get_by_id(session_id)
    return session


def _artifact_row(artifact_id: str, user_id: str) -> dict[str, str]:
    with parts().ledger.session() as session:
        row = owned_artifact(session, artifact_id=artifact_id, user_id=user_id)
        return {"name": row.name, "kind": row.kind, "mime": row.mime, "sha256": row.sha256}


def _opened(request: Request, site: "Site", link: OneTimeLink, token: str) -> Response:
    """Sign in with the link; a spent one has the terminal print a new one."""
    home = RedirectResponse("/", 303)
    if link.spend(token):
        set_auth_cookie(request, home, create_jwt(User(identifier=LOCAL_USER)))
        return home
    if _has_cookie(request):
        return home
    site.say(f"  A spent link was opened. A new one: {request.base_url}open/{link.token}")
    return _notice("This link was used already", "It signs in once. The terminal shows a new one.")


def _has_cookie(request: Request) -> bool:
    from jwt import InvalidTokenError  # noqa: PLC0415 - Chainlit brings it

    token = get_token_from_cookies(dict(request.cookies))
    try:
        return bool(token and decode_jwt(token))
    except InvalidTokenError:
        return False


def _notice(title: str, text: str) -> HTMLResponse:
    return HTMLResponse(
        f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Oh My Coins</title><link rel=icon href=/favicon><link rel=stylesheet href=/public/notice.css>"
        f"<main><img src=/public/favicon.svg alt=''><h1>{title}</h1><p>{text}</p></main></html>",
        401,
    )
