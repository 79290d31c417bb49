from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from agents.risk import risk


def figures(closes):
    frame = pl.DataFrame({"close": closes, "volume": np.ones(len(closes))})
    bars = SimpleNamespace(frame=frame, step=timedelta(minutes=1), quote="USDT", evidence=SimpleNamespace(key="k"))
    return {figure.name: figure.value for figure in risk(bars)}


def test_a_window_of_more_bars_than_an_indicator_takes_has_its_volatility():
    closes = 100 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.001, 100_100)))
    found = figures(closes)
    assert found["return_deviation_pct"] == pytest.approx(0.1, rel=0.02)
    assert found["volatility_pct"] == pytest.approx(found["return_deviation_pct"] * np.sqrt(365 * 24 * 60))


def test_the_deviation_of_three_returns_is_that_of_a_sample():
    found = figures(np.array([100.0, 110.0, 99.0, 108.9]))
    returns = np.log([1.1, 0.9, 1.1])
    assert found["return_deviation_pct"] == pytest.approx(100 * np.std(returns, ddof=1))
