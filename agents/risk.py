"""How much a price swung over a stretch of bars, and how much money was traded in it."""

import math

import numpy as np

from agents.bars import Bars
from agents.finding import Figure
from agents.formulas import YEAR
from lab.indicators.drawdown import drawdown

FEWEST_RETURNS = 3  # below this neither a spread nor a correlation says anything


def risk(bars: Bars, prefix: str = "") -> list[Figure]:
    """Volatility over the whole window, a year's and one bar's, the deepest drawdown of closes, and the turnover."""
    closes = bars.frame["close"].to_numpy()
    per_year = YEAR / bars.step
    numbers = {"max_drawdown_pct": (float(drawdown(closes).min()), "%")}
    if len(closes) > FEWEST_RETURNS and (closes > 0).all():
        spread = 100 * float(np.std(np.diff(np.log(closes)), ddof=1))
        numbers["volatility_pct"] = (spread * math.sqrt(per_year), "%")
        numbers["return_deviation_pct"] = (spread, "%")
    if not bars.frame["volume"].null_count():
        numbers["turnover"] = (float(np.dot(bars.frame["volume"].to_numpy(), closes)), bars.quote)
    return [Figure(prefix + name, value, unit, bars.evidence.key) for name, (value, unit) in numbers.items()]
