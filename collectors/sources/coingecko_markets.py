"""CoinGecko: price, capitalisation, volume, rank and supply of the 250 largest coins."""

from datetime import timedelta
from typing import Any

from collectors.reading import each, expect, json_of, moment, not_negative, positive, text
from collectors.source import Parsed, Reply, Request, Row, Source, SourceContext
from ledgers.glass import MarketSnapshot


def requests(context: SourceContext) -> list[Request]:
    """One page of 250 coins; a demo key raises the limit where there is one."""
    key = context.keys.get("coingecko_key")
    return [
        Request(
            f"{context.base_url}/api/v3/coins/markets",
            params={"vs_currency": "usd", "order": "market_cap_desc", "per_page": "250", "page": "1"},
            headers={"x-cg-demo-api-key": key} if key else {},
        )
    ]


def parse(reply: Reply) -> Parsed:
    """A list of objects; `last_updated` says when each was current.

    Source: docs.coingecko.com, /coins/markets.
    """
    return each(expect(json_of(reply), list, "the reply"), snapshot)


def snapshot(coin: Any) -> Row:
    """One coin. Price, volume and rank may be null for a coin that hardly trades: kept as unknown."""
    return Row(
        MarketSnapshot,
        {
            "coin_id": text(coin["id"], "id"),
            "symbol": text(coin["symbol"], "symbol").upper(),
            "observed_at": moment(coin["last_updated"], "last_updated"),
            "price_usd": positive(coin["current_price"], "current_price"),
            "market_cap_usd": known(coin["market_cap"], "market_cap"),
            "volume_24h_usd": known(coin["total_volume"], "total_volume"),
            "rank": None if coin["market_cap_rank"] is None else int(positive(coin["market_cap_rank"], "rank")),
            "circulating_supply": known(coin["circulating_supply"], "circulating_supply"),
        },
    )


def known(value: Any, name: str) -> float | None:
    """A figure from zero up, or None where the provider has none."""
    return None if value is None else not_negative(value, name)


SOURCES = (
    Source(
        name="coingecko_markets",
        ledger="glass",
        base_url="https://api.coingecko.com",
        requests=requests,
        parse=parse,
        every=timedelta(hours=1),
        publication_lag=timedelta(minutes=5),
        warn_after=timedelta(hours=3),
        error_after=timedelta(hours=12),
        optional_keys=("coingecko_key",),
        requests_per_minute=10,
        attribution="Market data: CoinGecko",
    ),
)
