"""Reading files: separators, encodings, headers, broken lines, each row with its line number."""

import gzip
from datetime import UTC, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.importer.files import LINE, read_file
from ledgers.errors import BadArgument


@pytest.fixture
def file(tmp_path):
    def write(content, name="file.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_file(path)

    return write


def test_a_plain_file_is_read_with_line_numbers(file):
    content = file("a,b\n1,2\n3,\n")
    assert content.headers == ["a", "b"]
    assert content.frame.rows() == [("1", "2", 2), ("3", None, 3)]


def test_line_numbers_count_the_lines_inside_quotes(file):
    content = file('time,title\n1,"one\ntwo"\n2,three\n')
    assert content.frame[LINE].to_list() == [2, 4]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_any_usual_separator_is_found(file, mark):
    assert file(f"a{mark}b\n1{mark}2\n").frame.select("a", "b").rows() == [("1", "2")]


def test_gzip_is_told_by_its_content_not_its_name(file):
    assert file(gzip.compress(b"a,b\n1,2\n", mtime=0), "file.csv").frame.height == 1


def test_parquet_is_told_by_its_content_and_keeps_its_types(file, tmp_path):
    pl.DataFrame({"at": [datetime(2024, 1, 1, tzinfo=UTC)], "value": [1.5]}).write_parquet(tmp_path / "made")
    content = file((tmp_path / "made").read_bytes(), "anything")
    assert content.frame.row(0) == (datetime(2024, 1, 1, tzinfo=UTC), 1.5, 1)


def test_a_byte_order_mark_and_windows_line_ends_cost_nothing(file):
    assert file(b"\xef\xbb\xbfa,b\r\n1,2\r\n").frame.select("a", "b").rows() == [("1", "2")]


def test_other_encodings_are_read_and_told(file):
    assert file("naïve,b\n1,2\n".encode("cp1252")).notes == ("not UTF-8: read as Windows-1252",)
    assert file("a,b\n1,2\n".encode("utf-16")).headers == ["a", "b"]


def test_a_line_before_the_header_is_left_out_and_told(file):
    content = file("https://www.example.org\nunix,open\n1,2\n")
    assert (content.headers, content.frame[LINE].to_list()) == (["unix", "open"], [3])
    assert "1 line(s) before the header" in content.notes[0]


@pytest.mark.parametrize(("row", "columns"), [("1704067200000" + ",1" * 11, 12), ("1704067200" + ",1" * 6, 7)])
def test_klines_without_a_header_are_known_by_their_width(file, row, columns):
    content = file(f"{row}\n{row}\n")
    assert (len(content.headers), content.headers[1:6]) == (columns, ["open", "high", "low", "close", "volume"])
    assert content.frame[LINE].to_list() == [1, 2]


def test_a_line_with_too_many_fields_costs_only_itself(file):
    content = file("a,b\n1,2\n3,4,5\n6,7\n8\n")
    assert content.frame.select("a", "b").rows() == [("1", "2"), ("6", "7"), ("8", None)]
    assert content.frame[LINE].to_list() == [2, 4, 5]
    assert [(r.line, r.reason, r.payload) for r in content.broken] == [(3, "3 fields, the header has 2", "3,4,5")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"a,b\n", "no rows below its header"),
        (b"<html>blocked</html>", "not CSV"),
        (b'{"a": 1}', "not CSV"),
        (b"a,b,a\n1,2,3\n", "more than once"),
        (b"\x1f\x8bnot gzip at all", "not a whole gzip file"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-5], "not a whole gzip file"),
    ],
)
def test_what_is_no_table_is_told(file, content, words):
    with pytest.raises(BadArgument, match=words):
        file(content)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(BadArgument, match="There is no file"):
        read_file(tmp_path / "absent.csv")


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r", exclude_categories=["Cs"]), max_size=8)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=12))
def test_whatever_the_cells_hold_comes_back(tmp_path_factory, cells):
    path = tmp_path_factory.mktemp("cells") / "file.csv"
    frame = pl.DataFrame(cells, schema=["left", "right"], orient="row")
    frame.write_csv(path, quote_style="always")
    kept = frame.filter((pl.col("left") != "") | (pl.col("right") != ""))
    if kept.is_empty():
        return
    read = read_file(path).frame
    assert read.select("left", "right").with_columns(pl.all().fill_null("")).rows() == kept.rows()
    assert read[LINE].is_sorted()
