import json

import pytest
from model_server import Say, serving, turns
from typer.testing import CliRunner

from chat_app.ask import Asked, ask, check
from chat_app.cli import app as omc
from ledgers.errors import BadArgument, NotFound

pytestmark = pytest.mark.integration


@pytest.fixture
def asking(fresh_endpoints, redis_url, monkeypatch, tmp_path, capsys):
    """`omc ask --json` in this process, against a scripted model: the exit code and the object."""
    monkeypatch.setenv("OMC_POSTGRES_URL", fresh_endpoints.postgres_url)
    monkeypatch.setenv("OMC_REDIS_URL", redis_url)
    monkeypatch.setenv("OMC_HOME", str(tmp_path))
    monkeypatch.setenv("OMC_MODEL", "openai:scripted")

    def carry_out(script, *, as_json=True, **options):
        with serving(script) as server:
            monkeypatch.setenv("OPENAI_BASE_URL", server.url)
            code = ask(Asked(**options, as_json=bool(as_json)), demo=None)
        printed = capsys.readouterr()
        if as_json is None:
            return code, printed
        return code, json.loads(printed.out) if as_json else printed.out

    return carry_out


@pytest.fixture
def asking_people(asking, capsys):
    """The same as people see it: the exit code and what was printed."""

    def carry_out(script, **options):
        return asking(script, as_json=None, **options)

    return carry_out


KEYS = {
    "thread_id", "run_id", "status", "answer", "question", "approval", "tool_calls", "evidence", "unsupported_numbers",
    "artifacts", "as_of", "usage", "duration_ms", "model", "error", "marked",
}  # fmt: skip
LUNA = Say(calls=[("ask_person", {"question": "Which luna?", "choices": ["LUNA", "LUNC"]})])
ALIAS = Say(calls=[("add_coin_alias", {"symbol": "BTC", "alias": "king"})])


def test_an_answer_is_one_object_and_exit_code_0(asking):
    code, said = asking(turns(Say("Hello.")), message="Hello?")
    assert code == 0
    assert set(said) == KEYS
    assert (said["status"], said["answer"], said["error"]) == ("answered", "Hello.", None)
    assert said["usage"] == {"input_tokens": 100, "output_tokens": 20, "cost_usd": None}


def test_a_question_is_exit_code_3_and_its_answer_goes_on_with_the_same_run(asking):
    code, said = asking(turns(LUNA), message="How is luna doing?")
    assert code == 3
    assert said["question"] == {"text": "Which luna?", "choices": ["LUNA", "LUNC"]}
    code, answered = asking(turns(Say("It is LUNC.")), thread_id=said["thread_id"], answer="LUNC")
    assert code == 0
    assert answered["run_id"] == said["run_id"]
    assert [call["name"] for call in answered["tool_calls"]] == ["ask_person"]


def test_an_answer_given_with_the_question_is_used_when_the_run_asks(asking):
    code, said = asking(turns(LUNA, Say("It is LUNC.")), message="How is luna doing?", answer="LUNC")
    assert (code, said["answer"]) == (0, "It is LUNC.")


@pytest.mark.parametrize("approve", [True, False])
def test_an_action_waits_with_exit_code_3_until_it_is_decided(asking, approve):
    code, said = asking(turns(ALIAS), message="Call BTC the king.")
    assert code == 3
    assert said["approval"]["args"] == {"symbol": "BTC", "alias": "king"}
    code, decided = asking(turns(Say("Done.")), thread_id=said["thread_id"], approve=approve)
    assert code == 0
    assert (decided["tool_calls"][0]["name"], decided["tool_calls"][0]["ok"]) == ("add_coin_alias", True)
    with pytest.raises(BadArgument, match="waits for an approval"):
        asking(turns(), thread_id=said["thread_id"], approve=True)


def test_a_failed_run_is_exit_code_1_with_the_reason(asking):
    code, said = asking(turns(Say(status=400)), message="Hello?")
    assert code == 1
    assert said["status"] == "failed"
    assert "scripted failure" in said["error"]


def test_people_read_the_answer_as_it_is_written_and_then_its_evidence(asking):
    code, printed = asking(
        turns(Say("It may reach 99,999 USDT."), Say("It may reach 99,999 USDT.")), message="Hm?", as_json=False
    )
    assert code == 0
    assert "It may reach 99,999 USDT." in printed
    assert "99,999 USDT: nothing in the ledgers supports this number" in printed


def test_a_conversation_that_is_not_there_is_said_so(asking):
    with pytest.raises(NotFound):
        asking(turns(), message="Hello?", thread_id="nobody's")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"message": "  "},
        {"answer": "x", "approve": True},
        {"message": "x", "approve": True},
        {"message": "x", "as_of": "yesterday"},
        {"message": "x", "as_of": "2999-01-01"},
        {"message": "x" * 20_001},
    ],
)
def test_options_that_make_no_sense_are_refused_before_anything_starts(options):
    with pytest.raises(BadArgument):
        check(Asked(**options))


def test_bad_options_are_exit_code_2():
    result = CliRunner().invoke(omc, ["ask", "--no-such-option"])
    assert result.exit_code == 2


@pytest.mark.parametrize(
    ("reply", "code", "shown", "beside"),
    [
        (LUNA, 3, "Which luna?\n  - LUNA\n  - LUNC", '--answer "…"'),
        (
            ALIAS,
            3,
            "Give a coin a further name that the user may use for it.\nFrom now on “king” means BTC",
            "--approve",
        ),
        (Say(status=400), 1, "", "Failed: "),
    ],
)
def test_people_are_told_what_the_run_waits_for_or_why_it_failed(asking_people, reply, code, shown, beside):
    ended, printed = asking_people(turns(reply), message="Hm?")
    assert ended == code
    assert shown in printed.out
    assert beside in printed.err


def test_people_see_each_tool_call_and_what_it_refused(asking_people):
    script = turns(Say("Let me see.", calls=[("get_price_data", {"symbol": "NOPE", "days": 3})]), Say("No such coin."))
    ended, printed = asking_people(script, message="How is NOPE?")
    assert ended == 0
    assert "get_price_data(symbol=NOPE, timeframe=1d, days=3.0)" in printed.err
    assert "Bad argument: " in printed.err
    assert "No such coin." in printed.out
