"""Which coins there are and what people call them: tickers, names, aliases, and which of these are ambiguous."""

import difflib
import re
from datetime import datetime
from typing import Final

import polars as pl
from sqlalchemy import Index, exists, func, or_, select, union
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from ledgers.base import Base
from ledgers.errors import AmbiguousCoin, BadArgument
from ledgers.glass import Candle, MarketSnapshot, OnchainMetric, Quote
from ledgers.reading import series_of
from ledgers.store import Ledger

LONGEST_NAME: Final = 60
SHIPPED: Final = ""


class CoinName(Base):
    """One thing one coin is called. A name that leads to several symbols is ambiguous; the person is asked.

    `user_id` is '' for what ships with the product, else the user whose own alias it is.
    """

    __tablename__ = "coin_names"
    name: Mapped[str] = mapped_column(primary_key=True)  # lower case
    symbol: Mapped[str] = mapped_column(primary_key=True)  # upper case
    user_id: Mapped[str] = mapped_column(primary_key=True, default="")
    kind: Mapped[str]  # ticker | name | alias
    created_at: Mapped[datetime]


Index(None, CoinName.symbol)


def resolve(ledger: Ledger, *, name: str, user_id: str) -> str:
    """The symbol a person means by a ticker, a name or an alias; the person's own aliases come first.

    A ticker in capitals, or one followed by its name as in "LUNC (Terra Classic)", is taken at its word, so that a
    choice between several coins can be answered. A symbol the ledgers hold needs no name.

    Raises:
        AmbiguousCoin: several coins are called so.
        BadArgument: none is; the message has the nearest names.
    """
    plain = re.sub(r"\s*\(.*\)$", "", name.replace("\x00", "")).strip().lstrip("$").strip()
    known = names(ledger, user_id=user_id)
    found = known.filter(pl.col("name") == plain.lower())
    own = found.filter(pl.col("user_id") != SHIPPED)
    symbols = (own if own.height else found)["symbol"].unique().sort().to_list()
    if len(symbols) == 1:
        return str(symbols[0])
    if plain.isupper() and (plain in symbols or (not symbols and _is_held(ledger, plain))):
        return plain
    if symbols:
        raise AmbiguousCoin(plain, tuple(symbols))
    if _is_held(ledger, plain.upper()):
        return plain.upper()
    raise BadArgument(_unknown(plain, known))


def names(ledger: Ledger, *, user_id: str) -> pl.DataFrame:
    """Every name this user may use: name (lower case), symbol, kind, user_id ('' for what ships with the product)."""
    wanted = select(CoinName.name, CoinName.symbol, CoinName.kind, CoinName.user_id)
    return ledger.frame(wanted.where(CoinName.user_id.in_([SHIPPED, user_id])).order_by(CoinName.name, CoinName.symbol))


def held_symbols(ledger: Ledger) -> list[str]:
    """The coins that any series of the Glass ledger is about."""
    held = [series_of(model, ("symbol",)) for model in (Candle, Quote, OnchainMetric)]
    every = union(*(select(series.c.symbol) for series in held), select(MarketSnapshot.symbol)).subquery()
    return [str(symbol) for symbol in ledger.frame(select(every.c.symbol).order_by(every.c.symbol))["symbol"]]


def add_alias(session: Session, *, user_id: str, alias: str, symbol: str) -> bool:
    """Give a coin a name of the user's own, which then comes before every other meaning.

    Args:
        session: an open session.
        user_id: whose alias it is.
        alias: up to 60 characters; its case does not matter.
        symbol: the coin's ticker, such as SOL.

    Returns:
        Whether it is new.

    Raises:
        BadArgument: the alias is empty, too long or the user's name of another coin, or no such coin is known.
    """
    name, ticker = " ".join(alias.lower().split()), symbol.strip().upper()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise BadArgument(f"An alias has 1 to {LONGEST_NAME} printable characters.")
    held = [exists().where(CoinName.symbol == ticker), *(exists().where(m.symbol == ticker) for m in (Candle, Quote))]
    if not session.scalar(select(or_(*held))):
        raise BadArgument(f"No coin '{symbol}' is known.")
    other = session.scalar(
        select(CoinName.symbol).where(CoinName.user_id == user_id, CoinName.name == name, CoinName.symbol != ticker)
    )
    if other is not None:
        raise BadArgument(f"'{name}' is already your name for {other}.")
    values = {"name": name, "symbol": ticker, "user_id": user_id, "kind": "alias", "created_at": func.now()}
    added = insert(CoinName).values(values).on_conflict_do_nothing().returning(CoinName.name)
    return session.scalar(added) is not None


def _is_held(ledger: Ledger, symbol: str) -> bool:
    return symbol in held_symbols(ledger)


def _unknown(name: str, known: pl.DataFrame) -> str:
    near = difflib.get_close_matches(name.lower(), known["name"].unique().sort().to_list(), n=3, cutoff=0.6)
    symbols = known.filter(pl.col("name").is_in(near)).select("name", "symbol").unique().sort("name", "symbol").rows()
    meant = ", ".join(f"{symbol} ({called})" for called, symbol in symbols)
    return f"No coin is called '{name}'." + (f" Near it: {meant}." if meant else "")
