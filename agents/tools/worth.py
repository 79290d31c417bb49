"""Tools that put prices in relation: one coin in terms of another, and what an investment became."""

from typing import Any

import polars as pl

from agents.bars import DOLLARS, Bars, read_bars
from agents.columns import mean
from agents.context import RunContext
from agents.finding import Evidence, Figure, Finding
from agents.numeric import number
from agents.period import window
from agents.prices import Moment, day, move
from agents.subject import coin
from agents.words import amount, count, fitted, iso, percent
from ledgers.errors import BadArgument, NotCollected

__all__ = ["get_ratio", "value_investment"]

MOST = 1e15


def get_ratio(
    run: RunContext,
    symbol: str,
    against: str,
    timeframe: str = "1d",
    days: float | str | None = None,
    start: str | None = None,
    *,
    end: str | None = None,
) -> Finding:
    """Set one coin against another: the price of the first in units of the second, and the ratio of their volumes.

    Args:
        run: the run.
        symbol: the coin that is priced, such as "ETH".
        against: the coin it is priced in, such as "BTC".
        timeframe: length of a bar, such as "1h" or "1d"; the ratio is that of closes.
        days: length of the window in days up to now or `end`, such as 30.
        start: first day or moment in UTC, such as "2024-04-01".
        end: last day (whole) or moment (exclusive) in UTC, such as "2024-04-30".

    Returns:
        First, last, highest, lowest and average ratio of closes, its change, and the ratio of traded volumes.

    Raises:
        BadArgument: unknown coin, the same coin twice, or a range that makes no sense.
        NotCollected: no bars of one of them in the window, or in no common currency.
        NeedsAnswer: no coin or no period, or a name that several coins carry.
    """
    one, other = coin(run, symbol), coin(run, against)
    if one == other:
        raise BadArgument(f"A ratio needs two different coins, not {one} twice.")
    asked = window(run, days, start, end)
    above = read_bars(run, one, timeframe, asked)
    under = read_bars(run, other, timeframe, asked, quote=above.quote)
    if under.quote != above.quote:
        raise NotCollected(f"{above.name} and {under.name} are in different currencies.")
    closes = joined(above, under)
    if closes.is_empty():
        raise NotCollected(f"{above.name} and {under.name} have no bar in common in {asked.text}.")
    key = above.evidence.key
    facts: dict[str, Any] = {"symbol": one, "against": other, "quote": above.quote, "timeframe": above.timeframe}
    facts |= {"notes": [*above.notes, *(note for note in under.notes if note not in above.notes)]}
    facts |= {f"{name}_at": iso(found.at) for name, found in edges(closes).items()}
    made = (*ratios(closes, key), *volumes(above, under))
    told = ", ".join(f"{figure.name} {amount(figure.value)}" for figure in made)
    text = f"{one} in {other}, closes of {count(closes.height)} bars of {above.timeframe}, {above.window.text}: {told}."
    cited = (above.evidence, under.evidence)
    keys = " ".join(f"[{evidence.key}]" for evidence in cited)
    return Finding(fitted([f"{text} {keys}", *facts["notes"]]), cited, made, (), facts)


def joined(above: Bars, under: Bars) -> pl.DataFrame:
    """The ratio of closes on the bars that both have."""
    other = under.frame.select("open_time", pl.col("close").alias("under")).filter(pl.col("under") > 0)
    both = above.frame.select("open_time", "close").join(other, on="open_time").sort("open_time")
    return both.select("open_time", (pl.col("close") / pl.col("under")).alias("ratio"))


def edges(closes: pl.DataFrame) -> dict[str, Moment]:
    """First, last, highest and lowest ratio."""
    values = closes["ratio"]
    places = {"first": 0, "last": values.len() - 1, "highest": values.arg_max(), "lowest": values.arg_min()}
    rows = {name: closes.row(place or 0) for name, place in places.items()}
    return {name: Moment(float(value), at) for name, (at, value) in rows.items()}


def ratios(closes: pl.DataFrame, key: str) -> list[Figure]:
    """The ratio of closes in figures."""
    found = edges(closes)
    made = [Figure(name, moment.value, "", key) for name, moment in found.items()]
    change = 100 * (found["last"].value / found["first"].value - 1)
    return [*made, Figure("average", mean(closes["ratio"]), "", key), Figure("change_pct", change, "%", key)]


