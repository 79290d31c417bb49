"""The answer: what each finding says, in the order asked, where it is from, and what could not be found."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from agents.offline import (
    wording,
    write_book,
    write_lists,
    write_measures,
    write_prices,
    write_quality,
    write_ranking,
    write_series,
)
from agents.offline.asked import Ask, Reading
from agents.offline.plan import planned_for
from agents.offline.react import respelt
from agents.offline.reading import PERIODS
from agents.offline.turn import Result, Turn

WHO = "I am the offline analyst: I work by rules, without a language model, from the ledgers on this machine only."
NOTICE = f"*{WHO}*"
CAN = """\
I answer from the collected ledgers and show the evidence of every figure. You can ask, for example:

- **Prices:** "How did BTC move last month?", "the largest hourly fall of SOL this year"
- **Indicators:** "RSI of ETH", "MACD and Bollinger bands of BTC"
- **Comparisons and charts:** "Compare BTC, ETH and SOL since the halving", "chart SOL for the last quarter"
- **Mood and news:** "fear and greed last month", "headlines about ETFs this month"
- **Causes:** "How many 8-Ks did MSTR file last year?", "which listings were announced this week?"
- **Chains and protocols:** "bitcoin hash rate this year", "Solana's TVL since January"
- **Your own book:** "my positions", "my orders this month"
- **Files and data:** "download hourly BTC candles for last week as CSV", "what data do you have on ADA?"

I cannot predict, advise, trade, browse the web, or follow free-form reasoning as a language model would."""
ADVICE = (
    "I cannot place orders, advise what to buy or sell, or predict where a price goes: I only report what was "
    "collected. "
    "I can show how a coin moved, its volatility and drawdown, its indicators, the mood and the news, for you to judge."
)
OUTSIDE = (
    "I could not read a question in that which my rules know. I know prices, indicators, comparisons, sentiment, news, "
    "filings and other events, on-chain figures, protocol fundamentals, and your own orders and positions; name a coin "
    'and a period, such as "BTC last month". Ask "what can you do?" for examples.'
)
THANKS = "You are welcome. Ask on whenever you like."
Writer = Callable[[Result, Ask], str]
_INVENTORY = frozenset({"get_available_coins", "get_data_statistics"})  # they speak of all sources
_NO_CAUSE = "This is what was on record at the time; that it caused the move cannot be told from it."


def answer(reading: Reading, turn: Turn) -> str:
    """The answer to a reading from the findings of its turn."""
    told = reading.topics()
    parts: list[str] = []
    if "help" in told:
        parts.append(f"{WHO}\n\n{CAN}")
    if "thanks" in told:
        return THANKS
    if "outside" in told:
        parts.append(OUTSIDE)
    if left := _left_out(reading):
        parts.append(left)
    if "advice" in told:
        parts.append(ADVICE)
    kept = _kept(turn, asked_period=bool(reading.periods))
    silent = any(result.name == "get_news" and result.value("count") == 0 for result in kept)
    kept = [result for result in kept if not _searched_again(result, kept)]
    parts += [said for ask in reading.asks if (said := write_ranking.verdict(kept, ask))]
    parts += [text for result in kept if (text := _told(result, reading, silent=silent))]
    if "why" in told:
        parts.append(_NO_CAUSE)
    parts += [text for text in (" ".join(reading.notes), _notes(turn), _sources(turn)) if text]
    if not parts:
        parts.append(_unanswered(reading))
    if turn.first and "help" not in told:
        parts.append(NOTICE)
    return "\n\n".join(parts)


def _kept(turn: Turn, *, asked_period: bool = True) -> list[Result]:
    """The results worth telling: not a failure that a second try mended, not the step on the way to another.

    A failure in a period that was asked for is mended only by an answer in that period.
    """
    good = [result for result in turn.results if not result.error]
    kept: list[Result] = []
    same = _same_question if asked_period else _same_subject
    for result in turn.results:
        mended = result.error and any(other.name == result.name and same(other, result) for other in good)
        stepping = result.name == "get_available_coins" and any(
            other.name in {"compare_coins", "ask_person"} for other in turn.results
        )
        drawn = (
            result.name == "make_chart" and result.error and any(other.name != "make_chart" for other in turn.results)
        )
        repeated = result.error and any(other.error and same(other, result) for other in kept)
        if result.args.get("symbol") in respelt(turn):
            continue
        if not (mended or stepping or drawn or repeated or result.name == "ask_person"):
            kept.append(result)
    return kept


def _searched_again(result: Result, kept: list[Result]) -> bool:
    """Whether a search for headlines that found none was followed by one with another word for the same."""
    if result.name != "get_news" or result.value("count") != 0:
        return False
    later = kept[kept.index(result) + 1 :]
    return any(other.name == "get_news" and "query" in other.args for other in later)


def _same_subject(one: Result, other: Result) -> bool:
    keys = ("symbol", "symbols", "protocol", "query")
    return all(one.args.get(key) == other.args.get(key) for key in keys)


def _same_question(one: Result, other: Result) -> bool:
    keys = ("start", "end", "days", "metric", "of", "venue")
    return _same_subject(one, other) and all(one.args.get(key) == other.args.get(key) for key in keys)


def _told(result: Result, reading: Reading, *, silent: bool = False) -> str:
    """One result in words; a failure as the tool put it."""
    if result.error:
        return write_prices.not_stored(result) or wording.sentence(wording.plain(result.text))
    asked = _asked(result, reading)
    if silent and result.name == "get_news" and result.value("count") and "query" not in result.args:
        return write_lists.elsewhere(result)
    if result.args.get("event_type") == "halving" and reading.clock:
        return write_lists.halvings(result, reading.clock)
    return _WRITERS.get(result.name, write_lists.told)(result, asked)


def _asked(result: Result, reading: Reading) -> Ask:
    """What a result answers: the asks that planned its call, else those of its topic, as one."""
    planned = planned_for(reading, reading.clock) if reading.clock else ()
    own = [ask for ask, call in planned if call.same(result.name, _given(result, call.args))]
    own = own or [ask for ask in reading.asks if ask.topic in _TOPICS.get(result.name, ())]
    if not own:
        return Ask("")
    statistics = tuple(dict.fromkeys(name for ask in own for name in ask.statistics))
    return replace(own[0], words=" ; ".join(dict.fromkeys(ask.words for ask in own)), statistics=statistics)


def _given(result: Result, planned: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a result, the coin as it was asked for."""
    symbol = result.facts.get("symbol")
    resolved = {"symbol": symbol} if symbol and planned.get("symbol") == symbol and "symbol" in result.args else {}
    return {**result.args, **resolved}


