"""Z-score of the close."""

import numpy as np
import talib

from lab.indicator import Indicator, Series, blank


def zscore(close: Series, period: int = 20) -> Series:
    """Z-score: by how many population standard deviations the close differs from its moving average.

    Args:
        close: closing prices, oldest first.
        period: bars of average and deviation, 2 to 1000, usually 20.

    Returns:
        Standard deviations; NaN for the first period - 1 bars and where the price did not move.

    Source:
        E. Chan, Algorithmic Trading (2013), chapter 2; TA-Lib SMA and STDDEV.
    """
    made = blank(len(close))
    spread = talib.STDDEV(close, period)
    np.divide(close - talib.SMA(close, period), spread, out=made, where=spread > 0)
    return made


INDICATOR = Indicator(zscore, warm_up=lambda period: period - 1, aliases=("z_score", "z"))
