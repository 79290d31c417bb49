"""Stochastic oscillator."""

import talib

from lab.indicator import Indicator, Lines, Series


def stochastic(
    high: Series, low: Series, close: Series, *, period: int = 14, slowing: int = 3, signal: int = 3
) -> Lines:
    """Slow stochastic oscillator: where the close lies in the range of the last bars, %K and its average %D.

    Args:
        high: highest prices, oldest first.
        low: lowest prices.
        close: closing prices.
        period: bars of the range, 2 to 1000, usually 14.
        slowing: bars over which raw %K is averaged, usually 3.
        signal: bars over which %K is averaged into %D, usually 3.

    Returns:
        `stochastic_k` and `stochastic_d`, 0 to 100; NaN for the first period + slowing + signal - 3 bars.

    Source:
        G. C. Lane, Lane's Stochastics (1984); TA-Lib STOCH.
    """
    k, d = talib.STOCH(high, low, close, fastk_period=period, slowk_period=slowing, slowd_period=signal)
    return {"stochastic_k": k, "stochastic_d": d}


INDICATOR = Indicator(
    stochastic,
    warm_up=lambda period, slowing, signal: period + slowing + signal - 3,
    aliases=("stoch", "stochastic_oscillator"),
)
