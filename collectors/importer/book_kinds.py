"""How files write the Exchange ledger's tables."""

from collectors.importer.kind import PUBLISHED, QUOTE, SYMBOL, TIME, VENUE, Kind
from ledgers import exchange

BOOK = {
    "user_id": ("user_id",),
    "venue": VENUE,
    "account": ("account",),
    "symbol": SYMBOL,
    "quote": QUOTE,
    "side": ("side", "direction"),
}
ON_BOOK = {"venue": "unknown", "account": "imported", "quote": "unknown"}
ORDERS = Kind(
    "orders",
    "exchange",
    exchange.Order,
    time="observed_at",
    aliases={
        "observed_at": ("placed_at", *PUBLISHED),
        **BOOK,
        "order_id": ("order_id", "id"),
        "kind": ("kind", "order_type", "type"),
        "quantity": ("quantity", "amount", "qty", "size"),
        "limit_price": ("limit_price", "price", "rate"),
        "filled_quantity": ("filled_quantity", "filled", "executed_qty"),
        "average_price": ("average_price", "avg_price"),
        "status": ("status", "state"),
    },
    required=("observed_at", "user_id", "symbol", "order_id", "side", "quantity", "status"),
    unstated={**ON_BOOK, "kind": "market", "filled_quantity": "0"},
)
FILLS = Kind(
    "fills",
    "exchange",
    exchange.Fill,
    time="observed_at",
    aliases={
        "observed_at": ("executed_at", "sold_date", "solddate", *PUBLISHED),
        **BOOK,
        "fill_id": ("fill_id", "trade_id", "txid", "id"),
        "order_id": ("order_id",),
        "quantity": ("quantity", "amount", "qty", "size"),
        "price": ("price", "rate"),
        "fee": ("fee", "commission"),
        "fee_currency": ("fee_currency", "commission_asset", "fee_asset"),
    },
    required=("observed_at", "user_id", "symbol", "fill_id", "side", "quantity", "price"),
    unstated={**ON_BOOK, "fee": "0", "fee_currency": "unknown"},
)
POSITIONS = Kind(
    "positions",
    "exchange",
    exchange.Position,
    time="observed_at",
    aliases={
        "observed_at": ("observed_at", *TIME),
        **{k: v for k, v in BOOK.items() if k != "side"},
        "quantity": ("quantity", "amount", "qty", "size"),
        "average_cost": ("average_cost", "avg_cost", "entry_price"),
        "realised_pnl": ("realised_pnl", "realized_pnl"),
    },
    required=("observed_at", "user_id", "symbol", "quantity"),
    unstated={**ON_BOOK, "realised_pnl": "0"},
)
BALANCES = Kind(
    "balances",
    "exchange",
    exchange.Balance,
    time="observed_at",
    aliases={
        "observed_at": ("observed_at", *TIME),
        "user_id": ("user_id",),
        "venue": VENUE,
        "account": ("account",),
        "asset": ("asset", "coin", "currency", "symbol"),
        "total": ("total", "balance", "amount"),
        "available": ("available", "free"),
        "value_aud": ("value_aud", "aud_balance", "audbalance"),
    },
    required=("observed_at", "user_id", "asset", "total"),
    unstated={"venue": "unknown", "account": "imported"},
)
