"""`omc up`: services, ledgers, collector and chat, for as long as it runs."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from importlib import import_module
from typing import TYPE_CHECKING

from chat_app.companion import Companion, companion
from chat_app.compose import Endpoints, LedgerSettings, Opened, open_ledger, open_market, services
from chat_app.config import ChatSettings, TelemetrySettings, listen
from chat_app.terminal import progress, say, settings_of
from ledgers.config import Mode
from ledgers.presence import is_empty

if TYPE_CHECKING:
    from chat_app.server import Site

CHECKPOINT_SECONDS = 30.0
"""So long runs may go on after SIGTERM, each to its next checkpoint; the container is given a minute to stop."""
LIVE = "Showing the live ledgers. The demo market has conversations of its own: omc up --demo"
NOTHING_LIVE = """\
The live ledgers are empty and no source answers: showing the demo market, a simulation.
For the live one nevertheless: omc up --live"""


def up(*, demo: bool | None, port: int | None, open_browser: bool, collect: bool = True) -> None:
    """Bring the product up and serve until stopped.

    Args:
        demo: the demo market or the live one; None lets it be chosen.
        port: where to listen; None leaves it to OMC_PORT.
        open_browser: open the link.
        collect: fill the ledgers meanwhile.

    Raises:
        ConfigurationError: a part cannot run here; the message says what to do.
    """
    settings = settings_of(LedgerSettings)
    chat = settings_of(ChatSettings)
    if port is not None:
        chat = chat.model_copy(update={"port": port})
    with listen(chat.host, chat.port) as listening, services(settings, say=progress) as endpoints:
        # What takes seconds to import is imported while the database is being looked at.
        threading.Thread(target=_import_ahead, name="imports", daemon=True).start()
        mode = chosen_mode(settings, endpoints, demo=demo, say=say)
        ledger = open_market(endpoints, mode)
        progress("Loading the chat and the analyst")
        from chat_app.server import serve

        try:
            with companion(["collect", f"--{mode}"], settings.home / "logs" / "collect.log") as collector:
                site = site_of(Opened(settings, endpoints, mode, ledger), chat, collector if collect else None)
                serve(site, listening, open_browser=open_browser)
        except KeyboardInterrupt:
            say("Stopping.")  # Ctrl-C is how it is meant to end
        finally:
            ledger.close()


def chosen_mode(
    settings: LedgerSettings, endpoints: Endpoints, *, demo: bool | None, say: Callable[[str], None]
) -> Mode:
    """Which market this start shows; only here may the demo be chosen for the person, and then they are told.

    Args:
        settings: `mode` decides where no option does.
        endpoints: the services, running.
        demo: what the person asked for; None for nothing.
        say: told when the demo is chosen for them.
    """
    if demo is not None:
        return "demo" if demo else "live"
    if settings.mode:
        return settings.mode
    ledger = open_ledger(endpoints, "live")
    try:
        if not is_empty(ledger) or _a_source_answers(endpoints):
            say(LIVE)
            return "live"
    finally:
        ledger.close()
    say(NOTHING_LIVE)
    return "demo"


def site_of(here: Opened, chat: ChatSettings, collector: Companion | None) -> "Site":
    """The page and the analyst behind it; the collector begins once the page is there, not to slow it down."""
    from agents.config import AgentSettings
    from agents.model import OFFLINE_NAME, model_name
    from agents.start import analyst
    from agents.stores import store_of
    from chat_app.checks import checks
    from chat_app.metrics import ChatMeter, CollectionGauges, emf
    from chat_app.server import Site
    from collectors.config import CollectSettings

    def announce(message: str) -> None:
        say(message)
        if collector:
            collector.start()

    thinking = settings_of(AgentSettings)
    redis_url, home = here.endpoints.redis_url, here.settings.home
    meter = ChatMeter(emf(settings_of(TelemetrySettings).environment))
    meter.registry.register(CollectionGauges(here.ledger, settings_of(CollectSettings)))
    minutes = chat.ready_collection_minutes
    return Site(
        settings=chat,
        mode=here.mode,
        home=home,
        ledger=here.ledger,
        artifacts=store_of(thinking, home),
        analyst=lambda: analyst(
            thinking,
            here.ledger,
            redis_url,
            home,
            measure=meter.part,
            checkpoint_seconds=CHECKPOINT_SECONDS,
        ),
        models=tuple(dict.fromkeys((model_name(thinking), OFFLINE_NAME))),
        checks=checks(here.ledger, redis_url, collected_within=timedelta(minutes=minutes) if minutes else None),
        meter=meter,
        say=announce,
    )


def _a_source_answers(endpoints: Endpoints) -> bool:
    from chat_app.market import any_source_answers
    from collectors.config import CollectSettings

    return asyncio.run(any_source_answers(settings_of(CollectSettings), endpoints.redis_url))


def _import_ahead() -> None:
    """Import what the server needs; what fails here fails again, with its words, where it is needed."""
    with suppress(ImportError):
        import_module("agents.start")
