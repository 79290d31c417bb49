import json
import re
from datetime import UTC, datetime

import pytest

from agents import events
from chat_app.render import HANDLERS, Turn, render

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
EVIDENCE = {
    "n": 1,
    "key": "glass.candle:BTC/1d/BINANCE:USDT 2024-04-01..2024-04-20",
    "ledger": "glass",
    "source": "binance",
    "observed_from": "2024-04-01T00:00:00+00:00",
    "observed_to": "2026-11-21T06:00:00+00:00",
    "known_at": "2026-11-21T06:00:01+00:00",
    "rows": 20,
    "quality": 0.99,
    "simulated": False,
}
CHART = {"id": "a1", "name": "BTC 1d.json", "kind": "chart", "mime": "application/json", "bytes": 9, "sha256": "00"}
TABLE = {"id": "a2", "name": "BTC & ETH.csv", "kind": "table", "mime": "text/csv", "bytes": 9, "sha256": "01"}
CALL = {"id": "c1", "name": "get_price_data", "args": {"symbol": "BTC", "days": 30, "start": None}}
ANSWER = {"text": "60,000", "marked": "BTC was 60,000 [1].", "evidence": [EVIDENCE], "unsupported_numbers": []}


def a_turn(*events):
    turn = Turn("run-1", "thread-1")
    ops = [op for kind, payload in events for op in render(turn, kind, payload, AT)]
    return turn, ops


def started(**more):
    return "started", {"thread_id": "thread-1", "message": "How is BTC?", "as_of": None, "simulated": False, **more}


def ended(**more):
    return "tool_ended", {**CALL, "ok": True, "error": None, "ms": 412.0, "text": "20 bars", "artifacts": [], **more}


def test_a_page_that_follows_and_a_page_that_is_restored_show_the_same():
    told = [
        started(),
        ("tool_started", CALL),
        ended(artifacts=[CHART, TABLE]),
        ("token", {"text": "BTC was "}),
        ("token", {"text": "60,000"}),
        ("answer", ANSWER),
        ("finished", {"status": "answered", "error": None}),
    ]
    live, ops = a_turn(*told)
    restored, _ = a_turn(*[event for event in told if event[0] != "token"])
    page = {}
    for name, payload in ops:
        if name in ("new_message", "update_message", "stream_start"):
            page[payload["id"]] = payload
        elif name == "stream_token":
            page[payload["id"]]["output"] += payload["token"]
    assert page == live.steps == restored.steps
    assert live.elements == restored.elements
    assert live.actions == restored.actions == {}


def test_the_steps_of_a_run_stand_inside_it_and_it_below_the_message():
    turn, _ = a_turn(started(), ("tool_started", CALL), ("answer", ANSWER))
    message, run, *inside = turn.steps.values()
    assert (message["type"], message["output"], message["parentId"]) == ("user_message", "How is BTC?", None)
    assert (run["id"], run["parentId"]) == ("run-1", message["id"])
    assert {step["parentId"] for step in inside} == {"run-1"}


def test_a_message_that_the_page_shows_already_keeps_its_id():
    turn = Turn("run-1", "thread-1", message_id="from-the-browser")
    (_, message), (_, run) = render(turn, *started())
    assert message["id"] == run["parentId"] == "from-the-browser"


def test_a_tool_call_has_a_readable_name_input_result_and_time():
    turn, _ = a_turn(started(), ("tool_started", CALL), ended())
    step = next(step for step in turn.steps.values() if step["type"] == "tool")
    assert step["name"] == "price data: BTC"
    assert step["input"] == "- symbol: **BTC**\n- days: **30**"
    assert "20 bars" in step["output"]
    assert "0.41 s" in step["output"]
    assert step["end"]


def test_a_failed_tool_call_is_shown_as_an_error_with_its_reason():
    turn, _ = a_turn(started(), ended(ok=False, text="", error="No such coin: BTX"))
    step = next(step for step in turn.steps.values() if step["type"] == "tool")
    assert step["isError"]
    assert "No such coin: BTX" in step["output"]


def test_a_tool_call_seen_twice_is_one_step():
    turn, _ = a_turn(started(), ("tool_started", CALL), ("tool_started", CALL), ended(), ended())
    assert sum(step["type"] == "tool" for step in turn.steps.values()) == 1


def test_text_streamed_before_a_reset_is_taken_off_the_page():
    turn, ops = a_turn(started(), ("token", {"text": "Let me look"}), ("text_reset", {"reason": "tool"}))
    assert turn.answer_id not in turn.steps
    assert ops[-1][0] == "delete_message"


def test_charts_tables_and_files_go_with_the_answer_and_can_be_downloaded():
    turn, _ = a_turn(started(), ended(artifacts=[CHART, TABLE]), ("answer", ANSWER))
    shown = {(e["type"], e["url"]) for e in turn.elements.values() if e["type"] != "custom"}
    assert shown == {
        ("plotly", "/artifacts/a1/BTC%201d.json?as=chart"),
        ("file", "/artifacts/a1/BTC%201d.json"),
        ("dataframe", "/artifacts/a2/BTC%20%26%20ETH.csv?as=rows"),
        ("file", "/artifacts/a2/BTC%20%26%20ETH.csv"),
    }
    assert {e["forId"] for e in turn.elements.values()} == {turn.answer_id}


def test_numbers_of_evidence_in_the_answer_are_links_to_it():
    turn, _ = a_turn(started(), ("answer", {**ANSWER, "marked": "60,000 [1], not [a link](x) nor [12](y)"}))
    text = turn.steps[turn.answer_id]["output"]
    assert text == "60,000 [\\[1\\]](#evidence-run-1-1), not [a link](x) nor [12](y)"


