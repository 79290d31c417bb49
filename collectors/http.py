"""The one way out: bounded in time and bytes, polite to hosts, retried where retrying helps."""

import asyncio
import logging
import random
import ssl
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx
from redis.asyncio import Redis
from redis.exceptions import RedisError

from collectors.errors import SourceChanged, SourceUnavailable
from collectors.inflate import Inflater, TooLarge, Truncated
from collectors.redaction import quieten_client
from collectors.source import Request

log = logging.getLogger(__name__)

LIMITER_AGAIN_SECONDS = 0.25

TAKE = """
local pause = redis.call('PTTL', KEYS[2])
if pause > 0 then return tostring(pause / 1000) end
local time = redis.call('TIME')
local now, rate, burst = time[1] + time[2] / 1000000, tonumber(ARGV[1]), tonumber(ARGV[2])
local stored = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(stored[1]) or burst, tonumber(stored[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
local wait = math.max(0, 1 - tokens) / rate
if wait == 0 then tokens = tokens - 1 end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], 3600)
return tostring(wait)
"""


@dataclass(frozen=True)
class Limits:
    """How long and how often one request may be tried."""

    attempts: int = 4
    attempt_seconds: float = 15.0
    total_seconds: float = 45.0
    limiter_seconds: float = 10.0  # how long to wait for Redis
    backoff_seconds: float = 0.5  # doubled at each attempt, and halved to doubled at random


@dataclass(frozen=True)
class Terms:
    """What a source allows: requests per minute to its host, bytes of one decompressed reply."""

    host: str  # whose bucket is drawn on
    per_minute: int
    max_bytes: int
    attempted: Callable[[], None] = lambda: None  # called at each attempt


@dataclass(frozen=True)
class Answer:
    """A complete reply: 2xx, 304 (nothing new, no body), or one of `REFUSED` that concerns this request alone."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class TryAgain(Exception):
    """This attempt failed in a way that another may not; `after` is what the server asked for."""

    def __init__(self, reason: str, after: float | None = None) -> None:
        """Keep the reason for the last attempt's error."""
        self.after = after
        super().__init__(reason)


REFUSED = frozenset({400, 404, 410, 422})  # about what was asked for, such as a coin the venue does not list


