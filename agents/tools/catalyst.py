"""Tools over the Catalyst ledger: filings, listings, announcements, governance, scheduled events."""

import re
from collections import Counter
from datetime import timedelta
from typing import Any

import polars as pl

from agents.columns import earliest, latest
from agents.context import RunContext
from agents.dated import MOST_COUNTED, bounded, cited, reach_notes, selection, shelf
from agents.finding import Evidence, Figure, Finding
from agents.period import EVER, UNITS, Window, moment, stamp, window_or_last
from agents.sheet import attach
from agents.subject import coin
from agents.words import count, fitted, iso, quoted
from ledgers import catalyst, seeds
from ledgers.errors import BadArgument, NotCollected

__all__ = ["get_catalyst_events"]

COLUMNS = (
    "observed_at",
    "occurs_at",
    "event_type",
    "title",
    "entity",
    "form",
    "items",
    "symbols",
    "impact",
    "url",
    "source",
)

FILED_LATER = timedelta(days=6)  # a filing accepted before a long weekend is dated after it
FILED_EARLIER = UNITS["d"]  # one accepted late in the evening of New York is dated before it
FAR = timedelta(days=5 * 365)
WEEK = timedelta(days=7)
QUIET = timedelta(days=90)  # a filer may well publish nothing for so long
MOST_SCHEDULED = 5


def get_catalyst_events(
    run: RunContext,
    symbol: str | None = None,
    event_type: str | None = None,
    entity: str | None = None,
    form: str | None = None,
    query: str | None = None,
    *,
    days: float | str | None = None,
    start: str | None = None,
    end: str | None = None,
    limit: int = 20,
) -> Finding:
    """Find and count dated events that may move prices: filings, listings, announcements, governance, halvings.

    Args:
        run: the run.
        symbol: only about this coin, such as "BTC".
        event_type: only of this type: "filing", "listing", "delisting", "announcement", "maintenance", "governance",
            "halving", "upgrade" or another one stored.
        entity: only of this company, venue or governance space, such as "MSTR".
        form: only filings on this form, such as "8-K" or "4".
        query: only with these words in title or summary, such as "bitcoin".
        days: length of the window in days up to now or `end`, such as 30; without any period the newest there are.
        start: first day or moment in UTC, such as "2024-03-01".
        end: last day (whole) or moment (exclusive) in UTC, such as "2024-03-31"; a later one shows scheduled events.
        limit: how many events to list, 1 to 50; the count is of all.

    Returns:
        How many there are by type and form, the newest of them as quoted matter, and all of them as a table.

    Raises:
        BadArgument: unknown coin, impossible range or limit.
        NotCollected: no such events are collected in the window at all.
        NeedsAnswer: a name that several coins carry.
    """
    about, entity = subject(run, symbol, entity)
    bounded(limit)
    asked = window_or_last(run, days, start, end, usual=EVER)
    filters = {
        "symbol": about,
        "event_type": lower(event_type) or ("filing" if form else None),
        "entity": entity,
        "form": form_name(form),
        "text": query,
    }
    rows = events(run, asked, filters)
    stored = shelf(run, "event", filters["event_type"])
    if rows.is_empty() and entity:
        within_reach(run, asked, entity, filters["event_type"])
    series = f"event:{selection(**filters)}"
    key = cited(run, rows, asked, stored, ledger="catalyst", series=series, quiet=QUIET if entity else WEEK)
    told = {**filters, "symbol": symbol, "days": days, "start": start, "end": end, "limit": limit}
    coming = scheduled(run, filters, end) if asked.reaches_now else rows.clear()
    notes = [f"{count_of(rows)} ({told_filters(filters)}) {asked.told}{by_kind(rows)}. [{key.key}]"]
    notes += reach_notes(run, asked, stored)
    return events_finding(
        run, rows.sort("counted_at", "observed_at", descending=True), coming, key=key, notes=notes, arguments=told
    )


def events_finding(
    run: RunContext,
    newest: pl.DataFrame,
    coming: pl.DataFrame,
    *,
    key: Evidence,
    notes: list[str],
    arguments: dict[str, Any],
) -> Finding:
    """Events as a finding, those scheduled ahead named first."""
    shown = newest.head(arguments["limit"]).to_dicts()
    lines = [*notes, *(f"Scheduled: {line(item)}" for item in coming.head(MOST_SCHEDULED).to_dicts())]
    lines += [f"- {line(item)}" for item in shown]
    forms = Counter(newest["form"].drop_nulls().to_list())
    facts = {
        "by_type": dict(Counter(newest["event_type"].to_list())),
        "by_form": dict(forms),
        "events": [fact(item) for item in shown],
        "scheduled": [fact(item) for item in coming.head(arguments["limit"]).to_dicts()],
    }
    made = [Figure("count", newest.height, "count", key.key)]
    made += [Figure(f"count_{form}", n, "count", key.key) for form, n in forms.items()]
    table = newest.select(COLUMNS)
    tool = "get_catalyst_events"
    files = [attach(run, table, "events", tool=tool, arguments=arguments, keys=[key.key])] if newest.height else []
    return Finding(fitted(lines), (key,), tuple(made), tuple(files), facts)


def count_of(rows: pl.DataFrame) -> str:
    """How many events in words."""
    if rows.height == 1:
        return "1 event"
    return f"{count(rows.height)}{' or more' if rows.height >= MOST_COUNTED else ''} events"


def subject(run: RunContext, symbol: str | None, entity: str | None) -> tuple[str | None, str | None]:
    """A coin's symbol and a filer's ticker; a ticker given as `symbol` that is no coin but files is taken as filer."""
    filer = entity.strip().upper() if entity else None
    if not symbol:
        return None, filer
    try:
        return coin(run, symbol), filer
    except BadArgument:
        name = symbol.strip().upper()
        if filer or entity_unknown(run, name):
            raise
        return None, name


