from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.artifacts import csv_bytes, safe_name


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
