"""The analyst without a model answers real questions over the recorded history as plain SQL does.

OMC_EVALUATION=FILE python -m pytest tests/questions writes every question, what was expected and what came.
"""

import tomllib
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.real_data]


def named(name):
    return [
        question["id"] for question in tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text())["question"]
    ]


@pytest.mark.parametrize("name", named("prepared"))
def test_each_question_of_the_issue_is_answered_right(outcomes, name):
    assert outcomes[name].faults == [], outcomes[name].text


@pytest.mark.parametrize("name", named("unprepared"))
def test_each_question_written_before_the_analyst_is_answered_right(outcomes, name):
    assert outcomes[name].faults == [], outcomes[name].text


@pytest.mark.parametrize("name", named("measures"))
def test_each_question_about_counts_ratios_and_several_things_at_once_is_answered_right(outcomes, name):
    assert outcomes[name].faults == [], outcomes[name].text


@pytest.mark.parametrize("name", named("blind"))
def test_each_question_written_after_the_analyst_is_answered_right(outcomes, name):
    assert outcomes[name].faults == [], outcomes[name].text
