"""Indicators over a million bars, wrapper included, against raw TA-Lib and a plain numpy pass."""

import time
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import talib

from benchmarks.bench import Bench, Result, at_most
from benchmarks.market import bars
from lab.indicator import Series, indicators

BARS = 1_000_000
MEASURED = ("rsi", "macd", "bollinger", "atr")
REPETITIONS = 7
TARGET = 1.1
AGREEMENT = 1e-9


def measure(bench: Bench) -> Iterator[Result]:
    """RSI, MACD, Bollinger bands and ATR together; then how far they lie from raw TA-Lib."""
    frame = bars(bench.rows(BARS))
    columns = {name: frame[name].to_numpy() for name in ("open", "high", "low", "close", "volume")}
    works = {"ours": ours, "talib": raw, "floor": numpy_pass}
    taken = {name: min(cpu_seconds(work, columns) for _ in range(REPETITIONS)) for name, work in works.items()}
    note = f"{len(frame):,} bars, {1000 * taken['ours']:.1f} ms"
    yield at_most("RSI + MACD + Bollinger + ATR", taken["ours"] / taken["talib"], "of raw TA-Lib", TARGET, note)
    yield Result("the same", taken["ours"] / taken["floor"], "of an 8-column numpy pass")
    gaps = [float(np.nanmax(abs(a - b) / abs(b))) for a, b in zip(ours(columns), raw(columns), strict=True)]
    yield at_most("relative error", max(gaps), "", AGREEMENT)


def ours(columns: Mapping[str, Series]) -> list[Series]:
    """The lines of our indicators with their usual settings."""
    members = [indicators()[name] for name in MEASURED]
    return [line for member in members for line in member.lines(columns, member.settings).values()]


def raw(columns: Mapping[str, Series]) -> list[Series]:
    """The same calls straight to TA-Lib."""
    high, low, close = columns["high"], columns["low"], columns["close"]
    macd, bands = talib.MACD(close, 12, 26, 9), talib.BBANDS(close, 20, 2.0, 2.0)
    return [talib.RSI(close, 14), *macd, *bands, talib.ATR(high, low, close, 14)]


def numpy_pass(columns: Mapping[str, Series]) -> list[Series]:
    """Eight columns read and written once: what memory alone allows."""
    return [columns["close"] + place for place in range(8)]


def cpu_seconds(work: Callable[[Mapping[str, Series]], list[Series]], columns: Mapping[str, Series]) -> float:
    """Processor time of one go: other programs on the machine do not count."""
    started = time.process_time()
    work(columns)
    return time.process_time() - started
