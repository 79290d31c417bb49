"""Moving average convergence / divergence."""

import talib

from lab.indicator import Indicator, Lines, Series


def macd(close: Series, fast: int = 12, slow: int = 26, signal: int = 9) -> Lines:
    """MACD: fast less slow exponential average of closes, its own average as signal, their difference as histogram.

    Args:
        close: closing prices, oldest first.
        fast: bars of the fast average, 2 to 1000, usually 12.
        slow: bars of the slow average, more than `fast`, usually 26.
        signal: bars of the signal's average, usually 9.

    Returns:
        `macd`, `macd_signal` and `macd_histogram` in price; NaN for the first slow + signal - 2 bars.

    Source:
        G. Appel, Technical Analysis: Power Tools for Active Investors (2005), chapter 8; TA-Lib MACD.
    """
    if fast >= slow:
        raise ValueError(f"macd needs a fast period below the slow one, not {fast} and {slow}")
    line, average, histogram = talib.MACD(close, fast, slow, signal)
    return {"macd": line, "macd_signal": average, "macd_histogram": histogram}


INDICATOR = Indicator(
    macd,
    warm_up=lambda fast, slow, signal: slow + signal - 2,  # noqa: ARG005 - called with every setting
    unit="price",
    smoothed=True,
    aliases=("moving_average_convergence_divergence",),
)
