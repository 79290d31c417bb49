"""What price, comparison and indicator findings say, in sentences."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from agents.offline import wording
from agents.offline.reading import Ask
from agents.offline.turn import Result

Sentence = Callable[[Result, str, str], str | None]
STORED = re.compile(r"\b[A-Z0-9]+/(\d{1,3}[mhdw])/(\S+) (\d{4}-\d\d-\d\d)\S*?\.\.(\d{4}-\d\d-\d\d)")
_FLAT = 0.005  # a change that rounds to 0.00 %


def price(result: Result, ask: Ask) -> str:
    """The statistics asked for; without any, how the price moved."""
    coin, span = symbol(result), wording.span(result.args)
    wanted = [name for name in ask.statistics if name in _STATISTICS]
    if "volume" in wanted:
        wanted = [name for name in wanted if name != "average"]
    if "average" in wanted:  # an average daily close is one figure, not two
        wanted = [
            name for name in wanted if name not in {"close", "open", "high", "low"} or f"average_{name}" in wanted
        ]
    sentences = [said for name in wanted if (said := _STATISTICS[name](result, coin, span))]
    if not sentences:
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
    return f"No price of {symbol(result)} is stored {wording.span(result.args)}. Stored are {wording.joined(series)}."


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
}


def comparison(result: Result, by: str) -> str:
    """A ranking by change, or by volatility where that was asked, and a table of the figures."""
    coins = [str(name) for name in result.facts.get("ranked") or result.args.get("symbols", [])]
    table = {coin: _figures_of(result, coin) for coin in coins}
    table = {coin: figures for coin, figures in table.items() if figures}
    if not table:
        return wording.plain(result.text)
    key = next((name for name in (by, "change_pct") if all(name in figures for figures in table.values())), "")
    ranked = sorted(table, key=lambda coin: -float(table[coin].get(key, {"value": 0})["value"]))
    lead = _lead(ranked, table, key, wording.span(result.args))
    columns = [name for name in _COLUMNS if any(name in figures for figures in table.values())]
    header = f"| coin | {' | '.join(_COLUMNS[name] for name in columns)} |\n|---|{'---:|' * len(columns)}"
    rows = [
        f"| {coin} | {' | '.join(_cell(table[coin].get(name), signed=name == 'change_pct') for name in columns)} |"
        for coin in ranked
    ]
    return "\n".join([lead, "", header, *rows])


_COLUMNS = {
    "change_pct": "change",
    "volatility_pct": "volatility (yearly)",
    "volatility": "volatility",
    "max_drawdown_pct": "largest drawdown",
    "drawdown_pct": "largest drawdown",
    "first_open": "first",
    "last_close": "last",
}


def _figures_of(result: Result, coin: str) -> dict[str, dict[str, Any]]:
    prefix = f"{coin}_"
    return {str(f["name"]).removeprefix(prefix): f for f in result.figures if str(f["name"]).startswith(prefix)}


def _cell(found: dict[str, Any] | None, *, signed: bool) -> str:
    if found is None:
        return "none"
    return wording.percent(float(found["value"])) if signed else wording.figure(found)


def _lead(ranked: list[str], table: dict[str, dict[str, dict[str, Any]]], key: str, span: str) -> str:
    if not key:
        return f"{wording.joined(ranked)} {span}:"
    values = [wording.percent(float(table[coin][key]["value"])) for coin in ranked]
    if key == "change_pct":
        rest = wording.joined([f"{coin} ({value})" for coin, value in zip(ranked[1:], values[1:], strict=True)])
        verb = "did best" if float(table[ranked[0]][key]["value"]) >= 0 else "lost least"
        return f"**{ranked[0]} {verb}** {span} ({values[0]})" + (f", then {rest}." if rest else ".")
    values = [value.lstrip("+") for value in values]
    rest = wording.joined([f"{coin} ({value})" for coin, value in zip(ranked[1:], values[1:], strict=True)])
    return f"**{ranked[0]} was the most volatile** {span} ({values[0]})" + (f", then {rest}." if rest else ".")


def correlations(result: Result) -> str:
    """How the returns of each pair of coins went together."""
    found = [(str(f["name"]).split("_"), f) for f in result.figures if str(f["name"]).endswith("_correlation")]
    pairs = [f"{name[0]} and {name[1]} **{float(f['value']):.2f}**" for name, f in found]
    kind = wording.bar_name(frame(result))
    return f"The correlation of {kind} returns {wording.span(result.args)}: {wording.joined(pairs)}." if pairs else ""


def indicators(result: Result, ask: Ask) -> str:
    """Each line's last value; lowest and highest where the window has more than one bar."""
    coin, length = symbol(result), wording.bar_length(frame(result))
    tails = ("_first", "_min", "_max", "_average")
    lines = [f for f in result.figures if not str(f["name"]).endswith(tails)]
    if not lines:
        return wording.plain(result.text)
    if (fallen := result.figure("drawdown_min")) and len(lines) == 1:
        low = wording.at(result.facts.get("drawdown_min_at"), length)
        return f"The largest drawdown of {coin} {wording.span(result.args)} was **{wording.figure(fallen)}** ({low})."
    at = wording.at(result.facts.get(f"{lines[0]['name']}_at") or result.args.get("end"), length)
    if extremes := [said for f in lines for said in _extremes(result, str(f["name"]), ask, length)]:
        return " ".join(extremes)
    said = [f"{_label(str(f['name']))} **{wording.figure(f)}**" for f in lines]
    text = f"{coin}'s {wording.joined(said)}" + (
        f" at the {wording.bar_name(frame(result))} close of {at}." if at else "."
    )
    return " ".join([text, *(extent for f in lines if (extent := _extent(result, str(f["name"]), length)))])


def _extremes(result: Result, name: str, ask: Ask, length: timedelta) -> list[str]:
    """The lowest or highest value of a line, where that is what was asked."""
    wanted = {"low": ("min", "lowest"), "high": ("max", "highest")}
    return [
        f"{symbol(result)}'s {_label(name)} {wording.span(result.args)} was {word} on "
        f"{wording.at(result.facts.get(f'{name}_{tail}_at'), length)}: **{wording.figure(found)}**."
        for statistic, (tail, word) in wanted.items()
        if statistic in ask.statistics and (found := result.figure(f"{name}_{tail}"))
    ]


def _extent(result: Result, name: str, length: timedelta) -> str | None:
    low, high = result.figure(f"{name}_min"), result.figure(f"{name}_max")
    if low is None or high is None or low["value"] == high["value"]:
        return None
    at = [wording.at(result.facts.get(f"{name}_{which}_at"), length) for which in ("min", "max")]
    return f"{_label(name)} ranged from {wording.figure(low)} ({at[0]}) to {wording.figure(high)} ({at[1]})."


def _label(name: str) -> str:
    """rsi_14 -> RSI (14); bollinger_upper_20_2 -> Bollinger (20, 2) upper."""
    words = [part for part in name.split("_") if not re.fullmatch(r"[\d.]+", part)]
    numbers = [part for part in name.split("_") if re.fullmatch(r"[\d.]+", part)]
    short = {"rsi", "macd", "sma", "ema", "atr", "adx", "obv", "vwap", "roc"}
    called = " ".join(
        word.upper() if word in short else word.capitalize() if not place else word for place, word in enumerate(words)
    )
    first, _, rest = called.partition(" ")
    return f"{first} ({', '.join(numbers)}) {rest}".rstrip() if numbers else called
