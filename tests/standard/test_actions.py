"""What every action must do, found by discovery: one that is added is tested here once SAMPLES has calls of it."""

import inspect
from dataclasses import fields
from types import SimpleNamespace

import pytest
from sqlalchemy import text
from stock import NOW, ledger_rows, name_coins, person, put

from agents.context import ActionContext, RunContext
from agents.effects import digest, effect, title_of
from agents.finding import Finding
from agents.toolbox import discover
from ledgers.errors import BadArgument

pytestmark = pytest.mark.integration

SAMPLES = {"add_coin_alias": ({"symbol": "BTC", "alias": "the king"}, {"symbol": "NOPE", "alias": "x"})}
ACTIONS = discover("action")
every_action = pytest.mark.parametrize("name", sorted(ACTIONS))


@pytest.fixture
def turn(ledger):
    user, thread, run = person(ledger, "ann")
    context = RunContext(ledger, None, user, thread, run, "call", NOW, None)
    return SimpleNamespace(ledger=ledger, user_id=user, thread_id=thread, context=lambda call_id: context)


def preview_of(name):
    return getattr(inspect.getmodule(ACTIONS[name]), f"preview_{name}")


def state(ledger):
    """Everything any table holds but the effects."""
    with ledger.session() as session:
        names = session.scalars(text("select tablename from pg_tables where schemaname = 'public'")).all()
        return {
            name: session.execute(text(f'select * from "{name}"')).all() for name in set(names) - {"action_effects"}
        }


def shown(name, args):
    return {"digest": digest(name, args)}


def test_every_action_has_samples_and_a_preview():
    assert set(SAMPLES) == set(ACTIONS)
    for name, action in ACTIONS.items():
        assert list(inspect.signature(preview_of(name)).parameters) == list(inspect.signature(action).parameters)
        assert title_of(action).endswith(".")


@every_action
def test_a_preview_says_what_would_happen_and_changes_nothing(ledger, turn, name):
    known(ledger)
    before = state(ledger)
    said = preview_of(name)(turn.context("call"), **SAMPLES[name][0])
    assert isinstance(said, str)
    assert said
    assert state(ledger) == before


@every_action
def test_what_makes_no_sense_is_refused_by_the_preview(ledger, turn, name):
    with pytest.raises(BadArgument):
        preview_of(name)(turn.context("call"), **SAMPLES[name][1])


@every_action
def test_an_action_takes_effect_once_per_tool_call(ledger, turn, name):
    known(ledger)
    args = SAMPLES[name][0]
    first = effect(ACTIONS[name], turn, "call", args, shown(name, args))
    after = state(ledger)
    second = effect(ACTIONS[name], turn, "call", args, shown(name, args))
    assert isinstance(first, Finding)
    assert (second.text, second.facts["repeated"]) == (first.text, True)
    assert state(ledger) == after


@every_action
def test_other_arguments_than_those_approved_have_no_effect(ledger, turn, name):
    known(ledger)
    args = SAMPLES[name][0]
    before = state(ledger)
    for card in (None, {}, shown(name, {**args, "more": 1}), shown("another", args)):
        with pytest.raises(BadArgument, match="not those that the person approved"):
            effect(ACTIONS[name], turn, "call", args, card)
    assert state(ledger) == before


@every_action
def test_an_action_that_fails_leaves_nothing(ledger, turn, name):
    known(ledger)
    args = SAMPLES[name][0]
    before = state(ledger)

    def breaks(run: ActionContext, **given):
        ACTIONS[name](run, **given)
        raise RuntimeError("after the effect")

    breaks.__name__ = name
    with pytest.raises(RuntimeError):
        effect(breaks, turn, "call", args, shown(name, args))
    assert state(ledger) == before
    with ledger.session() as session:
        assert session.scalar(text("select count(*) from action_effects")) == 0


def test_an_action_gets_all_that_a_tool_gets_and_the_transaction():
    assert {field.name for field in fields(ActionContext)} == {field.name for field in fields(RunContext)} | {"session"}


def known(ledger):
    put(ledger, ledger_rows())
    name_coins(ledger)