class HostBucket:
    """A token bucket per host in Redis, shared by every process; a host that says wait is left alone by all."""

    def __init__(self, redis: "Redis") -> None:
        """Keep the buckets in this Redis."""
        self.redis = redis
        self.script = redis.register_script(TAKE)

    async def take(self, host: str, per_minute: int, patience: float) -> None:
        """Wait for a token; SourceUnavailable where that would take longer than `patience` seconds."""
        burst = max(1, per_minute // 10)
        while True:
            keys = [f"omc:bucket:{host}", f"omc:pause:{host}"]
            wait = float(await self.script(keys=keys, args=[per_minute / 60, burst]))
            if wait <= 0:
                return
            if wait > patience:
                raise SourceUnavailable(f"{host} asked to be left alone for another {wait:.0f} s")
            await asyncio.sleep(wait)

    async def pause(self, host: str, seconds: float) -> None:
        """Have every process leave the host alone for a while."""
        await self.redis.set(f"omc:pause:{host}", 1, px=max(1, int(seconds * 1000)))


class Fetcher:
    """Fetches requests for all sources of one process. An async context manager."""

    def __init__(self, redis_url: str, *, contact: str = "", limits: Limits | None = None) -> None:
        """Ask in the name of `contact`, an e-mail address or URL where a feed's operator can reach the user."""
        quieten_client()
        self.limits = limits or Limits()
        self.redis = Redis.from_url(redis_url, socket_timeout=5, socket_connect_timeout=5)
        self.bucket = HostBucket(self.redis)
        agent = f"OhMyCoins/{version('oh-my-coins')}" + (f" ({contact})" if contact else "")
        headers = {"User-Agent": agent, "Accept-Encoding": "gzip, deflate", "Accept": "*/*"}
        self.client = httpx.AsyncClient(headers=headers, timeout=self.limits.attempt_seconds, max_redirects=3)

    async def __aenter__(self) -> Self:
        """Open nothing yet: connections are made when they are needed."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        await self.client.aclose()
        await self.redis.aclose()

    async def fetch(self, request: Request, terms: Terms, validators: Mapping[str, str] | None = None) -> Answer:
        """Fetch a request, within the total deadline.

        Args:
            request: what to ask.
            terms: what the source allows.
            validators: headers that make the request conditional.

        Raises:
            SourceUnavailable: no usable answer; worth another try at the next tick.
            SourceChanged: an answer too large or in an encoding we did not ask for.
        """
        try:
            async with asyncio.timeout(self.limits.total_seconds):
                return await self._attempts(request, terms, validators or {})
        except TimeoutError:
            raise SourceUnavailable(f"{terms.host}: no answer within {self.limits.total_seconds:g} s") from None

    async def _attempts(self, request: Request, terms: Terms, validators: Mapping[str, str]) -> Answer:
        host = terms.host
        for attempt in range(1, self.limits.attempts + 1):
            await self._take(host, terms.per_minute)
            terms.attempted()
            try:
                return await self._once(request, terms.max_bytes, validators)
            except TryAgain as fault:
                pause = fault.after if fault.after is not None else self._backoff(attempt)
                if fault.after is not None:
                    with suppress(RedisError):
                        await self.bucket.pause(host, pause)
                if attempt == self.limits.attempts or pause > self.limits.total_seconds:
                    raise SourceUnavailable(f"{host}: {fault} ({attempt} attempts)") from fault
                log.info("%s: %s; again in %.1f s", host, fault, pause)
            await asyncio.sleep(pause)
        raise SourceUnavailable(f"{host}: not attempted")

    async def _take(self, host: str, per_minute: int) -> None:
        """Take a token; a limiter that is being restarted is waited for, one that stays away stops the asking."""
        deadline = time.monotonic() + self.limits.limiter_seconds
        while True:
            try:
                return await self.bucket.take(host, per_minute, self.limits.total_seconds)
            except RedisError as error:
                if time.monotonic() >= deadline:
                    raise SourceUnavailable(f"the rate limiter (Redis) does not answer: {error}") from error
                await asyncio.sleep(LIMITER_AGAIN_SECONDS)

    def _backoff(self, attempt: int) -> float:
        spread = random.uniform(0.5, 2)  # noqa: S311 - jitter, not cryptography
        return float(self.limits.backoff_seconds * 2 ** (attempt - 1) * spread)

    async def _once(self, request: Request, max_bytes: int, validators: Mapping[str, str]) -> Answer:
        try:
            async with asyncio.timeout(self.limits.attempt_seconds), self._stream(request, validators) as response:
                return await complete(response, max_bytes)
        except (TimeoutError, httpx.TimeoutException):
            raise TryAgain(f"no complete reply within {self.limits.attempt_seconds:g} s") from None
        except httpx.ConnectError as error:
            raise SourceUnavailable(f"{urlsplit(request.url).netloc}: {connect_fault(error)}") from error
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError, Truncated) as error:
            raise TryAgain(f"truncated reply ({type(error).__name__})") from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise SourceUnavailable(f"{type(error).__name__}: {error}") from error
        except TooLarge as error:
            raise SourceChanged(str(error)) from error

    @asynccontextmanager
    async def _stream(self, request: Request, validators: Mapping[str, str]) -> AsyncIterator[httpx.Response]:
        # A request that carries credentials is not sent on to wherever a redirect points.
        plain = request.method == "GET" and not request.headers
        async with self.client.stream(
            request.method,
            request.url,
            params=dict(request.params) or None,
            headers={**request.headers, **validators},
            content=request.body,
            follow_redirects=plain,
        ) as response:
            yield response


async def complete(response: httpx.Response, max_bytes: int) -> Answer:
    """Read a response to its end, in bounded memory, or say why it is of no use."""
    status = response.status_code
    if status == httpx.codes.TOO_MANY_REQUESTS or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise TryAgain(f"HTTP {status}", retry_after(response.headers.get("retry-after")))
    if not (response.is_success or status == httpx.codes.NOT_MODIFIED or status in REFUSED):
        raise SourceUnavailable(f"{response.url.host}: HTTP {status} {response.reason_phrase}")
    encoding = response.headers.get("content-encoding", "identity").lower()
    if encoding not in {"identity", "gzip", "deflate", "x-gzip"}:
        raise SourceChanged(f"reply in encoding {encoding!r}, which was not asked for")
    inflater = Inflater(encoding, max_bytes)
    async for chunk in response.aiter_raw():
        inflater.feed(chunk)
    return Answer(status, {name.lower(): value for name, value in response.headers.items()}, inflater.finish())


def retry_after(value: str | None) -> float | None:
    """Seconds a Retry-After header asks to wait, whether it gives seconds or a date."""
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def connect_fault(error: httpx.ConnectError) -> str:
    """In plain words, why no connection came about."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return f"TLS failed ({cause.reason or 'handshake'}): the certificate is not trusted or the line is tampered"
        cause = cause.__cause__ or cause.__context__
    return f"connection refused or host unknown ({error})"


async def any_answers(urls: list[str], *, seconds: float) -> bool:
    """Whether one of the hosts answers at all, with any HTTP status, within the time."""

    async def ask(client: httpx.AsyncClient, url: str) -> None:
        async with client.stream("GET", url):
            return

    async with httpx.AsyncClient(timeout=seconds) as client:
        tasks = [asyncio.create_task(ask(client, url)) for url in urls]
        try:
            async with asyncio.timeout(seconds):
                for done in asyncio.as_completed(tasks):
                    try:
                        await done
                    except (httpx.HTTPError, httpx.InvalidURL):
                        continue
                    return True
        except TimeoutError:
            return False
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    return False
