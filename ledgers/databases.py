"""A database comes into being: created where it is missing."""

from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
from psycopg import errors, sql

from ledgers.errors import ConfigurationError


def ensure_database(url: str) -> bool:
    """Create the database a URL names, unless it is there.

    Args:
        url: libpq URL with a path.

    Returns:
        Whether it was created now.

    Raises:
        ConfigurationError: the server does not answer, refuses the login, or lets us create no database.
    """
    parts = urlsplit(url)
    name = unquote(parts.path.strip("/"))
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.OperationalError as error:
        if f'database "{name}" does not exist' not in str(error):
            raise _refused(parts.hostname, parts.port, error) from error
    else:
        return False
    maintenance = urlunsplit(parts._replace(path="/postgres"))
    try:
        with psycopg.connect(maintenance, autocommit=True, connect_timeout=10) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except (errors.DuplicateDatabase, errors.UniqueViolation):  # another command was faster
        return False
    except psycopg.Error as error:
        raise ConfigurationError(
            f"Database '{name}' does not exist and cannot be created: {_first_line(error)} "
            f"Create it, or give OMC_POSTGRES_URL a user that may."
        ) from error
    return True


def server_version(url: str) -> int:
    """The major version of the server that answers.

    Raises:
        ConfigurationError: none does, or it refuses us.
    """
    parts = urlsplit(url)
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            return connection.info.server_version // 10_000
    except psycopg.OperationalError as error:
        raise _refused(parts.hostname, parts.port, error) from error


def has_table(url: str, name: str) -> bool:
    """Whether a table is there; `name` may carry a schema."""
    with psycopg.connect(url, connect_timeout=10) as connection:
        return connection.execute("SELECT to_regclass(%s)", [name]).fetchone() != (None,)


def _refused(host: str | None, port: int | None, error: psycopg.Error) -> ConfigurationError:
    return ConfigurationError(
        f"Postgres at {host or 'the local socket'}:{port or 5432} cannot be used: {_first_line(error)} "
        f"Check OMC_POSTGRES_URL, or leave it unset to use the embedded Postgres."
    )


def _first_line(error: BaseException) -> str:
    line = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return line.rstrip(".") + "."
