"""Counts, statistics, ratios and investments, told by hand on a ledger of round numbers."""

import statistics

import pytest
from stock import NOW, ledger_rows, name_coins, person, put

from agents.context import RunContext
from agents.stores import DiskStore
from agents.tools.measures import count_bars, summarise_bars
from agents.tools.worth import get_ratio, value_investment
from ledgers.errors import BadArgument, NotCollected

pytestmark = pytest.mark.integration

TEN_DAYS = {"start": "2024-04-01", "end": "2024-04-10"}  # BTC: day n opens at 1000 + n, closes one higher; n from 91


@pytest.fixture(scope="module")
def run(module_ledger, tmp_path_factory):
    name_coins(module_ledger)
    put(module_ledger, ledger_rows())
    user, thread, run_id = person(module_ledger, "ann")
    store = DiskStore(tmp_path_factory.mktemp("artifacts"))
    return RunContext(
        ledger=module_ledger,
        artifacts=store,
        user_id=user,
        thread_id=thread,
        run_id=run_id,
        tool_call_id="call-1",
        now=NOW,
        as_of=None,
    )


def values(finding):
    return {figure.name: figure.value for figure in finding.figures}


def test_the_closes_of_ten_days_are_summarised(run):
    found = values(summarise_bars(run, "BTC", **TEN_DAYS))
    assert found["median"] == pytest.approx(1096.5)
    assert found["average"] == pytest.approx(1096.5)
    assert found["deviation"] == pytest.approx(statistics.stdev(range(1092, 1102)))
    assert (found["highest"], found["lowest"], found["bars"]) == (1101, 1092, 10)
    assert "total" not in found


def test_volume_has_a_total_and_the_days_of_its_extremes(run):
    finding = summarise_bars(run, "BTC", of="volume", **TEN_DAYS)
    assert values(finding)["total"] == sum(range(92, 102))
    assert finding.facts["highest_at"] == "2024-04-10T00:00:00Z"


def test_days_above_a_level_are_counted_with_the_first_and_the_last(run):
    finding = count_bars(run, "BTC", above=1097, **TEN_DAYS)
    assert (values(finding)["count"], values(finding)["bars"]) == (4, 10)
    assert finding.facts["first_at"] == "2024-04-07T00:00:00Z"
    assert finding.facts["last_at"] == "2024-04-10T00:00:00Z"


def test_a_value_equal_to_a_level_is_neither_above_nor_below_it(run):
    assert values(count_bars(run, "BTC", above=1101, **TEN_DAYS))["count"] == 0
    assert values(count_bars(run, "BTC", below=1092, **TEN_DAYS))["count"] == 0


def test_between_two_levels_is_one_condition(run):
    assert values(count_bars(run, "BTC", above=1093, below=1096, **TEN_DAYS))["count"] == 2


def test_rising_bars_and_their_longest_run_are_counted(run):
    """ETH rises and falls day by day."""
    found = values(count_bars(run, "ETH", of="change", above=0, **TEN_DAYS))
    assert (found["count"], found["longest_run"]) == (5, 1)
    assert values(count_bars(run, "BTC", of="change", above=0, **TEN_DAYS))["longest_run"] == 10


def test_an_indicator_can_be_counted(run):
    assert values(count_bars(run, "BTC", of="rsi_14", above=99, **TEN_DAYS))["count"] == 10


@pytest.mark.parametrize("level", [{}, {"above": 5, "below": 5}, {"above": "lots"}])
def test_a_condition_that_makes_no_sense_is_a_bad_argument(run, level):
    with pytest.raises(BadArgument):
        count_bars(run, "BTC", **level, **TEN_DAYS)


def test_a_ratio_is_that_of_closes_on_the_days_both_have(run):
    finding = get_ratio(run, "BTC", "ETH", start="2024-01-01", end="2024-01-02")
    found = values(finding)
    assert found["first"] == pytest.approx(1001 / 100)
    assert found["last"] == pytest.approx(1002 / 110)
    assert found["volume_ratio"] == pytest.approx((1 + 2) / 20)
    assert found["turnover_ratio"] == pytest.approx((1 * 1001 + 2 * 1002) / (10 * 100 + 10 * 110))
    assert len(finding.evidence) == 2


def test_a_ratio_of_a_coin_to_itself_is_a_bad_argument(run):
    with pytest.raises(BadArgument, match="different"):
        get_ratio(run, "BTC", "bitcoin", **TEN_DAYS)


def test_an_investment_buys_at_the_first_open_and_is_valued_at_the_last_close(run):
    found = values(value_investment(run, "BTC", 2182, **TEN_DAYS))
    assert found["units"] == pytest.approx(2)
    assert found["worth"] == pytest.approx(2202)
    assert found["gain"] == pytest.approx(20)
    assert found["worth_from_close"] == pytest.approx(2182 / 1092 * 1101)


def test_an_amount_of_coins_is_held_not_bought_for(run):
    found = values(value_investment(run, "BTC", 3, in_coins=True, **TEN_DAYS))
    assert (found["units"], found["cost"], found["worth"]) == (3, 3273, 3303)


@pytest.mark.parametrize("amount", [0, -5, "much"])
def test_an_investment_of_nothing_is_a_bad_argument(run, amount):
    with pytest.raises(BadArgument, match="amount_in"):
        value_investment(run, "BTC", amount, **TEN_DAYS)


def test_money_in_a_currency_without_prices_is_told_as_not_collected(run):
    with pytest.raises(NotCollected, match="AUD"):
        value_investment(run, "BTC", 100, quote="AUD", **TEN_DAYS)
