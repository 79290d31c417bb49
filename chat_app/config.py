"""Settings of the server and the page."""

import os
import secrets
import socket
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ledgers.errors import ConfigurationError

LEAST_SECRET = 32


class ChatSettings(BaseSettings):
    """Where the chat is served, and to whom. Every field is described in `.env.template`."""

    model_config = SettingsConfigDict(env_prefix="OMC_", env_ignore_empty=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    public_url: str | None = None
    auth_secret: SecretStr | None = None

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
