"""What price, comparison and indicator findings say, in sentences."""

import re
from collections.abc import Callable
from datetime import timedelta

from agents.offline import wording
from agents.offline.asked import Ask
from agents.offline.statistics import measure
from agents.offline.turn import Result

Sentence = Callable[[Result, str, str], str | None]
STORED = re.compile(r"\b[A-Z0-9]+/(\d{1,3}[mhdw])/(\S+) (\d{4}-\d\d-\d\d)\S*?\.\.(\d{4}-\d\d-\d\d)")
_FLAT = 0.005  # a change that rounds to 0.00 %


def price(result: Result, ask: Ask) -> str:
    """The statistics asked for; without any, how the price moved."""
    coin, span = symbol(result), wording.covered(result)
    wanted = [name for name in ask.statistics if name in _STATISTICS]
    sentences = [said for name in wanted if (said := _STATISTICS[name](result, coin, span))]
    if not sentences and not any(measure(name) for name in ask.statistics):
        sentences = [said for said in (_moved(result, coin, span), _range(result)) if said]
    elif "change" in wanted and result.value("bars") != 1:
        sentences += [said for said in (_range(result),) if said]
    if (newest := _newest(result, coin)) and not set(wanted) - {"change", "close"}:
        sentences.insert(0, newest)
    return " ".join(sentences)


def _newest(result: Result, coin: str) -> str | None:
    """The newest price, where the window reaches to now."""
    found = result.figure("latest_price")
    if found is None:
        return None
    cited = (evidence for evidence in result.evidence if evidence.get("key") == found.get("evidence"))
    at = wording.moment(next(cited, {}).get("observed_to"))
    told = f" ({wording.day(at)}, {at:%H:%M} UTC)" if at else ""
    if age := str(result.facts.get("latest_price_age") or ""):
        return f"The newest stored price of {coin} is **{wording.figure(found)}**{told}: {age}."
    return f"{coin} is at **{wording.figure(found)}**{told}."


def not_stored(result: Result) -> str | None:
    """That no bars are stored in the window, and which are; None where that is not what went wrong."""
    stored = STORED.findall(result.text)
    if not stored:
        return None
    series = [
        f"{wording.bar_name(bars)} bars from {wording.at(first)} to {wording.at(last)} ({market})"
        for bars, market, first, last in stored
    ]
    venue = f" on {venue}" if (venue := result.args.get("venue")) else ""
    lead = f"No price of {symbol(result)}{venue} is stored {wording.span(result.args)}."
    return f"{lead} Stored are {wording.joined(series)}."


def symbol(result: Result) -> str:
    """The coin a result is about, as its own evidence names it, else as it was asked for."""
    for evidence in result.evidence:
        if match := re.search(r":([A-Z0-9]{1,12})/", str(evidence.get("key", ""))):
            return match[1]
    return str(result.facts.get("symbol") or result.args.get("symbol", "")).upper()


def frame(result: Result) -> str:
    """The bar length of a result."""
    return str(result.facts.get("timeframe") or result.args.get("timeframe", "1d"))


def _said(result: Result, name: str) -> str | None:
    return wording.figure(found) if (found := result.figure(name)) else None


def _at(result: Result, name: str) -> str:
    return wording.at(result.facts.get(f"{name}_at"), wording.bar_length(frame(result)))


def _moved(result: Result, coin: str, span: str) -> str | None:
    change, last = result.value("change_pct"), result.figure("last_close")
    first = result.figure("first_open") or result.figure("first_close")
    if change is None or last is None or first is None:
        return None
    verb = "did not move" if abs(change) < _FLAT else f"{'rose' if change > 0 else 'fell'} {wording.unsigned(change)}"
    prices = f"from {wording.number(float(first['value']))} to {wording.figure(last)}"
    return f"**{coin} {verb}** {span}, {prices}.".replace(" ,", ",")


def _range(result: Result) -> str | None:
    high, low = _said(result, "high"), _said(result, "low")
    if high is None or low is None or result.value("high") == result.value("low"):
        return None
    if result.value("bars") == 1:
        return f"It traded between {low} and {high}."
    return f"Its high was {high} ({_at(result, 'high')}), its low {low} ({_at(result, 'low')})."


def _extreme(name: str, word: str) -> Sentence:
    def said(result: Result, coin: str, span: str) -> str | None:
        value = _said(result, name)
        when = f" ({_at(result, name)})" if result.value("bars") != 1 and _at(result, name) else ""
        return value and f"The {word} price of {coin} {span} was **{value}**{when}."

    return said


def _edge(name: str, word: str) -> Sentence:
    def said(result: Result, coin: str, span: str) -> str | None:
        value = _said(result, name) or (_said(result, "first_close") if name == "first_open" else None)
        return value and f"{coin} {word} at **{value}** {span}."

    return said


def _edge_of_window(name: str, single: str, several: str) -> Sentence:
    one = _edge(name, single)

    def said(result: Result, coin: str, span: str) -> str | None:
        if result.value("bars") == 1:
            return one(result, coin, span)
        value = _said(result, name)
        return value and f"{coin}'s {several} {span} was **{value}**."

    return said


