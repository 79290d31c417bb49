"""Tools that compute: indicators and comparisons."""

from typing import Any

import numpy as np
import polars as pl

from agents.bars import Bars, read_bars
from agents.computed import compute, figures, sentence, when
from agents.context import RunContext
from agents.finding import Figure, Finding
from agents.formulas import Chosen, chosen
from agents.period import Window, interval, last_day, window
from agents.prices import figures as price_figures
from agents.prices import move
from agents.risk import FEWEST_RETURNS, risk
from agents.sheet import attach
from agents.subject import coin, several_coins
from agents.together import Together, read_together
from agents.words import amount, fitted, percent
from ledgers.errors import NotCollected

__all__ = ["compare_coins", "compute_indicators"]

BARS_WITHOUT_A_PERIOD = 30
MOST_COMPARED = 50
MOST_PAIRED = 10  # beyond it correlations are many numbers and no answer


def compute_indicators(
    run: RunContext,
    symbol: str,
    names: list[str] | str,
    timeframe: str = "1d",
    days: float | str | None = None,
    start: str | None = None,
    *,
    end: str | None = None,
    venue: str | None = None,
    quote: str | None = None,
) -> Finding:
    """Compute technical indicators of one coin: RSI, moving averages, MACD, Bollinger bands, volatility and others.

    Earlier bars are read as warm-up, so the value on a given day is settled: ask for the day itself as start and end.

    Args:
        run: the run.
        symbol: coin by ticker, name or alias, such as "ETH".
        names: one to eight of adx, atr, bollinger, drawdown, ema, macd, obv, returns, roc, rsi, sma, stochastic,
            volatility, vwap, zscore, with settings where they differ from the usual, such as ["rsi_14", "sma_50"].
        timeframe: length of a bar, such as "5m", "1h", "1d".
        days: length of the window in days up to now or `end`, such as 90; without any period the last 30 bars.
        start: first day or moment in UTC, such as "2024-05-01".
        end: last day (whole) or moment (exclusive) in UTC, such as "2024-05-01".
        venue: only this venue, such as "BINANCE".
        quote: only this currency, such as "USDT".

    Returns:
        Value of each indicator at the last bar of the window, its extremes, and all values as a table.

    Raises:
        BadArgument: unknown coin or indicator, impossible setting or range.
        NotCollected: no bars in the window, or not the columns an indicator reads.
        NeedsAnswer: an ambiguous coin, no period where the result depends on it, or too few bars.
    """
    symbol = coin(run, symbol)
    wanted = chosen(names, interval(timeframe))
    bars = read_bars(
        run, symbol, timeframe, indicator_window(run, wanted, timeframe, (days, start, end)), venue=venue, quote=quote
    )
    computed = compute(run, bars, wanted)
    lines = {line.label: line.values for line in computed.lines}
    table = bars.frame.select("open_time", "close").with_columns(pl.Series(k, v) for k, v in lines.items())
    key = computed.evidence.key
    arguments = {"symbol": symbol, "names": names, "timeframe": timeframe, "days": days, "start": start, "end": end}
    name = f"{symbol}_indicators_{bars.timeframe}"
    artifact = attach(run, table, name, tool="compute_indicators", arguments=arguments, keys=[key])
    notes = [*bars.notes, *computed.notes]
    title = f"{bars.symbol} in {bars.quote} ({bars.venue}), bars of {bars.timeframe}, {bars.window.text}:"
    text = fitted([title, *(sentence(line, computed) for line in computed.lines), *notes, f"[{key}]"])
    facts: dict[str, Any] = {"symbol": symbol, "quote": bars.quote, "venue": bars.venue, "timeframe": bars.timeframe}
    facts |= {"run_up_bars": computed.run_up, "notes": notes, **when(computed)}
    return Finding(text, (computed.evidence,), tuple(figures(computed)), (artifact,), facts)


def indicator_window(
    run: RunContext,
    wanted: list[Chosen],
    timeframe: str,
    period: tuple[float | str | None, str | None, str | None],
) -> Window:
    """The asked window; without one the last bars, unless an indicator counts from the window's start."""
    if period != (None, None, None) or any(c.indicator.anchored for c in wanted):
        return window(run, *period)
    return Window(run.clock - BARS_WITHOUT_A_PERIOD * interval(timeframe), run.clock, reaches_now=True)


