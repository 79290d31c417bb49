"""Tools over the Exchange ledger: the person's own orders and positions."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import polars as pl

from agents.cite import evidence
from agents.context import RunContext
from agents.finding import Figure, Finding
from agents.mark import Mark, mark
from agents.period import EVER, stamp, window_or_last
from agents.sheet import attach
from agents.subject import coin
from agents.words import amount, count, fitted, iso, money
from ledgers import exchange
from ledgers.errors import NotConnected

__all__ = ["get_order_history", "get_positions"]

HOW_TO_CONNECT = (
    "No exchange account of yours is connected, so nothing is known of your orders or positions. To connect one, set "
    "OMC_COINSPOT_KEY and OMC_COINSPOT_SECRET to a read-only CoinSpot key, or import your history: "
    "omc import exchange FILE."
)
ORDER_COLUMNS = (
    "observed_at",
    "symbol",
    "quote",
    "side",
    "kind",
    "quantity",
    "limit_price",
    "filled_quantity",
    "average_price",
    "status",
    "venue",
    "account",
    "order_id",
)
SHOWN = 10


def get_order_history(
    run: RunContext,
    symbol: str | None = None,
    days: float | str | None = None,
    start: str | None = None,
    end: str | None = None,
) -> Finding:
    """Read the person's own orders: what was bought and sold, how much, at which price, and what became of it.

    Args:
        run: the run; it says whose orders.
        symbol: only orders in this coin, such as "BTC".
        days: length of the window in days up to now or `end`, such as 90; without any period all orders.
        start: first day or moment in UTC, such as "2024-01-01".
        end: last day (whole) or moment (exclusive) in UTC, such as "2024-06-30".

    Returns:
        How many orders by side, what was filled of each coin, the newest orders, and all of them as a table.

    Raises:
        BadArgument: unknown coin or impossible range.
        NotCollected: no exchange account is connected.
        NeedsAnswer: a name that several coins carry.
    """
    connected(run)
    about = coin(run, symbol) if symbol else None
    asked = window_or_last(run, days, start, end, usual=EVER)
    rows = exchange.orders(
        run.ledger, user_id=run.user_id, symbol=about, start=asked.start, end=asked.end, as_of=run.as_of
    ).sort("observed_at", descending=True)
    what = f"orders{f' in {about}' if about else ''}"
    if rows.is_empty():
        return Finding(
            f"The account is connected; it holds no {what} in {asked.text}: 0.", figures=(Figure("orders", 0, "count"),)
        )
    key = evidence(run, rows, ledger="exchange", series=f"order:{about or 'all'}")
    made = [Figure("orders", rows.height, "count", key.key), *totals(rows, key.key)]
    buys, sells = (rows.filter(pl.col("side") == side).height for side in ("buy", "sell"))
    head = f"{count(rows.height)} {what} ({count(buys)} buys, {count(sells)} sells). [{key.key}]"
    newest = rows.head(SHOWN).to_dicts()
    text = fitted([head, *(deal_line(deal) for deal in deals(rows)), *(order_line(item) for item in newest)])
    arguments = {"symbol": symbol, "days": days, "start": start, "end": end}
    artifact = attach(
        run, rows.select(ORDER_COLUMNS), "orders", tool="get_order_history", arguments=arguments, keys=[key.key]
    )
    facts = {"symbol": about, "orders": [told(item) for item in newest]}
    return Finding(text, (key,), tuple(made), (artifact,), facts)


def connected(run: RunContext) -> None:
    """Whether anything of an exchange account is there.

    Raises:
        NotConnected: nothing is; the message says how to connect one.
    """
    if not exchange.is_connected(run.ledger, user_id=run.user_id):
        raise NotConnected(HOW_TO_CONNECT)


@dataclass(frozen=True)
class Deal:
    """What was filled of one coin on one side."""

    symbol: str
    quote: str
    done: str  # bought | sold
    quantity: float
    total: float | None  # None where a price is not known


def deals(rows: pl.DataFrame) -> list[Deal]:
    """Filled orders summed by coin, currency and side."""
    filled = rows.filter(pl.col("filled_quantity") > 0)
    made = []
    for (symbol, quote, side), part in filled.group_by("symbol", "quote", "side", maintain_order=True):
        known = not part["average_price"].null_count()
        total = float((part["filled_quantity"] * part["average_price"]).sum()) if known else None
        done = "bought" if side == "buy" else "sold"
        made.append(Deal(str(symbol), str(quote), done, float(part["filled_quantity"].sum()), total))
    return made


def totals(rows: pl.DataFrame, key: str) -> list[Figure]:
    """Orders by side; filled quantity, its total and average price for each coin and side."""
    made = [Figure(f"{side}s", rows.filter(pl.col("side") == side).height, "count", key) for side in ("buy", "sell")]
    several = Counter((deal.symbol, deal.done) for deal in deals(rows))
    for deal in deals(rows):
        name = f"{deal.symbol}_{deal.done}" + (f"_{deal.quote}" if several[deal.symbol, deal.done] > 1 else "")
        made.append(Figure(f"{name}_quantity", deal.quantity, deal.symbol, key))
        if deal.total is not None:
            made.append(Figure(f"{name}_total", deal.total, deal.quote, key))
            made.append(Figure(f"{name}_average_price", deal.total / deal.quantity, deal.quote, key))
    return made


def deal_line(deal: Deal) -> str:
    """One sum in words."""
    line = f"{deal.done.capitalize()} {amount(deal.quantity)} {deal.symbol}"
    if deal.total is None:
        return f"{line}; a price of it is not known."
    each = amount(deal.total / deal.quantity)
    return f"{line} for {money(deal.total, deal.quote)}, at {each} on average."


def order_line(item: dict[str, Any]) -> str:
    """One order in words."""
    price = item["average_price"] or item["limit_price"]
    at = f" at {amount(price)} {item['quote']}" if price else ""
    return (
        f"- {stamp(item['observed_at'])} {item['side']} {amount(item['quantity'])} {item['symbol']}{at}, "
        f"{item['kind']}, {item['status']}, {item['venue']} {item['account']}"
    )


def told(item: dict[str, Any]) -> dict[str, Any]:
    """One order for the page."""
    return {"at": iso(item["observed_at"]), **{n: item[n] for n in ORDER_COLUMNS if n != "observed_at"}}


def get_positions(run: RunContext) -> Finding:
    """Read what the person holds: quantity, average cost, realised profit, and value at the newest stored price.

    Args:
        run: the run; it says whose positions.

    Returns:
        Each position with its value and unrealised profit in its quote currency.

    Raises:
        NotCollected: no exchange account is connected.
    """
    connected(run)
    held = exchange.positions(run.ledger, user_id=run.user_id, as_of=run.as_of)
    rows = held.filter(pl.col("quantity") != 0).sort("symbol", "venue", "account")
    if rows.is_empty():
        return Finding("The account is connected; it holds no position: 0.", figures=(Figure("positions", 0, "count"),))
    key = evidence(run, rows, ledger="exchange", series="position:all")
    cited, made, lines, facts = [key], [Figure("positions", rows.height, "count", key.key)], [], []
    for item in rows.to_dicts():
        marked = mark(run, item["symbol"], item["quote"])
        lines.append(position_line(item, marked))
        made += position_figures(item, marked, key.key)
        facts.append(
            {n: item[n] for n in ("symbol", "quote", "venue", "account", "quantity", "average_cost", "realised_pnl")}
        )
        if marked and marked.evidence.key not in {e.key for e in cited}:
            cited.append(marked.evidence)
    artifact = attach(run, rows, "positions", tool="get_positions", arguments={}, keys=[e.key for e in cited])
    text = fitted([f"{count(rows.height)} positions. [{key.key}]", *lines])
    return Finding(text, tuple(cited), tuple(made), (artifact,), {"positions": facts})


def position_figures(item: dict[str, Any], marked: Mark | None, key: str) -> list[Figure]:
    """What one position amounts to."""
    symbol, quote, quantity = item["symbol"], item["quote"], item["quantity"]
    numbers = [
        ("quantity", quantity, symbol),
        ("average_cost", item["average_cost"], quote),
        ("realised_pnl", item["realised_pnl"], quote),
    ]
    made = [Figure(f"{symbol}_{name}", float(value), unit, key) for name, value, unit in numbers if value is not None]
    if marked:
        made.append(Figure(f"{symbol}_price", marked.price, marked.quote, marked.evidence.key))
        made.append(Figure(f"{symbol}_value", quantity * marked.price, marked.quote, marked.evidence.key))
        if item["average_cost"] is not None and marked.quote == quote:
            profit = quantity * (marked.price - item["average_cost"])
            made.append(Figure(f"{symbol}_unrealised_pnl", profit, quote, marked.evidence.key))
    return made


def position_line(item: dict[str, Any], marked: Mark | None) -> str:
    """One position in words."""
    cost = f" bought at {amount(item['average_cost'])} {item['quote']} on average" if item["average_cost"] else ""
    line = f"- {amount(item['quantity'])} {item['symbol']} ({item['venue']} {item['account']}){cost}, "
    line += f"realised profit {money(item['realised_pnl'], item['quote'])}"
    if marked is None:
        return f"{line}; no price of {item['symbol']} is collected."
    value = amount(item["quantity"] * marked.price)
    return (
        f"{line}; worth {value} {marked.quote} at {amount(marked.price)} ({stamp(marked.at)}). [{marked.evidence.key}]"
    )