def entity_unknown(run: RunContext, entity: str) -> bool:
    """Whether no event of that filer, venue or space was ever collected."""
    every = window_or_last(run, None, None, None, usual=EVER)
    return events(run, every, {"entity": entity}, most=1).is_empty()


def within_reach(run: RunContext, asked: Window, entity: str, kind: str | None) -> None:
    """Whether events of that filer, venue or space are collected around the window, so that none means none.

    Raises:
        NotCollected: they are not.
    """
    every = window_or_last(run, None, None, None, usual=EVER)
    own = events(run, every, {"entity": entity, "event_type": kind}).filter(pl.col("source") != seeds.SOURCE)
    what = f"{kind or 'event'} of {quoted(entity, 40)}"
    if own.is_empty():
        raise NotCollected(f"No {what} is collected.")
    first, last = earliest(own["observed_at"]), latest(own["observed_at"])
    if asked.end <= first or asked.start > last + QUIET:
        raise NotCollected(f"No {what} is collected {asked.told}: they run from {stamp(first)} to {stamp(last)}.")


def events(run: RunContext, asked: Window, filters: dict[str, str | None], most: int = MOST_COUNTED) -> pl.DataFrame:
    """Events published in a window, or published before it to take effect in it."""
    start, end = asked.start - FILED_LATER, asked.end + FILED_EARLIER
    found = catalyst.catalyst_events(run.ledger, **filters, start=start, end=end, as_of=run.as_of, limit=most)
    found = found.with_columns(counted_at().alias("counted_at"))
    within = pl.col("counted_at") >= asked.start
    within = within if asked.reaches_now else within & (pl.col("counted_at") < asked.end)
    # What was announced before to take effect in the window belongs to it as well.
    found = found.filter(within | pl.col("occurs_at").is_between(asked.start, asked.end, closed="left"))
    # A dated fact that ships with the product counts at its own time, not when it was foreseen.
    happens = pl.col("occurs_at").fill_null(pl.col("observed_at"))
    return found.filter((pl.col("source") != seeds.SOURCE) | happens.is_between(asked.start, asked.end, closed="left"))


def counted_at() -> pl.Expr:
    """When an event counts: a filing on the day the SEC dates it, which may not be that of its acceptance in UTC."""
    filed = pl.col("details").str.json_path_match("$.filed").str.to_datetime("%Y-%m-%d", strict=False, time_zone="UTC")
    same = pl.col("observed_at").dt.truncate("1d") == filed
    return pl.when(same).then(pl.col("observed_at")).otherwise(pl.coalesce(filed, "observed_at"))


def scheduled(run: RunContext, filters: dict[str, str | None], end: str | None) -> pl.DataFrame:
    """Events known by now that take effect later, soonest first; up to `end` where one is given."""
    until = run.clock + FAR if end is None else moment(end, "end", whole_day=True)
    if until <= run.clock:
        until = run.clock + FAR
    ahead = events(run, Window(run.clock, until), filters)
    return ahead.filter(pl.col("occurs_at") > run.clock).sort("occurs_at")


def form_name(form: str | None) -> str | None:
    """A form as the SEC writes it: '8k', 'Form 8-K' and '8-Ks' are all 8-K."""
    if not form:
        return None
    bare = form.strip().upper().removeprefix("FORM").strip()
    found = re.fullmatch(r"(10|8|6|20|S|F)-?(K|Q|F|[0-9])(/A)?S?", bare)
    return f"{found[1]}-{found[2]}{found[3] or ''}" if found else bare


def lower(event_type: str | None) -> str | None:
    """A type as it is stored: lower case, singular."""
    return event_type.strip().lower().replace(" ", "_").removesuffix("s") if event_type else None


def by_kind(rows: pl.DataFrame) -> str:
    """How many of each form, or of each type where there are no forms."""
    column = "form" if rows["form"].null_count() < rows.height else "event_type"
    counted = Counter(rows[column].drop_nulls().to_list()).most_common(8)
    prefix = "Form " if column == "form" else ""
    return f": {', '.join(f'{n} x {prefix}{name}' for name, n in counted)}" if len(counted) > 1 else ""


def told_filters(filters: dict[str, str | None]) -> str:
    """The filters in words."""
    return ", ".join(f"{name} {quoted(value, 40)}" for name, value in filters.items() if value) or "of every kind"


def line(item: dict[str, Any]) -> str:
    """One event as quoted matter."""
    marks = [item["form"] and f"{item['form']}", item["entity"], item["event_type"]]
    about = ", ".join(quoted(mark, 30)[1:-1] for mark in marks if mark)
    takes = f", takes effect {stamp(item['occurs_at'])}" if item["occurs_at"] else ""
    counted = stamp(item["counted_at"])[:10]
    accepted = f", accepted {stamp(item['observed_at'])}" if counted != stamp(item["observed_at"])[:10] else ""
    return f"{counted} {quoted(item['title'], 90)} ({about}{takes}{accepted})"


def fact(item: dict[str, Any]) -> dict[str, Any]:
    """One event for the page."""
    return {
        "at": iso(item["observed_at"]),
        "filed": f"{item['counted_at']:%Y-%m-%d}" if item["event_type"] == "filing" else None,
        "occurs_at": iso(item["occurs_at"]) if item["occurs_at"] else None,
        "type": item["event_type"],
        "title": quoted(item["title"], 200)[1:-1],
        "entity": item["entity"],
        "form": item["form"],
        "symbols": item["symbols"],
        "impact": item["impact"],
        "url": item["url"],
    }
