"""Fixtures of every tier: embedded services in a folder of the session, a fresh database per test."""

import itertools
import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
import redis

from chat_app.compose import migrate
from chat_app.services import Endpoints, services
from collectors.demo import seed
from collectors.importer import ImportReport, Options, import_file
from ledgers.config import LedgerSettings, database_url
from ledgers.store import Ledger

hypothesis.settings.register_profile("omc", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("omc")

TEMPLATE = "template_omc"
DEMO_NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
REAL_TEMPLATE = "template_real"
REAL_DATA = Path(os.environ.get("OMC_REAL_DATA") or Path(__file__).parents[2] / "shared" / "data")


@pytest.fixture(scope="session")
def full_faults(request: pytest.FixtureRequest) -> bool:
    """Whether the fault tests run in full."""
    return bool(request.config.getoption("--full-faults"))


_numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full-faults", action="store_true", help="repeat the faults many times")
    parser.addoption("--postgres-url", help="a cluster to test on, instead of the embedded one")


@pytest.fixture
def rounds(request: pytest.FixtureRequest) -> int:
    """How often a fault is repeated."""
    return 20 if request.config.getoption("--full-faults") else 1


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_developer() -> Iterator[None]:
    """No test sees the developer's settings, keys or data folder."""
    patch = pytest.MonkeyPatch()
    home = tempfile.mkdtemp(prefix="omc-none-")
    for name in os.environ:
        if name.startswith(("OMC_", "OPENAI_", "ANTHROPIC_", "CHAINLIT_", "LANGCHAIN_", "LANGSMITH_")):
            patch.delenv(name)
    patch.setenv("OMC_HOME", home)
    yield
    patch.undo()
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """The data folder of the session's services."""
    path = Path(tempfile.mkdtemp(prefix="omc-test-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def endpoints(home: Path, request: pytest.FixtureRequest) -> Iterator[Endpoints]:
    """Embedded Postgres and Valkey, shared by the session."""
    cluster = request.config.getoption("--postgres-url")
    with services(LedgerSettings(home=home, postgres_url=cluster)) as running:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            _maintain(running, f"ALTER SYSTEM SET {setting} = off")  # nothing here outlives the session
        _maintain(running, "SELECT pg_reload_conf()")
        yield running


@pytest.fixture(scope="session")
def template_database(endpoints: Endpoints) -> str:
    """A migrated database of the live kind that each test's own is cloned from."""
    return _migrated(endpoints, TEMPLATE, simulated=False)


@pytest.fixture(scope="session")
def demo_template_database(endpoints: Endpoints) -> str:
    """The same of the demo kind: what ships with the product says there that it is simulated."""
    return _migrated(endpoints, f"{TEMPLATE}_demo", simulated=True)


def _migrated(endpoints: Endpoints, name: str, *, simulated: bool) -> str:
    _maintain(endpoints, f'CREATE DATABASE "{name}"')
    ledger = Ledger(f"{endpoints.postgres_url}/{name}", simulated=simulated)
    migrate(ledger)
    ledger.close()
    return name


@pytest.fixture
def fresh_endpoints(endpoints: Endpoints, template_database: str, demo_template_database: str) -> Iterator[Endpoints]:
    """Endpoints whose live and demo databases are this test's own, fresh and migrated."""
    name = f"test_{next(_numbers)}"
    own = Endpoints(f"{endpoints.postgres_url}/{name}", endpoints.redis_url, embedded=True)
    for database, template in ((name, template_database), (f"{name}_demo", demo_template_database)):
        _maintain(endpoints, f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
    yield own
    for database in (name, f"{name}_demo"):
        _maintain(endpoints, f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


@pytest.fixture
def ledger(endpoints: Endpoints, template_database: str) -> Iterator[Ledger]:
    """A fresh, migrated database of the live kind."""
    yield from _fresh_ledger(endpoints, template_database, simulated=False)


@pytest.fixture(scope="module")
def module_ledger(endpoints: Endpoints, template_database: str) -> Iterator[Ledger]:
    """A fresh, migrated database that the tests of one module read together."""
    yield from _fresh_ledger(endpoints, template_database, simulated=False)


@pytest.fixture
def demo_ledger(endpoints: Endpoints, demo_template_database: str) -> Iterator[Ledger]:
    """A fresh, migrated database of the demo kind."""
    yield from _fresh_ledger(endpoints, demo_template_database, simulated=True)


@pytest.fixture(scope="session")
def seeded_template(endpoints: Endpoints, demo_template_database: str) -> str:
    """A demo database seeded up to DEMO_NOW."""
    name = f"{TEMPLATE}_seeded"
    _maintain(endpoints, f'CREATE DATABASE "{name}" TEMPLATE "{demo_template_database}"')
    ledger = Ledger(f"{endpoints.postgres_url}/{name}", simulated=True)
    try:
        seed(ledger, DEMO_NOW)
    finally:
        ledger.close()
    return name


@pytest.fixture
def seeded_ledger(endpoints: Endpoints, seeded_template: str) -> Iterator[Ledger]:
    """A demo database of this test's own that holds the demo market up to DEMO_NOW."""
    yield from _fresh_ledger(endpoints, seeded_template, simulated=True)


@pytest.fixture
def redis_url(endpoints: Endpoints) -> Iterator[str]:
    """A logical database of Valkey's, empty, this test's own."""
    url = f"{endpoints.redis_url.rpartition('/')[0]}/{next(_numbers) % 60 + 1}"
    client = redis.Redis.from_url(url)
    client.flushdb()
    yield url
    client.flushdb()
    client.close()


@dataclass(frozen=True)
class RealImport:
    """The recorded history, imported once in a session by the recipe."""

    template: str  # database to clone
    history: Path
    recipe: list[dict[str, Any]]
    reports: dict[str, ImportReport]  # of the first import, by file
    again: dict[str, ImportReport]  # of the second


@pytest.fixture(scope="session")
def real_import(endpoints: Endpoints, template_database: str) -> RealImport:
    """Every file of the recorded history imported twice by tests/import_recipe.toml; skips where it is absent."""
    history = REAL_DATA / "history"
    if not history.is_dir():
        pytest.skip(f"the recorded history is not at {history}: set OMC_REAL_DATA to its folder")
    recipe = tomllib.loads((Path(__file__).parent / "import_recipe.toml").read_text())["file"]
    _maintain(endpoints, f'CREATE DATABASE "{REAL_TEMPLATE}" TEMPLATE "{template_database}"')
    ledger = Ledger(f"{endpoints.postgres_url}/{REAL_TEMPLATE}")
    try:
        first, again = (_import_all(ledger, history, recipe) for _ in range(2))
    finally:
        ledger.close()
    return RealImport(REAL_TEMPLATE, history, recipe, first, again)


@pytest.fixture(scope="session")
def real_history(endpoints: Endpoints, real_import: RealImport) -> Iterator[Ledger]:
    """The recorded history, to read only: shared by the session."""
    yield from _fresh_ledger(endpoints, real_import.template, simulated=False)


@pytest.fixture
def real_ledger(endpoints: Endpoints, real_import: RealImport) -> Iterator[Ledger]:
    """A live database of this test's own that holds the recorded history."""
    yield from _fresh_ledger(endpoints, real_import.template, simulated=False)


def _import_all(ledger: Ledger, history: Path, recipe: list[dict[str, Any]]) -> dict[str, ImportReport]:
    reports = {}
    for entry in recipe:
        options = Options(table=entry["table"], source=entry["source"], values=entry.get("set", {}))
        path = history / entry["name"]
        reports[entry["name"]] = import_file(ledger, entry["ledger"], path, options, written_at=datetime.now(UTC))
    return reports


def _fresh_ledger(endpoints: Endpoints, template: str, *, simulated: bool) -> Iterator[Ledger]:
    name = f"test_{next(_numbers)}{'_demo' if simulated else ''}"
    _maintain(endpoints, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    ledger = Ledger(f"{endpoints.postgres_url}/{name}", simulated=simulated)
    yield ledger
    ledger.close()
    _maintain(endpoints, f'DROP DATABASE "{name}" WITH (FORCE)')


def _maintain(endpoints: Endpoints, statement: str) -> None:
    with psycopg.connect(database_url(f"{endpoints.postgres_url}/postgres", "live"), autocommit=True) as connection:
        connection.execute(statement)
