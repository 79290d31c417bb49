"""The Glass ledger: prices, candles, derivatives, on-chain and protocol metrics."""

from datetime import datetime

import polars as pl
from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from ledgers.base import Base, Record
from ledgers.prices import Candle, Quote, candle_series, candles, latest_quotes, quotes
from ledgers.reading import between, equals, rows, symbol_is, view
from ledgers.store import Ledger


class DerivativeMetric(Record, Base):
    """A figure of a perpetual market: `funding_rate` (fraction per interval) or `open_interest` (coins or USD)."""

    __tablename__ = "derivative_metrics"
    symbol: Mapped[str] = mapped_column(primary_key=True)
    metric: Mapped[str] = mapped_column(primary_key=True)
    quote: Mapped[str] = mapped_column(primary_key=True)
    venue: Mapped[str] = mapped_column(primary_key=True)
    observed_at: Mapped[datetime] = mapped_column(primary_key=True)
    value: Mapped[float]
    unit: Mapped[str]


class OnchainMetric(Record, Base):
    """A figure of a chain, such as hash_rate, tx_count, fees, as one provider reports it."""

    __tablename__ = "onchain_metrics"
    symbol: Mapped[str] = mapped_column(primary_key=True)
    metric: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    observed_at: Mapped[datetime] = mapped_column(primary_key=True)
    value: Mapped[float]
    unit: Mapped[str]


class ProtocolMetric(Record, Base):
    """A fundamental of a protocol, chain or stablecoin: tvl, fees, revenue, supply. `entity` is its slug."""

    __tablename__ = "protocol_fundamentals"
    entity: Mapped[str] = mapped_column(primary_key=True)
    metric: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    observed_at: Mapped[datetime] = mapped_column(primary_key=True)
    kind: Mapped[str]  # protocol | chain | stablecoin
    symbol: Mapped[str | None]
    value: Mapped[float]
    unit: Mapped[str]


class MarketSnapshot(Record, Base):
    """Capitalisation, volume and rank of one coin at one time."""

    __tablename__ = "market_snapshots"
    coin_id: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    observed_at: Mapped[datetime] = mapped_column(primary_key=True)
    symbol: Mapped[str]
    price_usd: Mapped[float | None]
    market_cap_usd: Mapped[float | None]
    volume_24h_usd: Mapped[float | None]
    rank: Mapped[int | None]
    circulating_supply: Mapped[float | None]


class TokenFlow(Record, Base):
    """Smart-money flow into a token over a window, in USD."""

    __tablename__ = "token_flows"
    chain: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(primary_key=True)
    window: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    observed_at: Mapped[datetime] = mapped_column(primary_key=True)
    symbol: Mapped[str]
    net_flow_usd: Mapped[float]
    traders: Mapped[int | None]


Index(None, MarketSnapshot.symbol, MarketSnapshot.observed_at)


def onchain_metrics(
    ledger: Ledger,
    *,
    symbol: str,
    metric: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    as_of: datetime | None = None,
) -> pl.DataFrame:
    """Figures of a chain, sorted by metric, source and time."""
    source = view(OnchainMetric, as_of)
    wanted = rows(source).where(
        source.c.symbol == symbol.strip().upper(),
        between(source.c.observed_at, start, end),
        *equals((source.c.metric, metric)),
    )
    return ledger.frame(wanted.order_by(source.c.metric, source.c.source, source.c.observed_at))


def derivative_metrics(
    ledger: Ledger,
    *,
    symbol: str,
    metric: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    as_of: datetime | None = None,
) -> pl.DataFrame:
    """Funding rates and open interest of a coin, sorted by metric, market and time."""
    source = view(DerivativeMetric, as_of)
    wanted = rows(source).where(
        source.c.symbol == symbol.strip().upper(),
        between(source.c.observed_at, start, end),
        *equals((source.c.metric, metric)),
    )
    return ledger.frame(wanted.order_by(source.c.metric, source.c.venue, source.c.quote, source.c.observed_at))


def protocol_fundamentals(
    ledger: Ledger,
    *,
    entity: str | None = None,
    symbol: str | None = None,
    metric: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    as_of: datetime | None = None,
) -> pl.DataFrame:
    """Fundamentals of a protocol, chain or stablecoin, by its slug or its coin, sorted by name and time."""
    source = view(ProtocolMetric, as_of)
    wanted = rows(source).where(
        *equals((source.c.entity, entity), (source.c.metric, metric)),
        *symbol_is(source.c.symbol, symbol),
        between(source.c.observed_at, start, end),
    )
    return ledger.frame(wanted.order_by(source.c.entity, source.c.metric, source.c.source, source.c.observed_at))


def market_snapshots(
    ledger: Ledger,
    *,
    symbol: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    as_of: datetime | None = None,
) -> pl.DataFrame:
    """Capitalisation, volume and rank, sorted by time and rank."""
    source = view(MarketSnapshot, as_of)
    wanted = rows(source).where(*symbol_is(source.c.symbol, symbol), between(source.c.observed_at, start, end))
    return ledger.frame(wanted.order_by(source.c.observed_at, source.c.rank, source.c.coin_id))


__all__ = [
    "Candle",
    "DerivativeMetric",
    "MarketSnapshot",
    "OnchainMetric",
    "ProtocolMetric",
    "Quote",
    "TokenFlow",
    "candle_series",
    "candles",
    "derivative_metrics",
    "latest_quotes",
    "market_snapshots",
    "onchain_metrics",
    "protocol_fundamentals",
    "quotes",
]
