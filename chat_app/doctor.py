"""`omc doctor`: every part asked how it is, and what to do where it is not well."""

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from chat_app.compose import MODES, Endpoints, LedgerSettings, differences, newest, open_ledger, services
from chat_app.terminal import settings_of
from ledgers.config import database_url
from ledgers.errors import OmcError

GIBIBYTE = 1024**3
LEAST_FREE = 2 * GIBIBYTE
POSTGRES_VERSIONS = range(15, 19)


@dataclass(frozen=True)
class Verdict:
    """How one part is."""

    part: str
    status: Literal["ok", "warning", "broken"]
    found: str
    advice: str = ""


Examination = Callable[[LedgerSettings, Endpoints], Verdict]


def examine(settings: LedgerSettings, *, say: Callable[[str], None]) -> Iterator[Verdict]:
    """Every part's verdict, in the order in which one rests on the other."""
    yield python()
    yield disk(settings)
    yield data_folder(settings)
    yield model()
    try:
        with services(settings, say=say) as endpoints:
            yield valkey(settings, endpoints)
            yield from _on_postgres(settings, endpoints)
    except OmcError as error:
        yield Verdict("services", "broken", str(error), "Nothing that needs the services was examined.")


def report(verdicts: list[Verdict]) -> dict[str, Any]:
    """The object of `omc doctor --json`."""
    well = not any(verdict.status == "broken" for verdict in verdicts)
    return {"ok": well, "parts": [asdict(verdict) for verdict in verdicts]}


def python() -> Verdict:
    """The interpreter."""
    return Verdict("python", "ok", f"{sys.version.split()[0]} in {sys.prefix}")


def disk(settings: LedgerSettings) -> Verdict:
    """Room for data."""
    existing = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    found = f"{free / GIBIBYTE:.1f} GiB free at {settings.home}"
    if free < LEAST_FREE:
        return Verdict("disk", "warning", found, "Make room, or set OMC_HOME to a folder on a larger disk.")
    return Verdict("disk", "ok", found)


def data_folder(settings: LedgerSettings) -> Verdict:
    """Ours, and nobody else's."""
    home = settings.home
    if not home.exists():
        return Verdict("data folder", "ok", f"{home} is made at the first start")
    if not os.access(home, os.W_OK | os.X_OK):
        advice = "Give it to the user who runs omc, or set OMC_HOME to another folder."
        return Verdict("data folder", "broken", f"{home} cannot be written", advice)
    if stat.S_IMODE(home.stat().st_mode) & 0o077:
        return Verdict("data folder", "warning", f"{home} can be read by others", f"chmod 700 {home}")
    return Verdict("data folder", "ok", str(home))


def postgres(settings: LedgerSettings, endpoints: Endpoints) -> Verdict:
    """The server, and whether its version is one we know."""
    from ledgers.databases import server_version

    kind = "embedded" if settings.postgres_url is None else "from OMC_POSTGRES_URL"
    open_ledger(endpoints, "live").close()
    version = server_version(database_url(endpoints.postgres_url, "live"))
    if version not in POSTGRES_VERSIONS:
        known = f"{POSTGRES_VERSIONS[0]} to {POSTGRES_VERSIONS[-1]}"
        return Verdict("postgres", "warning", f"version {version}, {kind}", f"Tested are versions {known}.")
    return Verdict("postgres", "ok", f"version {version}, {kind}")


def valkey(settings: LedgerSettings, endpoints: Endpoints) -> Verdict:
    """The wire of runs."""
    import asyncio

    from ledgers.streams import StreamLost, Streams

    async def ping() -> bool:
        streams = Streams(endpoints.redis_url)
        try:
            return await streams.ping()
        finally:
            await streams.close()

    kind = "embedded" if settings.redis_url is None else "from OMC_REDIS_URL"
    try:
        asyncio.run(ping())
    except StreamLost as error:
        advice = "Check OMC_REDIS_URL, or leave it unset to use the embedded Valkey."
        return Verdict("valkey", "broken", f"{kind}: {error}", advice)
    return Verdict("valkey", "ok", f"answers, {kind}")


def migrations(settings: LedgerSettings, endpoints: Endpoints) -> Verdict:  # noqa: ARG001 - one shape for all
    """Whether both databases have the schema of this version; like every command it migrates them first."""
    for mode in MODES:
        open_ledger(endpoints, mode).close()
    different = {mode: found for mode in MODES if (found := differences(endpoints, mode))}
    if different:
        text = "; ".join(f"{mode}: {len(found)} differences, first {found[0]}" for mode, found in different.items())
        return Verdict("migrations", "broken", text, "Run: omc db upgrade")
    return Verdict("migrations", "ok", f"live and demo at {newest()}")


def checkpointer(settings: LedgerSettings, endpoints: Endpoints) -> Verdict:  # noqa: ARG001 - one shape for all
    """Where conversations wait for an answer; its tables are made where they are missing."""
    import asyncio

    from agents.start import checkpointer as opened

    async def make() -> None:
        async with opened(database_url(endpoints.postgres_url, "live")):
            pass

    asyncio.run(make())
    return Verdict("checkpointer", "ok", "its tables are there, in a schema of their own")


def model() -> Verdict:
    """Who thinks, and whether it can call tools."""
    import asyncio

    from agents.config import AgentSettings
    from agents.model import OFFLINE_NAME, chat_model, model_name, probe, release

    name = "model"
    try:
        settings = settings_of(AgentSettings)
        name = model_name(settings)
        if name.partition(":")[0] == OFFLINE_NAME.partition(":")[0]:
            advice = "For a language model set OPENAI_API_KEY, or OMC_MODEL=provider:name."
            return Verdict("model", "ok", "no key is set: the offline analyst, by rules", advice)
        thinker = chat_model(settings)
    except OmcError as error:
        return Verdict("model", "broken", str(error), "See .env.template.")

    async def asked() -> Any:
        try:
            return await probe(thinker)
        finally:
            await release(thinker)

    verdict = asyncio.run(asked())
    if verdict.ok:
        return Verdict("model", "ok", f"{name}: {verdict.text}")
    return Verdict("model", "broken", f"{name}: {verdict.text}", "Check OMC_MODEL, OPENAI_API_KEY and OPENAI_BASE_URL.")


def data(settings: LedgerSettings, endpoints: Endpoints) -> Verdict:  # noqa: ARG001 - one shape for all
    """What there is to ask about."""
    from ledgers.presence import rows_by_ledger

    counts = {}
    for mode in MODES:
        ledger = open_ledger(endpoints, mode)
        try:
            counts[mode] = rows_by_ledger(ledger)
        finally:
            ledger.close()
    found = "; ".join(f"{m}: " + ", ".join(f"{name} {rows:,}" for name, rows in c.items()) for m, c in counts.items())
    if not any(counts["live"].values()):
        advice = "Run omc up to collect, omc import LEDGER FILE… for your own history, or omc up --demo to try it."
        return Verdict("data", "warning", found, advice)
    return Verdict("data", "ok", found)


def _on_postgres(settings: LedgerSettings, endpoints: Endpoints) -> Iterator[Verdict]:
    """Postgres and what rests on it; one broken part is told once."""
    examinations: dict[str, Examination] = {
        "postgres": postgres,
        "migrations": migrations,
        "checkpointer": checkpointer,
        "data": data,
    }
    for name, examination in examinations.items():
        try:
            yield examination(settings, endpoints)
        except OmcError as error:
            yield Verdict(name, "broken", str(error), "What rests on it was not examined.")
            return
