"""Realised volatility."""

import math

import numpy as np
import talib

from lab.indicator import Indicator, Series, blank


def volatility(close: Series, period: int = 30, per_year: float = 365.0) -> Series:
    """Realised volatility: sample standard deviation of log returns, annualised, in percent.

    Args:
        close: closing prices, oldest first, above zero.
        period: returns counted, 2 to 1000, such as 30.
        per_year: bars in a year, 365 for daily ones (a coin trades every day), 8760 for hourly ones.

    Returns:
        Percent a year; NaN for the first `period` bars.

    Source:
        J. C. Hull, Options, Futures, and Other Derivatives, section 15.4.
    """
    made = blank(len(close))
    if len(close) > period:
        spread = talib.STDDEV(np.diff(np.log(close)), period)
        made[1:] = 100 * math.sqrt(per_year * period / (period - 1)) * spread
    return made


INDICATOR = Indicator(
    volatility,
    warm_up=lambda period, per_year: period,  # noqa: ARG005 - called with every setting
    unit="%",
    aliases=("vol", "realised_volatility", "realized_volatility", "historical_volatility"),
)
