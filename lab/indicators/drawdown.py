"""Drawdown."""

import numpy as np

from lab.indicator import Indicator, Series


def drawdown(close: Series) -> Series:
    """Drawdown: how far the close lies below the highest close so far.

    Args:
        close: closing prices, oldest first, above zero.

    Returns:
        Percent, 0 or below, from the first bar on.

    Source:
        M. Magdon-Ismail, A. Atiya, Maximum Drawdown (Risk, 2004).
    """
    return 100 * (close / np.maximum.accumulate(close) - 1) if len(close) else close.copy()


INDICATOR = Indicator(drawdown, warm_up=lambda: 0, unit="%", anchored=True, aliases=("dd", "max_drawdown"))
