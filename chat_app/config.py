"""Settings of the server and the page."""

import os
import secrets
import socket
from ipaddress import ip_address
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from ledgers.config import Settings
from ledgers.errors import ConfigurationError

LEAST_SECRET = 32
EMF = "emf:"


class ChatSettings(Settings):
    """Where the chat is served, and to whom. Every field is described in `.env.template`."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    public_url: str | None = None
    auth_secret: SecretStr | None = None
    metrics_token: SecretStr | None = None
    ready_collection_minutes: float | None = Field(default=None, gt=0)

    @field_validator("public_url")
    @classmethod
    def _with_host(cls, value: str | None) -> str | None:
        if value is not None and (urlsplit(value).scheme not in {"http", "https"} or not urlsplit(value).hostname):
            raise ConfigurationError("OMC_PUBLIC_URL must look like https://coins.example.org")
        return value and value.rstrip("/")

    @field_validator("auth_secret")
    @classmethod
    def _long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < LEAST_SECRET:
            raise ConfigurationError(f"OMC_AUTH_SECRET needs at least {LEAST_SECRET} characters")
        return value


class TelemetrySettings(Settings):
    """What the program tells of itself, to whom. Every field is described in `.env.template`."""

    log_format: Literal["text", "json"] = "text"
    metrics: str | None = None  # emf:<environment>

    @field_validator("metrics")
    @classmethod
    def _emf(cls, value: str | None) -> str | None:
        if value is not None and not (value.startswith(EMF) and value.removeprefix(EMF).strip()):
            raise ConfigurationError("OMC_METRICS must look like emf:omc-staging")
        return value

    @property
    def environment(self) -> str | None:
        """The environment that CloudWatch's metrics are counted for; None where none are written."""
        return self.metrics and self.metrics.removeprefix(EMF).strip()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def auth_secret(settings: ChatSettings, home: Path) -> str:
    """What signs the cookies: the setting, else a secret made once and kept in the data folder, for its owner only."""
    if settings.auth_secret is not None:
        return settings.auth_secret.get_secret_value()
    file = home / "auth_secret"
    home.mkdir(parents=True, exist_ok=True)
    try:
        with open(file, "x", opener=_private, encoding="ascii") as made:
            made.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return file.read_text().strip()


def listen(host: str, port: int) -> socket.socket:
    """Take the address.

    Raises:
        ConfigurationError: it is in use, or not this machine's; says what to do.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((host, port))
        taken.listen()
    except OSError as error:
        taken.close()
        raise ConfigurationError(
            f"Cannot listen on {host}:{port}: {error.strerror or error}. "
            f"Is it running already? Else choose another port, for instance --port {port + 1}."
        ) from error
    return taken


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
