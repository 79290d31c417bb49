"""Simple moving average."""

import talib

from lab.indicator import Indicator, Series


def sma(close: Series, period: int = 20) -> Series:
    """Simple moving average of closes: the plain mean of the last `period` bars.

    Args:
        close: closing prices, oldest first.
        period: bars averaged, 2 to 1000, such as 50.

    Returns:
        Prices; NaN for the first period - 1 bars.

    Source:
        J. J. Murphy, Technical Analysis of the Financial Markets, chapter 9; TA-Lib SMA.
    """
    return talib.SMA(close, period)


INDICATOR = Indicator(
    sma,
    warm_up=lambda period: period - 1,
    unit="price",
    overlay=True,
    aliases=("ma", "moving_average", "simple_moving_average"),
)
