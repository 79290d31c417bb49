"""Settings of the ledgers, and the names of their two databases."""

from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ledgers.errors import ConfigurationError

SECRET_FILES = Path("/run/secrets")
"""Where Docker, Podman and Compose put secrets."""

Mode = Literal["live", "demo"]


def default_home() -> Path:
    """The platform's folder for a user's application data."""
    from platformdirs import user_data_path  # noqa: PLC0415 - only where nobody chose a folder

    return user_data_path("oh-my-coins", appauthor=False)


class Settings(BaseSettings):
    """What every settings class has in common: the prefix, and that blanks count as unset.

    A secret store keeps no empty value; one that is not set yet holds a blank there. Where a container gets secrets as
    files, each is read from the file of the variable's name, whatever its case; the environment goes before.
    """

    model_config = SettingsConfigDict(
        env_prefix="OMC_",
        env_ignore_empty=True,
        populate_by_name=True,
        secrets_dir=SECRET_FILES if SECRET_FILES.is_dir() else None,
    )

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if not (isinstance(value, str) and not value.strip())}


class LedgerSettings(Settings):
    """Where the data is. Every field is described in `.env.template`."""

    home: Path = Field(default_factory=default_home)
    postgres_url: str | None = None
    redis_url: str | None = None
    mode: Mode | None = None

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("postgres_url")
    @classmethod
    def _libpq(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in {"postgresql", "postgres"}:
            raise ConfigurationError("OMC_POSTGRES_URL must look like postgresql://user:password@host:5432")
        return value and value.replace("postgres://", "postgresql://", 1)

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in {"redis", "rediss", "unix"}:
            raise ConfigurationError("OMC_REDIS_URL must look like redis://:password@host:6379/0")
        return value


def database_url(cluster_url: str, mode: Mode) -> str:
    """The URL of one mode's database.

    Args:
        cluster_url: libpq URL of the cluster; a path names the live database, and with `_demo` behind it the other.
        mode: `live` or `demo`.
    """
    parts = urlsplit(cluster_url)
    named = parts.path.strip("/")
    name = (named if mode == "live" else f"{named}_demo") if named else mode
    return urlunsplit(parts._replace(path=f"/{name}"))
