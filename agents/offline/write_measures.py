"""What statistics of bars, counts by a condition, ratios and investments say, in sentences."""

from datetime import timedelta
from typing import Any

from agents.offline import wording
from agents.offline.asked import Ask, Condition
from agents.offline.statistics import measure
from agents.offline.turn import Result

_FIELDS = {
    "close": "close",
    "open": "open",
    "high": "high",
    "low": "low",
    "volume": "volume",
    "change": "change (open to close)",
    "size": "move (open to close, without its sign)",
    "range": "range (high less low, in % of the open)",
}
_AGGREGATES = {"deviation": "standard deviation of the", "average": "average", "median": "median", "total": "total"}


def summary(result: Result, ask: Ask) -> str:
    """The aggregates asked for of one field of bars."""
    of = str(result.facts.get("of") or result.args.get("of"))
    pairs = [pair for name in ask.statistics if (pair := measure(name)) and pair[1] == of]
    if of not in _FIELDS:  # an indicator
        pairs = [(name, of) for name in ask.statistics if name in _AGGREGATES]
    return " ".join(_aggregate(result, aggregate, of) for aggregate, _ in pairs)


def _aggregate(result: Result, aggregate: str, of: str) -> str:
    found = result.figure(aggregate)
    coin, span, kind = result.facts.get("symbol"), wording.covered(result), wording.bar_name(_frame(result))
    field = _FIELDS.get(of) or wording.named(of)
    if found is None:
        return f"One bar has no {aggregate}."
    value = f"**{wording.figure(found)}**"
    if aggregate in {"highest", "lowest"}:
        at = wording.at(result.facts.get(f"{aggregate}_at"), _length(result))
        return f"The {aggregate} {kind} {field} of {coin} {span} was {value} ({at})."
    over = f", over {wording.number(result.value('bars') or 0)} bars"
    name = f"{_AGGREGATES[aggregate]} {kind} {field}{'s' if aggregate == 'deviation' and of == 'close' else ''}"
    return f"The {name} of {coin} {span} was {value}{over}.".replace("  ", " ")


def tally(result: Result, ask: Ask) -> str:
    """How often a condition held, first and last: what was asked of it first."""
    held = ask.condition or Condition(str(result.args.get("of")))
    met, bars = int(result.value("count") or 0), int(result.value("bars") or 0)
    coin = str(result.facts.get("symbol"))
    unit = "day" if _frame(result) == "1d" else f"{wording.bar_name(_frame(result))} bar"
    said = _condition(result)
    span = wording.covered(result)
    if not met:
        nearest = "highest" if result.facts.get("above") is not None else "lowest"
        return " ".join(
            [f"**No**: {coin} {said} on none of {wording.number(bars)} {unit}s {span}.", _nearest(result, nearest)]
        )
    count = f"**{wording.number(met)}** of {wording.number(bars)} {unit}s"
    first, last = (_at(result, name) for name in ("first", "last"))
    dates = f"first on {first}" + (f", last on {last}" if last != first else "")
    counted = f"{coin} {said} on {count} {span}"
    if held.kind == "run":
        longest = wording.number(result.value("longest_run") or 0)
        since = wording.at(result.facts.get("longest_run_at"), _length(result))
        return f"The longest run in which {coin} {said} {span} was **{longest}** {unit}s, from {since}; {count} in all."
    if held.kind == "first":
        return f"{coin} first {said} {span} on **{first}**; on {count} in all, last on {last}."
    if held.kind == "last":
        return f"{coin} last {said} {span} on **{last}**; on {count} in all, first on {first}."
    return f"{counted}, {dates}." if held.kind == "count" else f"**Yes**: {counted}, {dates}."


def _nearest(result: Result, which: str) -> str:
    found = result.figure(which)
    if found is None:
        return ""
    at = wording.at(result.facts.get(f"{which}_at"), _length(result))
    of = str(result.facts.get("of"))
    return f"The {which} {_FIELDS.get(of, wording.named(of))} was {wording.figure(found)} ({at})."


def _condition(result: Result) -> str:
    """Closed above 70,000 USDT; rose; traded below 60,000 USDT."""
    of, above, below = (result.facts.get(name) for name in ("of", "above", "below"))
    figure = result.figure("highest") or {}
    unit = str(figure.get("unit") or "")

    def level(value: Any) -> str:
        return wording.amount(float(value), unit)

    if of == "change":
        return _move(above, below)
    verbs = {"close": "closed", "open": "opened", "high": "traded", "low": "traded"}
    begun = verbs.get(str(of)) or (
        f"had a {_FIELDS[str(of)]}" if str(of) in _FIELDS else f"had {wording.named(str(of))}"
    )
    if above is not None and below is not None:
        return f"{begun} between {level(above)} and {level(below)}"
    return f"{begun} above {level(above)}" if above is not None else f"{begun} below {level(below)}"


