"""Exponential moving average."""

import talib

from lab.indicator import Indicator, Series


def ema(close: Series, period: int = 20) -> Series:
    """Exponential moving average of closes, weight 2 / (period + 1) on the newest.

    Args:
        close: closing prices, oldest first.
        period: bars of the equivalent simple average, 2 to 1000, such as 26.

    Returns:
        Prices; NaN for the first period - 1 bars; starts from the simple mean of the first `period` bars.

    Source:
        J. J. Murphy, Technical Analysis of the Financial Markets, chapter 9; TA-Lib EMA.
    """
    return talib.EMA(close, period)


INDICATOR = Indicator(
    ema,
    warm_up=lambda period: period - 1,
    unit="price",
    smoothed=True,
    overlay=True,
    aliases=("exponential_moving_average",),
)
