"""Simple returns."""

from lab.indicator import Indicator, Series, blank


def returns(close: Series, period: int = 1) -> Series:
    """Simple return: change of the close against `period` bars earlier.

    Args:
        close: closing prices, oldest first, above zero.
        period: bars to look back, 1 to 1000.

    Returns:
        Percent; NaN for the first `period` bars.

    Source:
        J. Y. Campbell, A. W. Lo, A. C. MacKinlay, The Econometrics of Financial Markets (1997), section 1.4.
    """
    made = blank(len(close))
    made[period:] = 100 * (close[period:] / close[:-period] - 1)
    return made


INDICATOR = Indicator(returns, warm_up=lambda period: period, unit="%", shortest=1, aliases=("return",))
