import json
import logging
import os
import subprocess
import sys

import pytest

from chat_app.config import TelemetrySettings
from chat_app.logs import SECRET, JsonFormatter
from collectors.redaction import RedactingFilter, Redactor
from ledgers.errors import ConfigurationError
from ledgers.trace import trace, traced

PROGRAM = "from chat_app.cli import main; main()"


def omc(*words, **environment):
    """The command as a process of its own, with these settings."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def lines(request):
    """A logger and what it writes, as it would in a process that writes JSON."""
    written = []

    class Kept(logging.Handler):
        def emit(self, record):
            written.append(json.loads(self.format(record)))

    handler, log = Kept(), logging.getLogger(request.node.name)
    handler.setFormatter(JsonFormatter())
    log.propagate = False
    log.addHandler(handler)
    return log, handler, written


def test_a_line_is_an_object_with_time_level_logger_and_message(lines):
    log, _, written = lines
    log.warning('%s "quoted" and\nbroken', "Größe")
    assert written[0] | {"time": ""} == {
        "time": "",
        "level": "WARNING",
        "logger": log.name,
        "message": 'Größe "quoted" and\nbroken',
    }
    assert written[0]["time"].endswith("+00:00")


def test_what_the_task_is_about_is_in_its_lines_and_in_nobody_elses(lines):
    import contextvars

    log, _, written = lines
    context = contextvars.copy_context()
    context.run(trace, source="coinspot_quotes")
    context.run(trace, run_id="r1")
    context.run(log.warning, "collected")
    log.warning("elsewhere")
    assert (written[0]["source"], written[0]["run_id"]) == ("coinspot_quotes", "r1")
    assert "source" not in written[1]
    assert traced() == {}


def test_secrets_are_in_neither_message_nor_traceback(lines):
    log, handler, written = lines
    handler.addFilter(RedactingFilter(Redactor(["hunter2000"])))
    try:
        raise ValueError("refused: hunter2000")  # noqa: TRY301 - a traceback is wanted
    except ValueError:
        log.exception("with postgresql://omc:elsewhere@db and %s", "hunter2000")
    assert "hunter2000" not in json.dumps(written)
    assert "elsewhere" not in json.dumps(written)
    assert written[0]["error"].startswith("Traceback")


@pytest.mark.parametrize(
    "name", ["OPENAI_API_KEY", "OMC_AUTH_SECRET", "OMC_NANSEN_KEY", "PGPASSWORD", "AWS_SECRET_ACCESS_KEY"]
)
def test_the_environments_secrets_are_known_by_their_names(name):
    assert SECRET.match(name)


def test_a_wrong_format_is_told_by_its_variable_and_ends_the_command():
    done = omc("version", OMC_LOG_FORMAT="xml")
    assert done.returncode == 1
    assert "OMC_LOG_FORMAT is not valid" in done.stderr


def test_in_json_what_a_command_says_is_a_line_of_the_log_as_well_and_its_result_is_not():
    done = omc("collect", "--once", "no_such", OMC_LOG_FORMAT="json", OMC_POSTGRES_URL="postgresql://u:p@127.0.0.1:1")
    said = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.returncode == 1
    assert "Postgres at 127.0.0.1:1 cannot be used" in said[-1]["message"]
    assert omc("version", OMC_LOG_FORMAT=" json ".strip()).stdout.strip()


@pytest.mark.parametrize("value", ["prometheus", "emf", "emf:", "emf: "])
def test_metrics_of_another_kind_are_refused(monkeypatch, value):
    monkeypatch.setenv("OMC_METRICS", value)
    with pytest.raises(ConfigurationError, match="OMC_METRICS"):
        TelemetrySettings()


def test_an_environment_is_named_behind_the_colon(monkeypatch):
    monkeypatch.setenv("OMC_METRICS", "emf:omc-staging")
    assert TelemetrySettings().environment == "omc-staging"
    monkeypatch.setenv("OMC_METRICS", " ")
    assert TelemetrySettings().environment is None
