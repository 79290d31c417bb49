"""Reading bars for the tools: one series, one window, cited, with what the person must know about it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from agents.cite import coverage_notes, evidence
from agents.context import RunContext
from agents.finding import Evidence
from agents.freshness import stale_notes
from agents.period import Window, aligned, interval, stamp
from agents.words import count, listed
from ledgers import glass
from ledgers.errors import BadArgument, NotCollected

DOLLARS = ("USD", "USDT", "USDC")


@dataclass(frozen=True)
class Bars:
    """The bars of one series that open in a window, oldest first, at least one."""

    symbol: str
    quote: str
    venue: str
    timeframe: str
    step: timedelta
    frame: pl.DataFrame
    evidence: Evidence
    notes: tuple[str, ...]

    @property
    def name(self) -> str:
        """The series, such as BTC/1d/BINANCE:USDT."""
        return f"{self.symbol}/{self.timeframe}/{self.venue}:{self.quote}"

    @property
    def window(self) -> Window:
        """From where the first bar opens to where the last one closes."""
        opens = self.frame["open_time"]
        return Window(opens[0], opens[-1] + self.step)


def read_bars(
    run: RunContext,
    symbol: str,
    timeframe: str,
    asked: Window,
    *,
    venue: str | None = None,
    quote: str | None = None,
) -> Bars:
    """The bars of one coin that open in a window.

    Args:
        run: whose ledgers are read and whose as-of holds.
        symbol: resolved, such as BTC.
        timeframe: such as '1d'.
        asked: the window; its start moves back to where a bar opens.
        venue: only this one; without it the series with most bars.
        quote: only this currency; where it has no series another one answers and the notes say so.

    Raises:
        NotCollected: no bar opens in the window; the message says what is stored.
        BadArgument: more bars than a run may read.
    """
    step = interval(timeframe)
    timeframe = timeframe.strip().lower()
    span = aligned(asked, step)
    if span.length / step > run.limits.rows:
        raise BadArgument(f"That is {count(int(span.length / step))} bars of {timeframe}: ask for a coarser timeframe.")
    wanted = quote.upper() if quote else None if run.base_currency in DOLLARS else run.base_currency
    frame, notes = _rows(run, (symbol, timeframe, venue), span, wanted)
    if frame.is_empty():
        raise NotCollected(what_is_stored(run, symbol, timeframe, span, venue))
    return _cited(run, frame, timeframe, span, notes)


def before(run: RunContext, bars: Bars, how_many: int) -> pl.DataFrame:
    """Up to so many stored bars of the same series that open before these, oldest first."""
    first: datetime = bars.frame["open_time"][0]
    return glass.candles(
        run.ledger,
        symbol=bars.symbol,
        interval=bars.timeframe,
        start=first - how_many * bars.step,
        end=first,
        as_of=run.as_of,
        venue=bars.venue,
        quote=bars.quote,
    )


def what_is_stored(run: RunContext, symbol: str, timeframe: str, span: Window, venue: str | None = None) -> str:
    """Why no bar answers: what of this coin is stored instead, or that nothing is."""
    series = glass.candle_series(run.ledger, symbol=symbol, as_of=run.as_of)
    if series.is_empty():
        return f"No price bars of {symbol} are collected."
    stored = [
        f"{s['symbol']}/{s['interval']}/{s['venue']}:{s['quote']} {stamp(s['first'])}..{stamp(s['last'])}"
        for s in series.to_dicts()
    ]
    at = f" on {venue.upper()}" if venue else ""
    return f"No {timeframe} bar of {symbol}{at} in {span.text}. Stored: {listed(stored, 6)}."


def _rows(
    run: RunContext, series: tuple[str, str, str | None], span: Window, quote: str | None
) -> tuple[pl.DataFrame, list[str]]:
    """Bars in the wanted currency; where it has none, in the currency there is, and a note."""
    symbol, timeframe, venue = series

    def read(currency: str | None) -> pl.DataFrame:
        return glass.candles(
            run.ledger,
            symbol=symbol,
            interval=timeframe,
            start=span.start,
            end=span.end,
            as_of=run.as_of,
            venue=venue,
            quote=currency,
        )

    frame = read(quote)
    if quote and frame.is_empty():
        frame = read(None)
        if not frame.is_empty():
            return frame, [f"No {quote} bars of {symbol} are stored: the figures are in {frame['quote'][0]}."]
    return frame, []


def _cited(run: RunContext, frame: pl.DataFrame, timeframe: str, span: Window, notes: list[str]) -> Bars:
    step = interval(timeframe)
    symbol, quote, venue = (str(frame[name][0]) for name in ("symbol", "quote", "venue"))
    covered = Window(frame["open_time"][0], frame["open_time"][-1] + step)
    finer = frame["resampled_from"][0] if "resampled_from" in frame.columns else None
    if finer:
        notes.append(f"Made of stored {finer} bars.")
    # The bar in progress at the clock is not stored yet: that is no gap.
    notes += coverage_notes(run, span, covered.start, covered.end, step if span.reaches_now else step / 2)
    missing = round(covered.length / step) - frame.height
    if missing > 0:
        notes.append(
            f"{count(missing)} bars in between are missing." if missing > 1 else "1 bar in between is missing."
        )
    series = f"candle:{symbol}/{timeframe}/{venue}:{quote}"
    notes += stale_notes(run, span, frame["source"].unique(), series, covered.end)
    cited = evidence(
        run,
        frame,
        ledger="glass",
        series=series,
        time="open_time",
        covered=covered.text,
    )
    return Bars(symbol, quote, venue, timeframe, step, frame, cited, tuple(notes))
