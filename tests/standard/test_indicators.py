"""One suite over every indicator in `lab.indicators`, found by discovery: nothing can be added untested."""

import math
import statistics
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.indicator import COLUMNS, LONGEST_PERIOD, indicators

NAMES = sorted(indicators())


def walk(length: int, seed: int = 7) -> dict[str, np.ndarray]:
    """Bars of a random walk: valid candles, some without volume."""
    dice = np.random.default_rng(seed)
    close = 50_000 * np.exp(np.cumsum(dice.normal(0, 0.01, length)))
    opening = close * np.exp(dice.normal(0, 0.004, length))
    high = np.maximum(opening, close) * (1 + abs(dice.normal(0, 0.003, length)))
    low = np.minimum(opening, close) * (1 - abs(dice.normal(0, 0.003, length)))
    volume = np.where(dice.random(length) < 0.1, 0.0, dice.lognormal(3, 1, length))
    return {"open": opening, "high": high, "low": low, "close": close, "volume": volume}


def compute(name: str, bars: dict[str, np.ndarray], **chosen) -> dict[str, np.ndarray]:
    indicator = indicators()[name]
    return indicator.lines(bars, {**indicator.settings, **chosen})


# Independent plain-Python formulas, by the published definitions: lists in, lists out, None where there is no value.


def mean_of_last(values, period):
    return [statistics.fmean(values[i - period + 1 : i + 1]) if i >= period - 1 else None for i in range(len(values))]


def exponential(values, period, first):
    """Seeded by the mean of the `period` values that end at index `first`."""
    out, last = [None] * len(values), statistics.fmean(values[first - period + 1 : first + 1])
    out[first] = last
    for i in range(first + 1, len(values)):
        last = out[i] = last + 2 / (period + 1) * (values[i] - last)
    return out


def wilder(values, period, first):
    """Wilder's average of values[1:], seeded by the mean of values[1..period]."""
    out, last = [None] * len(values), statistics.fmean(values[first - period + 1 : first + 1])
    out[first] = last
    for i in range(first + 1, len(values)):
        last = out[i] = (last * (period - 1) + values[i]) / period
    return out


def reference_sma(b, period):
    return {"sma": mean_of_last(b["close"], period)}


def reference_ema(b, period):
    return {"ema": exponential(b["close"], period, period - 1)}


def reference_rsi(b, period):
    moves = [0.0, *(y - x for x, y in pairwise(b["close"]))]
    up = wilder([max(m, 0) for m in moves], period, period)
    down = wilder([max(-m, 0) for m in moves], period, period)
    return {"rsi": [None if u is None else 100 * u / (u + d) for u, d in zip(up, down, strict=True)]}


def reference_macd(b, fast, slow, signal):
    quick, lazy = exponential(b["close"], fast, slow - 1), exponential(b["close"], slow, slow - 1)
    line = [None if s is None else q - s for q, s in zip(quick, lazy, strict=True)]
    start = slow + signal - 2
    average = exponential([0 if v is None else v for v in line], signal, start)
    line = [v if i >= start else None for i, v in enumerate(line)]
    gap = [None if a is None else v - a for v, a in zip(line, average, strict=True)]
    return {"macd": line, "macd_signal": average, "macd_histogram": gap}


def reference_bollinger(b, period, deviations):
    middle = mean_of_last(b["close"], period)
    spread = [
        statistics.pstdev(b["close"][i - period + 1 : i + 1]) if i >= period - 1 else 0 for i in range(len(middle))
    ]
    pairs = list(zip(middle, spread, strict=True))
    return {
        "bollinger_upper": [None if m is None else m + deviations * s for m, s in pairs],
        "bollinger_middle": middle,
        "bollinger_lower": [None if m is None else m - deviations * s for m, s in pairs],
    }


def true_ranges(b):
    return [
        max(h - lo, *((abs(h - b["close"][i - 1]), abs(lo - b["close"][i - 1])) if i else (0,)))
        for i, (h, lo) in enumerate(zip(b["high"], b["low"], strict=True))
    ]


def reference_atr(b, period):
    return {"atr": wilder(true_ranges(b), period, period)}


