"""The log of a process: text for a person at the terminal, or one JSON object a line for whoever gathers logs."""

import json
import logging
import os
import re
import sys
from datetime import UTC, datetime

from collectors.redaction import Redactor, redact_logs
from ledgers.config import SECRET_FILES
from ledgers.trace import traced

OURS = ("agents", "chat_app", "collectors", "lab", "ledgers", "omc", "trading")
SECRET = re.compile(r"^(OMC|OPENAI|ANTHROPIC|PG|AWS)_?\w*(KEY|SECRET|TOKEN|PASSWORD)$")


class JsonFormatter(logging.Formatter):
    """A record as one JSON object, with what the task at hand is about: run_id, thread_id, source."""

    def format(self, record: logging.LogRecord) -> str:
        """Write one line."""
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **traced(),
        }
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        return json.dumps({**said, "error": record.exc_text} if record.exc_text else said, ensure_ascii=False)


def set_up(*, as_json: bool) -> None:
    """Write this process's log to stderr, without the secrets that it was given."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if as_json else logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    for name in OURS if as_json else ("omc",):
        logging.getLogger(name).setLevel(logging.INFO)
    redact_logs(Redactor(_known_secrets()))


def in_json() -> bool:
    """Whether the log is one of JSON objects."""
    return any(isinstance(handler.formatter, JsonFormatter) for handler in logging.getLogger().handlers)


def _known_secrets() -> list[str]:
    """What the environment and the container's secret files hold."""
    files = [file for file in SECRET_FILES.iterdir() if file.is_file()] if SECRET_FILES.is_dir() else []
    return [value for name, value in os.environ.items() if SECRET.match(name)] + [f.read_text().strip() for f in files]
