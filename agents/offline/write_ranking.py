"""What comparisons of coins say: who leads by what was asked, and a table of the figures."""

import re
from dataclasses import dataclass
from typing import Any

from agents.offline import subjects, wording
from agents.offline.asked import Ask
from agents.offline.turn import Result
from agents.offline.write_prices import frame

Figures = dict[str, dict[str, Any]]
_COLUMNS = {
    "change_pct": "change",
    "volatility_pct": "volatility (yearly)",
    "max_drawdown_pct": "largest drawdown",
    "turnover": "turnover",
    "high": "high",
    "low": "low",
    "first_open": "first",
    "last_close": "last",
}
_ALWAYS = ("change_pct", "volatility_pct", "max_drawdown_pct", "first_open", "last_close")
_SHARE = re.compile(r"\b(?:draw-?downs?)\b", re.IGNORECASE)
_DOWN = re.compile(
    r"\b(?:worst|least|fell|fall(?:en)?|lost|lose|losers?|dropp?(?:ed)?|declin\w*|weakest|"
    r"lowest|smallest|smaller|lower|less|underperform\w*|"
    r"ascending|stable|crash\w*)\b",
    re.IGNORECASE,
)
_WORST_FIRST = re.compile(
    r"\b(?:worst|lowest|smallest|weakest|least)(?:\s+\w+)?\s+first\b|\b(?:ascending|(?:worst|lowest|smallest)\s+to)\b",
    re.IGNORECASE,
)
_BEST_FIRST = re.compile(
    r"\b(?:best|highest|largest|strongest|most)(?:\s+\w+)?\s+first\b|\b(?:descending|(?:best|highest|largest)\s+to)\b",
    re.IGNORECASE,
)

