from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.errors import NeedsAnswer
from agents.formulas import chosen
from lab.indicator import indicators
from ledgers.errors import BadArgument

DAY = timedelta(days=1)


def labels(names):
    return [c.label for c in chosen(names, DAY)]


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ("rsi", "rsi_14"),
        ("RSI(14)", "rsi_14"),
        ("14-day RSI", "rsi_14"),
        ("Wilder's RSI 7", "rsi_7"),
        ("sma_50", "sma_50"),
        ("200-day moving average", "sma_200"),
        ("50-day simple moving average", "sma_50"),
        ("MACD(12, 26, 9)", "macd_12_26_9"),
        ("macd 5 35 5", "macd_5_35_5"),
        ("Bollinger Bands 20 2.5", "bollinger_20_2.5"),
        ("bb", "bollinger_20_2"),
        ("stochastic", "stochastic_14_3_3"),
        ("drawdown", "drawdown"),
        ("realised volatility 30", "volatility_30"),
        ("z-score", "zscore_20"),
        ("on balance volume", "obv"),
    ],
)
def test_an_indicator_is_read_as_people_call_it(said, label):
    assert labels([said]) == [label]


def test_one_string_with_commas_is_a_list_and_repeats_are_read_once():
    assert labels("rsi_14, MACD(12,26,9), rsi") == ["rsi_14", "macd_12_26_9"]


def test_every_indicator_is_found_by_its_own_label_again():
    for name in indicators():
        label = labels([name])
        assert labels(label) == label


def test_yearly_figures_follow_from_the_length_of_a_bar():
    (daily,), (hourly,) = chosen(["volatility"], DAY), chosen(["volatility"], timedelta(hours=1))
    assert daily.settings["per_year"] == 365
    assert hourly.settings["per_year"] == 8760


@pytest.mark.parametrize(
    "said",
    ["nonsense", "rsi_0", "rsi_1", "rsi_1.5", "rsi_1001", "rsi_14_3", "macd_26_12_9", "bollinger_20_11", "obv_3", "_"],
)
def test_an_unknown_indicator_or_an_impossible_setting_is_a_bad_argument(said):
    with pytest.raises(BadArgument):
        chosen([said], DAY)


def test_no_name_at_all_is_asked_for_and_nine_are_too_many():
    with pytest.raises(NeedsAnswer) as asked:
        chosen([], DAY)
    assert asked.value.field == "names"
    assert labels(list(asked.value.choices))
    with pytest.raises(BadArgument, match="at most"):
        chosen([f"sma_{n}" for n in range(2, 11)], DAY)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_in_plain_words(said):
    try:
        found = chosen([said], DAY)
    except (BadArgument, NeedsAnswer):
        return
    assert len(found) == 1
