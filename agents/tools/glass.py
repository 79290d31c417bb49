"""Tools over the Glass ledger: prices."""

from typing import Any

from agents.bars import Bars, read_bars
from agents.context import RunContext
from agents.finding import Figure, Finding
from agents.freshness import stale_notes
from agents.mark import Mark, mark
from agents.period import UNITS, Window, aligned, interval, stamp, window
from agents.prices import CLOSES_ONLY, figures, move, sentence, when
from agents.risk import risk
from agents.sheet import MOST_ROWS, attach
from agents.subject import coin
from agents.words import age, amount, count, fitted, iso, percent
from ledgers.errors import NotCollected

__all__ = ["get_price_data"]

PRICE_COLUMNS = ("open_time", "open", "high", "low", "close", "volume", "quote", "venue", "source")


def get_price_data(
    run: RunContext,
    symbol: str,
    timeframe: str = "1d",
    days: float | str | None = None,
    start: str | None = None,
    end: str | None = None,
    *,
    venue: str | None = None,
    quote: str | None = None,
) -> Finding:
    """Read how the price of one coin moved: open, close, change, high, low, average, volume, largest rise and fall.

    A day or month means the bars that open in it, UTC. The rows are attached as a table.

    Args:
        run: the run.
        symbol: coin by ticker, name or alias, such as "BTC" or "bitcoin".
        timeframe: length of a bar: "5m", "15m", "1h", "4h", "1d", "1w"; largest rise and fall are within one bar.
        days: length of the window in days up to now or `end`, such as 30; 0.5 is twelve hours.
        start: first day or moment in UTC, such as "2024-04-01".
        end: last day (whole) or moment (exclusive) in UTC, such as "2024-04-20".
        venue: only this venue, such as "BINANCE"; without it the fullest series.
        quote: only this currency, such as "USDT" or "AUD"; where there is none, the answer says which it is in.

    Returns:
        The move in the quote currency, where the stored data begins and ends, and the bars as a table.

    Raises:
        BadArgument: unknown coin or timeframe, or a range that makes no sense.
        NotCollected: no bar opens in the window; the message says what is stored.
        NeedsAnswer: no coin or no period, or a name that several coins carry.
    """
    symbol = coin(run, symbol)
    asked = window(run, days, start, end)
    newest = mark(run, symbol, quote) if asked.reaches_now else None
    try:
        bars = read_bars(run, symbol, timeframe, asked, venue=venue, quote=quote)
    except NotCollected:
        if newest is None:
            raise
        return only_newest(run, newest, symbol, aligned(asked, interval(timeframe)), timeframe)
    arguments = {"symbol": symbol, "timeframe": timeframe, "days": days, "start": start, "end": end}
    return price_finding(run, bars, newest, {**arguments, "venue": venue, "quote": quote})


def price_finding(run: RunContext, bars: Bars, newest: Mark | None, arguments: dict[str, Any]) -> Finding:
    """The move over bars, and the newest price where that is later than the last bar."""
    moved = move(bars.frame)
    key = bars.evidence.key
    made, cited, lines = (
        [*figures(moved, bars.quote, bars.symbol, key), *risk(bars)],
        [bars.evidence],
        [f"{sentence(moved, bars)} [{key}]"],
    )
    notes = list(bars.notes)
    if newest and newest.at > bars.window.end:
        lines.append(newest_line(run, newest, bars.symbol))
        notes += newest_stale(run, newest)
        made.append(Figure("latest_price", newest.price, newest.quote, newest.evidence.key))
        if newest.quote == bars.quote:
            since = 100 * (newest.price / moved.first - 1)
            made.append(Figure("change_to_latest_pct", since, "%", newest.evidence.key))
            lines.append(f"Change from the first of the bars to it: {percent(since)}.")
        cited.append(newest.evidence)
    tables = []
    if bars.frame.height <= MOST_ROWS:
        name = f"{bars.symbol}_{bars.timeframe}_{bars.window.text}"
        rows = bars.frame.select(PRICE_COLUMNS)
        tables.append(attach(run, rows, name, tool="get_price_data", arguments=arguments, keys=(key,)))
    else:
        lines.append(f"The {count(bars.frame.height)} rows are not attached; export_table makes a file of them.")
    facts: dict[str, Any] = {
        "symbol": bars.symbol,
        "quote": bars.quote,
        "venue": bars.venue,
        "timeframe": bars.timeframe,
        "first_bar": iso(bars.window.start),
        "last_bar": iso(bars.frame["open_time"][-1]),
        "notes": [*notes, *([CLOSES_ONLY] if moved.closes_only else [])],
        **when(moved, bars.step),
        **(old(run, newest) if newest else {}),
    }
    return Finding(fitted([*lines, *notes]), tuple(cited), tuple(made), tuple(tables), facts)


def newest_stale(run: RunContext, newest: Mark) -> list[str]:
    """Whether the newest price is older than its source promises."""
    present = Window(newest.at, run.clock, reaches_now=True)
    return stale_notes(run, present, [newest.evidence.source], "", newest.at)


def newest_line(run: RunContext, newest: Mark, symbol: str) -> str:
    """The newest price in words."""
    told = f"{amount(newest.price)} {newest.quote} ({newest.venue}, {stamp(newest.at)})"
    age_of = "".join(f", {how_old}" for how_old in old(run, newest).values())
    return f"Newest price of {symbol}: {told}{age_of}. [{newest.evidence.key}]"


def only_newest(run: RunContext, newest: Mark, symbol: str, asked: Window, timeframe: str) -> Finding:
    """A single price where no bars are stored in a window that reaches now, and how old it is."""
    key = newest.evidence.key
    text, notes = f"No bars of {symbol} are stored in {asked.text}.", newest_stale(run, newest)
    if asked.start + interval(timeframe) > run.clock:
        told = "the as-of moment" if run.as_of else "now"
        notes.insert(0, f"The {timeframe} bar of {stamp(asked.start)} has not closed by {told}.")
    made = (Figure("latest_price", newest.price, newest.quote, key),)
    facts: dict[str, Any] = {"symbol": symbol, "quote": newest.quote, "venue": newest.venue, "notes": notes}
    facts |= {"latest_price_at": iso(newest.at), **old(run, newest)}
    return Finding(fitted([f"{text} {newest_line(run, newest, symbol)}", *notes]), (newest.evidence,), made, (), facts)


def old(run: RunContext, newest: Mark) -> dict[str, str]:
    """How old the newest price is, where that is more than a day."""
    since = run.clock - newest.at
    return {"latest_price_age": f"{age(since)} old"} if since > UNITS["d"] else {}
