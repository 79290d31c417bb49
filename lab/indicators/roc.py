"""Rate of change."""

import talib

from lab.indicator import Indicator, Series


def roc(close: Series, period: int = 10) -> Series:
    """Rate of change: 100 x (close / close `period` bars ago - 1).

    Args:
        close: closing prices, oldest first, above zero.
        period: bars to look back, 1 to 1000, usually 10.

    Returns:
        Percent; NaN for the first `period` bars.

    Source:
        J. J. Murphy, Technical Analysis of the Financial Markets, chapter 10; TA-Lib ROC.
    """
    return talib.ROC(close, period)


INDICATOR = Indicator(roc, warm_up=lambda period: period, unit="%", shortest=1, aliases=("rate_of_change",))
