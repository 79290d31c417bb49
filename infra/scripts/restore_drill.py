"""The restore drill behind restore-drill.sh: dump, restore, compare, answer what waits, check the artifacts' hashes."""

import argparse
import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from sqlalchemy import select

from agents.config import AgentSettings
from agents.errors import ArtifactUnavailable
from agents.start import analyst
from agents.stores import ArtifactStore, DiskStore, store_of
from chat_app.embedded.postgres import candidates
from chat_app.services import services
from chat_app.terminal import settings_of
from ledgers.config import LedgerSettings, Mode, database_url
from ledgers.conversation import Artifact, Run
from ledgers.databases import server_version
from ledgers.errors import ConfigurationError, OmcError
from ledgers.store import Ledger

ANSWER_SECONDS = 120.0


class DrillFailed(OmcError):
    """A part of the drill does not hold; the message says which."""


@dataclass(frozen=True)
class Place:
    """A database and where its artifacts are."""

    url: str
    store: ArtifactStore


def main() -> int:
    """Carry the drill out; 1 where something does not hold."""
    asked = arguments()
    begun = time.monotonic()
    try:
        drill(asked)
    except (OmcError, psycopg.Error) as error:
        tell(f"FAILED: {error}")
        return 1
    tell(f"restored and alive in {time.monotonic() - begun:.1f} s")
    return 0


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="restore-drill.sh", add_help=False)
    parser.add_argument("--demo", action="store_const", const="demo", default="live", dest="mode")
    parser.add_argument("--into")
    parser.add_argument("--without-question", action="store_true")
    parser.add_argument("--without-conversation", action="store_true")
    return parser.parse_args()


def drill(asked: argparse.Namespace) -> None:
    """The steps, each timed."""
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="omc-drill-")))
        source = stack.enter_context(origin(asked.mode))
        with timed("an empty place to restore into"):
            target, redis_url = stack.enter_context(empty_place(asked.into, work))
        copy = Place(target, DiskStore(work / "artifacts") if isinstance(source.store, DiskStore) else source.store)
        check_versions(source.url, target)
        with timed("dump"):
            counts = dump(source.url, work / "dump")
        with timed("restore"):
            run_tool("pg_restore", target, "--dbname", target, "--exit-on-error", "--no-owner", str(work / "dump"))
        with timed(f"compare {len(counts)} tables, {sum(counts.values())} rows"):
            compare(counts, target)
        ledger = stack.enter_context(opened(copy.url, simulated=asked.mode == "demo"))
        with timed("artifacts"):
            tell(f"   {check_artifacts(ledger, source.store, copy.store)} artifacts, each as its hash says")
        if not asked.without_conversation:
            with timed("a conversation goes on"):
                tell(asyncio.run(answer_one(ledger, redis_url, work, needed=not asked.without_question)))


@contextmanager
def origin(mode: Mode) -> Iterator[Place]:
    """What is backed up: the program's own database and artifacts, as its settings say."""
    settings = settings_of(LedgerSettings)
    with services(settings) as endpoints:
        yield Place(database_url(endpoints.postgres_url, mode), store_of(settings_of(AgentSettings), settings.home))


