"""What parsers read with, what keeps secrets out, and what keeps bodies small."""

import gzip
import json
import logging
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors import reading
from collectors.errors import SourceChanged
from collectors.inflate import Inflater, TooLarge, Truncated
from collectors.reading import Unreadable
from collectors.redaction import RedactingFilter, Redactor
from collectors.source import Reply, Request, Row
from ledgers.human import SentimentReading

NOON = datetime(2026, 1, 20, 12, 0, tzinfo=UTC)


def reply(body: bytes) -> Reply:
    return Reply(Request("https://feed.example"), 200, {}, body, NOON, NOON)


@pytest.mark.parametrize("value", ["12.5", 12.5, " 12.5 ", "+12.5", "1.25e1"])
def test_a_number_is_read_from_what_feeds_write(value):
    assert reading.number(value, "price") == 12.5


@pytest.mark.parametrize("value", [None, True, "", "NaN", "inf", "1e309", "1_000", "0x10", "1,5", [], {}, 10**400])
def test_what_is_no_finite_plain_number_is_unreadable(value):
    with pytest.raises(Unreadable, match="price"):
        reading.number(value, "price")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_float_survives_being_written_and_read(value):
    assert reading.number(repr(value), "x") == value
    assert reading.number(json.loads(json.dumps(value)), "x") == value


def test_seconds_and_milliseconds_are_told_apart():
    assert reading.epoch(1768910400, "t") == reading.epoch("1768910400000", "t") == NOON


@pytest.mark.parametrize("value", [0, -1, "soon", None, 1e18, True])
def test_what_is_no_moment_is_unreadable(value):
    with pytest.raises(Unreadable):
        reading.epoch(value, "t")


@pytest.mark.parametrize(
    "written",
    ["2026-01-20T12:00:00Z", "2026-01-20T23:00:00+11:00", "2026-01-20 12:00", "Tue, 20 Jan 2026 12:00:00 +0000"],
)
def test_moments_are_read_as_utc(written):
    assert reading.moment(written, "t") == NOON


def test_one_bad_item_costs_no_other():
    def read(item: dict) -> Row:
        return Row(SentimentReading, {"value": reading.positive(item["value"], "value")})

    parsed = reading.each([{"value": 1}, {"value": 0}, {}, None, 7, {"value": 2}], read)
    assert [row.values["value"] for row in parsed.rows] == [1, 2]
    assert [item.reason.split(":")[0] for item in parsed.rejects] == ["value is zero"] + ["wrong shape"] * 3


@pytest.mark.parametrize("body", [b"<a><b></a>", b"", b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', b"\xff\xfe"])
def test_xml_that_is_broken_or_would_expand_is_a_changed_source(body):
    with pytest.raises(SourceChanged):
        reading.xml_of(reply(body))


def test_deeply_nested_json_is_a_changed_source_not_a_crash():
    with pytest.raises(SourceChanged):
        reading.json_of(reply(b"[" * 200_000))


REDACT = Redactor(["s3cret-value", "another"])


@pytest.mark.parametrize(
    "line",
    [
        "https://x.example/?auth_token=s3cret-value&page=2",
        "https://x.example/?a=1&api_key=unknown-key",
        "{'Authorization': 'Bearer unknown-key'}",
        "Authorization: Basic unknown-key",
        "redis://:unknown-key@host/0",
        "https://user:unknown-key@host/",
        "got another from s3cret-value",
    ],
)
def test_secrets_are_replaced_whether_known_or_looking_like_one(line):
    clean = REDACT(line)
    assert "[redacted]" in clean
    for secret in ("s3cret-value", "another", "unknown-key"):
        assert secret not in clean


def test_known_secrets_are_replaced_deep_within_values_and_words_are_left_alone():
    value = {"a": ["s3cret-value", {"b": "key=value"}], "n": 7}
    assert REDACT.known(value) == {"a": ["[redacted]", {"b": "key=value"}], "n": 7}


def test_a_log_record_is_redacted_with_its_traceback():
    try:
        raise ValueError("s3cret-value")  # noqa: TRY301 - a traceback to log
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "with %s", ("another",), __import__("sys").exc_info())
    assert RedactingFilter(REDACT).filter(record)
    written = logging.Formatter().format(record)
    assert "[redacted]" in written
    assert "s3cret-value" not in written
    assert "another" not in written


@given(st.binary(max_size=5000), st.integers(1, 700), st.sampled_from(["gzip", "deflate", "identity"]))
def test_a_body_in_any_chunks_comes_out_as_it_went_in(body, size, encoding):
    packed = {"gzip": gzip.compress(body), "deflate": zlib.compress(body), "identity": body}[encoding]
    inflater = Inflater(encoding, 10_000)
    for start in range(0, len(packed), size):
        inflater.feed(packed[start : start + size])
    assert inflater.finish() == body


def test_a_bomb_is_stopped_early_and_a_torn_stream_noticed():
    with pytest.raises(TooLarge, match="inflates"):
        Inflater("gzip", 10**9).feed(gzip.compress(b" " * 5_000_000))
    with pytest.raises(TooLarge, match="more than 100 bytes"):
        Inflater("identity", 100).feed(b"x" * 101)
    torn = Inflater("gzip", 10_000)
    torn.feed(gzip.compress(b"some text of a feed")[:-9])
    with pytest.raises(Truncated):
        torn.finish()
    with pytest.raises(Truncated):
        Inflater("gzip", 10_000).feed(b"not gzip at all")
