"""The demo market's Exchange ledger: the made-up book of the local user, traded at the demo market's prices."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from collectors.demo.coins import COINS
from collectors.demo.glass import QUOTE, VENUE
from collectors.demo.market import Market, day_of, moment_of
from collectors.demo.noise import unit

OPENED: Final = datetime(2024, 7, 1, tzinfo=UTC)
ACCOUNT: Final = "demo"
DEPOSIT: Final = Decimal(50_000)
FEE: Final = Decimal("0.001")
EVERY_DAYS: Final = 3
_CENT: Final = Decimal("0.01")
_LOT: Final = Decimal("0.00000001")
_HELD: Final = (0, 1, 2, 4, 5, 7)  # coins this account trades


@dataclass(frozen=True)
class Trade:
    """One order, filled at once, left open, or cancelled."""

    number: int
    at: datetime
    coin: int
    side: str
    quantity: Decimal
    price: Decimal
    status: str

    @property
    def fee(self) -> Decimal:
        """In the quote currency."""
        return (self.quantity * self.price * FEE).quantize(_CENT)


@dataclass
class Account:
    """Cash, holdings and what they cost, as trades change them."""

    cash: Decimal = DEPOSIT
    held: dict[int, Decimal] = field(default_factory=dict)
    cost: dict[int, Decimal] = field(default_factory=dict)  # average, per coin
    realised: dict[int, Decimal] = field(default_factory=dict)

    def apply(self, trade: Trade) -> None:
        """Fill a trade. Average cost; a fee adds to the cost of a purchase and lessens the proceeds of a sale."""
        before, notional = self.held.get(trade.coin, Decimal(0)), trade.quantity * trade.price
        if trade.side == "buy":
            self.cash -= notional.quantize(_CENT) + trade.fee
            after = before + trade.quantity
            paid = self.cost.get(trade.coin, Decimal(0)) * before + notional + trade.fee
            self.cost[trade.coin] = (paid / after).quantize(_LOT)
        else:
            self.cash += notional.quantize(_CENT) - trade.fee
            after = before - trade.quantity
            gain = (trade.price - self.cost[trade.coin]) * trade.quantity - trade.fee
            self.realised[trade.coin] = self.realised.get(trade.coin, Decimal(0)) + gain.quantize(_CENT)
        self.held[trade.coin] = after


@lru_cache(maxsize=4)
def trades(market: Market, until: datetime) -> tuple[Trade, ...]:
    """Every order of the account from its opening on."""
    account, made = Account(), list[Trade]()
    for day in range(day_of(OPENED), day_of(until) + 1, EVERY_DAYS):
        trade = _trade(market, account, len(made), day)
        if trade.at > until:
            break
        if trade.status == "filled":
            account.apply(trade)
        made.append(trade)
    return tuple(made)


def _trade(market: Market, account: Account, number: int, day: int) -> Trade:
    draw = [unit(market.seed, "trade", day, what) for what in ("coin", "side", "size", "minute", "status")]
    coin = _HELD[int(draw[0] * len(_HELD))]
    at = moment_of(day, int(draw[3] * 1380))
    price = Decimal(repr(market.price_at(coin, at)))
    held = account.held.get(coin, Decimal(0))
    sells = held > 0 and (draw[1] < 0.42 or account.cash < DEPOSIT / 10)  # noqa: PLR2004 - inclined to buy
    share = Decimal(round(0.2 + 0.6 * draw[2], 2)).quantize(_CENT)
    quantity = held * share if sells else account.cash * share / 5 / price
    status = "cancelled" if draw[4] < 0.08 else "filled"  # noqa: PLR2004 - one in twelve
    return Trade(number, at, coin, "sell" if sells else "buy", quantity.quantize(_LOT), price, status)


def orders(market: Market, user_id: str, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Orders placed in (start, end]."""
    return [
        _on_book(trade, user_id)
        | {
            "order_id": f"sim-order-{trade.number}",
            "kind": "limit" if trade.status == "cancelled" else "market",
            "limit_price": trade.price if trade.status == "cancelled" else None,
            "filled_quantity": trade.quantity if trade.status == "filled" else Decimal(0),
            "average_price": trade.price if trade.status == "filled" else None,
            "status": trade.status,
            "quantity": trade.quantity,
        }
        for trade in _between(market, start, end)
    ]


def fills(market: Market, user_id: str, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Executions in (start, end]."""
    return [
        _on_book(trade, user_id)
        | {
            "fill_id": f"sim-fill-{trade.number}",
            "order_id": f"sim-order-{trade.number}",
            "quantity": trade.quantity,
            "price": trade.price,
            "fee": trade.fee,
            "fee_currency": QUOTE,
        }
        for trade in _between(market, start, end)
        if trade.status == "filled"
    ]


def positions(market: Market, user_id: str, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """The state of each position after each fill in (start, end]."""
    return [
        {
            "user_id": user_id,
            "venue": VENUE,
            "account": ACCOUNT,
            "symbol": COINS[trade.coin].symbol,
            "quote": QUOTE,
            "observed_at": trade.at,
            "quantity": account.held[trade.coin],
            "average_cost": account.cost[trade.coin],
            "realised_pnl": account.realised.get(trade.coin, Decimal(0)),
        }
        for trade, account in _states(market, end)
        if trade.at > start
    ]


def balances(market: Market, user_id: str, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """The cash and the coin after each fill in (start, end]."""
    rows = []
    for trade, account in _states(market, end):
        if trade.at > start:
            for asset, total in ((QUOTE, account.cash), (COINS[trade.coin].symbol, account.held[trade.coin])):
                row = {"user_id": user_id, "venue": VENUE, "account": ACCOUNT, "asset": asset, "observed_at": trade.at}
                rows.append(row | {"total": total, "available": total, "value_aud": None})
    return rows


def _on_book(trade: Trade, user_id: str) -> dict[str, Any]:
    return {
        "user_id": user_id,
        "venue": VENUE,
        "account": ACCOUNT,
        "symbol": COINS[trade.coin].symbol,
        "quote": QUOTE,
        "side": trade.side,
        "observed_at": trade.at,
    }


def _between(market: Market, start: datetime, end: datetime) -> list[Trade]:
    return [trade for trade in trades(market, end + timedelta(0)) if start < trade.at <= end]


def _states(market: Market, until: datetime) -> list[tuple[Trade, Account]]:
    """Each fill with the account as it is after it."""
    account, seen = Account(), []
    for trade in trades(market, until):
        if trade.status == "filled":
            account.apply(trade)
            state = Account(account.cash, dict(account.held), dict(account.cost), dict(account.realised))
            seen.append((trade, state))
    return seen
