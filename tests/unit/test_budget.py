import pytest

from agents import budget
from agents.context import Limits
from agents.errors import BudgetReached

LIMITS = Limits(model_calls=3, seconds=60.0)


def test_a_run_within_its_limits_goes_on():
    budget.check(LIMITS, model_calls=2, seconds=59.9, grants=0)


@pytest.mark.parametrize(("calls", "seconds"), [(3, 0.0), (0, 60.0)])
def test_a_used_up_limit_is_said(calls, seconds):
    with pytest.raises(BudgetReached, match="Shall it go on"):
        budget.check(LIMITS, model_calls=calls, seconds=seconds, grants=0)


def test_each_yes_grants_the_same_number_of_calls_again():
    budget.check(LIMITS, model_calls=5, seconds=0.0, grants=1)
    with pytest.raises(BudgetReached):
        budget.check(LIMITS, model_calls=6, seconds=0.0, grants=1)


def test_only_a_yes_is_a_yes():
    replies = {budget.budget_id("run", 0): "Go on", budget.budget_id("run", 1): "Stop here"}
    assert budget.granted("run", replies) == 1
    assert budget.granted("run", {}) == 0
    assert budget.goes_on(" yes ")
    assert not budget.goes_on("no")
    assert not budget.goes_on(None)
