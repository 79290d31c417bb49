"""Which coin a question is about, and what is collected of it."""

import polars as pl

from agents.context import RunContext
from agents.errors import NeedsAnswer
from ledgers import coins
from ledgers.errors import AmbiguousCoin, BadArgument

MOST_COINS = 10
MOST_CHOICES = 4
WELL_KNOWN = ("BTC", "ETH", "SOL", "XRP")


def coin(run: RunContext, name: str) -> str:
    """The symbol that a ticker, name or alias stands for.

    Args:
        run: whose aliases count.
        name: such as 'BTC', 'bitcoin' or an alias of the person's own.

    Raises:
        NeedsAnswer: no name was given, or several coins carry it.
        BadArgument: no coin is called so; the message names the nearest.
    """
    if not name.strip():
        raise NeedsAnswer("symbol", "Which coin do you mean?", offered(run))
    try:
        return coins.resolve(run.ledger, name=name, user_id=run.user_id)
    except AmbiguousCoin as several:
        raise NeedsAnswer("symbol", f"Which {several.name} do you mean?", several.symbols) from None


def several_coins(run: RunContext, names: list[str] | str, least: int = 1, most: int = MOST_COINS) -> list[str]:
    """The symbols of several coins, each once, in the order they were named.

    A question about one of them offers whole lists as choices, because the answer replaces the argument.
    """
    wanted = [n.strip() for n in (names.split(",") if isinstance(names, str) else names) if n.strip()]
    if not wanted:
        raise NeedsAnswer("symbols", "Which coins do you mean?", offered(run))
    found: dict[str, None] = {}
    for place, name in enumerate(wanted):
        try:
            found[coins.resolve(run.ledger, name=name, user_id=run.user_id)] = None
        except AmbiguousCoin as one:
            choices = tuple(", ".join([*wanted[:place], s, *wanted[place + 1 :]]) for s in one.symbols)
            raise NeedsAnswer("symbols", f"Which {one.name} do you mean?", choices) from None
    if not least <= len(found) <= most:
        raise BadArgument(f"Name {least} to {most} different coins, not {len(found)}.")
    return list(found)


def names_of(run: RunContext) -> dict[str, str]:
    """One name for each coin that has one beside its ticker, as people write it."""
    known = coins.names(run.ledger, user_id=run.user_id).filter(pl.col("kind") == "name")
    return {row["symbol"]: str(row["name"]).title() for row in reversed(known.to_dicts())}


def offered(run: RunContext) -> tuple[str, ...]:
    """Up to four coins to choose from, the best known first."""
    held = coins.held_symbols(run.ledger)
    return tuple([*(s for s in WELL_KNOWN if s in held), *(s for s in held if s not in WELL_KNOWN)][:MOST_CHOICES])
