"""Volume-weighted average price."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lab.indicator import Indicator, Series, blank


def vwap(high: Series, low: Series, close: Series, volume: Series, period: int = 20) -> Series:
    """Rolling volume-weighted average of the typical price (high + low + close) / 3.

    Args:
        high: highest prices, oldest first.
        low: lowest prices.
        close: closing prices.
        volume: traded volume of each bar, in coins.
        period: bars averaged, 2 to 1000, such as 20.

    Returns:
        Prices; NaN for the first period - 1 bars and wherever nothing was traded.

    Source:
        Berkowitz, Logue, Noser, The Total Cost of Transactions on the NYSE (Journal of Finance, 1988).
    """
    made = blank(len(close))
    if len(close) < period:
        return made
    turnover = (high + low + close) / 3 * volume
    # Sums of each window by themselves: a running sum would leave residues where volume drops to nothing.
    traded = sliding_window_view(volume, period).sum(axis=-1)
    paid = sliding_window_view(turnover, period).sum(axis=-1)
    np.divide(paid, traded, out=made[period - 1 :], where=traded > 0)
    return made


INDICATOR = Indicator(
    vwap,
    warm_up=lambda period: period - 1,
    unit="price",
    overlay=True,
    aliases=("volume_weighted_average_price",),
)
