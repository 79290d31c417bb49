"""What dated series say: sentiment, on-chain metrics, fundamentals."""

import re

from agents.offline import subjects, wording
from agents.offline.asked import Ask
from agents.offline.turn import Result

_TAILS = ("first", "last", "min", "max", "average", "median", "deviation", "change_abs", "change_pct", "readings")
_NAMES = {"fear_greed": "fear & greed index", "tvl": "TVL", "tx_count": "transaction count"}
_OWNERS = {"alternative.me": "alternative.me", "alternative": "alternative.me", "fear_greed": "alternative.me"}
DAYS = 1


def series(result: Result, ask: Ask, most: int = 4) -> str:
    """Each series of a result in one or two sentences: the statistic asked for, else how it went."""
    tones = [text for kind in ("news", "social") if (text := _tone(result, kind))]
    if tones and (result.args.get("symbol") or result.args.get("source") in {"news", "social"}):
        return " ".join(tones)
    names = list(dict.fromkeys(name for figure in result.figures if (name := _base(str(figure["name"])))))
    names = [name for name in names if result.figure(f"{name}_last")]
    names = _of_metric(names, subjects.metric(ask.words)) or names
    if not names:
        return wording.plain(result.text)
    return " ".join([*(_one(result, name, ask.statistics) for name in names[:most]), *_funding(result, names)])


def _funding(result: Result, names: list[str]) -> list[str]:
    """What a funding rate is a rate of, and what its average comes to in a year."""
    hours, yearly = (result.facts.get(f"funding_{name}") for name in ("hours", "yearly_pct"))
    if hours is None or yearly is None or not any(name.startswith("funding_rate") for name in names):
        return []
    return [f"That is % per {float(hours):.0f} hours; its average comes to {float(yearly):.2f} % a year."]


def _tone(result: Result, kind: str) -> str | None:
    """How news or posts about a coin sound."""
    average, count = result.value(f"{kind}_sentiment_average"), result.value(f"{kind}_sentiment_count")
    positive = result.value(f"{kind}_sentiment_positive_pct")
    if average is None or count is None or positive is None:
        return None
    about = result.facts.get("symbol") or result.args.get("query") or "the whole market"
    sides = [result.value(f"{kind}_sentiment_{side}") for side in ("positive", "negative")]
    counted = (
        f" ({sides[0]:.0f} positive, {sides[1]:.0f} negative)" if sides[0] is not None and sides[1] is not None else ""
    )
    what = "news" if kind == "news" else "posts"
    return (
        f"The tone of {what} about {about} {wording.span(result.args)} averaged **{average:+.2f}** (from -1 to 1) over "
        f"{wording.number(count)} scored items, {positive:.1f} % of them positive{counted}."
    ).replace("  ", " ")


def _of_metric(names: list[str], metric: str | None) -> list[str]:
    """The series that belong to the metric asked for, whatever their sources call them: pool_hash_rate_foundryusa."""
    return [name for name in names if metric and (metric in name or metric.split("_")[0] in name.split("_"))]


def _base(figure: str) -> str:
    """fear_greed_first -> fear_greed."""
    return next((figure.removesuffix(f"_{tail}") for tail in _TAILS if figure.endswith(f"_{tail}")), "")


def _one(result: Result, name: str, statistics: tuple[str, ...]) -> str:
    called, span = _called(result, name), wording.span(result.args)
    said = [text for wanted in statistics if (text := _statistic(result, name, called, span, wanted))]
    return " ".join(said) or _course(result, name, called, span)


def _called(result: Result, name: str) -> str:
    coin = str(result.args.get("symbol") or result.args.get("protocol") or "")
    words = _NAMES.get(name, name.replace("_", " "))
    return f"the {words}" if not coin or coin.lower() in name else f"{coin} {words}"


def _value(result: Result, figure: str) -> str:
    found = result.figure(figure)
    labels = result.facts.get("labels") or {}
    label = labels.get(figure.removesuffix("_last")) if figure.endswith("_last") else None
    return "" if found is None else wording.figure(found) + (f" ({label})" if label else "")


def _at(result: Result, figure: str) -> str:
    stamp = wording.moment(result.facts.get(f"{figure}_at"))
    if stamp is None:
        return ""
    return wording.day(stamp) + ("" if (stamp.hour, stamp.minute) == (0, 0) else f", {stamp:%H:%M} UTC")


def _statistic(result: Result, name: str, called: str, span: str, wanted: str) -> str | None:
    words = {
        "high": ("max", "highest"),
        "low": ("min", "lowest"),
        "largest_rise": ("max", "highest"),
        "largest_fall": ("min", "lowest"),
    }
    if wanted in words:
        tail, word = words[wanted]
        value = _value(result, f"{name}_{tail}")
        at = _at(result, f"{name}_{tail}")
        return value and wording.sentence(f"{called} {span} was {word} on {at}: **{value}**")
    aggregate = {"average": "average", "median": "median", "deviation": "standard deviation"}.get(wanted)
    if aggregate and (value := _value(result, f"{name}_{wanted}")):
        readings = result.value(f"{name}_readings") or 0
        return wording.sentence(
            f"the {aggregate} of {called} {span} was **{value}**, over {wording.number(readings)} readings"
        )
    return None


def _course(result: Result, name: str, called: str, span: str) -> str:
    first, last = _value(result, f"{name}_first"), _value(result, f"{name}_last")
    if not first or not last:
        return ""
    if result.value(f"{name}_readings") == 1 or (one_day(result) and first == last):
        return wording.sentence(f"{called} stood at **{last}** on {_at(result, f'{name}_last') or span}")
    change = result.value(f"{name}_change_pct")
    moved = f" ({wording.percent(change)})" if change is not None and name != "fear_greed" else ""
    begun, ended = _at(result, f"{name}_first"), _at(result, f"{name}_last")
    if "start" not in result.args:
        text = wording.sentence(f"{called} stands at **{last}** ({ended}); on {begun} it was {first}{moved}")
    else:
        text = wording.sentence(f"{called} went from **{first}** ({begun}) to **{last}** ({ended}){moved}")
    low, high, average = (_value(result, f"{name}_{tail}") for tail in ("min", "max", "average"))
    lowest, highest = (f"{value} ({_at(result, f'{name}_{tail}')})" for value, tail in ((low, "min"), (high, "max")))
    return f"{text} Lowest {lowest}, highest {highest}, average {average}."


def one_day(result: Result) -> bool:
    """Whether a single day was asked for."""
    return result.args.get("start") is not None and result.args.get("start") == result.args.get("end")


def publisher(source: str) -> str:
    """The name a source wants to be shown by."""
    return next((shown for part, shown in _OWNERS.items() if part in source), re.sub(r"_", " ", source))
