"""A feed, declared: what to request, how often, how to read the reply. Data, not a class to subclass.

A module in `collectors/sources/` declares one feed or a few alike and exposes them as `SOURCES: tuple[Source, …]`;
`collectors.catalogue` finds it there, and the standard suite tests it with the payloads in `tests/payloads/<name>/`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ledgers.base import Base

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Request:
    """One HTTP request, or a `simulate://` one. `context` travels untouched to `parse`."""

    url: str
    method: str = "GET"
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """A complete, size-limited, decompressed reply with a 2xx status; header names are lower case."""

    request: Request
    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime
    slot: datetime  # the poll this belongs to: `observed_at` of what has no time of its own, such as a quote


@dataclass(frozen=True)
class Row:
    """A record to be: the table and its columns without those the runner stamps.

    The runner stamps `known_at`, `source`, `collector_run` and `simulated`, and `url` where it is not given.
    `known_at` is the moment of collection. Only what was published while nobody watched (a first start, an outage, a
    back-filled window) and is not stored yet is known at `observed_at` + `publication_lag`.
    """

    model: type[Base]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class BadItem:
    """An item that is refused, with the reason and the payload as it came."""

    reason: str
    payload: str


@dataclass
class Parsed:
    """What `parse` made of one reply."""

    rows: list[Row] = field(default_factory=list)
    rejects: list[BadItem] = field(default_factory=list)
    follow: list[Request] = field(default_factory=list)  # next page, a filing's XML
    cursor: dict[str, Any] = field(default_factory=dict)  # merged into the stored one on success; None drops a key


@dataclass(frozen=True)
class Window:
    """A stretch of history to fetch; `end` is exclusive."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Backfill:
    """How a feed's past is fetched: window by window, newest first, remembered, so that it can go on after a stop."""

    depth: timedelta  # how far back the feed is wanted
    window: timedelta  # how much one call of `requests` with a window asks for
    reach: timedelta  # how far back a poll without a window reaches by itself


@dataclass(frozen=True)
class SourceContext:
    """What `requests` may look at."""

    now: datetime
    slot: datetime
    base_url: str
    cursor: Mapping[str, Any] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)  # the values of `Source.keys` and `optional_keys`
    symbols: tuple[str, ...] = ()  # the coins to follow, upper case
    window: Window | None = None  # set: fetch this stretch of history; None: poll what is new


@dataclass(frozen=True)
class Source:
    """A declared feed. `requests` and `parse` are pure: no I/O, no clock but the one they are given.

    `parse` raises `SourceChanged` where the reply has lost its shape (`SourceUnavailable` where a feed says in a
    document of its own that it cannot answer now); a bad item it hands back as a `BadItem`
    (`collectors.reading` does both), so that it never costs the good ones.
    """

    name: str  # <provider>_<what>
    ledger: str  # glass | human | catalyst | exchange
    base_url: str  # overridden by OMC_SOURCE_URLS; requests start with `context.base_url`
    requests: Callable[[SourceContext], list[Request]]
    parse: Callable[[Reply], Parsed]
    every: timedelta  # slots are its multiples since 1970
    publication_lag: timedelta
    warn_after: timedelta
    error_after: timedelta
    keys: tuple[str, ...] = ()  # fields of CollectSettings without which it is disabled, visibly
    optional_keys: tuple[str, ...] = ()  # fields of CollectSettings that it uses where they are set
    attribution: str = ""
    requests_per_minute: int = 60  # shared by every source and process that asks the same host
    max_requests: int = 100  # in one run, follow-ups included
    max_bytes: int = 8 * MEBIBYTE  # of one decompressed reply
    max_reject_share: float = 0.2
    backfill: Backfill | None = None
    stands_in_for: tuple[str, ...] = ()  # runs only while these fail or are disabled
    on_by_default: bool = True
    simulator: Callable[[Request, datetime], bytes] | None = None  # answers `simulate://` requests in process

    @property
    def delay(self) -> timedelta:
        """How long after a slot's moment it is run: when what belongs to the slot is published."""
        return min(self.publication_lag, self.every / 2)

    @property
    def simulated(self) -> bool:
        """Whether its rows are the demo market's."""
        return self.simulator is not None