def reference_adx(b, period):
    """Wilder's running totals as TA-Lib keeps them: the first of period - 1 moves, thereafter total - total/n + new."""
    up = [0.0, *(y - x for x, y in pairwise(b["high"]))]
    down = [0.0, *(x - y for x, y in pairwise(b["low"]))]
    plus_moves = [u if u > d and u > 0 else 0 for u, d in zip(up, down, strict=True)]
    minus_moves = [d if d > u and d > 0 else 0 for u, d in zip(up, down, strict=True)]
    ranges = true_ranges(b)
    totals = [sum(part[1:period]) for part in (plus_moves, minus_moves, ranges)]
    count = len(ranges)
    plus, minus, index, strengths = [None] * count, [None] * count, [None] * count, []
    for i in range(period, count):
        totals = [
            total - total / period + part[i]
            for total, part in zip(totals, (plus_moves, minus_moves, ranges), strict=True)
        ]
        plus[i], minus[i] = 100 * totals[0] / totals[2], 100 * totals[1] / totals[2]
        strengths.append(100 * abs(plus[i] - minus[i]) / (plus[i] + minus[i]))
        if len(strengths) == period:
            index[i] = statistics.fmean(strengths)
        elif len(strengths) > period:
            index[i] = (index[i - 1] * (period - 1) + strengths[-1]) / period
    first = 2 * period - 1
    return {"adx": index, "adx_plus": [None] * first + plus[first:], "adx_minus": [None] * first + minus[first:]}


def reference_stochastic(b, period, slowing, signal):
    raw = [
        100 * (b["close"][i] - lowest) / (max(b["high"][i - period + 1 : i + 1]) - lowest)
        for i in range(period - 1, len(b["close"]))
        for lowest in [min(b["low"][i - period + 1 : i + 1])]
    ]
    k = mean_of_last(raw, slowing)
    d = mean_of_last(k[slowing - 1 :], signal)
    lead = period + slowing + signal - 3
    return {
        "stochastic_k": [None] * lead + k[slowing + signal - 2 :],
        "stochastic_d": [None] * lead + d[signal - 1 :],
    }


def reference_obv(b):
    total, out = b["volume"][0], [b["volume"][0]]
    for i in range(1, len(b["close"])):
        move = b["close"][i] - b["close"][i - 1]
        total += math.copysign(b["volume"][i], move) if move else 0
        out.append(total)
    return {"obv": out}


def reference_vwap(b, period):
    typical = [(h + lo + c) / 3 for h, lo, c in zip(b["high"], b["low"], b["close"], strict=True)]
    out = [None] * (period - 1)
    for i in range(period - 1, len(typical)):
        window = range(i - period + 1, i + 1)
        traded = math.fsum(b["volume"][j] for j in window)
        out.append(math.fsum(typical[j] * b["volume"][j] for j in window) / traded if traded else None)
    return {"vwap": out}


def reference_volatility(b, period, per_year):
    logs = [None, *(math.log(y / x) for x, y in pairwise(b["close"]))]
    return {
        "volatility": [
            100 * statistics.stdev(logs[i - period + 1 : i + 1]) * math.sqrt(per_year) if i >= period else None
            for i in range(len(logs))
        ]
    }


def reference_drawdown(b):
    return {"drawdown": [100 * (c / max(b["close"][: i + 1]) - 1) for i, c in enumerate(b["close"])]}


def reference_returns(b, period):
    return {
        "returns": [
            100 * (c - b["close"][i - period]) / b["close"][i - period] if i >= period else None
            for i, c in enumerate(b["close"])
        ]
    }


def reference_roc(b, period):
    return {"roc": reference_returns(b, period)["returns"]}


def reference_zscore(b, period):
    out = [None] * (period - 1)
    for i in range(period - 1, len(b["close"])):
        window = b["close"][i - period + 1 : i + 1]
        out.append((b["close"][i] - statistics.fmean(window)) / statistics.pstdev(window))
    return {"zscore": out}


@pytest.mark.parametrize("name", NAMES)
def test_it_agrees_with_an_independent_formula_in_plain_python(name):
    bars = walk(160)
    plain = globals()[f"reference_{name}"]({k: v.tolist() for k, v in bars.items()}, **indicators()[name].settings)
    made = compute(name, bars)
    assert made.keys() == plain.keys()
    for line, expected in plain.items():
        wanted = np.array([np.nan if v is None else v for v in expected])
        np.testing.assert_allclose(made[line], wanted, rtol=1e-9, atol=1e-9, err_msg=line)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_pure_the_same_twice_and_its_input_untouched(name):
    bars = walk(200)
    before = {k: v.copy() for k, v in bars.items()}
    first, second = compute(name, bars), compute(name, bars)
    for line in first:
        np.testing.assert_array_equal(first[line], second[line])
        assert not any(np.shares_memory(first[line], column) for column in bars.values())
    for column in COLUMNS:
        np.testing.assert_array_equal(bars[column], before[column])


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), cut=st.integers(1, 119))
def test_it_is_causal_no_later_bar_changes_a_value(name, seed, cut):
    bars, other = walk(120, seed), walk(120, seed + 1)
    changed = {k: np.concatenate([bars[k][:cut], other[k][cut:]]) for k in bars}
    short = {k: v[:cut] for k, v in bars.items()}
    whole, altered, prefix = compute(name, bars), compute(name, changed), compute(name, short)
    for line in whole:
        np.testing.assert_array_equal(whole[line][:cut], altered[line][:cut])
        np.testing.assert_array_equal(whole[line][:cut], prefix[line])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("length", [0, 1, 2, 13, 14, 15, 60])
