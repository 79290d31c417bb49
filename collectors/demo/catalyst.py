"""The demo market's Catalyst ledger: the events that move it, and filings of companies that hold coins."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import polars as pl

from collectors.demo.coins import COINS
from collectors.demo.glass import typed, within
from collectors.demo.human import shocks_between
from collectors.demo.market import Market, day_of, moment_of
from collectors.demo.noise import unit
from collectors.demo.shocks import Shock

FILERS: Final = (("MSTR", "BTC"), ("COIN", None), ("MARA", "BTC"))
INSIDERS: Final = (("Example, Alex", "Director"), ("Sample, Robin", "Chief Financial Officer"))
_ITEMS: Final = (["7.01", "8.01"], ["8.01", "9.01"], ["2.02", "9.01"], ["5.02"])
_SATURDAY: Final = 5
_QUARTER_DAYS: Final = 91


def events(market: Market, start: datetime, end: datetime) -> pl.DataFrame:
    """Listings, delistings, upgrades, votes, announcements, incidents, macro decisions."""
    rows = [_event(shock) for shock in shocks_between(market, start, end)]
    return within(_events(rows), start, end)


def _event(shock: Shock) -> tuple[Any, ...]:
    kind, at = shock.kind, moment_of(shock.day, shock.minute)
    symbols = [] if shock.coin is None else [COINS[shock.coin].symbol]
    entity = shock.title.split(" will ")[0] if kind.event_type in {"listing", "delisting"} else None
    occurs = at + timedelta(days=2) if entity else at
    reason = f"a simulated {kind.event_type}"
    return shock.id, kind.event_type, shock.title, entity, None, [], symbols, at, occurs, kind.impact, reason, None


def filings(market: Market, start: datetime, end: datetime) -> pl.DataFrame:
    """8-Ks in some weeks, Form 4s, a 10-Q each quarter; none is real."""
    rows = []
    for accession, ticker, symbol, form, at, items in _filings(market, start, end):
        title = f"{ticker} {form}" + (f" ({', '.join(items)})" if items else "")
        details = json.dumps({"accessionNumber": accession, "filingDate": f"{at:%Y-%m-%d}", "note": "simulated"})
        symbols = [symbol] if symbol else []
        impact = "medium" if form == "8-K" else "low"
        rows.append(
            (accession, "filing", title, ticker, form, items, symbols, at, None, impact, "by its form", details)
        )
    return within(_events(rows), start, end)


def insiders(market: Market, start: datetime, end: datetime) -> pl.DataFrame:
    """The transactions in the simulated Form 4s."""
    rows = []
    for accession, ticker, _, form, at, _ in _filings(market, start, end):
        if form == "4":
            insider, role = INSIDERS[int(unit(market.seed, "insider", accession) * len(INSIDERS))]
            shares = float(round(unit(market.seed, "shares", accession) * 5000 + 100))
            price = round(150 + 250 * unit(market.seed, "price", accession), 2)
            bought = unit(market.seed, "side", accession) < 0.3  # noqa: PLR2004 - three in ten buy
            code, left = ("P" if bought else "S"), shares * 4
            day = (at - timedelta(days=2)).date()
            rows.append(
                (accession, 1, ticker, insider, role, code, "Class A", day, bought, shares, price, left, False, at)
            )
    schema = typed(("accession", "line", "issuer", "insider", "role", "code", "security")) | {
        "line": pl.Int64,
        "transacted_on": pl.Date,
        "acquired": pl.Boolean,
        "shares": pl.Float64,
        "price_usd": pl.Float64,
        "shares_after": pl.Float64,
        "derivative": pl.Boolean,
        "observed_at": pl.Datetime("us", "UTC"),
    }
    return within(pl.DataFrame(rows, schema=schema, orient="row"), start, end)


def _filings(
    market: Market, start: datetime, end: datetime
) -> Iterator[tuple[str, str, str | None, str, datetime, list[str]]]:
    for day in range(day_of(start), day_of(end) + 1):
        for number, (ticker, symbol) in enumerate(FILERS):
            at = moment_of(day, 1240 + number * 7)
            if at.weekday() >= _SATURDAY:
                continue
            draw = unit(market.seed, "filing", ticker, day)
            due = day % _QUARTER_DAYS == number
            form = "10-Q" if due else "8-K" if draw < 0.16 else "4" if draw < 0.30 else None  # noqa: PLR2004 - odds
            if form:
                items = _ITEMS[int(unit(market.seed, "items", ticker, day) * len(_ITEMS))] if form == "8-K" else []
                yield f"sim-{ticker}-{day}", ticker, symbol, form, at, items


def _events(rows: list[tuple[Any, ...]]) -> pl.DataFrame:
    schema = typed(("external_id", "event_type", "title", "entity", "form")) | {
        "items": pl.List(pl.String),
        "symbols": pl.List(pl.String),
        "observed_at": pl.Datetime("us", "UTC"),
        "occurs_at": pl.Datetime("us", "UTC"),
        "impact": pl.String,
        "impact_reason": pl.String,
        "details": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