def _left_out(reading: Reading) -> str:
    """What of the question was not read, and what is answered all the same."""
    if not reading.unread or {"help", "thanks", "outside", "advice"} & set(reading.topics()):
        return ""
    lost = ", ".join(f"“{words}”" for words in reading.unread)
    answered = [f"{_NAMES.get(ask.topic, ask.topic)}{_of(ask)}" for ask in reading.asks]
    return f"I did not read: {lost}. This answers only {wording.joined(list(dict.fromkeys(answered)))}."


def _of(ask: Ask) -> str:
    """Of which coins, when."""
    coins = f" of {wording.joined(list(ask.coins))}" if ask.coins else ""
    return " ".join([coins, *(period.words for period in ask.periods)]).rstrip()


def _compared(result: Result, ask: Ask) -> str:
    if re.search(r"\bcorrelat", ask.words, re.IGNORECASE) and (said := write_ranking.correlations(result)):
        return said
    return write_ranking.comparison(result, ask)


def _indicators(result: Result, ask: Ask) -> str:
    return write_prices.indicators(result, ask)


def _file(result: Result, ask: Ask) -> str:
    rows = result.facts.get("rows")
    counted = f" It holds {wording.number(float(rows))} rows." if rows is not None else ""
    return write_lists.files(result) + counted if result.artifacts else write_lists.told(result, ask)


def _chart(_result: Result, _ask: Ask) -> str:
    return ""


def _notes(turn: Turn) -> str:
    """What the person must know about the data: where it begins, ends, is stale or resampled; each once."""
    told = [result for result in _kept(turn) if not result.error]
    told = [result for result in told if result.name != "make_chart"] or told  # a chart notes what its figures note
    notes = [str(note) for result in told for note in result.facts.get("notes") or () if "Made of stored" not in note]
    return " ".join(wording.sentence(wording.plain(note)) for note in dict.fromkeys(notes))


def _sources(turn: Turn) -> str:
    """Where the figures come from, each source once."""
    cited = [evidence for result in _kept(turn) if result.name not in _INVENTORY for evidence in result.evidence]
    sources = [source for evidence in cited for source in str(evidence.get("source", "")).split(", ")]
    names = dict.fromkeys(write_series.publisher(source) for source in sources)
    shown = wording.joined([name for name in names if name])
    simulated = " (simulated data)" if any(evidence.get("simulated") for evidence in cited) else ""
    return f"Source: {shown}{simulated}." if shown else ""


def _unanswered(reading: Reading) -> str:
    if any(result == "price" for result in reading.topics()):
        return f"I need a coin and a period to answer that, such as BTC over the {PERIODS[1]}."
    return OUTSIDE


_NAMES = {
    "price": "the price",
    "compare": "the comparison",
    "indicators": "the indicators",
    "chart": "the chart",
    "export": "the file",
    "sentiment": "the mood",
    "news": "the headlines",
    "filings": "the filings",
    "catalysts": "the events",
    "onchain": "the on-chain figures",
    "funding": "the perpetual market",
    "fundamentals": "the fundamentals",
    "why": "what was on record",
    "known": "what was on record",
    "orders": "your orders",
    "positions": "your positions",
    "condition": "how often and when that was so",
    "ratio": "the ratio",
    "investment": "what the investment came to",
}
_TOPICS = {
    "get_price_data": ("price", "why"),
    "compare_coins": ("compare", "market"),
    "compute_indicators": ("indicators", "chart"),
    "get_sentiment_data": ("sentiment",),
    "get_onchain_metrics": ("onchain", "funding"),
    "get_protocol_fundamentals": ("fundamentals",),
    "get_catalyst_events": ("catalysts", "filings"),
    "get_positions": ("positions",),
    "get_order_history": ("orders",),
}
_WRITERS: dict[str, Writer] = {
    "get_price_data": write_prices.price,
    "compare_coins": _compared,
    "compute_indicators": _indicators,
    "get_sentiment_data": write_series.series,
    "get_onchain_metrics": write_series.series,
    "get_protocol_fundamentals": write_series.series,
    "get_news": write_lists.news,
    "get_catalyst_events": write_lists.events,
    "export_table": _file,
    "make_chart": _chart,
    "summarise_bars": write_measures.summary,
    "count_bars": write_measures.tally,
    "get_ratio": write_measures.ratio,
    "value_investment": write_measures.investment,
    "get_data_quality": write_quality.quality,
    "get_positions": write_book.positions,
    "get_order_history": write_book.orders,
}
