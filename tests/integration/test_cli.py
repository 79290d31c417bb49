import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from chat_app.auth import Passwords
from chat_app.cli import app
from ledgers import alerts, collecting
from ledgers.app import get_user_by_name
from ledgers.config import database_url
from ledgers.migrations import downgrade, revision_of
from ledgers.store import Ledger

pytestmark = pytest.mark.integration


@pytest.fixture
def omc(fresh_endpoints, home, monkeypatch):
    """Run a command on this test's own databases, in this process."""
    monkeypatch.setenv("OMC_HOME", str(home))
    monkeypatch.setenv("OMC_POSTGRES_URL", fresh_endpoints.postgres_url)
    monkeypatch.setenv("OMC_REDIS_URL", fresh_endpoints.redis_url)
    return lambda *words, **more: CliRunner().invoke(app, words, catch_exceptions=False, **more)


def omc_process(*words: str, input: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":  # noqa: A002
    command = [sys.executable, "-c", "from chat_app.cli import main; main()", *words]
    return subprocess.run(
        command, env=os.environ | environment, input=input, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("words", [("ask", "hello", "--json"), ("sources",), ("doctor",), ("up", "--port", "0")])
def test_a_data_folder_that_is_a_file_is_one_clear_line(tmp_path, words):
    (tmp_path / "taken").write_text("mine")
    result = omc_process(*words, OMC_HOME=str(tmp_path / "taken"))
    assert result.returncode == 1
    assert "OMC_HOME" in result.stderr + result.stdout
    assert "Traceback" not in result.stderr + result.stdout


def test_words_that_are_no_text_are_refused_as_bad_arguments():
    command = [sys.executable, "-c", "from chat_app.cli import main; main()", "ask", b"\xff\xfe bitcoin", "--json"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "UTF-8" in result.stderr
    assert json.loads(result.stdout)["error"] in result.stderr


def test_a_refusal_is_an_object_too_where_json_is_wanted():
    result = omc_process("ask", "btc", "--as-of", "some day", "--json")
    assert result.returncode == 2
    refusal = json.loads(result.stdout)
    assert refusal["status"] == "failed"
    assert "some day" in refusal["error"]
    assert refusal["error"] in result.stderr


def test_a_question_to_empty_ledgers_says_how_to_fill_them(omc):
    result = omc("ask", "How did BTC move over the last 7 days?")
    assert "omc import" in result.stderr
    assert "--demo" in result.stderr


def test_version_is_that_of_the_package(omc):
    assert omc("version").stdout == "0.1.0\n"


def test_doctor_finds_every_part_well_and_says_that_there_is_no_data_yet(omc):
    result = omc("doctor", "--json")
    report = json.loads(result.stdout)
    statuses = {part["part"]: part["status"] for part in report["parts"]}
    assert (result.exit_code, report["ok"]) == (0, True)
    assert statuses["postgres"] == statuses["valkey"] == statuses["migrations"] == "ok"
    assert statuses["data"] == "warning"


def test_doctor_reports_a_drifted_schema_with_what_to_do(omc, fresh_endpoints):
    import psycopg

    with psycopg.connect(fresh_endpoints.postgres_url) as connection:
        connection.execute("ALTER TABLE quotes DROP COLUMN bid")
    result = omc("doctor")
    assert result.exit_code == 1
    assert "broken   migrations" in result.stdout
    assert "omc db upgrade" in result.stdout


def test_doctor_names_the_setting_when_a_server_does_not_answer(omc, monkeypatch):
    monkeypatch.setenv("OMC_POSTGRES_URL", "postgresql://nobody@127.0.0.1:1")
    monkeypatch.setenv("OMC_REDIS_URL", "redis://127.0.0.1:1/0")
    result = omc("doctor", "--json")
    broken = {part["part"]: part for part in json.loads(result.stdout)["parts"] if part["status"] == "broken"}
    assert result.exit_code == 1
    assert "OMC_POSTGRES_URL" in broken["postgres"]["found"]
    assert "OMC_REDIS_URL" in broken["valkey"]["advice"]


def test_a_database_goes_down_and_up_again_by_command(omc, fresh_endpoints):
    url = database_url(fresh_endpoints.postgres_url, "demo")
    assert omc("db", "downgrade", "base", "--demo", "--yes").stdout == "demo: at base\n"
    assert revision_of(url) is None
    assert omc("db", "check").exit_code == 1
    assert omc("db", "upgrade").exit_code == 0
    assert omc("db", "check", "--json").exit_code == 0
    assert revision_of(url) is not None


def test_a_downgrade_asks_first(omc, fresh_endpoints):
    assert omc("db", "downgrade", "base", "--live", input="n\n").exit_code == 1
    assert revision_of(fresh_endpoints.postgres_url) is not None


def test_a_command_migrates_a_database_that_is_behind(omc, fresh_endpoints):
    downgrade(fresh_endpoints.postgres_url, "base")
    assert omc("doctor").exit_code == 0


@pytest.mark.parametrize("words", [["--password-stdin"], []], ids=["from stdin", "asked twice"])
def test_a_user_is_added_with_a_hash_of_the_password(omc, fresh_endpoints, words):
    secret = "correct horse battery"
    typed = f"{secret}\n" if words else f"{secret}\n{secret}\n"
    assert omc("user", "add", "Ada", *words, input=typed).exit_code == 0
    ledger = Ledger(fresh_endpoints.postgres_url)
    try:
        assert Passwords(ledger).check("Ada", secret) == "Ada"
        with ledger.session() as session:
            assert get_user_by_name(session, name="ada").password_hash.startswith("$argon2id$")
    finally:
        ledger.close()


def test_a_name_that_is_taken_is_a_bad_argument(omc):
    done = [omc_process("user", "add", "Ada", "--password-stdin", input="correct horse battery\n") for _ in range(2)]
    assert [each.returncode for each in done] == [0, 2]
    assert "already a user" in done[1].stderr


def test_an_error_of_ours_is_one_line_and_exit_code_1():
    done = omc_process("db", "check", OMC_POSTGRES_URL="mysql://host")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == "omc: OMC_POSTGRES_URL must look like postgresql://user:password@host:5432\n"


def test_bad_arguments_are_exit_code_2():
    assert omc_process("db", "sideways").returncode == 2


def test_an_unexpected_error_is_one_line_and_its_traceback_is_kept(tmp_path):
    program = "from chat_app import terminal; terminal.run(lambda: 1 / 0)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"OMC_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    (log,) = (tmp_path / "logs").iterdir()
    assert done.returncode == 1
    assert done.stderr == f"omc: Unexpected ZeroDivisionError: division by zero\nDetails: {log}\n"
    assert "Traceback" in log.read_text()


def test_a_wrong_value_is_named_by_its_variable():
    done = omc_process("doctor", OMC_MODE="paper")
    assert done.returncode == 1
    assert done.stderr.startswith("omc: OMC_MODE is not valid: ")


def test_settings_of_the_folder_are_read_and_the_environment_goes_before(tmp_path):
    (tmp_path / ".env").write_text("OMC_MODE=paper\n")
    program = "from chat_app.cli import main; main()"
    run = lambda **more: subprocess.run(  # noqa: E731 - twice the same
        [sys.executable, "-c", program, "db", "check"],
        env=os.environ | {"OMC_POSTGRES_URL": "postgresql://n@127.0.0.1:1", "OMC_REDIS_URL": "redis://h"} | more,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "OMC_MODE is not valid" in run().stderr
    assert "Connection refused" in run(OMC_MODE="live").stderr


def test_import_prints_one_object_goes_on_after_a_bad_file_and_says_so_by_its_exit_code(omc, tmp_path):
    good, bad = tmp_path / "prices.csv", tmp_path / "notes.csv"
    good.write_text("time,close\n2024-04-01,5\n2024-04-02,-1\n")
    bad.write_text("a,b\n1,2\n")
    result = omc("import", "glass", str(good), str(bad), "--symbol", "BTC", "--interval", "1d", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["mode"], told["errors"][0]["file"]) == (1, "live", "notes.csv")
    [report] = told["files"]
    assert (report["inserted"], report["rejected"], report["reasons"][0]["examples"][0]["line"]) == (1, 1, 3)
    again = omc("import", "glass", str(good), "--symbol", "BTC", "--interval", "1d")
    assert (again.exit_code, "1 duplicate" in again.stdout) == (0, True)


def test_import_of_a_file_of_which_no_row_is_good_fails(omc, tmp_path):
    file = tmp_path / "prices.csv"
    file.write_text("time,close\n2024-04-01,-5\n2024-04-02,-1\n")
    assert omc("import", "glass", str(file), "--symbol", "BTC").exit_code == 1


def test_quality_judges_now_and_shows_what_has_no_run_as_nothing(omc, fresh_endpoints):
    assert json.loads(omc("quality", "--json", "--live").stdout)["verdicts"] == []
    ledger = Ledger(fresh_endpoints.postgres_url)
    with ledger.session() as session:
        now = collecting.clock(session)
        mine = collecting.claim(
            session, source="coinspot_quotes", slot=now, worker="w", dead_after=timedelta(seconds=6)
        )
        collecting.finish(session, mine, "failed", "gone")
        alerts.raise_alert(
            session, kind="data_quality", subject="coinspot_quotes", level="warning", message="no quotes"
        )
    ledger.close()
    told = json.loads(omc("quality", "--json", "--live").stdout)
    assert [(v["source"], v["state"], v["age_seconds"]) for v in told["verdicts"]] == [
        ("coinspot_quotes", "error", None)
    ]
    assert [alert["text"] for alert in told["alerts"]] == ["no quotes"]
    shown = omc("quality", "--live").stdout
    assert "coinspot_quotes never brought anything" in shown
    assert "alert warning since" in shown
