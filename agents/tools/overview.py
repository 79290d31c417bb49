"""What there is to ask about: coins, and what the ledgers hold."""

from datetime import datetime
from typing import Any

import polars as pl

from agents.context import RunContext
from agents.finding import Evidence, Figure, Finding
from agents.period import stamp
from agents.sheet import attach
from agents.subject import coin, names_of
from agents.words import age, count, fitted, iso, listed
from ledgers import coverage
from ledgers.errors import NotCollected

__all__ = ["get_available_coins", "get_data_statistics"]

COIN_KINDS = ("candle", "quote", "onchain", "derivative", "market")  # series whose names begin with a coin
MOST_COINS_TOLD = 60
NOTHING = "The ledgers are empty: nothing is collected yet. Import history with omc import, or start the collectors."


def get_available_coins(run: RunContext) -> Finding:
    """List the coins that data is collected of, with their names and the kinds of data there are of each.

    Args:
        run: the run.

    Returns:
        Symbols and names of the coins, those with most data first.

    Raises:
        NotCollected: no data of any coin.
    """
    stored = coverage.statistics(run.ledger, as_of=run.as_of).filter(pl.col("kind").is_in(COIN_KINDS))
    if stored.is_empty():
        raise NotCollected(NOTHING)
    grouped = (
        stored.group_by(pl.col("name").str.split("/").list.first().alias("symbol"))
        .agg(pl.col("kind").unique().sort(), pl.col("rows").sum(), pl.col("first").min(), pl.col("last").max())
        .sort("rows", "symbol", descending=[True, False])
    )
    called = names_of(run)
    rows = grouped.to_dicts()
    told = [f"{row['symbol']} ({called[row['symbol']]})" if row["symbol"] in called else row["symbol"] for row in rows]
    key = cited(run, stored, "coins")
    text = fitted([f"{count(grouped.height)} coins: {listed(told, MOST_COINS_TOLD)}. [{key.key}]"])
    facts = {"coins": [coin_fact(row, called) for row in rows[:MOST_COINS_TOLD]]}
    return Finding(text, (key,), (Figure("coins", grouped.height, "count", key.key),), (), facts)


def coin_fact(row: dict[str, Any], called: dict[str, str]) -> dict[str, Any]:
    """One coin for the page."""
    return {
        "symbol": row["symbol"],
        "name": called.get(row["symbol"]),
        "kinds": row["kind"],
        "from": iso(row["first"]),
        "to": iso(row["last"]),
    }


def get_data_statistics(run: RunContext, symbol: str | None = None) -> Finding:
    """Say what the ledgers hold: rows, series, from when to when and how old the newest is, by ledger and kind.

    Args:
        run: the run.
        symbol: only series of this coin or that speak of it, such as "ETH"; without it everything.

    Returns:
        One line for each kind of data, and every series as a table.

    Raises:
        BadArgument: unknown coin.
        NotCollected: nothing is collected.
        NeedsAnswer: a name that several coins carry.
    """
    about = coin(run, symbol) if symbol else None
    stored = coverage.statistics(run.ledger, as_of=run.as_of, symbol=about)
    if stored.is_empty():
        raise NotCollected(f"Nothing is collected of {about}." if about else NOTHING)
    key = cited(run, stored, about or "all")
    kinds = stored.group_by("ledger", "kind", maintain_order=True).agg(
        pl.len().alias("series"), pl.col("rows").sum(), pl.col("first").min(), pl.col("last").max()
    )
    rows = kinds.to_dicts()
    total = int(stored["rows"].sum())
    head = f"{f'Of {about}: ' if about else ''}{count(total)} rows in {count(stored.height)} series. [{key.key}]"
    table = attach(run, stored, "statistics", tool="get_data_statistics", arguments={"symbol": symbol}, keys=[key.key])
    made = [Figure("rows", total, "count", key.key), Figure("series", stored.height, "count", key.key)]
    made += [Figure(f"{row['kind']}_{n}", row[n], "count", key.key) for row in rows for n in ("rows", "series")]
    facts = {"symbol": about, "kinds": [{**row, "first": iso(row["first"]), "last": iso(row["last"])} for row in rows]}
    return Finding(fitted([head, *(kind_line(run, row) for row in rows)]), (key,), tuple(made), (table,), facts)


def kind_line(run: RunContext, row: dict[str, Any]) -> str:
    """One kind of data in words."""
    last: datetime = row["last"]
    old = f", newest {age(run.clock - last)} old" if last <= run.clock else ""
    return (
        f"- {row['ledger']} {row['kind']}: {count(row['rows'])} rows in {count(row['series'])} series, "
        f"{stamp(row['first'])}..{stamp(last)}{old}"
    )


def cited(run: RunContext, stored: pl.DataFrame, series: str) -> Evidence:
    """The statistics themselves as evidence, as of the run's clock."""
    first, last, known = stored["first"].min(), stored["last"].max(), stored["known_at"].max()
    simulated = run.simulated or bool(stored["simulated"].any())
    ledgers = sorted(set(stored["ledger"]))
    return Evidence(
        key=f"{'simulated ' if simulated else ''}statistics:{series} {stamp(run.clock)}",
        ledger=listed(ledgers),
        source=listed(sorted(set(stored["source"])), 6),
        observed_from=iso(first) if isinstance(first, datetime) else None,
        observed_to=iso(last) if isinstance(last, datetime) else None,
        known_at=iso(known) if isinstance(known, datetime) else None,
        rows=int(stored["rows"].sum()),
        simulated=simulated,
    )
