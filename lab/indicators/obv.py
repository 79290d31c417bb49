"""On-balance volume."""

import talib

from lab.indicator import Indicator, Series


def obv(close: Series, volume: Series) -> Series:
    """On-balance volume: volume added when the close rises and taken away when it falls.

    Its level depends on where counting starts (the first bar's volume); only its change tells something.

    Args:
        close: closing prices, oldest first.
        volume: traded volume of each bar, in coins.

    Returns:
        Coins, from the first bar on.

    Source:
        J. Granville, Granville's New Key to Stock Market Profits (1963); TA-Lib OBV.
    """
    return talib.OBV(close, volume)


INDICATOR = Indicator(obv, warm_up=lambda: 0, unit="volume", anchored=True, aliases=("on_balance_volume",))
