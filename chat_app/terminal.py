"""The edge of the `omc` command: what goes to stdout, what to stderr, and what a person sees of an error."""

import json
import logging
import os
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from chat_app import logs
from ledgers.errors import BadArgument, ConfigurationError, OmcError

Settings = TypeVar("Settings")

log = logging.getLogger("omc")

FAILED, BAD_ARGUMENTS, INTERRUPTED = 1, 2, 130


def run(app: Callable[[], Any]) -> NoReturn:
    """Run the command and end the process; an error is one clear line, its traceback goes to a file."""
    _read_env_file()
    signal.signal(signal.SIGTERM, _end)
    try:
        logs.set_up(as_json=_log_format() == "json")
        _check_words(sys.argv[1:])
        app()
    except BadArgument as error:
        _fail(str(error), BAD_ARGUMENTS)
    except OmcError as error:
        _fail(str(error), FAILED)
    except KeyboardInterrupt:
        _fail("Stopped.", INTERRUPTED)
    except Exception as error:
        told = f"Unexpected {type(error).__name__}: {_first_line(error)}"
        if logs.in_json():
            log.exception("%s", told)
            sys.exit(FAILED)
        _fail(f"{told}\nDetails: {_kept_traceback()}", FAILED)
    sys.exit(0)


def say(message: str) -> None:
    """Tell the person at the terminal, on stderr: stdout is for results."""
    if logs.in_json():
        log.info("%s", message.strip())
        return
    print(message, file=sys.stderr, flush=True)  # noqa: T201 - the terminal is where it belongs


def progress(message: str) -> None:
    """Say what is going on, when it takes its time."""
    say(f"  {message} …")


def show_json(value: Any) -> None:
    """Print one object, the only thing on stdout. Times are ISO 8601."""
    print(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))  # noqa: T201 - the result


def show(text: str) -> None:
    """Print a result for people."""
    print(text)  # noqa: T201 - the result


def stream(text: str) -> None:
    """Print a piece of a result for people, as it comes."""
    print(text, end="", flush=True)  # noqa: T201 - the result


def settings_of(kind: Callable[[], Settings]) -> Settings:
    """Read one settings class from the environment; a bad value is named with its variable.

    Raises:
        ConfigurationError: a value cannot be read.
    """
    from pydantic import ValidationError  # noqa: PLC0415 - start-up time

    try:
        return kind()
    except ValidationError as error:
        fault = error.errors()[0]
        name = "_".join(str(part) for part in fault["loc"]).upper()
        raise ConfigurationError(f"OMC_{name} is not valid: {fault['msg']}. See .env.template.") from error


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _read_env_file() -> None:
    """Settings of the folder the command is called in; what the environment already has goes before."""
    if (file := Path.cwd() / ".env").is_file():
        from dotenv import load_dotenv  # noqa: PLC0415 - start-up time

        load_dotenv(file)


def _log_format() -> str:
    """How the log is written; the settings are read only where something is set: start-up time."""
    if not os.environ.get("OMC_LOG_FORMAT", "").strip():
        return "text"
    from chat_app.config import TelemetrySettings  # noqa: PLC0415 - start-up time

    return settings_of(TelemetrySettings).log_format


def _check_words(words: list[str]) -> None:
    """Refuse what is no text, before it gets anywhere.

    Raises:
        BadArgument: names the word's place.
    """
    for place, word in enumerate(words, 1):
        try:
            word.encode()
        except UnicodeEncodeError:
            raise BadArgument(f"Argument {place} is not text in UTF-8.") from None


def _end(*_: object) -> None:
    """SIGTERM unwinds like Ctrl-C, so that services are left in order."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(128 + signal.SIGTERM)


def _fail(message: str, code: int) -> NoReturn:
    say(f"omc: {message}")
    if "--json" in sys.argv:
        show_json({"status": "failed", "error": message})
    sys.exit(code)


def _kept_traceback() -> str:
    """Write the current traceback where it can be read later; returns the path."""
    from ledgers.config import LedgerSettings  # noqa: PLC0415 - start-up time

    text = traceback.format_exc()
    now = datetime.now(UTC)
    try:
        folder = LedgerSettings().home / "logs"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / f"errors-{now:%Y-%m-%d}.log").open("a") as log:
            log.write(f"{now:%H:%M:%S} {' '.join(sys.argv)}\n{text}\n")
    except (OSError, ValueError, OmcError):  # no folder, or no settings: then the terminal it is
        return f"\n{text}"
    return str(folder / f"errors-{now:%Y-%m-%d}.log")


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or ["no message"])[0]
