"""What a run of a source leaves behind: rows, rejects, memory, alerts, and nothing that is another's."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from replay import replay
from sqlalchemy import select, text, update

from collectors.collection import Collection
from collectors.config import CollectSettings
from collectors.errors import LeaseLost, SourceChanged
from collectors.http import Fetcher, Limits
from collectors.reading import each, expect, json_of, number
from collectors.reading import text as words
from collectors.runner import Lease, Runner
from collectors.source import Backfill, Parsed, Reply, Request, Row, Source, SourceContext
from ledgers import collecting
from ledgers.base import history_of
from ledgers.health import Alert, CollectorRun, Reject
from ledgers.human import SentimentReading

pytestmark = pytest.mark.integration
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def mood(at: datetime, value: object, name: str = "mood") -> dict:
    return {"index": name, "at": at.isoformat(), "value": value}


def reading(item: dict) -> Row:
    at = datetime.fromisoformat(words(item["at"], "at"))
    value = number(item["value"], "value")
    return Row(SentimentReading, {"index": item["index"], "symbol": "*", "observed_at": at, "value": value})


def parse(reply: Reply) -> Parsed:
    return each(expect(json_of(reply), list, "the reply"), reading)


def a_source(**changes) -> Source:
    told = {
        "name": "test_mood",
        "ledger": "human",
        "base_url": "https://mood.example",
        "requests": lambda context: [Request(f"{context.base_url}/latest")],
        "parse": parse,
        "every": HOUR,
        "publication_lag": timedelta(minutes=5),
        "warn_after": DAY,
        "error_after": 2 * DAY,
        "requests_per_minute": 6000,
    }
    return Source(**{**told, **changes})


@pytest.fixture(scope="module")
def running():
    with replay() as server:
        yield server


@pytest.fixture
def server(running):
    running.faults.clear()
    running.bodies.clear()
    running.asked.clear()
    running.headers = {}
    return running


@pytest.fixture
async def runner(ledger, redis_url, server):
    settings = CollectSettings(source_urls=server.urls(["test_mood"]), coins="BTC,ETH")
    async with Fetcher(redis_url, limits=Limits(attempts=2, backoff_seconds=0.01)) as fetcher:
        yield Runner(ledger, fetcher, settings)


@pytest.fixture
def now(ledger) -> datetime:
    with ledger.session() as session:
        return collecting.clock(session).replace(minute=0, second=0, microsecond=0)


def serve(server, *items: object) -> None:
    server.bodies["test_mood"] = json.dumps(items).encode()


def readings(ledger) -> dict[datetime, tuple[float, datetime]]:
    with ledger.session() as session:
        rows = session.execute(select(SentimentReading)).scalars()
        return {row.observed_at: (row.value, row.known_at) for row in rows}


def everything(ledger, model) -> list:
    with ledger.session() as session:
        return list(session.execute(select(model)).scalars())


async def test_a_run_books_what_it_fetched_and_stamps_where_it_came_from(runner, server, ledger, now):
    serve(server, mood(now, 40), mood(now, 40), mood(now - HOUR, "NaN"))
    run = await runner.run(a_source(max_reject_share=0.9), now)
    booked = (run.status, run.attempts, run.fetched, run.inserted, run.duplicate, run.rejected)
    assert booked == ("succeeded", 1, 3, 1, 1, 1)
    (row,) = everything(ledger, SentimentReading)
    assert (row.source, row.collector_run, row.simulated) == ("test_mood", run.id, False)
    assert row.url == server.url("test_mood") + "/latest"
    (reject,) = everything(ledger, Reject)
    assert "'NaN', not a number" in reject.reason
    assert reject.collector_run == run.id
    assert "NaN" in reject.payload


async def test_too_many_bad_items_write_nothing_and_raise_one_alert_until_it_works_again(runner, server, ledger, now):
    serve(server, mood(now, 40), *(mood(now - n * HOUR, None) for n in range(1, 6)))
    for slot in (now - HOUR, now):
        run = await runner.run(a_source(), slot)
        assert run.status == "failed"
        assert run.error.startswith("SourceChanged: 5 of 6 items are bad")
        assert run.rejected == 5
    assert readings(ledger) == {}
    (alert,) = everything(ledger, Alert)
    assert (alert.kind, alert.subject, alert.level, alert.recovered_at) == ("source_changed", "test_mood", "high", None)
    serve(server, mood(now, 40))
    await runner.run(a_source(), now + HOUR)
    (alert,) = everything(ledger, Alert)
    assert alert.recovered_at is not None


async def test_a_parser_that_stumbles_is_a_changed_source_and_the_error_names_where(runner, server, now):
    serve(server, mood(now, 40))
    run = await runner.run(a_source(parse=lambda _reply: 1 / 0), now)
    assert run.status == "failed"
    assert "SourceChanged" in run.error
    assert "ZeroDivisionError" in run.error


async def test_three_failures_in_a_row_raise_an_alert(runner, server, ledger, now):
    server.faults["test_mood"] = "error"
    for n in range(3):
        assert everything(ledger, Alert) == []
        run = await runner.run(a_source(), now + n * HOUR)
        assert (run.status, run.attempts) == ("failed", 2)
    (alert,) = everything(ledger, Alert)
    assert alert.kind == "source_failing"


async def test_a_corrected_value_is_a_revision_that_keeps_what_was_known_before(runner, server, ledger, now):
    serve(server, mood(now - DAY, 40))
    await runner.run(a_source(), now)
    serve(server, mood(now - DAY, 41))
    run = await runner.run(a_source(), now + HOUR)
    assert (run.inserted, run.revised) == (0, 1)
    assert readings(ledger)[now - DAY][0] == 41
    with ledger.session() as session:
        (old,) = session.execute(select(history_of(SentimentReading))).all()
    assert old.value == 40
    assert old.known_at == now - DAY + timedelta(minutes=5)


async def test_what_was_published_before_anybody_watched_is_known_from_its_publication_and_later_finds_from_now(
    runner, server, ledger, now
):
    serve(server, mood(now - DAY, 40))
    await runner.run(a_source(), now)
    serve(server, mood(now - DAY, 40), mood(now - 2 * DAY, 50), mood(now, 60))
    await runner.run(a_source(), now + HOUR)
    known = readings(ledger)
    assert known[now - DAY][1] == now - DAY + timedelta(minutes=5)
    assert known[now - 2 * DAY][1] >= now
    assert known[now][1] >= now


async def test_after_an_outage_only_what_was_published_during_it_is_known_from_its_publication(
    runner, server, ledger, now
):
    serve(server, mood(now - 30 * DAY, 40))
    await runner.run(a_source(), now - DAY)
    with ledger.session() as session:
        collecting.remember(session, "test_mood", last_success_at=now - DAY)
    serve(server, mood(now - 5 * HOUR, 50), mood(now - 2 * DAY, 60))
    await runner.run(a_source(), now)
    known = readings(ledger)
    assert known[now - 5 * HOUR][1] == now - 5 * HOUR + timedelta(minutes=5)
    assert known[now - 2 * DAY][1] >= now


async def test_one_request_that_fails_leaves_the_others_rows_but_not_the_cursor_behind_them(
    runner, server, ledger, now
):
    serve(server, mood(now, 40))

    def both(context: SourceContext) -> list[Request]:
        return [Request(f"{context.base_url}/latest"), Request("http://127.0.0.1:1/closed")]

    def with_cursor(reply: Reply) -> Parsed:
        parsed = parse(reply)
        parsed.cursor = {"seen": 7, "gone": None}
        return parsed

    run = await runner.run(a_source(requests=both, parse=with_cursor), now)
    assert (run.status, run.inserted) == ("partial", 1)
    assert "refused" in run.error
    with ledger.session() as session:
        assert collecting.source_state(session, "test_mood").cursor == {}
    await runner.run(a_source(parse=with_cursor), now + HOUR)
    with ledger.session() as session:
        assert collecting.source_state(session, "test_mood").cursor == {"seen": 7}


async def test_a_refused_request_is_a_reject_that_does_not_hide_the_others(runner, server, ledger, now):
    serve(server, mood(now, 40))

    def both(context: SourceContext) -> list[Request]:
        return [Request(f"{context.base_url}/latest"), Request(server.url("coinspot_quotes") + "/no/such/coin")]

    run = await runner.run(a_source(requests=both), now)
    assert (run.status, run.inserted, run.rejected) == ("succeeded", 1, 1)
    assert everything(ledger, Reject)[0].reason.startswith("HTTP 404")


async def test_follow_ups_are_asked_up_to_the_sources_limit(runner, server, now):
    serve(server, mood(now, 40))

    def endless(reply: Reply) -> Parsed:
        parsed = parse(reply)
        parsed.follow = [reply.request]
        return parsed

    run = await runner.run(a_source(parse=endless, max_requests=5), now)
    assert server.asked["test_mood"] == 5
    assert run.status == "partial"
    assert "stopped after 5 requests" in run.error


async def test_a_feed_that_is_down_is_not_asked_for_everything(runner, server, now):
    server.faults["test_mood"] = "error"

    def many(context: SourceContext) -> list[Request]:
        return [Request(f"{context.base_url}/{n}") for n in range(10)]

    run = await runner.run(a_source(requests=many), now)
    assert run.status == "failed"
    assert server.asked["test_mood"] == run.attempts == 3 * 2


async def test_an_unchanged_reply_is_asked_for_conditionally_and_writes_nothing(runner, server, now):
    serve(server, mood(now - DAY, 40))
    server.headers = {"etag": '"v1"'}
    await runner.run(a_source(), now)
    run = await runner.run(a_source(), now + HOUR)
    assert (run.status, run.attempts, run.fetched) == ("succeeded", 1, 0)
    assert server.not_modified == 1


async def test_two_collectors_at_one_slot_are_one_run(runner, server, now):
    serve(server, mood(now, 40))
    runs = await asyncio.gather(*(runner.run(a_source(), now) for _ in range(4)))
    assert sorted(run is None for run in runs) == [False, True, True, True]


async def test_a_slot_that_failed_is_tried_again_after_five_minutes_and_not_before(runner, server, ledger, now):
    server.faults["test_mood"] = "error"
    assert (await runner.run(a_source(), now)).status == "failed"
    server.faults.clear()
    serve(server, mood(now, 40))
    assert await runner.run(a_source(), now) is None
    with ledger.session() as session:
        session.execute(update(CollectorRun).values(finished_at=CollectorRun.finished_at - timedelta(minutes=5)))
    assert (await runner.run(a_source(), now)).status == "succeeded"
    assert await runner.run(a_source(), now) is None


async def test_one_source_is_not_run_in_two_slots_at_once(runner, ledger, now):
    with ledger.session() as session:
        assert collecting.claim(session, source="test_mood", slot=now, worker="a", dead_after=HOUR)
    assert await runner.run(a_source(), now + HOUR) is None


async def test_a_collector_that_was_taken_for_dead_writes_nothing_when_it_wakes(runner, server, ledger, now):
    serve(server, mood(now, 40))
    with ledger.session() as session:
        mine = collecting.claim(session, source="test_mood", slot=now, worker="sleeper", dead_after=HOUR)
    with ledger.session() as session:
        session.execute(update(CollectorRun).values(heartbeat_at=now - HOUR))
    run = await runner.run(a_source(), now)
    assert (run.status, run.token) == ("succeeded", 2)
    serve(server, mood(now, 99))
    with pytest.raises(LeaseLost):
        await Collection(runner.means, a_source(), mine).collect()
    assert readings(ledger)[now][0] == 40
    with ledger.session() as session:
        assert not collecting.beat(session, mine)
        assert not collecting.finish(session, mine, "failed")


async def test_a_cancelled_run_is_abandoned_not_running_and_may_be_run_again(runner, server, ledger, now):
    server.faults["test_mood"] = "drip"
    task = asyncio.create_task(runner.run(a_source(), now))
    async with asyncio.timeout(5):
        while not server.asked["test_mood"]:  # noqa: ASYNC110 - the event is in another thread
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (run,) = everything(ledger, CollectorRun)
    assert run.status == "abandoned"
    server.faults.clear()
    serve(server, mood(now, 40))
    assert (await runner.run(a_source(), now)).status == "succeeded"


async def test_a_run_that_takes_long_shows_that_it_lives(runner, server, ledger, now):
    server.faults["test_mood"] = "drip"
    runner.lease = Lease(beat=timedelta(milliseconds=50))
    task = asyncio.create_task(runner.run(a_source(), now))
    async with asyncio.timeout(5):
        while not lives(ledger):  # noqa: ASYNC110 - the event is in the database
            await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def lives(ledger) -> bool:
    return any(run.heartbeat_at > run.started_at for run in everything(ledger, CollectorRun))


def windowed(context: SourceContext) -> list[Request]:
    asked = context.window.start.isoformat() if context.window else "latest"
    return [Request(f"{context.base_url}/{asked}", context={"window": context.window})]


def past(make: Callable[[Reply], list[Row]]) -> Callable[[Reply], Parsed]:
    return lambda reply: Parsed(rows=make(reply) if reply.request.context["window"] else [])


def at_start(reply: Reply) -> list[Row]:
    at = reply.request.context["window"].start
    return [Row(SentimentReading, {"index": "mood", "symbol": "*", "observed_at": at, "value": 1.0})]


async def test_history_is_filled_newest_first_once_and_goes_on_after_a_stop(runner, server, ledger, now):
    serve(server)
    asked = []

    def remembered(reply: Reply) -> list[Row]:
        asked.append(reply.request.context["window"].start)
        if len(asked) == 3:
            runner.means.stopping.set()
        return at_start(reply)

    source = a_source(
        requests=windowed, parse=past(remembered), backfill=Backfill(depth=10 * DAY, window=DAY, reach=HOUR), every=DAY
    )
    slot = now.replace(hour=0)
    await runner.run(source, slot)
    assert len(asked) == 3
    runner.means.stopping.clear()
    await runner.run(source, slot + DAY)
    assert asked == sorted(asked, reverse=True)
    assert len(set(asked)) == len(asked) == 11
    await runner.run(source, slot + 2 * DAY)
    assert len(asked) == 11
    assert {at: known for at, (_, known) in readings(ledger).items()} == {at: at + timedelta(minutes=5) for at in asked}


async def test_a_coin_that_is_added_gets_its_history_too(runner, server, now):
    serve(server)
    source = a_source(
        requests=windowed, parse=past(at_start), backfill=Backfill(depth=3 * DAY, window=DAY, reach=HOUR), every=DAY
    )
    await runner.run(source, now.replace(hour=0))
    before = server.asked["test_mood"]
    runner.means.settings.coins = ("BTC", "ETH", "SOL")
    await runner.run(source, now.replace(hour=0) + DAY)
    assert server.asked["test_mood"] > before + 1


async def test_a_window_of_history_that_is_broken_does_not_hold_up_the_older_ones(runner, server, ledger, now):
    serve(server)
    broken = []

    def first_breaks(reply: Reply) -> list[Row]:
        if not broken:
            broken.append(reply.request.context["window"].start)
            raise SourceChanged("no such page")
        return at_start(reply)

    source = a_source(
        requests=windowed, parse=past(first_breaks), backfill=Backfill(depth=4 * DAY, window=DAY, reach=HOUR), every=DAY
    )
    run = await runner.run(source, now.replace(hour=0))
    assert run.status == "partial"
    assert "no such page" in run.error
    assert len(readings(ledger)) == 4
    run = await runner.run(source, now.replace(hour=0) + DAY)
    assert run.status == "succeeded"
    assert broken[0] in readings(ledger)


async def test_a_simulated_source_is_answered_in_process_and_its_rows_say_so(runner, demo_ledger, now):
    source = a_source(
        name="demo_mood",
        requests=lambda _context: [Request("simulate://mood/latest")],
        simulator=lambda request, at: json.dumps([mood(at - HOUR, len(request.url))]).encode(),
    )
    demo = Runner(demo_ledger, runner.means.fetcher, runner.means.settings)
    run = await demo.run(source, now)
    assert (run.status, run.attempts) == ("succeeded", 0)
    assert [row.simulated for row in everything(demo_ledger, SentimentReading)] == [True]


async def test_a_database_that_refuses_to_write_fails_the_run_and_leaves_no_part_of_it(runner, server, ledger, now):
    serve(server, mood(now, 40))
    with ledger.session() as session:
        session.execute(text("ALTER TABLE sentiment_readings ADD CONSTRAINT small CHECK (value < 10)"))
    run = await runner.run(a_source(), now)
    assert run.status == "failed"
    assert "CheckViolation" in run.error
    assert readings(ledger) == {}
    with ledger.session() as session:
        assert collecting.source_state(session, "test_mood").last_success_at is None