def compare_coins(
    run: RunContext,
    symbols: list[str],
    timeframe: str = "1d",
    days: float | str | None = None,
    start: str | None = None,
    end: str | None = None,
) -> Finding:
    """Compare how several coins did over the same window: change, extremes, volatility, correlation.

    Args:
        run: the run.
        symbols: two to fifty coins by ticker, name or alias, such as ["BTC", "ETH", "SOL"].
        timeframe: length of a bar, such as "1h" or "1d".
        days: length of the window in days up to now or `end`, such as 30.
        start: first day or moment in UTC, such as "2024-04-20".
        end: last day (whole) or moment (exclusive) in UTC, such as "2024-05-20".

    Returns:
        Change of each coin, best first, and their closes side by side as a table.

    Raises:
        BadArgument: unknown coin, fewer than two coins, impossible range.
        NotCollected: no bars of any of them in the window.
        NeedsAnswer: no coin or no period, or a name that several coins carry.
    """
    coins = several_coins(run, symbols, least=2, most=MOST_COMPARED)
    asked = window(run, days, start, end)
    read = read_together(run, coins, timeframe, asked)
    if not read.bars:
        raise NotCollected(" ".join(read.missing))
    arguments = {"symbols": coins, "timeframe": timeframe, "days": days, "start": start, "end": end}
    return compared(run, read, arguments)


def compared(run: RunContext, read: Together, arguments: dict[str, Any]) -> Finding:
    """The comparison of coins that have bars."""
    found = read.bars
    moves = {bars.symbol: move(bars.frame) for bars in found}
    ranked = sorted(found, key=lambda bars: moves[bars.symbol].change_pct, reverse=True)
    made = [f for b in found for f in price_figures(moves[b.symbol], b.quote, b.symbol, b.evidence.key, f"{b.symbol}_")]
    made += [figure for bars in found for figure in risk(bars, f"{bars.symbol}_")]
    made += pairs(found[:MOST_PAIRED])
    lines = [
        f"{b.symbol} {percent(moves[b.symbol].change_pct)}: {amount(moves[b.symbol].first)} to "
        f"{amount(moves[b.symbol].last)} {b.quote}, {b.window.text}. [{b.evidence.key}]"
        for b in ranked
    ]
    notes = [*read.notes, *(f"{b.symbol}: {note}" for b in found for note in b.notes), *read.missing]
    keys = tuple(b.evidence.key for b in found)
    name = f"comparison_{'_'.join(moves)}"
    artifact = attach(run, side_by_side(found), name, tool="compare_coins", arguments=arguments, keys=keys)
    facts: dict[str, Any] = {
        "partial": [b.symbol for b in found if not whole(b, found)],
        "symbols": [b.symbol for b in found],
        "ranked": [b.symbol for b in ranked],
        "best": ranked[0].symbol,
        "worst": ranked[-1].symbol,
    }
    facts |= {"quotes": {b.symbol: b.quote for b in found}, "notes": notes}
    facts |= {"window_start": found[0].window.text.partition("..")[0], "timeframe": found[0].timeframe}
    if read.end:
        facts["common_end"] = last_day(read.end)
    return Finding(fitted([*lines, *notes]), tuple(b.evidence for b in found), tuple(made), (artifact,), facts)


def whole(bars: Bars, every: list[Bars]) -> bool:
    """Whether a coin's bars cover all of the window that the others cover."""
    first, last = min(b.window.start for b in every), max(b.window.end for b in every)
    return bars.window.start <= first + bars.step and bars.window.end >= last - bars.step


def side_by_side(found: list[Bars]) -> pl.DataFrame:
    """Closes of each coin on common opening times."""
    table = found[0].frame.select("open_time", pl.col("close").alias(found[0].symbol))
    for bars in found[1:]:
        other = bars.frame.select("open_time", pl.col("close").alias(bars.symbol))
        table = table.join(other, on="open_time", how="full", coalesce=True)
    return table.sort("open_time")


def pairs(found: list[Bars]) -> list[Figure]:
    """Correlation of the returns of each pair of coins, on the bars both have."""
    closes = side_by_side(found)
    made = []
    for place, one in enumerate(found):
        for other in found[place + 1 :]:
            common = closes.select(one.symbol, other.symbol).drop_nulls().to_numpy()
            returns = np.diff(common, axis=0) / common[:-1]
            if len(returns) >= FEWEST_RETURNS and (returns.std(axis=0) > 0).all():
                value = float(np.corrcoef(returns, rowvar=False)[0, 1])
                made.append(Figure(f"{one.symbol}_{other.symbol}_correlation", value, "", one.evidence.key))
    return made