def test_the_evidence_panel_carries_each_item_with_the_age_it_had_and_what_is_unsupported():
    turn, _ = a_turn(started(), ("answer", {**ANSWER, "unsupported_numbers": ["123"]}))
    props = next(e["props"] for e in turn.elements.values() if e["name"] == "Evidence")
    assert props["items"] == [{**EVIDENCE, "age": "3 h"}]
    assert props["unsupported"] == ["123"]


def test_a_question_offers_its_choices_as_buttons_until_it_is_answered():
    asked = ("question", {"id": "q1", "text": "Which luna?", "choices": ["LUNA", "LUNC"], "field": "symbol"})
    turn, _ = a_turn(started(), asked)
    assert [a["label"] for a in turn.actions.values()] == ["LUNA", "LUNC"]
    assert [a["payload"] for a in turn.actions.values()] == [
        {"run_id": "run-1", "text": "LUNA"},
        {"run_id": "run-1", "text": "LUNC"},
    ]
    assert not turn.busy
    ops = render(turn, "question_answered", {"id": "q1", "text": "LUNC"}, AT)
    assert [name for name, _ in ops] == ["remove_action", "remove_action", "new_message"]
    assert turn.busy
    assert list(turn.steps.values())[-1]["output"] == "LUNC"
    assert list(turn.steps.values())[-1]["parentId"] == "run-1"


def test_a_question_without_choices_can_be_dropped():
    turn, _ = a_turn(started(), ("question", {"id": "q1", "text": "How many days?", "choices": []}))
    assert [a["name"] for a in turn.actions.values()] == ["stop"]


@pytest.mark.parametrize(
    ("decision", "verdict"),
    [
        ({"approved": True}, "Approved"),
        ({"approved": False}, "Rejected"),
        ({"approved": False, "withdrawn": True}, "Withdrawn"),
    ],
)
def test_an_approval_shows_exactly_what_would_be_done_and_then_the_decision(decision, verdict):
    args = {"symbol": "BTC", "alias": "orange_coin"}
    asked = {"id": "p1", "action": "add_coin_alias", "args": args, "title": "Add an alias", "description": "For BTC."}
    turn, _ = a_turn(started(), ("approval", asked))
    card = list(turn.steps.values())[-1]
    assert "- alias: **orange\\_coin**" in card["output"]
    assert [(a["label"], a["payload"]["approved"]) for a in turn.actions.values()] == [
        ("Approve", True),
        ("Reject", False),
    ]
    render(turn, "decided", {"id": "p1", **decision}, AT)
    assert turn.actions == {}
    assert verdict in turn.steps[card["id"]]["output"]


def test_an_interrupted_run_offers_to_go_on_and_then_does():
    turn, _ = a_turn(started(), ("finished", {"status": "interrupted", "error": "The server went away."}))
    assert [a["name"] for a in turn.actions.values()] == ["continue"]
    assert turn.ended
    render(turn, "text_reset", {"reason": "resumed"}, AT)
    assert turn.actions == {}
    assert turn.busy
    assert not any("Interrupted" in step["output"] for step in turn.steps.values())


def test_what_a_stopped_run_had_written_is_said_to_be_unchecked():
    turn, _ = a_turn(started(), ("token", {"text": "It is 987,654"}), ("finished", {"status": "stopped"}))
    assert "unchecked" in turn.steps[turn.id_of("note")]["output"]
    nothing, _ = a_turn(started(), ("finished", {"status": "stopped"}))
    assert "unchecked" not in nothing.steps[nothing.id_of("note")]["output"]


@pytest.mark.parametrize(("status", "said"), [("stopped", "Stopped"), ("failed", "the model went away")])
def test_a_run_that_gives_no_answer_says_what_happened(status, said):
    turn, _ = a_turn(started(), ("finished", {"status": status, "error": "the model went away"}))
    note = list(turn.steps.values())[-1]
    assert said in note["output"]
    assert note["isError"] is (status == "failed")


def test_what_was_written_before_a_stop_stays():
    turn, _ = a_turn(started(), ("finished", {"status": "stopped", "error": None, "text": "BTC was"}))
    assert turn.steps[turn.answer_id]["output"] == "BTC was"


def test_nothing_is_left_turning_when_a_run_has_finished():
    turn, _ = a_turn(started(), ("tool_started", CALL), ("token", {"text": "x"}), ("finished", {"status": "stopped"}))
    assert all(step["end"] and not step["streaming"] for step in turn.steps.values())


def test_text_of_others_is_shown_as_it_is_and_not_as_markup():
    hostile = "![x](http://evil.example/a.png) *b* <img src=x>"
    turn, _ = a_turn(started(), ("question", {"id": "q1", "text": hostile, "choices": []}))
    assert "![x]" not in turn.steps[turn.id_of("question:q1")]["output"]
    turn, _ = a_turn(started(), ended(text=f"``` \n{hostile}"))
    assert turn.steps[turn.id_of("tool:c1")]["output"].count("```") == 2


def test_every_kind_of_event_has_its_function_and_every_payload_is_json():
    kinds = set(re.findall(r"^\| (\w+) \|", events.__doc__, re.MULTILINE)) - {"kind"}
    assert len(kinds) > 8
    assert kinds <= set(HANDLERS)
    turn, ops = a_turn(started(), ended(artifacts=[CHART]), ("answer", ANSWER))
    assert json.dumps(ops)
    assert render(turn, "a_kind_of_tomorrow", {}, AT) == []