def test_it_is_as_long_as_its_input_also_where_that_is_too_short(name, length):
    for line in compute(name, walk(length)).values():
        assert len(line) == length
        assert line.dtype == np.float64


@pytest.mark.parametrize("name", NAMES)
def test_exactly_the_declared_warm_up_has_no_value(name):
    indicator = indicators()[name]
    lead = indicator.warm_up(**indicator.settings)
    for line in compute(name, walk(120)).values():
        assert np.isnan(line[:lead]).all()
        assert np.isfinite(line[lead:]).all()


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.sampled_from([1e-6, 1e-3, 1e3]))
def test_it_scales_with_the_price_or_not_at_all(name, seed, scale):
    indicator, bars = indicators()[name], walk(100, seed)
    scaled = {k: v if k == "volume" else v * scale for k, v in bars.items()}
    factor = scale if indicator.unit == "price" else 1
    plain, moved = compute(name, bars), compute(name, scaled)
    for line in plain:
        size = np.nanmax(np.abs(bars["close"])) if indicator.unit == "price" else 1.0
        np.testing.assert_allclose(moved[line], plain[line] * factor, rtol=1e-6, atol=1e-6 * size * factor)


@pytest.mark.parametrize("name", NAMES)
def test_a_smoothed_one_forgets_its_start_after_the_declared_run_up(name):
    indicator = indicators()[name]
    run_up = indicator.run_up(indicator.settings)
    assert run_up >= indicator.warm_up(**indicator.settings)
    if indicator.anchored:
        return
    bars = walk(run_up + 400)
    tail = {k: v[-(run_up + 1) :] for k, v in bars.items()}
    whole, late = compute(name, bars), compute(name, tail)
    for line in whole:
        size = np.nanmax(np.abs(whole[line]))
        assert abs(whole[line][-1] - late[line][-1]) <= (1e-3 if indicator.smoothed else 1e-9) * size


@pytest.mark.parametrize("name", NAMES)
def test_it_says_what_it_is_and_where_its_formula_is_from(name):
    indicator = indicators()[name]
    text = indicator.compute.__doc__
    assert set(indicator.columns) <= set(COLUMNS)
    assert "Source:" in text
    assert "Returns:" in text
    for parameter in (*indicator.columns, *indicator.settings):
        assert f"{parameter}:" in text
    assert indicator.title.endswith(".")
    assert indicator.unit in {"", "price", "%", "volume"}
    assert all(alias == alias.lower() and alias not in NAMES for alias in indicator.aliases)


def test_no_two_indicators_answer_to_the_same_alias():
    aliases = [alias for indicator in indicators().values() for alias in indicator.aliases]
    assert len(aliases) == len(set(aliases))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(1e-3, 1e6), min_size=30, max_size=90), st.integers(2, 20))
def test_rsi_and_stochastic_stay_between_0_and_100(closes, period):
    close = np.array(closes)
    bars = {"open": close, "high": close * 1.01, "low": close * 0.99, "close": close, "volume": np.ones_like(close)}
    for name in ("rsi", "stochastic"):
        for line in compute(name, bars, period=period).values():
            known = line[~np.isnan(line)]
            assert ((known >= -1e-9) & (known <= 100 + 1e-9)).all()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(1e-3, 1e6), min_size=2, max_size=60))
def test_drawdown_is_never_above_zero_and_zero_at_each_new_high(closes):
    line = compute("drawdown", {"close": np.array(closes)})["drawdown"]
    assert (line <= 0).all()
    assert all(line[i] == 0 for i, c in enumerate(closes) if c == max(closes[: i + 1]))


def test_rsi_is_100_when_prices_only_rise_and_0_when_they_only_fall():
    rising = np.arange(1.0, 60.0)
    assert compute("rsi", {"close": rising})["rsi"][-1] == pytest.approx(100)
    assert compute("rsi", {"close": rising[::-1].copy()})["rsi"][-1] == pytest.approx(0)


def test_macd_refuses_a_fast_period_that_is_not_below_the_slow_one():
    with pytest.raises(ValueError, match="fast"):
        compute("macd", walk(60), fast=26, slow=12)


def test_the_longest_period_is_bounded():
    assert all(v <= LONGEST_PERIOD for i in indicators().values() for v in i.settings.values())
