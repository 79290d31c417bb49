"""Relative strength index."""

import talib

from lab.indicator import Indicator, Series


def rsi(close: Series, period: int = 14) -> Series:
    """Relative strength index (Wilder): 100 x average gain / (average gain + average loss).

    Gains and losses are smoothed by Wilder's average, each new one weighing 1 / period. Where no price moved at all
    the value is 0, as in TA-Lib.

    Args:
        close: closing prices, oldest first.
        period: bars of the average, 2 to 1000, usually 14.

    Returns:
        0 to 100; NaN for the first `period` bars.

    Source:
        J. W. Wilder, New Concepts in Technical Trading Systems (1978), section VI; TA-Lib RSI.
    """
    return talib.RSI(close, period)


INDICATOR = Indicator(rsi, warm_up=lambda period: period, smoothed=True, aliases=("relative_strength_index",))
