"""What every source must do, found by discovery: a source that is added is tested here with no line of test code.

A live source brings `tests/payloads/<name>/`: `replies.toml` names a payload of our own for each request it makes
(and the rows that come of it), and under `broken` payloads with bad items.
"""

import json
import logging
from collections import deque
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from replay import Recorded, recorded, replay
from sqlalchemy import text, update

from collectors.catalogue import every_source
from collectors.config import CollectSettings
from collectors.errors import SourceChanged, SourceUnavailable
from collectors.http import Fetcher, Limits
from collectors.runner import Runner
from collectors.sift import check, sift
from collectors.source import Parsed, Reply, Request, Source, SourceContext
from ledgers.app import ensure_local_user
from ledgers.health import CollectorRun
from ledgers.presence import rows_by_ledger

BASE = "https://feed.example"
CANARY = "canary-8f3a71c2"
LIVE = [source for source in every_source().values() if not source.simulated]
SIMULATED = [source for source in every_source().values() if source.simulated]
live_sources = pytest.mark.parametrize("source", LIVE, ids=lambda source: source.name)
all_sources = pytest.mark.parametrize("source", [*LIVE, *SIMULATED], ids=lambda source: source.name)


def context_of(source: Source, past: Recorded) -> SourceContext:
    keys = {name: f"{name}-{CANARY}@example.org" for name in source.keys} | CollectSettings().keys(source.keys)
    return SourceContext(past.now, past.now, BASE, keys=keys, symbols=CollectSettings().coins)


def answered(request: Request, past: Recorded) -> Reply:
    parts = urlsplit(request.url)
    params = {**dict(parse_qsl(parts.query)), **request.params}
    body = past.body(parts.path, params, request.method)
    assert body is not None, f"replies.toml has nothing for {request.method} {parts.path} {params}"
    return Reply(request, 200, {}, body, past.now, past.now)


def read(source: Source, past: Recorded) -> Parsed:
    """All rows and rejects of the recorded replies, follow-ups included."""
    total = Parsed()
    waiting = deque(source.requests(context_of(source, past)))
    for _ in range(source.max_requests):
        if not waiting:
            break
        parsed = source.parse(answered(waiting.popleft(), past))
        total.rows += parsed.rows
        total.rejects += parsed.rejects
        waiting += parsed.follow
    return total


@live_sources
def test_the_recorded_replies_become_rows_that_the_ledger_takes(source):
    past = recorded(source.name)
    parsed = read(source, past)
    rows, refused = sift(parsed.rows, now=past.now)
    assert [*parsed.rejects, *refused] == []
    assert len(rows) == sum(reply.get("rows", 0) for reply in past.used)
    assert rows


@live_sources
def test_each_broken_item_is_refused_with_its_reason_and_the_good_ones_beside_it_are_taken(source):
    past = recorded(source.name)
    assert past.broken, "declare at least one payload with bad items"
    for broken in past.broken:
        reply = broken_reply(source, past, broken)
        parsed = source.parse(reply)
        rows, refused = sift(parsed.rows, now=past.now)
        reasons = [item.reason for item in (*parsed.rejects, *refused)]
        assert len(rows) == broken["rows"], reasons
        for wanted in broken["reasons"]:
            assert any(wanted in reason for reason in reasons), f"{broken['what']}: no {wanted!r} in {reasons}"


def broken_reply(source: Source, past: Recorded, broken: dict) -> Reply:
    """A reply with a broken payload, to the first request or to the one whose path it names."""
    requests = [*source.requests(context_of(source, past))]
    if "path" in broken:
        waiting, requests = deque(requests), []
        while waiting:
            request = waiting.popleft()
            requests.append(request)
            waiting += source.parse(answered(request, past)).follow
        requests = [r for r in requests if urlsplit(r.url).path == broken["path"]]
    return Reply(requests[0], 200, {}, (past.folder / broken["file"]).read_bytes(), past.now, past.now)


@live_sources
@pytest.mark.parametrize("junk", [b"", b"<html><body>Blocked</body></html>", b'{"a": [1, 2', b"null", b"42", b'"x"'])
def test_a_reply_that_has_lost_its_shape_is_a_changed_source_and_no_other_error(source, junk):
    past = recorded(source.name)
    reply = answered(source.requests(context_of(source, past))[0], past)
    with pytest.raises(SourceChanged):
        source.parse(Reply(reply.request, 200, {}, junk, past.now, past.now))


