"""Average directional index."""

import talib

from lab.indicator import Indicator, Lines, Series


def adx(high: Series, low: Series, close: Series, period: int = 14) -> Lines:
    """Average directional index (Wilder): how strongly a price trends, with its upward and downward parts.

    Args:
        high: highest prices, oldest first.
        low: lowest prices.
        close: closing prices.
        period: bars of each average, 2 to 1000, usually 14.

    Returns:
        `adx`, `adx_plus` (+DI) and `adx_minus` (-DI), each 0 to 100; NaN for the first 2 x period - 1 bars.

    Source:
        J. W. Wilder, New Concepts in Technical Trading Systems (1978), section IV; TA-Lib ADX, PLUS_DI, MINUS_DI.
    """
    plus, minus = talib.PLUS_DI(high, low, close, period), talib.MINUS_DI(high, low, close, period)
    # The parts are known earlier than the index; all three start together so that no line is half a picture.
    plus[: 2 * period - 1] = minus[: 2 * period - 1] = float("nan")
    return {"adx": talib.ADX(high, low, close, period), "adx_plus": plus, "adx_minus": minus}


INDICATOR = Indicator(
    adx, warm_up=lambda period: 2 * period - 1, smoothed=True, aliases=("average_directional_index", "dmi")
)