def _average(result: Result, coin: str, span: str) -> str | None:
    value, bars = _said(result, "average_close"), result.value("bars")
    kind = wording.bar_name(frame(result))
    return (
        value and f"The average {kind} close of {coin} {span} was **{value}**, over {wording.number(bars or 0)} bars."
    )


def _volume(result: Result, coin: str, span: str) -> str | None:
    found = result.figure("volume")
    if found is None:
        return f"No volume is stored for {coin} {span}."
    volume = f"{wording.number(round(float(found['value']), 2))} {found.get('unit') or coin}"
    return f"The volume of {coin} {span} was **{volume}**."


def _largest(name: str, word: str) -> Sentence:
    def said(result: Result, coin: str, span: str) -> str | None:
        value, kind = result.value(name), wording.bar_name(frame(result))
        if value is None:
            return f"{coin} had no {kind} {word} {span}."
        day = wording.bar_length(frame(result)).days >= 1
        at = f"on {_at(result, name)}" if day else f"in the bar that opened on {_at(result, name)}"
        return f"The largest {kind} {word} of {coin} {span} was **{wording.unsigned(value)}**, {at} (open to close)."

    return said


def _volatility(result: Result, coin: str, span: str) -> str | None:
    found, daily = result.figure("volatility_pct"), result.figure("return_deviation_pct")
    if found is None or daily is None:
        return f"{coin} has too few bars {span} for a volatility."
    kind = wording.bar_name(frame(result))
    return (
        f"The volatility of {coin} {span} was **{wording.figure(found)} a year** (standard deviation of {kind} returns "
        f"{wording.figure(daily)})."
    )


def _spread(result: Result, coin: str, span: str) -> str | None:
    found = result.figure("range_abs")
    low, high = _said(result, "low"), _said(result, "high")
    return (
        None if found is None else f"The range of {coin} {span} was **{wording.figure(found)}**, from {low} to {high}."
    )


def _count(result: Result, coin: str, span: str) -> str | None:
    bars = result.value("bars")
    return (
        None
        if bars is None
        else f"There are {wording.number(bars)} {wording.bar_name(frame(result))} bars of {coin} {span}."
    )


_STATISTICS: dict[str, Sentence] = {
    "change": _moved,
    "open": _edge_of_window("first_open", "opened", "first open"),
    "close": _edge_of_window("last_close", "closed", "last close"),
    "high": _extreme("high", "highest"),
    "low": _extreme("low", "lowest"),
    "average": _average,
    "volume": _volume,
    "largest_rise": _largest("largest_rise_pct", "rise"),
    "largest_fall": _largest("largest_fall_pct", "fall"),
    "count": _count,
    "volatility": _volatility,
    "range": _spread,
}


def indicators(result: Result, ask: Ask) -> str:
    """Each line's last value; lowest and highest where the window has more than one bar."""
    coin, length = symbol(result), wording.bar_length(frame(result))
    tails = ("_first", "_min", "_max", "_average")
    lines = [f for f in result.figures if not str(f["name"]).endswith(tails)]
    if not lines:
        return wording.plain(result.text)
    if (fallen := result.figure("drawdown_min")) and len(lines) == 1:
        low = wording.at(result.facts.get("drawdown_min_at"), length)
        return f"The largest drawdown of {coin} {wording.covered(result)} was **{wording.figure(fallen)}** ({low})."
    at = wording.at(result.facts.get(f"{lines[0]['name']}_at") or result.args.get("end"), length)
    if extremes := [said for f in lines for said in _extremes(result, str(f["name"]), ask, length)]:
        return " ".join(extremes)
    said = [f"{wording.named(str(f['name']))} **{wording.figure(f)}**" for f in lines]
    text = f"{coin}'s {wording.joined(said)}" + (
        f" at the {wording.bar_name(frame(result))} close of {at}." if at else "."
    )
    return " ".join([text, *(extent for f in lines if (extent := _extent(result, str(f["name"]), length)))])


def _extremes(result: Result, name: str, ask: Ask, length: timedelta) -> list[str]:
    """The lowest or highest value of a line, where that is what was asked."""
    wanted = {"low": ("min", "lowest"), "high": ("max", "highest")}
    return [
        f"{symbol(result)}'s {wording.named(name)} {wording.covered(result)} was {word} on "
        f"{wording.at(result.facts.get(f'{name}_{tail}_at'), length)}: **{wording.figure(found)}**."
        for statistic, (tail, word) in wanted.items()
        if statistic in ask.statistics and (found := result.figure(f"{name}_{tail}"))
    ]


def _extent(result: Result, name: str, length: timedelta) -> str | None:
    low, high = result.figure(f"{name}_min"), result.figure(f"{name}_max")
    if low is None or high is None or low["value"] == high["value"]:
        return None
    at = [wording.at(result.facts.get(f"{name}_{which}_at"), length) for which in ("min", "max")]
    return f"{wording.named(name)} ranged from {wording.figure(low)} ({at[0]}) to {wording.figure(high)} ({at[1]})."
