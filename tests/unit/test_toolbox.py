import pytest

from agents.context import RunContext
from agents.events import json_safe, order
from agents.finding import Finding
from agents.results import LONGEST_TEXT, failed, succeeded
from agents.toolbox import Toolbox, as_argument, discover
from ledgers.errors import BadArgument, NotCollected, OmcError


def lonely(run: RunContext, symbol: str, names: list[str] | None = None, *, answer: str | None = None) -> Finding:
    """A tool.

    Args:
        run: the run.
        symbol: ticker, such as BTC.
        names: which ones.
        answer: the person's word.
    """
    return Finding(f"{run}{symbol}{names}{answer}")


def test_every_tool_and_action_is_found_and_wrapped_with_help_for_each_argument():
    box = Toolbox()
    wrapped = {tool.name: tool for tool in box.wrapped()}
    assert set(wrapped) == {*discover("tool"), *discover("action")}
    assert "get_price_data" in wrapped
    for tool in wrapped.values():
        fields = tool.tool_call_schema.model_json_schema()["properties"]
        assert not {"run", "answer", "runtime", "session"} & set(fields)
        assert all(field.get("description") for field in fields.values()), tool.name
        assert tool.description
    box.close()


def test_what_is_ours_to_fill_is_hidden_from_the_model():
    box = Toolbox(tools={"lonely": lonely}, actions={})
    schema = box.wrapped()[0].tool_call_schema.model_json_schema()
    assert set(schema["properties"]) == {"symbol", "names"}
    assert schema["required"] == ["symbol"]
    box.close()


def test_an_answer_becomes_a_list_where_the_argument_is_one():
    assert as_argument(lonely, "symbol", " LUNC ") == "LUNC"
    assert as_argument(lonely, "names", "rsi, macd and atr") == ["rsi", "macd", "atr"]
    assert as_argument(lonely, "unknown", "x") == "x"


def test_a_long_text_is_cut_and_says_so():
    result = succeeded(Finding("x" * (LONGEST_TEXT + 1)))
    assert result.content.endswith(f"(cut: {LONGEST_TEXT + 1} characters in all)")


def test_facts_too_large_for_a_message_are_refused():
    with pytest.raises(OmcError, match="too large"):
        succeeded(Finding("x", facts={"rows": ["y" * 100] * 1000}))


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (BadArgument("no coin X"), "Bad argument: no coin X"),
        (NotCollected("nothing of X"), "Not collected: nothing of X"),
        (OmcError("broken"), "Error: broken"),
    ],
)
def test_each_kind_of_error_is_told_apart(error, text):
    result = failed(error)
    assert (result.content, result.error) == (text, text)
    assert result.artifact["error"] == {"kind": type(error).__name__, "message": str(error)}


def test_what_json_cannot_hold_is_made_plain():
    value = {"a": float("nan"), "b": [float("inf"), "x\x00y"], 1: {"s"}}
    assert json_safe(value) == {"a": None, "b": [None, "x\ufffdy"], "1": ["s"]}


def test_places_of_events_compare_as_numbers():
    assert order("9") < order("9.2") < order("9.10") < order("10")
