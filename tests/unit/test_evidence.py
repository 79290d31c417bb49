import math
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.checking.numbers import read
from agents.evidence import check

CLOCK = datetime(2024, 4, 25, 10, 30, tzinfo=UTC)
BTC = "glass.candle:BTC/1d/BINANCE:USDT 2024-04-01..2024-04-20"
ETH = "glass.candle:ETH/1d/BINANCE:USDT 2024-04-01..2024-04-20"
FEAR = "human.sentiment:fear_greed 2024-04-01..2024-04-20"
MSTR = "catalyst.filing:MSTR 2024-03-01..2024-03-31"
ASKED = "How did BTC move between 1 April and 20 April 2024, and is it above 70k?"


def evidence(key, rows=20, start="2024-04-02", end="2024-04-21"):
    return {
        "key": key,
        "ledger": key.split(".")[0],
        "source": "binance",
        "observed_from": f"{start}T00:00:00+00:00",
        "observed_to": f"{end}T00:00:00+00:00",
        "known_at": f"{end}T00:05:00+00:00",
        "rows": rows,
        "quality": None,
        "simulated": False,
    }


def finding(*figures, key=BTC, text="", facts=None, **window):
    return {
        "text": text,
        "evidence": [evidence(key, **window)],
        "figures": [{"name": name, "value": value, "unit": unit, "evidence": key} for name, value, unit in figures],
        "artifacts": [],
        "facts": facts or {},
    }


PRICES = finding(
    ("first_open", 71280.0, "USDT"),
    ("last_close", 64940.59, "USDT"),
    ("change_pct", -8.8936, "%"),
    ("high", 72797.99, "USDT"),
    ("volume", 1_234_567_890.0, "BTC"),
    text=f"BTC fell 8.89 % [{BTC}]; average close 67,512.3 USDT.",
    facts={"high_at": "2024-04-08T14:30:00+00:00", "bars": 20, "trend": {"slope": 0.0421}},
)
ETHER = finding(("ETH_change_pct", -13.4, "%"), ("ETH_last_close", 3157.0, "USDT"), key=ETH)
MOOD = finding(("fear_greed_last", 66.0, ""), ("fear_greed_first", 79.0, ""), key=FEAR)
FILINGS = finding(("count", 6.0, "count"), key=MSTR, rows=6, start="2024-03-01", end="2024-03-31")
RATES = finding(("share", 0.034, "fraction"), ("change_pct", 104.2, "%"), key=ETH)
ALL = [PRICES, ETHER, MOOD, FILINGS]


def report(answer, findings=ALL, **more):
    return check(answer, findings, asked=[ASKED], clock=CLOCK, **more)


def unsupported(answer, findings=ALL):
    return report(answer, findings).unsupported_numbers


@pytest.mark.parametrize(
    "answer",
    [
        "BTC closed at 64,940.59 USDT.",
        "BTC closed at $64.9k, after $71.3k.",
        "BTC closed at about $65,000.",
        "BTC closed at ~65k, just under 65,000 USDT.",
        "BTC closed at 64\u202f940.59 USDT.",
        "BTC closed at **$64,941**.",
        "It stood over $64k, and its high was nearly 73,000.",
        "BTC fell 8.9 %.",
        "BTC fell by 8.89 percent, i.e. -8.9% or \u22128.89 %.",
        "BTC lost roughly 9 %.",
        "A change of -889 bps.",
        "Volume came to 1.23 billion BTC, 1,235 million to be exact.",
        "The average close was 67.5k USDT.",
        "The slope is 0.042 over 20 bars.",
        "The high came on 8 April 2024 at 14:30 UTC.",
        "The high came on April 8th, at 2:30 pm.",
        "From 2024-04-01 to 2024-04-20, in April 2024, in Q2 2024, in 2024.",
        "From 1 to 20 April 2024; April 1\u201320, 2024.",
        "Over these 20 days, about 3 weeks, it fell 8.9 %.",
        "You asked whether it is above 70k.",
        "MSTR filed six 8-Ks in March 2024.",
        "BTC lost nine per cent in under three weeks.",
        "The fear & greed index fell from 79/100 to 66 out of 100.",
        "| coin | change |\n|---|---:|\n| BTC | -8.89 % |\n| ETH | -13.4 % |",
    ],
)
def test_what_follows_from_a_finding_or_the_question_is_supported(answer):
    assert unsupported(answer) == []


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ("BTC closed at 64,941.59 USDT.", "64,941.59 USDT"),
        ("BTC closed at $65.9k.", "$65.9k"),
        ("BTC fell 8.8 %.", "8.8 %"),
        ("BTC rose 8.9 %.", "8.9 %"),
        ("BTC gained about 9 %.", "9 %"),
        ("It changed by +8.9 %.", "+8.9 %"),
        ("BTC closed at A$64,940.59.", "A$64,940.59"),
        ("BTC closed at €64,940.59.", "€64,940.59"),
        ("The index rose to 64,940.59 %.", "64,940.59 %"),
        ("It stood over $66k.", "$66k"),
        ("The high came on 9 May 2024.", "9 May 2024"),
        ("The high came at 15:45 UTC.", "15:45 UTC"),
        ("In 2019 it was different.", "2019"),
        ("MSTR filed seven 8-Ks in March 2024.", "seven"),
        ("It will reach $100,000.", "$100,000"),
        ("BTC halved.", "halved"),
        ("Over 45 days it fell.", "45 days"),
        ("RSI 14 stood at 55.3.", "55.3"),
    ],
)
def test_what_nothing_supports_is_named(answer, number):
    assert unsupported(answer) == [number]


