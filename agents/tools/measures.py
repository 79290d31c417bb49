"""Tools that measure the bars of a coin: statistics of one field, and how often a condition held."""

from typing import Any, cast

from agents.bars import Bars, read_bars
from agents.columns import mean
from agents.context import RunContext
from agents.counting import Level, counted, figures, moments, told
from agents.fields import Column, column
from agents.finding import Figure, Finding
from agents.numeric import number
from agents.period import window
from agents.subject import coin
from agents.words import count, fitted, iso, level

__all__ = ["count_bars", "summarise_bars"]


def summarise_bars(
    run: RunContext,
    symbol: str,
    of: str = "close",
    timeframe: str = "1d",
    days: float | str | None = None,
    start: str | None = None,
    *,
    end: str | None = None,
    venue: str | None = None,
    quote: str | None = None,
) -> Finding:
    """Summarise one field of the bars of a coin: average, median, standard deviation, highest, lowest, total.

    Args:
        run: the run.
        symbol: coin by ticker, name or alias, such as "BTC".
        of: "close", "open", "high", "low", "volume", "change" (open to close in %), "size" (the same without sign),
            "range" (high less low in % of the open) or an indicator such as "rsi_14".
        timeframe: length of a bar, such as "1h" or "1d".
        days: length of the window in days up to now or `end`, such as 30.
        start: first day or moment in UTC, such as "2024-04-01".
        end: last day (whole) or moment (exclusive) in UTC, such as "2024-04-30".
        venue: only this venue, such as "BINANCE".
        quote: only this currency, such as "USDT".

    Returns:
        The statistics of the field over the window; the standard deviation is that of a sample.

    Raises:
        BadArgument: unknown coin, field or timeframe, or a range that makes no sense.
        NotCollected: no bar opens in the window, or the field is not stored.
        NeedsAnswer: no coin or no period, or a name that several coins carry.
    """
    symbol = coin(run, symbol)
    bars = read_bars(run, symbol, timeframe, window(run, days, start, end), venue=venue, quote=quote)
    values = column(run, bars, of)
    made = statistics(values)
    told_all = ", ".join(f"{figure.name} {level(figure.value, figure.unit)}" for figure in made)
    head = f"{values.of} of {bars.name}, {bars.window.text}: {told_all}."
    facts = described(bars, values) | {
        f"{name}_at": iso(values.extreme(largest=name == "highest").at) for name in ("highest", "lowest")
    }
    return Finding(fitted([f"{head} [{values.evidence.key}]", *values.notes]), (values.evidence,), made, (), facts)


def statistics(values: Column) -> tuple[Figure, ...]:
    """What a column amounts to, at full precision."""
    series, key = values.frame["value"], values.evidence.key
    numbers: list[tuple[str, float | None, str]] = [
        ("average", mean(series), values.unit),
        ("median", cast("float", series.median()), values.unit),
        ("deviation", cast("float | None", series.std()), values.unit),
        ("highest", values.extreme(largest=True).value, values.unit),
        ("lowest", values.extreme(largest=False).value, values.unit),
        ("bars", series.len(), "count"),
        ("total", float(series.sum()) if values.of == "volume" else None, values.unit),
    ]
    return tuple(Figure(name, float(value), unit, key) for name, value, unit in numbers if value is not None)


def count_bars(
    run: RunContext,
    symbol: str,
    of: str = "close",
    timeframe: str = "1d",
    days: float | str | None = None,
    start: str | None = None,
    *,
    end: str | None = None,
    above: float | None = None,
    below: float | None = None,
    venue: str | None = None,
    quote: str | None = None,
) -> Finding:
    """Count the bars on which a condition held, and say when it first and last did; rising and falling bars as well.

    Args:
        run: the run.
        symbol: coin by ticker, name or alias, such as "BTC".
        of: what is held against the level: "close", "open", "high", "low", "volume", "change" (open to close in %:
            above 0 are rising bars, below 0 falling ones), "size", "range" or an indicator such as "rsi_14".
        timeframe: length of a bar: "1d" counts days, "1h" hours.
        days: length of the window in days up to now or `end`, such as 30.
        start: first day or moment in UTC, such as "2024-04-01".
        end: last day (whole) or moment (exclusive) in UTC, such as "2024-04-30".
        above: the level to be exceeded, such as 70000.
        below: the level to stay under, such as 60000; with `above` the condition is to lie between both.
        venue: only this venue, such as "BINANCE".
        quote: only this currency, such as "USDT".

    Returns:
        How many bars met it out of how many, the first, the last, the longest run, and the extremes of the field.

    Raises:
        BadArgument: no level, unknown coin, field or timeframe, or a range that makes no sense.
        NotCollected: no bar opens in the window, or the field is not stored.
        NeedsAnswer: no coin or no period, or a name that several coins carry.
    """
    held = Level(*(None if edge is None else number(edge, "a level") for edge in (above, below)))
    symbol = coin(run, symbol)
    bars = read_bars(run, symbol, timeframe, window(run, days, start, end), venue=venue, quote=quote)
    values = column(run, bars, of)
    tally = counted(values, held)
    text = f"{bars.name}, {bars.window.text}: {values.of} {told(tally, held, bars)} [{values.evidence.key}]"
    facts = described(bars, values) | moments(tally, values) | {"above": above, "below": below}
    made = tuple(figures(tally, values))
    return Finding(fitted([text, *values.notes]), (values.evidence,), made, (), facts)


def described(bars: Bars, values: Column) -> dict[str, Any]:
    """Which bars and which field."""
    facts: dict[str, Any] = {"symbol": bars.symbol, "quote": bars.quote, "venue": bars.venue}
    facts |= {"timeframe": bars.timeframe, "of": values.of, "first_bar": iso(bars.window.start)}
    facts |= {"last_bar": iso(bars.frame["open_time"][-1]), "counted": count(values.frame.height)}
    return facts | {"notes": list(values.notes)}
