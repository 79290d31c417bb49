import hashlib
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import artifacts
from agents.artifacts import DiskStore, csv_bytes, safe_name


def test_bytes_come_back_by_their_hash(tmp_path):
    store = DiskStore(tmp_path / "artifacts")
    sha256 = store.put(b"rows")
    assert sha256 == hashlib.sha256(b"rows").hexdigest()
    assert store.get(sha256) == b"rows"
    assert store.path(sha256) == tmp_path / "artifacts" / sha256[:2] / sha256[2:]


def test_the_same_bytes_are_stored_once(tmp_path):
    store = DiskStore(tmp_path)
    assert store.put(b"rows") == store.put(b"rows")
    assert sum(path.is_file() for path in tmp_path.rglob("*")) == 1


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n", "/" * 64])
def test_what_is_no_hash_leads_nowhere(tmp_path, key):
    with pytest.raises(KeyError):
        DiskStore(tmp_path).get(key)


def test_a_hash_of_nothing_stored_is_not_there(tmp_path):
    with pytest.raises(KeyError):
        DiskStore(tmp_path).get("0" * 64)


def test_a_file_that_could_not_be_written_whole_is_not_there_at_all(tmp_path, monkeypatch):
    store = DiskStore(tmp_path)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(artifacts.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.put(b"rows")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("given_name", "safe"),
    [
        ("BTC 1d.csv", "BTC 1d.csv"),
        ("../../etc/passwd", "etc-passwd"),
        ("..\\boot.ini", "boot.ini"),
        ("a\x00b\nc.csv", "abc.csv"),
        ("\u202egnp.exe", "gnp.exe"),
        (".hidden", "hidden"),
        ("", "artifact"),
        ("...", "artifact"),
        ("Überblick €.csv", "Überblick €.csv"),
    ],
)
def test_names_are_made_safe_and_stay_readable(given_name, safe):
    assert safe_name(given_name) == safe


@given(st.text(max_size=400))
def test_any_name_becomes_a_plain_file_name(name):
    safe = safe_name(name)
    assert Path(safe).name == safe
    assert 0 < len(safe) <= 121
    assert not safe.startswith(".")
    assert not any(c in safe for c in "/\\\x00\n\r")


def test_text_that_a_spreadsheet_would_run_is_quoted_and_numbers_are_left_alone():
    frame = pl.DataFrame(
        {
            "title": ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\tx", "plain", None],
            "=head": [1.5, -2.0, 0.0, 1.0, 1.0, 1.0, 1.0],
        }
    )
    lines = csv_bytes(frame).decode().splitlines()
    assert lines[0] == "title,'=head"
    assert lines[1:7] == ["'=HYPERLINK(1),1.5", "'+1,-2.0", "'-1,0.0", "'@SUM(A1),1.0", "'\tx,1.0", "plain,1.0"]