@live_sources
def test_a_byte_order_mark_costs_nothing(source):
    past = recorded(source.name)
    plain = answered(source.requests(context_of(source, past))[0], past)
    marked = Reply(plain.request, 200, {}, b"\xef\xbb\xbf" + plain.body, past.now, past.now)
    assert source.parse(marked) == source.parse(plain)


@live_sources
@pytest.mark.parametrize(
    "poison",
    [None, 0, -1, 1e309, float("nan"), "1e309", "", [], {}, "\ud800\0", 10**400],
    ids=lambda value: repr(value)[:12],
)
def test_no_value_anywhere_in_a_reply_breaks_a_parser_or_reaches_the_ledger_unfit(source, poison):
    past = recorded(source.name)
    plain = answered(source.requests(context_of(source, past))[0], past)
    try:
        document = json.loads(plain.body)
    except ValueError:
        pytest.skip("not a JSON feed")
    for poisoned in poisonings(document, poison):
        reply = Reply(plain.request, 200, {}, json.dumps(poisoned).encode(), past.now, past.now)
        try:
            parsed = source.parse(reply)
        except (SourceChanged, SourceUnavailable):
            continue
        rows, _ = sift(parsed.rows, now=past.now)
        for row in rows:
            check(row, past.now)


def poisonings(document, poison, most=60):
    """Copies of a document, each with one leaf replaced."""
    text = json.dumps(document)
    for number, path in enumerate(leaves(document)):
        if number == most:
            return
        copy = json.loads(text)
        place = copy
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = poison
        yield copy


def leaves(node, path=()):
    steps = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, child in steps:
        if isinstance(child, dict | list):
            yield from leaves(child, (*path, step))
        yield (*path, step)


@pytest.fixture(scope="module")
def server():
    with replay() as running:
        yield running


def settings_for(source: Source, server) -> CollectSettings:
    keys = {name: f"{name}-{CANARY}@example.org" for name in source.keys} | CollectSettings().keys(source.keys)
    return CollectSettings(source_urls=server.urls([source.name]), **keys)


async def collected(source: Source, ledger, redis_url, settings, slot) -> CollectorRun:
    async with Fetcher(redis_url, limits=Limits(attempts=2, backoff_seconds=0.01)) as fetcher:
        unhurried = replace(source, requests_per_minute=6000)
        run = await Runner(ledger, fetcher, settings).run(unhurried, slot)
    assert run is not None
    return run


def rows_written(ledger) -> int:
    return sum(rows_by_ledger(ledger).values())


@pytest.mark.integration
@all_sources
async def test_collecting_a_slot_twice_is_collecting_it_once(source, server, request, redis_url, caplog):
    ledger = request.getfixturevalue("demo_ledger" if source.simulated else "ledger")
    with ledger.session() as session:
        ensure_local_user(session, now=SLOT)
    slot = recorded(source.name).now if not source.simulated else SLOT
    settings = settings_for(source, server)
    shipped = rows_written(ledger)
    with caplog.at_level(logging.DEBUG):
        first = await collected(source, ledger, redis_url, settings, slot)
    assert (first.status, first.error) == ("succeeded", None)
    assert first.inserted == rows_written(ledger) - shipped > 0
    with ledger.session() as session:
        session.execute(update(CollectorRun).values(status="abandoned", inserted=0, duplicate=0))
    again = await collected(source, ledger, redis_url, settings, slot)
    assert (again.status, again.inserted, again.revised) == ("succeeded", 0, 0)
    assert rows_written(ledger) == first.inserted + shipped
    assert_no_secret(ledger, caplog)


SLOT = recorded("coinspot_quotes").now - timedelta(days=1)


@pytest.mark.integration
@live_sources
async def test_secrets_stay_out_of_rows_rejects_logs_and_errors_also_where_the_feed_echoes_them(
    source, server, ledger, redis_url, caplog
):
    server.faults[source.name] = "echo"
    try:
        with caplog.at_level(logging.DEBUG):
            run = await collected(source, ledger, redis_url, settings_for(source, server), SLOT)
    finally:
        server.faults.clear()
    assert run.status == "failed"
    assert "SourceChanged" in run.error
    assert_no_secret(ledger, caplog)


def assert_no_secret(ledger, caplog) -> None:
    assert CANARY not in caplog.text
    with ledger.session() as session:
        tables = session.execute(
            text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        ).scalars()
        for table in tables:
            query = text(f'SELECT t::text FROM "{table}" t WHERE t::text LIKE :canary')
            assert session.execute(query, {"canary": f"%{CANARY}%"}).all() == [], table
