"""CoinSpot: the local user's own balances and completed orders, with a read-only key from the settings."""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, Final

from collectors.errors import SourceChanged
from collectors.reading import Unreadable, each, expect, json_of, moment, text
from collectors.source import Parsed, Reply, Request, Row, Source, SourceContext
from ledgers.app import LOCAL_USER
from ledgers.exchange import Balance, Fill, Order

VENUE: Final = "COINSPOT"
ACCOUNT: Final = "main"
LIMIT: Final = 500
HISTORY_DAYS: Final = 365


def requests(context: SourceContext) -> list[Request]:
    """Balances, then completed orders since the last ones seen. Each nonce is above all earlier ones of the key."""
    nonce = max(int(context.now.timestamp() * 1000), int(context.cursor.get("nonce", 0)) + 1)
    since = context.cursor.get("orders_until") or (context.now - timedelta(days=HISTORY_DAYS)).date().isoformat()
    until = (context.now + timedelta(days=1)).date().isoformat()
    wanted = {"limit": LIMIT, "startdate": since, "enddate": until}
    remembered = {"nonce": nonce + 1, "orders_until": (context.now - timedelta(days=2)).date().isoformat()}
    return [
        signed(context, "balances", {"nonce": nonce}, {}),
        signed(context, "orders/completed", {"nonce": nonce + 1, **wanted}, remembered),
    ]


def signed(context: SourceContext, what: str, body: dict[str, Any], remembered: dict[str, Any]) -> Request:
    """A request signed over the exact bytes of its body.

    Source: coinspot.com.au/v2/api, "Security": HMAC-SHA512 of the body, lower-case hexadecimal.
    """
    payload = json.dumps(body, separators=(",", ":")).encode()
    secret = context.keys.get("coinspot_secret", "")
    return Request(
        f"{context.base_url}/api/v2/ro/my/{what}",
        method="POST",
        headers={
            "key": context.keys.get("coinspot_key", ""),
            "sign": hmac.new(secret.encode(), payload, hashlib.sha512).hexdigest(),
            "Content-Type": "application/json",
        },
        body=payload,
        context={"what": what, "cursor": remembered},
    )


def parse(reply: Reply) -> Parsed:
    """`balances` is a list of one-key objects; `buyorders` and `sellorders` have the completed orders.

    Source: coinspot.com.au/v2/api, read only API.
    """
    document = expect(json_of(reply), dict, "the reply")
    if document.get("status") != "ok":
        raise SourceChanged(f"status is {document.get('status')!r}: {str(document.get('message'))[:80]}")
    if reply.request.context["what"] == "balances":
        return each(expect(document.get("balances"), list, "balances"), lambda item: balances(item, reply.slot))
    parsed = Parsed(cursor=dict(reply.request.context["cursor"]))
    for side in ("buy", "sell"):
        orders = expect(document.get(f"{side}orders"), list, f"{side}orders")
        read = each(counted(orders), partial(order, side))
        parsed.rows += read.rows
        parsed.rejects += read.rejects
    return parsed


def balances(item: Any, slot: datetime) -> list[Row]:
    """The balance of the one asset an object holds."""
    return [
        Row(
            Balance,
            {
                "user_id": LOCAL_USER,
                "venue": VENUE,
                "account": ACCOUNT,
                "asset": asset.upper(),
                "observed_at": slot,
                "total": money(held["balance"], "balance"),
                "available": money(held["available"], "available") if "available" in held else None,
                "value_aud": money(held["audbalance"], "audbalance"),
            },
        )
        for asset, held in item.items()
    ]


def counted(orders: list[Any]) -> Iterator[tuple[Any, int]]:
    """Each order and how often the same was before it: CoinSpot gives completed orders no id."""
    seen: Counter[str] = Counter()
    for item in orders:
        written = json.dumps(item, sort_keys=True, default=str)
        yield item, seen[written]
        seen[written] += 1


def order(side: str, counted_item: tuple[Any, int]) -> list[Row]:
    """A completed order and its one fill. Its id is made of what it says, so that it is the same at each reading."""
    item, repeat = counted_item
    symbol, _, quote = text(item["market"], "market").upper().partition("/")
    at = moment(item["solddate"], "solddate")
    quantity, rate = money(item["amount"], "amount"), money(item["rate"], "rate")
    if quantity <= 0 or rate <= 0:
        raise Unreadable("amount or rate is not above zero")
    said = f"{side} {symbol}/{quote} {at.isoformat()} {quantity} {rate} {item.get('total')} {repeat}"
    order_id = hashlib.sha256(said.encode()).hexdigest()[:24]
    fee = money(item.get("audfeeExGst") or 0, "audfeeExGst") + money(item.get("audGst") or 0, "audGst")
    whose = {"user_id": LOCAL_USER, "venue": VENUE, "account": ACCOUNT, "order_id": order_id}
    shared = whose | {"symbol": symbol, "quote": quote or "AUD", "side": side, "quantity": quantity, "observed_at": at}
    kind = {"kind": text(item["type"], "type"), "limit_price": None, "status": "filled", "reason": None}
    filled = {"filled_quantity": quantity, "average_price": rate, "deployment_id": None}
    paid = {"fill_id": order_id, "price": rate, "fee": fee, "fee_currency": "AUD"}
    return [Row(Order, shared | kind | filled), Row(Fill, shared | paid)]


def money(value: Any, name: str) -> Decimal:
    """An exact amount, zero or above."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Unreadable(f"{name} is {'null' if value is None else type(value).__name__}, not a number")
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise Unreadable(f"{name} is {str(value)[:40]!r}, not a number") from None
    if not amount.is_finite() or amount < 0 or amount.adjusted() > 18:  # noqa: PLR2004 - numeric(38, 18)
        raise Unreadable(f"{name} is negative, not finite or too large")
    return amount


SOURCES = (
    Source(
        name="coinspot_account",
        ledger="exchange",
        base_url="https://www.coinspot.com.au",
        requests=requests,
        parse=parse,
        every=timedelta(minutes=15),
        publication_lag=timedelta(0),
        warn_after=timedelta(hours=1),
        error_after=timedelta(hours=6),
        keys=("coinspot_key", "coinspot_secret"),
        requests_per_minute=120,
        attribution="Your account: CoinSpot",
    ),
)