def _move(above: float | None, below: float | None) -> str:
    """Rose, fell, rose by more than 5 %."""
    if below is None and above is not None:
        return "rose" if above == 0 else f"rose more than {wording.unsigned(above)}"
    if above is None and below is not None:
        return "fell" if below == 0 else f"fell more than {wording.unsigned(below)}"
    low, high = above or 0.0, below or 0.0
    return f"rose less than {wording.unsigned(high)}" if low == 0 else f"fell less than {wording.unsigned(low)}"


def ratio(result: Result, ask: Ask) -> str:
    """The ratio at the end, how it went, or that of volumes where those were asked for."""
    one, other = (str(result.facts.get(name)) for name in ("symbol", "against"))
    span, pair = wording.covered(result), f"{result.facts.get('symbol')}/{result.facts.get('against')}"
    if "volume" in " ".join(ask.statistics):
        return _volumes(result, one, other, span)
    values = {
        name: wording.number(result.value(name) or 0) for name in ("first", "last", "highest", "lowest", "average")
    }
    wanted = [name for name in ask.statistics if name in {"high", "low", "average"}]
    names = {"high": "highest", "low": "lowest", "average": "average"}
    if wanted and result.facts.get("first_at") != result.facts.get("last_at"):
        return " ".join(
            f"The {names[name]} {pair} ratio {span} was **{values[names[name]]}**"
            + (f" ({_at(result, names[name])})" if name != "average" else "")
            + "."
            for name in wanted
        )
    if result.facts.get("first_at") == result.facts.get("last_at"):
        return f"One {one} was worth **{values['last']} {other}** at the close {span}."
    change = wording.percent(result.value("change_pct") or 0)
    return (
        f"The {pair} ratio went from {values['first']} ({_at(result, 'first')}) to **{values['last']}** "
        f"({_at(result, 'last')}), {change}. Highest {values['highest']} ({_at(result, 'highest')}), lowest "
        f"{values['lowest']} ({_at(result, 'lowest')}), average {values['average']}, of closes."
    )


def _volumes(result: Result, one: str, other: str, span: str) -> str:
    found = result.figure("volume_ratio")
    if found is None:
        return f"No volume is stored of both {one} and {other} {span}."
    coins = [wording.figure(result.figure(f"{coin}_volume") or {"value": 0}) for coin in (one, other)]
    ratios = [wording.number(result.value(name) or 0) for name in ("volume_ratio", "turnover_ratio")]
    return (
        f"{span.capitalize()} {coins[0]} and {coins[1]} were traded: a ratio of **{ratios[0]}** in coins, and of "
        f"**{ratios[1]}** in {result.facts.get('quote')} (volume times close)."
    )


def investment(result: Result, _ask: Ask) -> str:
    """What was bought for what, and what it was worth."""
    coin = str(result.facts.get("symbol"))
    told = {str(figure["name"]): wording.figure(figure) for figure in result.figures}
    gain, pct = result.value("gain") or 0.0, result.value("gain_pct") or 0.0
    bought, valued = (wording.at(result.facts.get(name), _length(result)) for name in ("bought_at", "valued_at"))
    change = f"{'a gain' if gain >= 0 else 'a loss'} of {told['gain'].lstrip('-')} ({wording.percent(pct)})"
    if result.facts.get("in_coins") and bought == valued:
        span = wording.covered(result)
        return f"{told['units']} was worth **{told['worth']}** at the close {span} ({told['valued']} each)."
    lead = (
        f"{told['cost']} of {coin}, bought at the open of {bought} ({told['bought']}), came to {told['units']} and was "
        f"worth **{told['worth']}** at the close of {valued} ({told['valued']}): {change}."
    )
    if result.facts.get("in_coins"):
        return f"{lead} At the first day's close they had cost {told['first_close']} each."
    later = f"Bought at that day's close ({told['first_close']}) it would be {told['worth_from_close']}."
    return f"{lead} {later} No fees counted."


def _frame(result: Result) -> str:
    return str(result.facts.get("timeframe") or result.args.get("timeframe", "1d"))


def _length(result: Result) -> timedelta:
    return wording.bar_length(_frame(result))


def _at(result: Result, name: str) -> str:
    return wording.at(result.facts.get(f"{name}_at"), _length(result))
