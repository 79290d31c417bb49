"""What the fetcher does about each way a feed can fail, over real HTTP."""

import time
import tracemalloc

import pytest
from replay import bomb, replay

from collectors.errors import SourceChanged, SourceUnavailable
from collectors.http import Fetcher, Limits, Terms, retry_after
from collectors.source import MEBIBYTE, Request

pytestmark = pytest.mark.integration
QUICK = Limits(attempts=3, attempt_seconds=1.0, total_seconds=4.0, backoff_seconds=0.02, limiter_seconds=0.5)
NAME = "coinspot_quotes"
PATH = "/pubapi/v2/latest"


@pytest.fixture(scope="module")
def running():
    bomb()  # takes a second to make
    with replay() as server:
        yield server


@pytest.fixture
def server(running):
    running.faults.clear()
    running.asked.clear()
    running.seen.clear()
    running.headers = {}
    running.retry_after, running.stuttering, running.not_modified = None, 0, 0
    return running


@pytest.fixture
async def fetcher(redis_url):
    async with Fetcher(redis_url, contact="someone@example.org", limits=QUICK) as made:
        yield made


def terms(attempts: list[int] | None = None, **changes) -> Terms:
    told = {"host": "feed.example", "per_minute": 6000, "max_bytes": 16 * MEBIBYTE, **changes}
    return Terms(**told, attempted=lambda: attempts.append(1) if attempts is not None else None)


def latest(server) -> Request:
    return Request(server.url(NAME) + PATH)


async def test_a_healthy_feed_is_asked_once_in_the_name_of_the_contact(server, fetcher):
    answer = await fetcher.fetch(latest(server), terms())
    assert answer.status == 200
    assert b'"btc"' in answer.body
    assert server.asked[NAME] == 1
    assert "someone@example.org" in server.seen[0].headers["user-agent"]


@pytest.mark.parametrize(
    "case",
    [
        ("storm", SourceUnavailable, "HTTP 429", 3),
        ("error", SourceUnavailable, "HTTP 500", 3),
        ("503", SourceUnavailable, "HTTP 503", 3),
        ("truncated", SourceUnavailable, "truncated", 3),
        ("drip", SourceUnavailable, "no complete reply within 1 s", 3),
        ("403", SourceUnavailable, "HTTP 403", 1),
        ("451", SourceUnavailable, "HTTP 451", 1),
        ("bomb", SourceChanged, "inflates more than 100-fold", 1),
        ("refused", SourceUnavailable, "refused", 0),
        ("tls", SourceUnavailable, "TLS failed", 0),
    ],
    ids=lambda case: case[0],
)
async def test_each_fault_is_named_for_what_it_is_and_retried_only_where_that_helps(server, fetcher, case):
    fault, error, says, asked = case
    server.faults[NAME] = fault
    begun = time.monotonic()
    with pytest.raises(error, match=says):
        await fetcher.fetch(latest(server), terms())
    assert server.asked[NAME] == asked
    assert time.monotonic() - begun < QUICK.total_seconds + 1


@pytest.mark.parametrize("fault", ["storm", "error", "truncated"])
async def test_a_fault_that_passes_costs_a_retry_and_no_data(server, fetcher, fault):
    server.faults[NAME], server.stuttering = fault, 2
    attempts: list[int] = []
    answer = await fetcher.fetch(latest(server), terms(attempts))
    assert answer.status == 200
    assert len(attempts) == 3


async def test_a_host_that_says_how_long_to_wait_is_left_alone_for_so_long_by_every_process(server, fetcher, redis_url):
    server.faults[NAME], server.stuttering, server.retry_after = "storm", 1, "1"
    begun = time.monotonic()
    await fetcher.fetch(latest(server), terms())
    assert time.monotonic() - begun >= 1
    await fetcher.bucket.pause("feed.example", 60)
    async with Fetcher(redis_url, limits=QUICK) as another:
        with pytest.raises(SourceUnavailable, match="left alone for another 60 s"):
            await another.fetch(latest(server), terms())


async def test_a_wait_longer_than_the_deadline_is_not_waited_for(server, fetcher):
    server.faults[NAME], server.retry_after = "storm", "3600"
    begun = time.monotonic()
    with pytest.raises(SourceUnavailable, match="429"):
        await fetcher.fetch(latest(server), terms())
    assert time.monotonic() - begun < 1


async def test_the_rate_of_a_host_is_kept_across_processes(server, fetcher, redis_url):
    slow = terms(per_minute=300)  # five a second, thirty at once
    async with Fetcher(redis_url, limits=QUICK) as another:
        begun = time.monotonic()
        for _ in range(20):
            await fetcher.bucket.take("feed.example", slow.per_minute, 5)
            await another.bucket.take("feed.example", slow.per_minute, 5)
    assert 1.7 < time.monotonic() - begun < 4


async def test_a_gzip_bomb_stays_small_in_memory(server, fetcher):
    server.faults[NAME] = "bomb"
    tracemalloc.start()
    try:
        with pytest.raises(SourceChanged):
            await fetcher.fetch(latest(server), terms())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * MEBIBYTE


async def test_a_plain_reply_over_the_ceiling_is_cut_off(server, fetcher):
    with pytest.raises(SourceChanged, match="more than 100 bytes"):
        await fetcher.fetch(latest(server), terms(max_bytes=100))


async def test_what_has_not_changed_is_not_sent_again(server, fetcher):
    server.headers = {"etag": '"v1"'}
    first = await fetcher.fetch(latest(server), terms())
    again = await fetcher.fetch(latest(server), terms(), {"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body, server.not_modified) == (304, b"", 1)


async def test_a_rate_limiter_that_is_down_stops_asking_rather_than_asking_unlimited(server):
    async with Fetcher("redis://127.0.0.1:1/0", limits=QUICK) as fetcher:
        with pytest.raises(SourceUnavailable, match="Redis"):
            await fetcher.fetch(latest(server), terms())
    assert server.asked[NAME] == 0


def test_retry_after_is_read_as_seconds_or_as_a_date():
    assert retry_after("7") == 7
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0
    assert retry_after("soon") is None
    assert retry_after(None) is None
