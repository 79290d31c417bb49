"""How files write the Glass ledger's tables."""

from datetime import timedelta

from collectors.importer.kind import QUOTE, SYMBOL, TIME, VALUE, VENUE, Kind
from ledgers import glass

CANDLES = Kind(
    "candles",
    "glass",
    glass.Candle,
    time="open_time",
    aliases={
        "open_time": ("open_time", "open_timestamp", "opened_at", "start", "begins_at", "period", *TIME, "snapped_at"),
        "symbol": SYMBOL,
        "interval": ("interval", "timeframe", "granularity"),
        "quote": QUOTE,
        "venue": VENUE,
        "open": ("open", "open_price", "o"),
        "high": ("high", "high_price", "max", "h"),
        "low": ("low", "low_price", "min", "l"),
        "close": ("close", "close_price", "closing_price", "adj_close", "c"),
        "price": ("price", "price_usd", "rate", "last"),
        "volume": ("volume", "vol", "base_volume", "volume_base", "v"),
    },
    required=("open_time", "symbol", "close"),
    unstated={"quote": "unknown", "venue": "unknown"},
)
QUOTES = Kind(
    "quotes",
    "glass",
    glass.Quote,
    time="observed_at",
    aliases={
        "observed_at": ("observed_at", *TIME),
        "symbol": SYMBOL,
        "quote": QUOTE,
        "venue": VENUE,
        "bid": ("bid", "best_bid", "bid_price"),
        "ask": ("ask", "best_ask", "ask_price", "offer"),
        "last": ("last", "last_price", "price"),
    },
    required=("observed_at", "symbol", "bid|ask|last"),
    unstated={"quote": "unknown", "venue": "unknown"},
)
METRIC = {"metric": ("metric", "indicator"), "value": VALUE, "unit": ("unit", "units")}
DERIVATIVES = Kind(
    "derivative_metrics",
    "glass",
    glass.DerivativeMetric,
    time="observed_at",
    aliases={
        "observed_at": ("observed_at", "funding_time", "calc_time", *TIME),
        "symbol": SYMBOL,
        "quote": QUOTE,
        "venue": VENUE,
        **METRIC,
    },
    required=("observed_at", "symbol", "metric", "value"),
    unstated={"quote": "unknown", "venue": "unknown", "unit": "unknown"},
    metrics={
        "funding_rate": ("funding_rate", "fraction"),
        "last_funding_rate": ("funding_rate", "fraction"),
        "open_interest": ("open_interest", "coins"),
        "sum_open_interest": ("open_interest", "coins"),
        "open_interest_usd": ("open_interest_usd", "USD"),
    },
)
ONCHAIN = Kind(
    "onchain_metrics",
    "glass",
    glass.OnchainMetric,
    time="observed_at",
    aliases={
        "observed_at": ("observed_at", *TIME),
        "symbol": SYMBOL,
        "source": ("source", "provider"),
        "pool": ("pool_key", "pool", "miner"),
        **METRIC,
    },
    required=("observed_at", "symbol", "metric", "value"),
    unstated={"unit": "unknown"},
    metrics={
        "hashrate": ("hash_rate", "H/s"),
        "hash_rate": ("hash_rate", "H/s"),
        "difficulty": ("difficulty", ""),
        "tx_count": ("tx_count", "count"),
        "transactions": ("tx_count", "count"),
        "n_transactions": ("tx_count", "count"),
        "active_addresses": ("active_addresses", "count"),
        "fees": ("fees", "coins"),
        "fees_usd": ("fees_usd", "USD"),
        "blocks_seen": ("blocks_seen", "count"),
        "block_count": ("block_count", "count"),
        "mean_interval_s": ("mean_block_interval", "s"),
        "mempool_size": ("mempool_size", "bytes"),
    },
    lag=timedelta(hours=1),
    spans=True,
)
PROTOCOL = Kind(
    "protocol_fundamentals",
    "glass",
    glass.ProtocolMetric,
    time="observed_at",
    aliases={
        "observed_at": ("observed_at", *TIME),
        "entity": ("entity", "protocol", "slug", "chain", "stablecoin", "project"),
        "source": ("source", "provider"),
        "kind": ("kind", "type"),
        "symbol": SYMBOL,
        **METRIC,
    },
    required=("observed_at", "entity", "metric", "value"),
    unstated={"kind": "protocol", "unit": "unknown"},
    metrics={
        "tvl": ("tvl", "USD"),
        "tvl_usd": ("tvl", "USD"),
        "total_liquidity_usd": ("tvl", "USD"),
        "fees": ("fees", "USD"),
        "revenue": ("revenue", "USD"),
        "supply": ("supply", "USD"),
    },
    lag=timedelta(hours=1),
)
SNAPSHOTS = Kind(
    "market_snapshots",
    "glass",
    glass.MarketSnapshot,
    time="observed_at",
    aliases={
        "observed_at": ("observed_at", "last_updated", "snapped_at", *TIME),
        "coin_id": ("coin_id", "id", "slug"),
        "symbol": SYMBOL,
        "source": ("source", "provider"),
        "price_usd": ("price_usd", "current_price", "price"),
        "market_cap_usd": ("market_cap_usd", "market_cap", "marketcap"),
        "volume_24h_usd": ("volume_24h_usd", "total_volume", "volume_24h", "volume"),
        "rank": ("rank", "market_cap_rank"),
        "circulating_supply": ("circulating_supply", "supply"),
    },
    required=("observed_at", "coin_id", "symbol", "market_cap_usd"),
)
FLOWS = Kind(
    "token_flows",
    "glass",
    glass.TokenFlow,
    time="observed_at",
    aliases={
        "observed_at": ("observed_at", *TIME),
        "chain": ("chain",),
        "token": ("token", "token_address", "address"),
        "window": ("window",),
        "source": ("source", "provider"),
        "symbol": (*SYMBOL, "token_symbol"),
        "net_flow_usd": ("net_flow_usd", "net_flow"),
        "traders": ("traders", "trader_count"),
    },
    required=("observed_at", "chain", "token", "window", "symbol", "net_flow_usd"),
)
