"""Bollinger bands."""

import talib

from lab.indicator import Indicator, Lines, Series


def bollinger(close: Series, period: int = 20, deviations: float = 2.0) -> Lines:
    """Bollinger bands: simple moving average, and so many population standard deviations above and below it.

    Args:
        close: closing prices, oldest first.
        period: bars of the average and of the deviation, 2 to 1000, usually 20.
        deviations: width of each side in standard deviations, usually 2.

    Returns:
        `bollinger_upper`, `bollinger_middle` and `bollinger_lower` in price; NaN for the first period - 1 bars.

    Source:
        J. Bollinger, Bollinger on Bollinger Bands (2001), chapter 7; TA-Lib BBANDS.
    """
    upper, middle, lower = talib.BBANDS(close, period, deviations, deviations)
    return {"bollinger_upper": upper, "bollinger_middle": middle, "bollinger_lower": lower}


INDICATOR = Indicator(
    bollinger,
    warm_up=lambda period, deviations: period - 1,  # noqa: ARG005 - called with every setting
    unit="price",
    overlay=True,
    aliases=("bb", "bbands", "bollinger_bands"),
)
