"""Composition: from where the services answer to a migrated database in hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from chat_app.services import Endpoints, services
from chat_app.terminal import progress, settings_of
from ledgers.config import LedgerSettings, Mode, database_url
from ledgers.databases import ensure_database
from ledgers.migrations import check, downgrade, is_behind, newest, revision_of, upgrade
from ledgers.seeds import load
from ledgers.store import Ledger

MODES: tuple[Mode, ...] = ("live", "demo")


@dataclass(frozen=True)
class Opened:
    """What a command works on."""

    settings: LedgerSettings
    endpoints: Endpoints
    mode: Mode
    ledger: Ledger


def open_ledger(endpoints: Endpoints, mode: Mode) -> Ledger:
    """One mode's database, created and migrated.

    Raises:
        ConfigurationError: the database cannot be reached or created.
    """
    url = database_url(endpoints.postgres_url, mode)
    ensure_database(url)
    ledger = Ledger(url, simulated=mode == "demo")
    migrate(ledger)
    return ledger


def open_market(endpoints: Endpoints, mode: Mode) -> Ledger:
    """One mode's database as `open_ledger`, the demo market in it made up to now.

    Raises:
        ConfigurationError: the database cannot be reached or created.
    """
    ledger = open_ledger(endpoints, mode)
    if mode == "demo":
        from collectors.demo import seed  # noqa: PLC0415 - start-up time

        seed(ledger, datetime.now(UTC), progress)
    return ledger


@contextmanager
def cluster() -> Iterator[Endpoints]:
    """The services alone, for commands that tend both databases."""
    with services(settings_of(LedgerSettings), say=progress) as endpoints:
        yield endpoints


def differences(endpoints: Endpoints, mode: Mode) -> list[str]:
    """How one mode's database differs from the models; it is not migrated first."""
    url = database_url(endpoints.postgres_url, mode)
    ensure_database(url)
    return check(url)


@contextmanager
def opened(demo: bool | None = None, *, seeded: bool = True) -> Iterator[Opened]:
    """Services and one ledger for as long as a command lasts.

    Args:
        demo: the demo market, or not; None leaves it to OMC_MODE, which is live unless it says otherwise.
        seeded: the demo market is made up to now first.

    Raises:
        ConfigurationError: a setting is wrong, or a part cannot run or be reached.
    """
    settings = settings_of(LedgerSettings)
    mode: Mode = ("demo" if demo else "live") if demo is not None else settings.mode or "live"
    with services(settings, say=progress) as endpoints:
        ledger = open_market(endpoints, mode) if seeded else open_ledger(endpoints, mode)
        try:
            yield Opened(settings, endpoints, mode, ledger)
        finally:
            ledger.close()


def migrate(ledger: Ledger) -> None:
    """Bring a database to the newest schema and to what ships with the product."""
    if is_behind(ledger.url):
        upgrade(ledger.url)
    load(ledger, now=datetime.now(UTC))


__all__ = [
    "MODES",
    "Endpoints",
    "LedgerSettings",
    "Opened",
    "cluster",
    "differences",
    "downgrade",
    "migrate",
    "newest",
    "open_ledger",
    "opened",
    "revision_of",
    "services",
]
