"""What ships with the product: what coins are called, and dated facts. Loading it again changes nothing."""

import csv
import tomllib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from typing import Any, Final

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from ledgers.app import ensure_local_user
from ledgers.catalyst import CatalystEvent
from ledgers.coins import SHIPPED, CoinName
from ledgers.store import Ledger, WriteReport, write

SOURCE: Final = "curated"


def load(ledger: Ledger, *, now: datetime) -> None:
    """Bring what ships with the product up to date: the local user, coin names, events (simulated ones in the demo)."""
    with ledger.session() as session:
        ensure_local_user(session, now=now)
        load_names(session, now=now)
        load_events(session, simulated=ledger.simulated, now=now)


def load_names(session: Session, *, now: datetime) -> None:
    """Make the shipped names those of the data file; users' own stay."""
    wanted = dict(shipped_names())
    stored = select(CoinName.name, CoinName.symbol).where(CoinName.user_id == SHIPPED)
    held = {(name, symbol) for name, symbol in session.execute(stored)}
    if gone := held - wanted.keys():
        named = tuple_(CoinName.name, CoinName.symbol).in_(sorted(gone))
        session.execute(delete(CoinName).where(CoinName.user_id == SHIPPED, named))
    session.add_all(
        CoinName(name=name, symbol=symbol, user_id=SHIPPED, kind=kind, created_at=now)
        for (name, symbol), kind in wanted.items()
        if (name, symbol) not in held
    )


def load_events(session: Session, *, simulated: bool, now: datetime) -> WriteReport:
    """Write the shipped events: what was expected, known when it was announced, and what happened, known from then."""
    rows = [{**row, "simulated": simulated} for row in shipped_events()]
    return write(session, CatalystEvent, rows, written_at=now)


def shipped_names() -> Iterator[tuple[tuple[str, str], str]]:
    """((name, symbol), kind) of every shipped name; a ticker that is also an alias is a ticker."""
    with (files("ledgers") / "data" / "coins.csv").open(encoding="utf-8") as file:
        for coin in csv.DictReader(file):
            aliases = [alias for alias in coin["aliases"].split(";") if alias]
            kinds = [*((alias, "alias") for alias in aliases), (coin["name"], "name"), (coin["symbol"], "ticker")]
            yield from (((name.lower(), coin["symbol"]), kind) for name, kind in kinds)


def shipped_events() -> list[dict[str, Any]]:
    """Every version of every shipped event."""
    text = (files("ledgers") / "data" / "events.toml").read_text(encoding="utf-8")
    return [version for event in tomllib.loads(text)["event"] for version in _versions(event)]


def _versions(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    fields = {
        "source": SOURCE,
        "external_id": event["id"],
        "event_type": event["type"],
        "title": event["title"],
        "entity": event.get("entity"),
        "items": [],
        "symbols": event["symbols"],
    }
    facts = event.get("details", {})
    if "announced" in event:
        announced, expected = _instant(event["announced"]), event["expected"]
        details = facts | {"expected": True} | _precision(expected)
        times = {"observed_at": announced, "known_at": _known(event["announced"]), "occurs_at": _instant(expected)}
        yield fields | times | {"details": details, "summary": "Expected; the time is that of the announcement."}
    if "at" in event:
        at = _instant(event["at"])
        times = {"observed_at": at, "known_at": _known(event["at"]), "occurs_at": at}
        yield fields | times | {"details": facts | _precision(event["at"])}


def _instant(value: date) -> datetime:
    return value.astimezone(UTC) if isinstance(value, datetime) else datetime.combine(value, time(), UTC)


def _known(value: date) -> datetime:
    """At once, or at the end of the day where only that is certain."""
    return _instant(value) if isinstance(value, datetime) else _instant(value) + timedelta(days=1)


def _precision(value: date) -> dict[str, str]:
    return {"precision": "second" if isinstance(value, datetime) else "day"}
