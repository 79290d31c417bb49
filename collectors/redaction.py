"""Keeps secrets out of every log line, error and row: known values, and whatever looks like a key in a URL."""

import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

HIDDEN = "[redacted]"
IN_QUERY = re.compile(
    r"(?i)([?&;\s\"'](?:[\w-]*token|api[\w-]?key|key|sign(?:ature)?|secret|password|auth)=)[^&\s\"'<>]+"
)
IN_HEADER = re.compile(r"(?i)\b(authorization[\"']?\s*[:=]\s*[\"']?(?:(?:basic|bearer)\s+)?)[^\s\"',}]+")
IN_USERINFO = re.compile(r"(?i)(\w+://[^/\s:@]*:)[^/\s@]+(@)")
SHORTEST = 4  # a shorter value would blot out ordinary words


class Redactor:
    """Replaces secrets in text and in nested plain values."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Know the secrets' values, also as a URL writes them; the longest is replaced first."""
        known = {
            form for s in secrets if len(s) >= SHORTEST for form in (s, quote(s), quote_plus(s), quote(s, safe=""))
        }
        self.secrets = sorted(known, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        for secret in self.secrets:
            text = text.replace(secret, HIDDEN)
        text = IN_QUERY.sub(rf"\1{HIDDEN}", text)
        text = IN_HEADER.sub(rf"\1{HIDDEN}", text)
        return IN_USERINFO.sub(rf"\1{HIDDEN}\2", text)

    def known(self, value: Any) -> Any:
        """A plain value, also a nested one, without the known secrets: for rows, where words such as key= are text."""
        if isinstance(value, str):
            for secret in self.secrets:
                value = value.replace(secret, HIDDEN)
            return value
        if isinstance(value, Mapping):
            return {self.known(key): self.known(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.known(item) for item in value]
        return value


class RedactingFilter(logging.Filter):
    """A log filter, for handlers, that redacts the finished message and the traceback's text."""

    def __init__(self, redact: Redactor) -> None:
        """Redact with this redactor."""
        super().__init__()
        self.redact = redact

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; let it pass."""
        record.msg, record.args = self.redact(record.getMessage()), None
        if record.exc_info:
            record.exc_text = self.redact(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True


def redact_logs(redact: Redactor) -> None:
    """Redact what every handler of this process writes."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(RedactingFilter(redact))
    quieten_client()


def quieten_client() -> None:
    """Keep the HTTP client from logging whole URLs, with the keys in them."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