@pytest.mark.parametrize(
    "answer",
    [
        "The 8-K, the 10-Q, two kinds of Form 4 and Schedule 13D are filings; Rule 10b5-1 and Item 7.01 too.",
        "The top-10 coins, the top 10, the 14-day RSI, RSI 14, RSI(14), SMA_50, SMA 200, MACD (12, 26, 9).",
        "Bollinger (20, 2), 50-period EMA, ATR-14.",
        "ERC-20, EIP-1559, COVID-19, SHA-256, 1INCH, C98, Web3, L2, Uniswap v3, S&P 500, Nasdaq 100, Layer 2.",
        "1. First\n2) Second\n- **3.** Third\n### 4. Fourth",
        "It trades 24/7 and the 24h change is unknown; the 1d and 4h bars agree.",
        "An RSI above the overbought threshold of 70, or below 30, which counts as oversold, would be notable.",
        "It goes from 0 (extreme fear) to 100.",
        "See https://example.org/2024/99 or `limit=500`.",
        "It is the 3rd largest, as in the 1990s; it may 14 be so.",
        "One of the coins did well.",
    ],
)
def test_names_that_hold_digits_are_no_figures(answer):
    numbers, moments = read(answer)
    assert [number.text for number in numbers if number.text != "14"] == []
    assert moments == []


def test_the_difference_sum_ratio_and_change_of_numbers_in_the_same_passage_are_supported():
    answer = (
        "BTC went from 71,280 to 64,940.59 USDT: a loss of 6,339.41 USDT, or 8.9 %, to 91.1 % of where it began. "
        "ETH lost 13.4 %, 4.5 percentage points more than BTC."
    )
    assert unsupported(answer) == []


def test_a_difference_of_numbers_that_the_answer_does_not_state_is_not_supported():
    assert unsupported("BTC lost 6,339.41 USDT.") == ["6,339.41 USDT"]


def test_multiples_are_read_as_ratios_and_as_changes():
    assert unsupported("The index fell from 79 to 66, that is 1.2 times less.") == []
    assert unsupported("It more than doubled: +104.2 %.", [RATES]) == []
    assert unsupported("The share is 3.4 %.", [RATES]) == []


def test_each_figure_is_tied_to_its_own_evidence_in_the_order_of_the_text():
    found = report("ETH fell 13.4 %. BTC fell 8.9 % to 64,940.59 USDT. Fear stood at 66.")
    assert [item["key"] for item in found.evidence] == [ETH, BTC, FEAR, MSTR]
    assert [item["n"] for item in found.evidence] == [1, 2, 3, 4]
    assert found.marked == "ETH fell 13.4 % [1]. BTC fell 8.9 % to 64,940.59 USDT [2]. Fear stood at 66 [3]."


def test_an_unsupported_number_is_marked_where_it_stands_and_stays_readable():
    found = report("BTC closed at **64,940.59 USDT**, and will reach **$99,999** soon.")
    assert found.marked == ("BTC closed at **64,940.59 USDT** [1], and will reach **$99,999** ⚠️ *(no evidence)* soon.")


