"""Judging what was collected: pure, by its facts."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from collectors import quality as judging
from collectors.config import QualitySettings
from collectors.judging import length
from collectors.quality import Facts, judge

NOW = datetime(2026, 3, 14, 15, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CRITERIA = QualitySettings()


def facts(age: timedelta | None = timedelta(), expected: int = 10, present: int = 10, **flaws: float) -> Facts:
    newest = None if age is None else NOW - age
    return Facts(NOW, newest, 10 * MINUTE, HOUR, expected, present, flaws)


@pytest.mark.parametrize(
    ("known", "state", "score", "level"),
    [
        (facts(), "fresh", 1.0, None),
        (facts(10 * MINUTE), "fresh", 1.0, None),
        (facts(11 * MINUTE), "warn", 0.992, "warning"),
        (facts(35 * MINUTE), "warn", 0.8, "warning"),
        (facts(HOUR), "warn", 0.6, "warning"),
        (facts(61 * MINUTE), "error", 0.6, "warning"),
        (facts(3 * HOUR, present=5), "error", 0.45, "high"),
        (facts(None, present=0), "error", 0.3, "high"),
        (facts(present=5), "fresh", 0.85, None),
        (facts(frozen=1.0), "fresh", 0.7, None),
        (facts(present=0, frozen=1.0), "fresh", 0.4, "high"),
        (facts(present=9, jumps=0.95), "fresh", 0.685, "warning"),
        (facts(expected=0, present=0), "fresh", 1.0, None),
        (facts(jumps=0.8, crossed=0.9), "fresh", 0.7, None),
    ],
)
def test_age_holes_and_flaws_make_the_score_and_the_score_and_age_make_the_alarm(known, state, score, level):
    verdict = judge(known, CRITERIA)
    assert (verdict.state, verdict.level(CRITERIA)) == (state, level)
    assert verdict.score == pytest.approx(score, abs=0.001)


spans = st.timedeltas(min_value=timedelta(), max_value=10 * DAY)
shares = st.floats(0, 1)
both = st.fixed_dictionaries({"jumps": shares, "crossed": shares})


@given(spans, spans, st.integers(0, 500), st.integers(0, 500), both)
def test_every_score_lies_from_0_to_1_and_falls_as_data_ages(age, later, expected, present, flaws):
    young = judge(facts(age, expected, present, **flaws), CRITERIA)
    old = judge(facts(age + later, expected, present, **flaws), CRITERIA)
    for verdict in (young, old):
        for value in (verdict.completeness, verdict.timeliness, verdict.accuracy, verdict.score):
            assert 0 <= value <= 1
    assert old.timeliness <= young.timeliness
    assert old.score <= young.score


@given(st.integers(1, 200), st.sets(st.integers(0, 199)))
def test_gaps_and_bars_together_are_the_window_and_never_overlap(length_of, stored):
    end = NOW + length_of * HOUR
    opens = [NOW + n * HOUR for n in sorted(stored)]
    holes = judging.gaps(opens, NOW, end, HOUR)
    missing = [start + n * HOUR for start, stop in holes for n in range((stop - start) // HOUR)]
    inside = [at for at in opens if at < end]
    assert sorted(missing + inside) == [NOW + n * HOUR for n in range(length_of)]


def test_gaps_are_found_at_both_ends_and_between():
    opens = [NOW + n * HOUR for n in (1, 2, 5)]
    assert judging.gaps(opens, NOW, NOW + 8 * HOUR, HOUR) == [
        (NOW, NOW + HOUR),
        (NOW + 3 * HOUR, NOW + 5 * HOUR),
        (NOW + 6 * HOUR, NOW + 8 * HOUR),
    ]


def test_a_jump_a_frozen_price_and_a_high_below_the_low_are_flaws():
    bars = pl.DataFrame({"close": [100.0, 140.0, 141.0], "high": [1.0, 2.0, 3.0], "low": [2.0, 1.0, 1.0]})
    assert set(judging.flaws_of_bars(bars, CRITERIA)) == {"jumps", "impossible"}
    still = pl.DataFrame({name: [5.0] * 30 for name in ("close", "high", "low")})
    assert judging.flaws_of_bars(still, CRITERIA) == {"frozen": 1.0}
    assert judging.flaws_of_bars(still.head(29), CRITERIA) == {}
    assert judging.flaws_of_bars(still.clear(), CRITERIA) == {}


def test_a_bid_above_the_ask_is_a_flaw_and_markets_are_not_mixed():
    def market(symbol, last, bid=1.0, ask=2.0):
        return {"symbol": symbol, "quote": "AUD", "venue": "X", "last": last, "bid": bid, "ask": ask}

    quotes = pl.DataFrame([market("A", 1.0), market("A", 1.01), market("B", 900.0), market("B", 901.0, bid=3.0)])
    assert judging.flaws_of_quotes(quotes, CRITERIA) == {"crossed": 1.0}
    assert judging.flaws_of_quotes(quotes.head(3), CRITERIA) == {}


@pytest.mark.parametrize(
    ("closes", "astray"),
    [
        ({"A": 100.0}, set()),
        ({"A": 100.0, "B": 101.0}, set()),
        ({"A": 100.0, "B": 103.0}, {"A", "B"}),
        ({"A": 100.0, "B": 100.5, "C": 110.0}, {"C"}),
        ({"A": 0.0, "B": 0.0}, set()),
    ],
)
def test_a_venue_is_astray_where_its_close_is_far_from_the_others(closes, astray):
    assert judging.diverging(closes, 2.0) == astray


def test_a_share_of_bad_rows_is_graded_against_what_is_tolerated():
    assert [judging.graded(bad, 100, CRITERIA) for bad in (0, 5, 10, 50)] == pytest.approx([0, 0.5, 1, 1])
    assert judging.graded(0, 0, CRITERIA) == 0


def test_weights_that_do_not_add_up_to_one_are_refused(monkeypatch):
    monkeypatch.setenv("OMC_QUALITY_ACCURACY_WEIGHT", "0.5")
    with pytest.raises(ValidationError, match="add up to 1"):
        QualitySettings()


def test_every_threshold_comes_from_the_environment(monkeypatch):
    monkeypatch.setenv("OMC_QUALITY_WARNING_BELOW", "0.9")
    assert judge(facts(present=5), CRITERIA).level(QualitySettings()) == "warning"


def test_ages_are_told_in_their_largest_sensible_unit():
    assert [length(span) for span in (10 * MINUTE, 3 * HOUR, 50 * HOUR)] == ["10 min", "3 h", "2 d"]