@contextmanager
def empty_place(into: str | None, work: Path) -> Iterator[tuple[str, str]]:
    """A new database, and a wire of its own: on the source's, the drill's runs would be heard."""
    with services(LedgerSettings(home=work / "home", postgres_url=into, redis_url=None)) as endpoints:
        name = f"restore_drill_{os.getpid()}_{int(time.time())}"
        maintain(endpoints.postgres_url, sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(urlsplit(endpoints.postgres_url)._replace(path=f"/{name}")), endpoints.redis_url
        finally:
            maintain(endpoints.postgres_url, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def maintain(cluster_url: str, statement: sql.Composed) -> None:
    """One statement outside any database of ours."""
    url = urlunsplit(urlsplit(cluster_url)._replace(path="/postgres"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def check_versions(source: str, target: str) -> None:
    """A dump goes forward only."""
    have, want = server_version(target), server_version(source)
    if have < want:
        raise DrillFailed(f"Postgres {want} cannot be restored into Postgres {have}: name a newer one with --into URL.")


def dump(url: str, file: Path) -> dict[str, int]:
    """Dump a database; returns each table's rows as the dump has them, counted in the same snapshot."""
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        snapshot = str(one(connection, "SELECT pg_export_snapshot()"))
        counts = rows(connection)
        run_tool("pg_dump", url, "--dbname", url, "--format=custom", "--no-owner", "--no-privileges",
                 f"--snapshot={snapshot}", f"--file={file}")  # fmt: skip
    tell(f"   {file.stat().st_size / 2**20:.1f} MiB")
    return counts


def compare(counts: dict[str, int], url: str) -> None:
    """Hold the restored tables to the dumped ones."""
    with psycopg.connect(url) as connection:
        restored = rows(connection)
    wrong = [f"{name}: {counts.get(name)} dumped, {restored.get(name)} restored" for name in counts | restored
             if counts.get(name) != restored.get(name)]  # fmt: skip
    if wrong:
        raise DrillFailed("; ".join(wrong))


def rows(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """How many rows each table has."""
    listed = connection.execute(
        "SELECT schemaname, tablename FROM pg_tables "
        "WHERE schemaname <> 'information_schema' AND NOT starts_with(schemaname, 'pg_')"  # nor sessions' own tables
    ).fetchall()
    count = sql.SQL("SELECT count(*) FROM {}")
    return {".".join(name): int(one(connection, count.format(sql.Identifier(*name)))) for name in listed}


def one(connection: psycopg.Connection[Any], statement: Any) -> Any:
    """The one value of a statement."""
    row = connection.execute(statement).fetchone()
    return row[0] if row else None


def run_tool(name: str, url: str, *words: str) -> None:
    """Run one of Postgres's tools, the first that is new enough for the server."""
    wanted = server_version(url)
    for tool in installed(name):
        said = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout
        if (found := re.search(r"\) (\d+)", said)) and int(found[1]) >= wanted:
            done = subprocess.run([tool, *words], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise DrillFailed(f"{name}: {done.stderr.strip()[-500:]}")
            return
    raise ConfigurationError(f"{name} of Postgres {wanted} or later is not installed here.")


def installed(name: str) -> Iterator[str]:
    """Where a tool of Postgres's is on this machine: beside the servers that the product would use, or on the path."""
    yield from (str(folder / name) for folder in candidates() if (folder / name).exists())
    if found := shutil.which(name):
        yield found


@contextmanager
def opened(url: str, *, simulated: bool) -> Iterator[Ledger]:
    """The restored database, as the program uses it."""
    ledger = Ledger(url, simulated=simulated)
    try:
        yield ledger
    finally:
        ledger.close()


def check_artifacts(ledger: Ledger, source: ArtifactStore, copy: ArtifactStore) -> int:
    """Bring every artifact's bytes to the restored place and read them there; both stores check the hash."""
    with ledger.session() as session:
        hashes = sorted(set(session.scalars(select(Artifact.sha256))))
    lost = []
    for sha256 in hashes:
        try:
            if copy is not source:
                copy.put(source.get(sha256))
            copy.get(sha256)
        except (KeyError, ArtifactUnavailable) as error:
            lost.append(f"{sha256[:12]}…: {error}")
    if lost:
        raise DrillFailed(f"{len(lost)} of {len(hashes)} artifacts are lost: {'; '.join(lost[:5])}")
    return len(hashes)


async def answer_one(ledger: Ledger, redis_url: str, home: Path, *, needed: bool) -> str:
    """Answer the question of a conversation that waits for one, in the restored place."""
    with ledger.session() as session:
        run = session.scalars(select(Run).where(Run.status == "question").order_by(Run.started_at.desc())).first()
    if run is None:
        if needed:
            raise DrillFailed("No conversation waits for an answer: ask an open question first, or --without-question.")
        return "   no conversation waits for an answer: that part was not tried"
    async with analyst(settings_of(AgentSettings), ledger, redis_url, home) as runs:
        asked = await runs.pending(run.thread_id, user_id=run.user_id)
        if asked is None:
            raise DrillFailed(f"The run {run.id} waits, but its question is gone.")
        said = (asked.payload["choices"] or ["30 days"])[0]
        await runs.answer(run.id, user_id=run.user_id, text=said)
        async with asyncio.timeout(ANSWER_SECONDS):
            async for event in runs.follow(run.id, user_id=run.user_id, after=asked.seq):
                if event.kind == "answer":
                    return f"   asked: {asked.payload['text']} - {said}; answered: {event.payload['text'][:120]}"
                if event.kind in ("question", "approval", "finished"):
                    raise DrillFailed(f"The conversation did not come to an answer: {event.kind} {event.payload}")
    raise DrillFailed("The conversation ended without a word.")


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Say what is done, and how long it took."""
    begun = time.monotonic()
    tell(f"== {name}")
    yield
    tell(f"   {time.monotonic() - begun:.1f} s")


def tell(text: str) -> None:
    """Say it now."""
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