def test_keys_that_the_model_wrote_become_numbers_of_the_evidence():
    found = report(f"BTC closed at 64,940.59 USDT [{BTC}].")
    assert found.text == "BTC closed at 64,940.59 USDT."
    assert found.evidence[0]["key"] == BTC


def test_findings_of_earlier_runs_support_but_this_runs_come_first():
    older = finding(("last_close", 50000.0, "USDT"), ("high", 64940.59, "USDT"), key=ETH)
    found = check("From 50,000 to 64,940.59 USDT.", [PRICES], earlier=[older], clock=CLOCK)
    assert found.unsupported_numbers == []
    assert [item["key"] for item in found.evidence] == [ETH, BTC]
    assert found.figures[1]["evidence"] == [2]


def test_the_same_price_of_two_coins_is_tied_to_the_coin_that_is_named():
    same = [finding(("last_close", 5.0, "USDT"), key=key) for key in (BTC, ETH)]
    assert report("ETH closed at 5.00 USDT.", same).evidence[0]["key"] == ETH
    assert report("BTC closed at 5.00 USDT.", same).evidence[0]["key"] == BTC


def test_an_answer_without_figures_lists_the_evidence_that_was_read():
    found = report("BTC fell.", [PRICES])
    assert (found.marked, found.unsupported_numbers) == ("BTC fell.", [])
    assert [item["key"] for item in found.evidence] == [BTC]


settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")
amounts = st.floats(min_value=0.001, max_value=5e11, allow_nan=False).map(lambda value: float(f"{value:.12g}"))


@given(value=amounts, decimals=st.integers(0, 6), grouped=st.booleans(), sign=st.sampled_from(["", "$", "US$"]))
def test_any_correct_rounding_is_supported(value, decimals, grouped, sign):
    written = f"{sign}{value:{',' if grouped else ''}.{decimals}f}"
    assert unsupported(f"It is {written} now.", [finding(("price", value, "USDT"))]) == []


@given(
    value=st.floats(min_value=1, max_value=999),
    suffix=st.sampled_from(["k", "m", "bn", " million", " billion", "K", "M"]),
)
def test_any_correct_abbreviation_is_supported(value, suffix):
    scale = {"k": 1e3, "m": 1e6, "bn": 1e9, "million": 1e6, "billion": 1e9}[suffix.strip().lower()]
    assert unsupported(f"It is ${value:.2f}{suffix} now.", [finding(("price", value * scale, "USDT"))]) == []


@given(value=st.floats(min_value=10, max_value=1e9), decimals=st.integers(0, 4), steps=st.integers(2, 50))
def test_a_number_more_than_a_step_of_its_last_digit_away_is_not_supported(value, decimals, steps):
    stated = value + steps * 10.0**-decimals
    written = f"{stated:.{decimals}f}"
    wanted = [] if decimals == 0 and written.endswith("0") else [written]
    if not (1900 < stated < 2100) and wanted:
        assert unsupported(f"It is {written} now.", [finding(("price", value, ""), rows=0)]) == wanted


@given(value=st.floats(min_value=-99, max_value=500).filter(lambda value: abs(value) > 0.2), decimals=st.integers(1, 3))
def test_a_percent_change_is_supported_in_its_own_direction_only(value, decimals):
    said = f"{abs(value):.{decimals}f} %"
    right, wrong = ("rose", "fell") if value > 0 else ("fell", "rose")
    known = [finding(("change_pct", value, "%"), rows=0)]
    assert unsupported(f"It {right} {said}.", known) == []
    assert unsupported(f"It {wrong} {said}.", known) == [said]


@given(st.text(max_size=300))
def test_any_text_can_be_checked_and_only_marks_are_added(text):
    found = report(text, [])
    assert found.marked.replace(" ⚠️ *(no evidence)*", "") == found.text


@given(a=st.floats(1, 1e6), b=st.floats(1, 1e6))
def test_the_change_between_two_stated_prices_is_supported(a, b):
    known = [finding(("first", a, "USDT"), ("last", b, "USDT"), rows=0)]
    change = (b / a - 1) * 100
    answer = f"It went from {a:.6f} to {b:.6f} USDT, a change of {change:+.2f} %."
    assert math.isfinite(change)
    assert unsupported(answer, known) == []
