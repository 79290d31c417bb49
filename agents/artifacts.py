"""What runs make: a row in Postgres for each artifact, its bytes in a store under their sha256."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, uuid5

from agents.events import json_safe
from agents.finding import ArtifactRef
from ledgers.app import hold_bytes, is_named, put_artifact
from ledgers.conversation import Artifact

if TYPE_CHECKING:
    import polars as pl

    from agents.context import RunContext
    from agents.stores import ArtifactStore
    from ledgers.store import Ledger

LONGEST_NAME = 120
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def save(
    run: "RunContext",
    data: bytes,
    *,
    name: str,
    kind: str,
    mime: str,
    tool: str,
    arguments: Mapping[str, Any],
    evidence: Iterable[str] = (),
) -> ArtifactRef:
    """Keep what a tool made; a tool call that is run again replaces its own artifact of that name.

    Args:
        run: the tool's run.
        data: the bytes.
        name: a file name for people, such as 'BTC 1d.csv'; made safe here.
        kind: chart | table | file | model | report.
        mime: such as 'text/csv'.
        tool: the tool's name.
        arguments: what the tool was called with.
        evidence: keys of the evidence it rests on.
    """
    safe, sha256 = safe_name(name), hashlib.sha256(data).hexdigest()
    artifact = Artifact(
        id=uuid5(NAMESPACE_OID, f"{run.run_id}/{run.tool_call_id}/{safe}").hex,
        user_id=run.user_id,
        thread_id=run.thread_id,
        run_id=run.run_id,
        name=safe,
        kind=kind,
        mime=mime,
        bytes=len(data),
        sha256=sha256,
        tool=tool,
        tool_call_id=run.tool_call_id,
        arguments=json_safe(dict(arguments)),
        evidence=list(evidence),
        created_at=run.now,
    )
    ref = ArtifactRef(artifact.id, safe, kind, mime, artifact.bytes, artifact.sha256)
    with run.ledger.session() as session:
        hold_bytes(session, sha256)
        run.artifacts.put(data)
        put_artifact(session, artifact)
    return ref


def discard(ledger: "Ledger", store: "ArtifactStore", hashes: Iterable[str]) -> None:
    """Throw away the bytes of those hashes that no artifact names any more: many may have made the same."""
    for sha256 in hashes:
        with ledger.session() as session:
            hold_bytes(session, sha256)
            if not is_named(session, sha256):
                store.delete(sha256)


def safe_name(name: str) -> str:
    """A file name that is only a name: no folders, no control or bidirectional characters, not hidden, not too long."""
    plain = "".join(c for c in unicodedata.normalize("NFC", name) if unicodedata.category(c)[0] != "C")
    plain = re.sub(r'[/\\:*?"<>|]+', "-", plain).strip(" .-")
    stem, dot, extension = plain.rpartition(".")
    if not dot or len(extension) > 10:  # noqa: PLR2004 - what is longer is no extension
        stem, dot, extension = plain, "", ""
    return (stem[: LONGEST_NAME - len(extension) - 1] + dot + extension) or "artifact"


def csv_bytes(frame: "pl.DataFrame") -> bytes:
    """A frame as CSV that a spreadsheet opens without running anything: text that looks like a formula is quoted."""
    import polars as pl  # noqa: PLC0415 - heavy, and only where a table is made

    texts = [name for name, dtype in frame.schema.items() if dtype in (pl.String, pl.Categorical)]
    guarded = frame.with_columns(
        pl.when(pl.col(name).cast(pl.String).str.contains(r"^[=+\-@\t\r\n]"))
        .then(pl.lit("'") + pl.col(name).cast(pl.String))
        .otherwise(pl.col(name).cast(pl.String))
        .alias(name)
        for name in texts
    )
    headers = {name: f"'{name}" for name in frame.columns if name.startswith(FORMULA_STARTS)}
    return guarded.rename(headers).write_csv().encode()
