"""What to do after the first results: rank the coins there are, try what is stored instead, ask what is missing."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from agents.offline import wording
from agents.offline.asked import Reading, Trouble
from agents.offline.lookups import Call
from agents.offline.plan import calls, comparison, missing, ranks_all
from agents.offline.plan_prices import timeframe
from agents.offline.reading import ending, lately, read
from agents.offline.turn import Result, Turn
from agents.offline.vocabulary import BY_NAME, FULL_NAMES, SYMBOLS
from agents.offline.write_prices import STORED

_TIMEFRAMED = frozenset({"get_price_data", "compute_indicators", "compare_coins", "make_chart", "export_table"})
_FEW = 4
_ALIKE = 0.85  # etherium and ethereum; corn and core are not
_TRIES = 2


def understood(turn: Turn, clock: datetime) -> Reading:
    """The message to answer, read in the light of the thread and of what the person answered in this turn.

    A name that only the ledger knows stands for the symbol that the tools found it to mean.
    """
    reading: Reading | None = None
    for said in (*turn.said, *turn.answers()):
        reading = read(said, clock, reading)
    return called(reading or read("", clock), {**respelt(turn), **resolved(turn)})


def resolved(turn: Turn) -> dict[str, str]:
    """Names as they were asked for, and the symbols that tools took them for."""
    pairs = [(str(r.args.get("symbol") or ""), str(r.facts.get("symbol") or "")) for r in turn.results]
    return {name: symbol for name, symbol in pairs if name and symbol}


def respelt(turn: Turn) -> dict[str, str]:
    """Names that no coin has, and the symbol of the coin whose name is all but the same: etherium."""
    unknown = {str(r.args.get("symbol") or "") for r in turn.results if r.error and "No coin is called" in r.text}
    near = {name: difflib.get_close_matches(name.lower(), BY_NAME, n=1, cutoff=_ALIKE) for name in unknown if name}
    return {name: BY_NAME[found[0]] for name, found in near.items() if found}


def called(reading: Reading, symbols: Mapping[str, str]) -> Reading:
    """The reading with names replaced by symbols."""

    def renamed(coins: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(symbols.get(coin, coin) for coin in coins))

    asks = tuple(replace(ask, coins=renamed(ask.coins)) for ask in reading.asks)
    return replace(reading, asks=asks, coins=renamed(reading.coins))


def next_calls(turn: Turn, clock: datetime) -> tuple[Call, ...]:
    """The calls to make now; none when it is time to answer."""
    reading = understood(turn, clock)
    if (lacking := missing(reading)) is not None:
        return tuple(_question(lacking, turn))
    planned = [call for call in calls(reading, clock) if not _made(call, turn)]
    known = {*SYMBOLS, *resolved(turn).values()}
    if unknown := [coin for coin in reading.coins if coin not in known]:
        return tuple(call for call in _asking_for(unknown, planned, turn, clock) if not _made(call, turn))
    if planned:
        return tuple(planned)
    return tuple(call for call in _afterwards(reading, turn, clock) if not _made(call, turn))


def _made(call: Call, turn: Turn) -> bool:
    symbols = resolved(turn)
    return any(call.same(result.name, _renamed(result.args, symbols)) for result in turn.results)


def _renamed(args: dict[str, Any], symbols: Mapping[str, str]) -> dict[str, Any]:
    return {key: symbols.get(value, value) if key == "symbol" else value for key, value in args.items()}


def _asking_for(unknown: list[str], planned: list[Call], turn: Turn, clock: datetime) -> Iterable[Call]:
    """One call for each name that only the ledger may know, so that the person is asked about it no more than once."""
    failed = {str(result.args.get("symbol")) for result in turn.results if result.error}
    for name in unknown:
        if name in failed:
            continue
        own = (call for call in planned if call.args.get("symbol") == name)
        since = {"symbol": name, "timeframe": "1d", **lately(clock, 30).arguments()}
        yield next(own, Call("get_price_data", since))


def _question(lacking: Trouble | str, turn: Turn) -> list[Call]:
    """Put the question, or ask for the coin, with those that are collected as choices; once each."""
    if isinstance(lacking, Trouble):
        choices = {"choices": list(lacking.choices)} if lacking.choices else {}
        question = Call("ask_person", {"question": lacking.question, **choices})
        return [] if _made(question, turn) else [question]
    known = next((result for result in turn.results if result.name == "get_available_coins"), None)
    if known is None:
        return [Call("get_available_coins")]
    asked = any(result.name == "ask_person" for result in turn.results)
    question = Call("ask_person", {"question": "Which coin do you mean?", "choices": available(known)[:_FEW]})
    return [] if asked else [question]


def available(result: Result) -> list[str]:
    """The coins that are collected, the best known first."""
    found = result.facts.get("symbols") or result.facts.get("coins") or []
    names = [str(coin.get("symbol", "")) if isinstance(coin, dict) else str(coin) for coin in found]
    known = ["BTC", "ETH", "SOL", "XRP", "DOGE", "ADA"]
    return sorted(names, key=lambda name: (known.index(name) if name in known else len(known), names.index(name)))


def _afterwards(reading: Reading, turn: Turn, clock: datetime) -> list[Call]:
    """Follow-ups that the results so far suggest."""
    further: list[Call] = []
    for ask in reading.asks:
        if ranks_all(ask) or ask.topic == "market":
            listed = [result for result in turn.results if result.name == "get_available_coins"]
            for period in (ask.periods or (lately(clock, 7 if ask.topic == "market" else 30),)) if listed else ():
                further += comparison(available(listed[0]), period, timeframe(period, clock, reading.timeframe))
    for result in turn.results:
        if result.name == "get_news" and result.value("count") == 0 and {"query", "symbol"} & result.args.keys():
            further.append(_other_news(result))
        tries = sum(other.name == result.name and _about(other) == _about(result) for other in turn.results)
        if result.error and tries < _TRIES and (call := _instead(result, reading, clock)) is not None:
            further.append(call)
    return list({(call.name, str(call.args)): call for call in further}.values())


def _other_news(result: Result) -> Call:
    """Where nothing is tagged with a coin, headlines with its name, then with its ticker; at last all there are."""
    args = {key: value for key, value in result.args.items() if key not in {"query", "symbol"}}
    coin, query = str(result.args.get("symbol") or ""), str(result.args.get("query") or "")
    if coin:
        args["query"] = FULL_NAMES.get(coin, coin)
    elif query in BY_NAME and query.upper() != BY_NAME[query]:
        args["query"] = BY_NAME[query]
    return Call("get_news", args)


def _about(result: Result) -> str:
    return str(result.args.get("symbol") or result.args.get("symbols") or result.args.get("protocol") or "")


def _instead(result: Result, reading: Reading, clock: datetime) -> Call | None:
    """The same question of what is stored: bars of another length in the window, or the newest window there is."""
    if result.name in _TIMEFRAMED and (frame := _stored_frame(result, clock)):
        return Call(result.name, {**result.args, "timeframe": frame})
    if "a line can be drawn" in result.text:
        return Call(result.name, {**result.args, "kind": "line"})
    stored = [last for *_, last in STORED.findall(result.text)]
    if result.name in _TIMEFRAMED and not reading.periods and stored:
        last = wording.moment(max(stored))
        if last is not None and last < clock:
            begins = wording.moment(result.args.get("start"))
            days = (clock - begins).days if begins else 7
            kept = {key: value for key, value in result.args.items() if key not in {"start", "end", "days"}}
            return Call(result.name, {**kept, **ending(last, max(days, 1)).arguments()})
    return None


def _stored_frame(result: Result, clock: datetime) -> str | None:
    """Another bar length of which bars are stored in the asked window, the nearest one to that asked."""
    start = wording.moment(result.args.get("start"))
    end = wording.moment(result.args.get("end")) or clock
    if start is None:
        return None
    asked = str(result.args.get("timeframe", "1d"))
    fitting = [
        frame
        for frame, _, first, last in STORED.findall(result.text)
        if frame != asked
        and (wording.moment(first) or clock) <= end
        and (wording.moment(last) or start) + timedelta(days=1) > start
    ]
    length = wording.bar_length(asked)
    return min(fitting, key=lambda frame: abs(wording.bar_length(frame) - length), default=None)