def volumes(above: Bars, under: Bars) -> list[Figure]:
    """How much more of one was traded than of the other: in coins, and in money at each bar's close."""
    frames = [bars.frame for bars in (above, under)]
    if any(frame["volume"].null_count() for frame in frames):
        return []
    coins = [float(frame["volume"].sum()) for frame in frames]
    money = [float((frame["volume"] * frame["close"]).sum()) for frame in frames]
    if not all([*coins, *money]):
        return []
    key = above.evidence.key
    made = [
        Figure("volume_ratio", coins[0] / coins[1], "", key),
        Figure("turnover_ratio", money[0] / money[1], "", key),
    ]
    for bars, volume in zip((above, under), coins, strict=True):
        made.append(Figure(f"{bars.symbol}_volume", volume, bars.symbol, bars.evidence.key))
    return made


def value_investment(
    run: RunContext,
    symbol: str,
    amount_in: float,
    in_coins: bool = False,
    days: float | str | None = None,
    *,
    start: str | None = None,
    end: str | None = None,
    timeframe: str = "1d",
    quote: str | None = None,
) -> Finding:
    """Say what an investment in one coin became: units bought, worth at the end, gain; no fees, nothing in between.

    Args:
        run: the run.
        symbol: coin by ticker, name or alias, such as "SOL".
        amount_in: what was put in, such as 1000; money, or units of the coin.
        in_coins: whether amount_in counts units of the coin, such as 2 BTC, and not money.
        days: length of the window in days up to now or `end`, such as 365.
        start: the day or moment of buying in UTC, such as "2024-01-01": at the open of its bar.
        end: the day or moment of valuing in UTC, such as "2024-03-01": at the close of its bar; without it the newest.
        timeframe: length of a bar, such as "1d".
        quote: currency of the money, such as "USDT" or "AUD".

    Returns:
        Price and units bought, worth and change at the end; also what buying at the first close would have come to.

    Raises:
        BadArgument: an amount that is none, unknown coin, or a range that makes no sense.
        NotCollected: no bars in the window, or none in that currency.
        NeedsAnswer: no coin or no period, or a name that several coins carry.
    """
    put_in = number(amount_in, "amount_in")
    if not 0 < put_in <= MOST:
        raise BadArgument(f"amount_in must lie above 0 and not above {MOST:.0e}.")
    symbol = coin(run, symbol)
    bars = read_bars(run, symbol, timeframe, window(run, days, start, end), quote=quote)
    if quote and quote.upper() != bars.quote and {quote.upper(), bars.quote} - set(DOLLARS):
        raise NotCollected(f"No {quote.upper()} price of {symbol} is stored; what is stored is in {bars.quote}.")
    made = {figure.name: figure for figure in investment(bars, put_in, in_coins=in_coins)}
    facts: dict[str, Any] = {"symbol": symbol, "quote": bars.quote, "timeframe": bars.timeframe, "in_coins": in_coins}
    facts |= {"bought_at": iso(bars.window.start), "valued_at": iso(bars.frame["open_time"][-1])}
    facts |= {"notes": list(bars.notes)}
    text = (
        f"{amount(made['cost'].value)} {bars.quote} bought {amount(made['units'].value)} {symbol} at "
        f"{amount(made['bought'].value)} ({day(bars.window.start, bars)}); worth {amount(made['worth'].value)} "
        f"{bars.quote} at {amount(made['valued'].value)} ({day(bars.frame['open_time'][-1], bars)}), "
        f"{percent(made['gain_pct'].value)}. [{bars.evidence.key}]"
    )
    return Finding(fitted([text, *bars.notes]), (bars.evidence,), tuple(made.values()), (), facts)


def investment(bars: Bars, amount_in: float, *, in_coins: bool) -> list[Figure]:
    """Bought at the first open (the first close where opens are not stored), valued at the last close."""
    moved, evidence = move(bars.frame), bars.evidence
    first, last, close = moved.first, moved.last, float(bars.frame["close"][0])
    units, cost = (amount_in, amount_in * first) if in_coins else (amount_in / first, amount_in)
    worth = units * last
    return money(
        evidence,
        [
            ("cost", cost, bars.quote),
            ("units", units, bars.symbol),
            ("bought", first, bars.quote),
            ("valued", last, bars.quote),
            ("worth", worth, bars.quote),
            ("gain", worth - cost, bars.quote),
            ("gain_pct", moved.change_pct, "%"),
            ("first_close", close, bars.quote),
            ("worth_from_close", worth if in_coins else amount_in / close * last, bars.quote),
        ],
    )


def money(evidence: Evidence, numbers: list[tuple[str, float, str]]) -> list[Figure]:
    """Named numbers that rest on one piece of evidence."""
    return [Figure(name, value, unit, evidence.key) for name, value, unit in numbers]
