import asyncio
import subprocess
import sys

import pytest
from sqlalchemy import create_engine, inspect, text

from ledgers.databases import ensure_database
from ledgers.errors import ConfigurationError
from ledgers.migrations import check, downgrade, is_behind, upgrade
from ledgers.schema import metadata
from ledgers.store import Ledger

pytestmark = pytest.mark.integration
SHAPE = """
    SELECT 'column', table_name || '.' || column_name,
           concat_ws(' ', data_type, is_nullable, column_default, is_identity)
      FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
    UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes
      WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    UNION ALL SELECT 'constraint', conname, pg_get_constraintdef(oid) FROM pg_constraint
      WHERE connamespace = 'public'::regnamespace AND conrelid <> 'alembic_version'::regclass
"""


@pytest.fixture
def empty_url(endpoints, request):
    url = f"{endpoints.postgres_url}/empty_{abs(hash(request.node.name))}"
    ensure_database(url)
    return url


def _tables(url):
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    try:
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()


def _shape(ledger):
    with ledger.session() as session:
        return {tuple(row) for row in session.execute(text(SHAPE))}


def test_a_migrated_database_does_not_drift_from_the_models(ledger):
    assert check(ledger.url) == []


def test_a_migrated_database_has_every_column_index_and_constraint_of_the_models(ledger, empty_url):
    drawn = Ledger(empty_url)
    metadata().create_all(drawn.engine)
    with drawn.session() as session:
        session.execute(text("CREATE TABLE alembic_version ()"))
    migrated, expected = _shape(ledger), _shape(drawn)
    drawn.close()
    assert migrated == expected


def test_drift_is_told(ledger):
    with ledger.session() as session:
        session.execute(text("ALTER TABLE candles DROP COLUMN volume"))
    assert any("volume" in difference for difference in check(ledger.url))


def test_an_empty_database_is_told_to_be_behind(empty_url):
    assert check(empty_url) != []


def test_the_checkpointers_schema_is_no_drift_and_survives_a_downgrade(ledger):
    with ledger.session() as session:
        session.execute(text("CREATE SCHEMA IF NOT EXISTS checkpoints"))
        session.execute(text("CREATE TABLE checkpoints.kept (id int)"))
    assert check(ledger.url) == []
    downgrade(ledger.url, "base")
    with ledger.session() as session:
        assert session.scalar(text("SELECT count(*) FROM checkpoints.kept")) == 0


def test_up_down_and_up_again_leaves_nothing_behind_and_everything_in_place(empty_url):
    upgrade(empty_url)
    assert check(empty_url) == []
    downgrade(empty_url, "base")
    assert _tables(empty_url) == {"alembic_version"}
    upgrade(empty_url)
    assert check(empty_url) == []
    assert set(metadata().tables) <= _tables(empty_url)


def test_an_unknown_revision_is_refused(ledger):
    with pytest.raises(ConfigurationError, match="nowhere"):
        downgrade(ledger.url, "nowhere")


def test_processes_that_upgrade_at_once_wait_for_each_other(empty_url):
    program = "import sys; from ledgers.migrations import upgrade; upgrade(sys.argv[1])"
    others = [subprocess.Popen([sys.executable, "-c", program, empty_url]) for _ in range(2)]
    upgrade(empty_url)
    assert [other.wait(60) for other in others] == [0, 0]
    assert check(empty_url) == []


def test_a_database_of_a_later_version_is_served_as_it_is(ledger, redis_url):
    """As after a rollback, or beside a deployment that has migrated already."""
    from chat_app.checks import checks
    from chat_app.compose import migrate

    assert not is_behind(ledger.url)
    with ledger.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999_later'"))
    migrate(ledger)
    asyncio.run(checks(ledger, redis_url)["migrations"]())
    with ledger.session() as session:
        assert session.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999_later"
