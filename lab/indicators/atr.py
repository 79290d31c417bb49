"""Average true range."""

import talib

from lab.indicator import Indicator, Series


def atr(high: Series, low: Series, close: Series, period: int = 14) -> Series:
    """Average true range (Wilder): smoothed mean of how far each bar moves, gaps from the last close included.

    Args:
        high: highest prices, oldest first.
        low: lowest prices.
        close: closing prices.
        period: bars of the average, 2 to 1000, usually 14.

    Returns:
        A distance in price; NaN for the first `period` bars.

    Source:
        J. W. Wilder, New Concepts in Technical Trading Systems (1978), section III; TA-Lib ATR.
    """
    return talib.ATR(high, low, close, period)


INDICATOR = Indicator(atr, warm_up=lambda period: period, unit="price", smoothed=True, aliases=("average_true_range",))
