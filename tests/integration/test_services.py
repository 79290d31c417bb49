import psycopg
import pytest
import redis
from sqlalchemy import text

from chat_app.compose import MODES, differences, open_ledger
from chat_app.embedded import postgres
from chat_app.embedded.files import Folder
from chat_app.embedded.processes import CannotRun
from chat_app.services import services
from ledgers.config import LedgerSettings
from ledgers.databases import server_version

OLDER = {
    major: folder
    for folder in postgres.candidates()
    if (major := postgres.version(folder)) and major >= postgres.OLDEST
}
pytestmark = pytest.mark.integration


def test_each_test_gets_a_migrated_database_and_an_empty_valkey(ledger, demo_ledger, redis_url):
    for database in (ledger, demo_ledger):
        with database.session() as session:
            assert session.execute(text("SELECT count(*) FROM candles")).scalar_one() == 0
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0


def test_the_services_refuse_a_wrong_password(endpoints):
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(endpoints.postgres_url.replace(":", ":x", 2).replace(":x//", "://", 1) + "/postgres")
    with pytest.raises(redis.AuthenticationError):
        redis.Redis.from_url(endpoints.redis_url.replace("redis://:", "redis://:x")).ping()


@pytest.mark.parametrize("major", sorted(OLDER)[:-1])
def test_a_cluster_keeps_its_postgres_version_and_gets_the_whole_schema(tmp_path, monkeypatch, major):
    cluster_of(tmp_path, monkeypatch, major)
    with services(LedgerSettings(home=tmp_path)) as running:
        for mode in MODES:
            open_ledger(running, mode).close()
            assert differences(running, mode) == []
        assert server_version(f"{running.postgres_url}/live") == major


def test_a_cluster_without_its_postgres_version_is_told_not_replaced(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(CannotRun, match="is of Postgres 9"):
        postgres.chosen_binaries(data)


def test_a_machine_without_postgres_is_told_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(postgres, "candidates", lambda: iter([tmp_path]))
    with pytest.raises(CannotRun, match="OMC_POSTGRES_URL"):
        postgres.chosen_binaries(tmp_path / "data")


def test_programs_made_for_another_machine_are_passed_over(tmp_path):
    for name in ("initdb", "postgres"):
        (tmp_path / name).write_bytes(b"\x7fELF of another machine")
        (tmp_path / name).chmod(0o755)
    assert postgres.version(tmp_path) is None


def cluster_of(home, monkeypatch, major: int) -> None:
    """Make the data folder's cluster with the programs of one version."""
    folder = Folder(home / "services" / "postgres")
    folder.make()
    with monkeypatch.context() as patch:
        patch.setattr(postgres, "candidates", lambda: iter([OLDER[major]]))
        postgres.Postgres(folder).prepare(lambda _: None)
