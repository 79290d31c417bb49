import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.words import age, amount, fitted, level, listed, percent, quoted


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (64940.59, "64,940.59"),
        (142.35, "142.35"),
        (3.14159265, "3.14159"),
        (0.0123456789, "0.0123457"),
        (-6339.41, "-6,339.41"),
        (1_143_176.7, "1,143,177"),
        (71280.0, "71,280.00"),
        (0, "0"),
        (0.00000123, "0.00000123"),
        (2.7779e20, "2.7779e+20"),
        (math.nan, "none"),
    ],
)
def test_an_amount_has_its_significant_digits_and_separators(value, text):
    assert amount(value) == text


@given(st.floats(1e-9, 1e14) | st.floats(-1e14, -1e-9))
def test_an_amount_in_words_lies_within_rounding_of_the_value(value):
    said = float(amount(value).replace(",", ""))
    assert said == pytest.approx(value, rel=5e-6, abs=0.5 if abs(value) >= 1e6 else 5e-3 if abs(value) >= 1e3 else 0)


@pytest.mark.parametrize(
    ("value", "text"), [(3.4216, "+3.42 %"), (-8.8937, "-8.89 %"), (0.0, "+0.00 %"), (0.0021, "+0.0021 %")]
)
def test_a_change_carries_its_sign(value, text):
    assert percent(value) == text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (79.0, "", "79"),
        (1e6, "count", "1,000,000"),
        (4.5, "count", "4.50"),
        (12.3, "%", "12.30 %"),
        (2.0, "USD", "2.00 USD"),
    ],
)
def test_a_level_is_told_in_its_unit_and_a_whole_number_stays_whole(value, unit, text):
    assert level(value, unit) == text


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(minutes=40), "40 min"),
        (timedelta(hours=3, minutes=10), "3 h"),
        (timedelta(days=19), "19 d"),
        (timedelta(seconds=-5), "0 min"),
    ],
)
def test_an_age_is_told_in_its_largest_sensible_unit(span, text):
    assert age(span) == text


@given(st.text(max_size=300))
def test_quoted_matter_is_one_short_line_without_markup_or_hidden_characters(text):
    said = quoted(text)
    assert said[0] == "«"
    assert said[-1] == "»"
    assert len(said) <= 112
    assert not set(said[1:-1]) & set("[]<>`|«»\n\r\t\u200b\u202e\x00")


def test_a_long_list_says_how_many_more_there_are():
    assert listed(["a", "b", "c"], 2) == "a, b and 1 more"
    assert listed(["a", "b"], 2) == "a, b"


def test_lines_that_do_not_fit_are_counted():
    text = fitted([f"line {n} " + "x" * 90 for n in range(40)])
    assert len(text) <= 2_000
    assert text.endswith("more lines left out; the attached table has all.)")
    assert fitted(["a", "", "b"]) == "a\nb"