_BETTER = re.compile(r"\b(?:better|best|worse|worst)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Order:
    """By which figure coins are ranked, and from which end."""

    key: str
    rising: bool  # the smallest value first
    words: str  # what the first one did


def order(ask: Ask) -> Order:
    """The order that a comparison asks for: by change, best first, unless it says otherwise."""
    down = bool(_DOWN.search(ask.words))
    if _SHARE.search(ask.words):
        return Order("max_drawdown_pct", not down, f"had the {'smallest' if down else 'largest'} drawdown")
    if "volatility" in ask.statistics or re.search(r"\bvolatil|\bstable\b", ask.words, re.IGNORECASE):
        return Order("volatility_pct", down, f"was the {'least' if down else 'most'} volatile")
    if "volume" in " ".join(ask.statistics):
        return Order("turnover", down, f"was traded {'least' if down else 'most'}")
    rising = (down or bool(_WORST_FIRST.search(ask.words))) and not _BEST_FIRST.search(ask.words)
    return Order("change_pct", rising, "did worst" if rising else "did best")


def comparison(result: Result, ask: Ask) -> str:
    """A ranking by what was asked, and a table of the figures; coins without data for the whole window come last."""
    coins = [str(name) for name in result.facts.get("ranked") or result.args.get("symbols", [])]
    table = {coin: figures for coin in coins if (figures := _figures_of(result, coin))}
    wanted = order(ask)
    ranked = [coin for coin in table if wanted.key in table[coin]]
    if not ranked:
        return wording.plain(result.text)
    partial = [coin for coin in result.facts.get("partial") or () if coin in ranked]
    ranked.sort(key=lambda coin: float(table[coin][wanted.key]["value"]), reverse=not wanted.rising)
    if len(partial) < len(ranked):
        ranked = [*(coin for coin in ranked if coin not in partial), *(coin for coin in ranked if coin in partial)]
    whole = [coin for coin in ranked if coin not in partial] or ranked
    if most := subjects.limit(ask.words):
        ranked = ranked[:most]
        partial = [coin for coin in partial if coin in ranked]
    told = [coin for coin in whole if coin in ranked]
    lead = _lead(told, table, wanted, _span(result)) if len(whole) > 1 else _unranked(whole[0], table, wanted, result)
    left = f" Not ranked, for their data does not cover the period: {wording.joined(partial)}." if partial else ""
    return "\n".join([lead + left, "", *_rows(ranked, table, wanted)])


def _rows(ranked: list[str], table: dict[str, Figures], wanted: Order) -> list[str]:
    columns = [
        name
        for name in _COLUMNS
        if (name in _ALWAYS or name == wanted.key) and any(name in figures for figures in table.values())
    ]
    header = f"| coin | {' | '.join(_COLUMNS[name] for name in columns)} |\n|---|{'---:|' * len(columns)}"
    rows = [f"| {coin} | {' | '.join(_cell(table[coin], name) for name in columns)} |" for coin in ranked]
    return [header, *rows]


def _figures_of(result: Result, coin: str) -> Figures:
    prefix = f"{coin}_"
    return {str(f["name"]).removeprefix(prefix): f for f in result.figures if str(f["name"]).startswith(prefix)}


def _cell(figures: Figures, name: str) -> str:
    found = figures.get(name) or (figures.get("first_close") if name == "first_open" else None)
    if found is None:
        return "none"
    return wording.percent(float(found["value"])) if name == "change_pct" else wording.figure(found)


def _lead(ranked: list[str], table: dict[str, Figures], wanted: Order, span: str) -> str:
    values = [_cell(table[coin], wanted.key) for coin in ranked]
    rest = wording.joined([f"{coin} ({value})" for coin, value in zip(ranked[1:], values[1:], strict=True)])
    words = wanted.words
    first = float(table[ranked[0]][wanted.key]["value"])
    if wanted.key == "change_pct":
        words = _moved(first, rising=wanted.rising, words=words)
    return f"**{ranked[0]} {words}** {span} ({values[0]})" + (f", then {rest}." if rest else ".")


def _unranked(coin: str, table: dict[str, Figures], wanted: Order, result: Result) -> str:
    """One coin alone is no ranking."""
    told = f"{'changed by' if wanted.key == 'change_pct' else 'had'} {_cell(table[coin], wanted.key)}"
    return f"Only {coin} has data for the whole period, so there is no ranking: {coin} {told} {_span(result)}."


def _span(result: Result) -> str:
    """The window of a comparison, up to where it was cut."""
    end = result.facts.get("common_end")
    return wording.span({**result.args, "end": end}) if end else wording.covered(result)


def verdict(results: list[Result], ask: Ask) -> str:
    """In which of several periods one coin did better, or worse, where that was asked; else nothing."""
    word = _BETTER.search(ask.words)
    if word is None or ask.topic != "price" or len(ask.coins) != 1:
        return ""
    asked = [period.arguments() for period in ask.periods]
    told = [r for r in results if r.name == "get_price_data" and r.value("change_pct") is not None]
    moves = [
        (float(result.value("change_pct") or 0), wording.span(result.args))
        for result in told
        if any(window.items() <= result.args.items() for window in asked)
    ]
    if len(moves) < len(asked) or len({change for change, _ in moves}) == 1:
        return ""
    down = word.group().lower().startswith("wors")
    first, *rest = sorted(moves, reverse=not down)
    others = wording.joined([f"{span} ({wording.percent(change)})" for change, span in rest])
    did = "worse" if down else "better"
    return f"**{ask.coins[0]} did {did} {first[1]}** ({wording.percent(first[0])}) than {others}."


def _moved(first: float, *, rising: bool, words: str) -> str:
    """Who did best when all fell lost least; who did worst fell most, or rose least."""
    if rising:
        return "fell most" if first < 0 else "rose least"
    return words if first >= 0 else "lost least"


def correlations(result: Result) -> str:
    """How the returns of each pair of coins went together."""
    found = [(str(f["name"]).split("_"), f) for f in result.figures if str(f["name"]).endswith("_correlation")]
    pairs = [f"{name[0]} and {name[1]} **{float(f['value']):.2f}**" for name, f in found]
    kind = wording.bar_name(frame(result))
    return f"The correlation of {kind} returns {wording.covered(result)}: {wording.joined(pairs)}." if pairs else ""
