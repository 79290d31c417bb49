"""The Exchange ledger: the user's own orders, fills, positions, balances, and what trades for them.

Money and quantity are Decimal. Every row belongs to a user; no query reads across users.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import polars as pl
from sqlalchemy import ForeignKey, Index, Numeric, exists, literal, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from ledgers.base import Base, Record
from ledgers.reading import between, rows, symbol_is, view
from ledgers.store import Ledger

Money = Annotated[Decimal, mapped_column(Numeric(38, 18))]


class Order(Record, Base):
    """An order on a venue; `account` is 'paper' or the name of a connected account."""

    __tablename__ = "orders"
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    venue: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(primary_key=True)
    symbol: Mapped[str]
    quote: Mapped[str]
    side: Mapped[str]  # buy | sell
    kind: Mapped[str]  # market | limit | instant
    quantity: Mapped[Money]
    limit_price: Mapped[Money | None]
    filled_quantity: Mapped[Money]
    average_price: Mapped[Money | None]
    status: Mapped[str]  # open | filled | cancelled | denied | rejected
    reason: Mapped[str | None]
    deployment_id: Mapped[str | None]


class Fill(Record, Base):
    """One execution of an order."""

    __tablename__ = "fills"
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    venue: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    fill_id: Mapped[str] = mapped_column(primary_key=True)
    order_id: Mapped[str | None]
    symbol: Mapped[str]
    quote: Mapped[str]
    side: Mapped[str]
    quantity: Mapped[Money]
    price: Mapped[Money]
    fee: Mapped[Money]
    fee_currency: Mapped[str]


class Position(Record, Base):
    """What a user holds of one coin and what it cost; earlier states are in the history."""

    is_state = True
    __tablename__ = "positions"
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    venue: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    symbol: Mapped[str] = mapped_column(primary_key=True)
    quote: Mapped[str] = mapped_column(primary_key=True)
    quantity: Mapped[Money]
    average_cost: Mapped[Money | None]
    realised_pnl: Mapped[Money]


class Balance(Record, Base):
    """A balance of one asset; earlier states are in the history."""

    is_state = True
    __tablename__ = "balances"
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    venue: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    asset: Mapped[str] = mapped_column(primary_key=True)
    total: Mapped[Money]
    available: Mapped[Money | None]
    value_aud: Mapped[Money | None]


class Algorithm(Base):
    """A trading rule a user keeps, by name and version."""

    __tablename__ = "algorithms"
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str]
    version: Mapped[int]
    definition: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class Deployment(Base):
    """An algorithm at work on an account, ACTIVE, REDUCING or HALTED."""

    __tablename__ = "deployments"
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    algorithm_id: Mapped[str] = mapped_column(ForeignKey("algorithms.id"))
    venue: Mapped[str]
    account: Mapped[str]
    state: Mapped[str]
    limits: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]


Index(None, Order.user_id, Order.observed_at)
Index(None, Fill.user_id, Fill.observed_at)
Index(None, Algorithm.user_id, Algorithm.name, Algorithm.version, unique=True)


def orders(
    ledger: Ledger,
    *,
    user_id: str,
    symbol: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    as_of: datetime | None = None,
) -> pl.DataFrame:
    """A user's orders placed in the window, newest first; money as Float64."""
    return _own(ledger, Order, "order_id", user_id=user_id, symbol=symbol, window=(start, end), as_of=as_of)


def fills(
    ledger: Ledger,
    *,
    user_id: str,
    symbol: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    as_of: datetime | None = None,
) -> pl.DataFrame:
    """A user's executions in the window, newest first; money as Float64."""
    return _own(ledger, Fill, "fill_id", user_id=user_id, symbol=symbol, window=(start, end), as_of=as_of)


def positions(ledger: Ledger, *, user_id: str, as_of: datetime | None = None) -> pl.DataFrame:
    """What a user holds, by coin; money as Float64."""
    source = view(Position, as_of)
    wanted = rows(source).where(source.c.user_id == user_id)
    return ledger.frame(wanted.order_by(source.c.symbol, source.c.venue, source.c.account, source.c.quote))


def balances(ledger: Ledger, *, user_id: str, as_of: datetime | None = None) -> pl.DataFrame:
    """A user's balances, by asset; money as Float64."""
    source = view(Balance, as_of)
    wanted = rows(source).where(source.c.user_id == user_id)
    return ledger.frame(wanted.order_by(source.c.asset, source.c.venue, source.c.account))


def is_connected(ledger: Ledger, *, user_id: str) -> bool:
    """Whether any account of the user's, paper or at a venue, has ever been read into the ledger."""
    held = (exists().where(model.user_id == user_id) for model in (Balance, Position, Order, Fill))
    return bool(ledger.frame(select(or_(*held).label("connected")).select_from(select(literal(1)).subquery())).item())


def _own(
    ledger: Ledger,
    model: type[Order | Fill],
    identity: str,
    *,
    user_id: str,
    symbol: str | None,
    window: tuple[datetime | None, datetime | None],
    as_of: datetime | None,
) -> pl.DataFrame:
    source = view(model, as_of)
    wanted = rows(source).where(
        source.c.user_id == user_id,
        *symbol_is(source.c.symbol, symbol),
        between(source.c.observed_at, *window),
    )
    return ledger.frame(wanted.order_by(source.c.observed_at.desc(), source.c[identity]))
