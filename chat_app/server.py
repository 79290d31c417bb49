"""The web server: health, readiness, artifacts, the one-time link, feedback; then Chainlit's page at "/"."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI, HTTPException
from starlette.types import ASGIApp

from agents.stores import ArtifactStore
from chat_app import page
from chat_app.auth import OneTimeLink, Passwords, ensure_local
from chat_app.config import ChatSettings, auth_secret, is_loopback
from chat_app.gate import Gate
from chat_app.health import Check
from chat_app.metrics import ChatMeter
from chat_app.parts import Parts, RunsOfPeople, install
from ledgers.config import Mode
from ledgers.store import Ledger

Say = Callable[[str], None]
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - recognised, not bound


@dataclass(frozen=True)
class Site:
    """What is served, where, and from what.

    `analyst` opens the runs for as long as the server lasts; `checks` are asked by /ready, each raising what is wrong;
    `meter` is what /metrics shows.
    """

    settings: ChatSettings
    mode: Mode
    home: Path
    ledger: Ledger
    artifacts: ArtifactStore
    analyst: Callable[[], AbstractAsyncContextManager[RunsOfPeople]]
    models: tuple[str, ...]
    checks: Mapping[str, Check]
    meter: ChatMeter
    say: Say

    @property
    def local(self) -> bool:
        """Whether only this machine is served: then a link signs in, and no password is asked."""
        return is_loopback(self.settings.host)


def serve(site: Site, listening: socket.socket, *, open_browser: bool) -> None:
    """Serve until stopped; prints one link once the page can be used.

    Args:
        site: what is served.
        listening: the address, taken.
        open_browser: open the link as well.
    """
    link = OneTimeLink()
    server = _Server(
        uvicorn.Config(build(site, link), log_config=None, ws="auto", lifespan="on", timeout_graceful_shutdown=3),
        lambda: _announce(site, link, listening.getsockname()[1], open_browser=open_browser),
    )
    server.run(sockets=[listening])


def build(site: Site, link: OneTimeLink) -> ASGIApp:
    """The whole application, behind its gate."""
    secret = auth_secret(site.settings, site.home)
    folder = page.prepare(site.home / "page" / site.mode, simulated=site.ledger.simulated)
    page.load_chainlit(folder, secret)
    from chainlit.utils import mount_chainlit  # noqa: PLC0415 - once its files are there

    from chat_app import routes  # noqa: PLC0415 - as above

    if not site.local:
        routes.ask_for_passwords()
    app = FastAPI(lifespan=lambda _: _lifespan(site), docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(routes.router(site, link))
    for path in CLOSED:
        app.add_api_route(path, _closed, methods=["GET"], include_in_schema=False)
    app.middleware("http")(routes.signed_in_only(local=site.local))
    mount_chainlit(app, str(Path(__file__).with_name("app.py")), path="/")
    return Gate(app, public_url=site.settings.public_url, local=site.local)


CLOSED = ("/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json")
"""What the mounted Chainlit would show anybody of its routes."""


async def _closed() -> None:
    raise HTTPException(404)


def address(site: Site, port: int) -> str:
    """Where people find the page; every address of this machine is told by its name."""
    host = socket.gethostname() if site.settings.host in EVERYWHERE else site.settings.host
    host = f"[{host}]" if ":" in host else host
    return site.settings.public_url or f"http://{host}:{port}"


@asynccontextmanager
async def _lifespan(site: Site) -> AsyncIterator[None]:
    """Everything that needs closing lives here, in the outer application: Chainlit is mounted, its own never runs."""
    from chat_app.history import History  # noqa: PLC0415 - needs Chainlit
    from chat_app.notices import nudge  # noqa: PLC0415 - as above

    if site.local:
        ensure_local(site.ledger)
    async with site.analyst() as runs, site.meter.watching(runs.active):
        install(
            Parts(
                ledger=site.ledger,
                history=History(site.ledger, site.artifacts),
                runs=runs,
                artifacts=site.artifacts,
                passwords=None if site.local else Passwords(site.ledger),
                models=site.models,
            )
        )
        nudging = asyncio.create_task(nudge(site.ledger), name="notices")
        try:
            yield
        finally:
            nudging.cancel()
            install(None)


def _announce(site: Site, link: OneTimeLink, port: int, *, open_browser: bool) -> None:
    """The one line a person needs."""
    where = address(site, port)
    url = f"{where}/open/{link.token}" if site.local else where
    site.say(f"\n  Oh My Coins is ready:  {url}\n")
    if not site.local and not where.startswith("https:"):
        site.say("  Passwords travel unencrypted: put HTTPS before it and set OMC_PUBLIC_URL to its address.")
    if open_browser:
        import webbrowser  # noqa: PLC0415 - rarely needed

        webbrowser.open(url)


class _Server(uvicorn.Server):
    """Uvicorn that says when it is up."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready()
