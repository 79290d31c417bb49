"""The demo market's feeds as ordinary sources: `simulate://` requests, answered from seed and time, and parsed."""

import json
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import polars as pl

from collectors.demo.feeds import FEEDS, Feed, Rows
from collectors.demo.market import market
from collectors.reading import each, expect, json_of
from collectors.source import Parsed, Reply, Request, Row, Source, SourceContext
from ledgers.base import Base, natural_key

SEED: Final = 20_090_103
BASE_URL: Final = "simulate://demo"
_BY_NAME: Final = {feed.name: feed for feed in FEEDS}
_READERS: Final[dict[type, Callable[[str], Any]]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    Decimal: Decimal,
    dict: json.loads,
}
_TABLES: Final[dict[str, type[Base]]] = {str(p.model.__tablename__): p.model for feed in FEEDS for p in feed.parts}


def sources_of_ledger(ledger: str) -> tuple[Source, ...]:
    """The demo market's sources of one ledger."""
    return tuple(_source(feed) for feed in FEEDS if feed.ledger == ledger)


def _source(feed: Feed) -> Source:
    return Source(
        name=feed.name,
        ledger=feed.ledger,
        base_url=BASE_URL,
        requests=lambda context: requests_of(feed, context),
        parse=parse,
        every=feed.every,
        publication_lag=feed.lag,
        warn_after=feed.warn_after,
        error_after=feed.error_after,
        attribution="Simulated: the demo market",
        simulator=simulate,
    )


def requests_of(feed: Feed, context: SourceContext) -> list[Request]:
    """One request for what was published since the last poll, up to the slot."""
    seen = context.cursor.get("until")
    start = datetime.fromisoformat(seen) - feed.again if seen else context.slot - feed.reach
    window = {"from": start.isoformat(), "to": context.slot.isoformat()}
    return [Request(f"{BASE_URL}/{feed.name}", params=window)]


def simulate(request: Request, _now: datetime) -> bytes:
    """The body of a reply; the same for the same request, whenever it is asked."""
    feed = _BY_NAME[request.url.rpartition("/")[2]]
    start, to = (datetime.fromisoformat(request.params[name]) for name in ("from", "to"))
    return body(feed, start, to)


def body(feed: Feed, start: datetime, to: datetime, seed: int = SEED) -> bytes:
    """What a feed has published by `to` about the time since `start`, as JSON."""
    end = feed.published_until(to)
    world = market(seed, to.year)
    tables: dict[str, list[dict[str, Any]]] = {}
    for part in feed.parts:
        rows = part.rows(world, start - feed.lag - feed.behind, end)
        tables.setdefault(str(part.model.__tablename__), []).extend(_newest(part.model, _records(rows)))
    document = {"simulated": True, "until": to.isoformat(), "tables": tables}
    return json.dumps(document, default=_plain, sort_keys=True).encode()


def parse(reply: Reply) -> Parsed:
    """Tables of rows; times are ISO 8601, money is text."""
    document = expect(json_of(reply), dict, "the reply")
    items: list[tuple[str, Any]] = [
        (table, row) for table, rows in expect(document.get("tables"), dict, "tables").items() for row in rows
    ]
    parsed = each(items, _row)
    parsed.cursor = {"until": document.get("until")}
    return parsed


def _row(item: tuple[str, Any]) -> Row:
    table, values = item
    model = _TABLES[table]
    return Row(model, {name: _read(model, name, value) for name, value in values.items()})


def _read(model: type[Base], name: str, value: Any) -> Any:
    read = _READERS.get(model.__table__.c[name].type.python_type)
    return read(value) if read and value is not None else value


def _records(rows: Rows) -> Iterable[dict[str, Any]]:
    return rows.to_dicts() if isinstance(rows, pl.DataFrame) else rows


def _newest(model: type[Base], rows: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    """A poll sees each balance and position as it is now; rows come in the order of time."""
    key = [name for name in natural_key(model) if name != "source"]
    return {tuple(row[name] for name in key): row for row in rows}.values()


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
