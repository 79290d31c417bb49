"""Under whom Postgres runs: how programs and data are made reachable for an unprivileged uid."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from chat_app.embedded import footing
from chat_app.embedded.files import Folder
from chat_app.embedded.footing import Footing
from chat_app.embedded.processes import CannotRun
from chat_app.services import services
from ledgers.config import LedgerSettings

pytestmark = pytest.mark.integration
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down")


@pytest.fixture
def state_folder() -> Iterator[Path]:
    """A folder that everybody may enter, as the system's state folder is."""
    with tempfile.TemporaryDirectory(prefix="omc-state-") as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


def programs(folder: Path) -> Path:
    """An installation whose server only says that it runs."""
    (folder / "bin").mkdir(parents=True)
    (folder / "lib").mkdir()
    (folder / "lib" / "libpq.so.5").write_text("library")
    (folder / "lib" / "libpq.so").symlink_to("libpq.so.5")
    server = folder / "bin" / "postgres"
    server.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 18.4'\n")
    server.chmod(0o755)
    return folder / "bin"


def nobody(data: Path) -> Footing:
    return footing._unprivileged(data)


@as_root
def test_programs_under_a_closed_folder_are_copied_to_where_the_uid_may_read_them(tmp_path, state_folder):
    tmp_path.chmod(0o700)
    binaries = programs(tmp_path / "install")
    found = nobody(state_folder / "data").reachable(binaries)
    assert found == state_folder / "programs" / "bin"
    assert (found.parent / "lib" / "libpq.so").readlink() == Path("libpq.so.5")
    assert nobody(state_folder / "data").reachable(binaries) == found  # copied once


@as_root
def test_programs_that_the_uid_may_read_are_used_where_they_are(state_folder):
    binaries = programs(state_folder / "install")
    assert nobody(state_folder / "data").reachable(binaries) == binaries


def test_an_ordinary_user_keeps_everything_in_the_data_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(footing, "is_root", lambda: False)
    monkeypatch.setattr(footing, "_has_account", lambda: True)
    assert footing.footing(Folder(tmp_path)) == Footing(tmp_path / "data")


def test_a_uid_without_a_name_and_without_namespaces_is_told_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(footing, "is_root", lambda: False)
    monkeypatch.setattr(footing, "_has_account", lambda: False)
    monkeypatch.setattr(footing, "namespaces_work", lambda: False)
    with pytest.raises(CannotRun, match="OMC_POSTGRES_URL"):
        footing.footing(Folder(tmp_path))


def test_root_that_can_step_down_in_no_way_is_told_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(footing, "is_root", lambda: True)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotRun, match="OMC_POSTGRES_URL"):
        footing.footing(Folder(tmp_path))


def test_data_made_in_a_namespace_is_not_left_behind_where_there_are_none_any_more(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(footing, "is_root", lambda: True)
    monkeypatch.setattr(footing, "namespaces_work", lambda: False)
    with pytest.raises(CannotRun, match="may no longer use user namespaces"):
        footing.footing(Folder(tmp_path))


def test_a_long_data_folder_with_spaces_and_accents_will_do(tmp_path):
    home = tmp_path / "Données de l'équipe" / ("a long name " * 8)
    with services(LedgerSettings(home=home)) as running, psycopg.connect(f"{running.postgres_url}/postgres") as there:
        assert there.execute("SELECT 1").fetchone() == (1,)
    assert len(str(home)) > 108
