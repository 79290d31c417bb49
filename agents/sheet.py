"""Tables as files: CSV that no spreadsheet will execute, and Parquet."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from agents.artifacts import csv_bytes, save
from agents.context import RunContext
from agents.finding import ArtifactRef
from ledgers.errors import BadArgument

MOST_ROWS = 200_000  # of a table that is attached unasked
MIMES = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


def table_bytes(frame: pl.DataFrame, form: str) -> bytes:
    """A frame in one of the forms of MIMES; in CSV lists become words and times ISO 8601 in UTC."""
    if form == "csv":
        lists = [pl.col(name).list.join(" ") for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
        times = [
            pl.col(n).dt.strftime("%Y-%m-%dT%H:%M:%SZ") for n, k in frame.schema.items() if isinstance(k, pl.Datetime)
        ]
        return csv_bytes(frame.with_columns(*lists, *times))
    if form == "parquet":
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        return buffer.getvalue()
    raise BadArgument(f"format must be one of {', '.join(MIMES)}, not '{form[:20]}'.")


def attach(
    run: RunContext,
    frame: pl.DataFrame,
    name: str,
    *,
    tool: str,
    arguments: Mapping[str, Any],
    keys: Sequence[str],
    form: str = "csv",
) -> ArtifactRef:
    """Save a frame as a table artifact; `name` is without its ending.

    Args:
        run: the tool's run.
        frame: the rows.
        name: such as BTC_1d.
        tool: the tool's name.
        arguments: what it was called with.
        keys: of the evidence the rows are.
        form: csv or parquet.
    """
    data = table_bytes(frame, form)
    file = f"{plain(name)}.{form}"
    return save(run, data, name=file, kind="table", mime=MIMES[form], tool=tool, arguments=arguments, evidence=keys)


def plain(name: str) -> str:
    """A file name without surprises."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in name)[:100]
