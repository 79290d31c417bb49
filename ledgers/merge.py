"""Staged rows into a table under the rules of the two clocks; every statement is set based.

A version is what a row said from its `known_at` on. For each incoming version, in the order of known_at:
- the key is new: it is inserted;
- it says what the current version says, or the one in force at its known_at, or a later one: a duplicate;
- its known_at is newer than the current version's: that one moves to the history, superseded at the new known_at;
- its known_at is older: it goes into the history in its right place;
- its known_at is that of a version we hold: a correction, which becomes known when it is written.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from psycopg import Cursor

from ledgers.base import Base, content_columns, history_of, natural_key


class Tables:
    """A table, its history and its two temporary tables, as the statements below name them."""

    def __init__(self, model: type[Base]) -> None:
        """Identifiers come from the models alone."""
        self.key, self.content = natural_key(model), content_columns(model)
        self.names = [column.name for column in model.__table__.columns]
        self.columns = listed(self.names)
        self.table, self.past = quoted(str(model.__tablename__)), quoted(history_of(model).name)
        self.staged = quoted(f"staged_{model.__tablename__}")
        self.contested = quoted(f"contested_{model.__tablename__}")

    def same_key(self, left: str, right: str) -> str:
        """Two rows are versions of one."""
        return " AND ".join(f"{left}.{quoted(c)} = {right}.{quoted(c)}" for c in self.key)

    def differs(self, left: str, right: str) -> str:
        """Two versions say different things."""
        return " OR ".join(f"{left}.{quoted(c)} IS DISTINCT FROM {right}.{quoted(c)}" for c in self.content)


@cache
def tables(model: type[Base]) -> Tables:
    """The names of one table, composed once."""
    return Tables(model)


def prepare(cursor: Cursor[Any], t: Tables) -> None:
    """Wait for other writers of the table, and have the two temporary tables.

    They live as long as the connection and empty themselves at commit.
    """
    lock = "SELECT pg_advisory_xact_lock(hashtextextended('ledgers.write ' || %s, 0)), to_regclass('pg_temp.' || %s)"
    if (cursor.execute(lock, [t.table, t.contested]).fetchone() or (None, None))[1] is None:
        for name in (t.staged, t.contested):
            cursor.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} (LIKE {t.table}) ON COMMIT DELETE ROWS")


def clear(cursor: Cursor[Any], t: Tables) -> None:
    """Empty the temporary tables before the commit does."""
    cursor.execute(f"TRUNCATE {t.staged}, {t.contested}")


def merge(cursor: Cursor[Any], t: Tables, written_at: datetime, *, staged: int) -> tuple[int, int]:
    """Merge what is staged, each key at most once. Returns how many rows were inserted and how many revised."""
    joined = f"FROM {t.staged} s JOIN {t.table} t ON {t.same_key('s', 't')}"
    differs = t.differs("s", "t")
    held, disputed = cursor.execute(f"SELECT count(*), count(*) FILTER (WHERE {differs}) {joined}").fetchone() or (0, 0)
    if disputed:
        cursor.execute(
            f"INSERT INTO {t.contested} ({t.columns}) SELECT {listed(t.names, 's.')} {joined} WHERE {differs}"
        )
    if held < staged:
        fresh = f"WHERE NOT EXISTS (SELECT FROM {t.table} t WHERE {t.same_key('s', 't')})" if held else ""
        cursor.execute(f"INSERT INTO {t.table} ({t.columns}) SELECT {t.columns} FROM {t.staged} s {fresh}")
    return staged - held, _revise(cursor, t, written_at) if disputed else 0


def _revise(cursor: Cursor[Any], t: Tables, written_at: datetime) -> int:
    """Settle the contested versions. Returns how many changed something."""
    cursor.execute(f"""
        DELETE FROM {t.contested} c USING {t.past} h
        WHERE {t.same_key("h", "c")} AND h.superseded_at > c.known_at AND NOT ({t.differs("h", "c")})""")
    cursor.execute(
        f"""
        UPDATE {t.contested} c
        SET known_at = greatest(%(written_at)s::timestamptz, t.known_at + interval '1 microsecond')
        FROM {t.table} t WHERE {t.same_key("t", "c")} AND (t.known_at = c.known_at OR EXISTS (
            SELECT FROM {t.past} h WHERE {t.same_key("h", "c")} AND h.known_at = c.known_at))""",
        {"written_at": written_at},
    )
    return _supersede(cursor, t) + _insert_past(cursor, t)


def _supersede(cursor: Cursor[Any], t: Tables) -> int:
    """Newer versions take the table; those they replace go to the history."""
    replaced = cursor.execute(f"""
        INSERT INTO {t.past} ({t.columns}, superseded_at)
        SELECT {listed(t.names, "t.")}, c.known_at FROM {t.table} t JOIN {t.contested} c ON {t.same_key("t", "c")}
        WHERE c.known_at > t.known_at""").rowcount
    cursor.execute(f"""
        UPDATE {t.table} t SET {", ".join(f"{quoted(c)} = c.{quoted(c)}" for c in t.names if c not in t.key)}
        FROM {t.contested} c WHERE {t.same_key("t", "c")} AND c.known_at > t.known_at""")
    return replaced


def _insert_past(cursor: Cursor[Any], t: Tables) -> int:
    """Older versions go between their predecessor, whose time they shorten, and their successor."""
    cursor.execute(f"""
        UPDATE {t.past} h SET superseded_at = c.known_at
        FROM {t.contested} c JOIN {t.table} t ON {t.same_key("t", "c")}
        WHERE {t.same_key("h", "c")} AND c.known_at < t.known_at
          AND h.known_at < c.known_at AND h.superseded_at > c.known_at""")
    return cursor.execute(f"""
        INSERT INTO {t.past} ({t.columns}, superseded_at)
        SELECT {listed(t.names, "c.")}, coalesce(
            (SELECT min(h.known_at) FROM {t.past} h WHERE {t.same_key("h", "c")} AND h.known_at > c.known_at),
            t.known_at)
        FROM {t.contested} c JOIN {t.table} t ON {t.same_key("t", "c")} WHERE c.known_at < t.known_at""").rowcount


def quoted(name: str) -> str:
    """An identifier of ours, quoted."""
    return f'"{name}"'


def listed(names: Sequence[str], prefix: str = "") -> str:
    """Identifiers, quoted and separated by commas."""
    return ", ".join(f"{prefix}{quoted(name)}" for name in names)
