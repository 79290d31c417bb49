"""What the person's own positions and orders say."""

from typing import Any

from agents.offline import wording
from agents.offline.asked import Ask
from agents.offline.turn import Result

_COLUMNS = {
    "quantity": "quantity",
    "average_cost": "average cost",
    "price": "price now",
    "value": "value",
    "unrealised_pnl": "unrealised P&L",
    "realised_pnl": "realised P&L",
}
SHOWN = 10


def positions(result: Result, ask: Ask) -> str:
    """The positions asked for, else all, as a table."""
    held: dict[str, dict[str, dict[str, Any]]] = {}
    for figure in result.figures:
        coin, _, name = str(figure["name"]).partition("_")
        if name in _COLUMNS:
            held.setdefault(coin, {})[name] = figure
    wanted = [coin for coin in ask.coins if coin in held]
    if ask.coins and not wanted and held:
        return f"You hold no position in {wording.joined(list(ask.coins))}."
    if not held:
        return wording.plain(result.text)
    columns = [name for name in _COLUMNS if any(name in own for own in held.values())]
    rows = [[coin, *(_cell(held[coin].get(name)) for name in columns)] for coin in wanted or held]
    return "Your positions:\n\n" + _table(["coin", *(_COLUMNS[name] for name in columns)], rows)


def orders(result: Result, ask: Ask) -> str:
    """How many orders there are, and the newest of them as a table."""
    listed = result.facts.get("orders")
    count, buys, sells = (result.value(name) for name in ("orders", "buys", "sells"))
    if not listed or count is None:
        return wording.plain(result.text)
    sides = f" ({buys:.0f} bought, {sells:.0f} sold)" if buys is not None and sells is not None else ""
    rows = [_order(order) for order in listed[:SHOWN]]
    more = ", the newest of them" if count > len(rows) else ""
    span = ask.periods[0].words if ask.periods else ""  # in the person's words: no evidence need begin on its first day
    lead = f"**{count:.0f}** orders {span}".rstrip() + f"{sides}{more}:"
    return f"{lead}\n\n" + _table(["when (UTC)", "side", "quantity", "price", "status"], rows)


def _order(order: dict[str, Any]) -> list[str]:
    at = wording.moment(order.get("at"))
    price = order.get("average_price") or order.get("limit_price")
    return [
        f"{wording.day(at)}, {at:%H:%M}" if at else "",
        str(order.get("side")),
        wording.amount(float(order["quantity"]), str(order.get("symbol"))),
        wording.amount(float(price), str(order.get("quote"))) if price else "",
        str(order.get("status")),
    ]


def _cell(figure: dict[str, Any] | None) -> str:
    return wording.figure(figure) if figure else ""


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---", *("---:" for _ in header[1:])], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
