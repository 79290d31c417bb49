"""Import one file: read, understand, type, check, write, report."""

import time
from datetime import datetime
from pathlib import Path

import polars as pl

from collectors.importer.fields import REASON, add_reason, typed, with_time
from collectors.importer.files import LINE, Content, read_file
from collectors.importer.finishing import finished, period_of, with_known_at
from collectors.importer.kind import Kind
from collectors.importer.matching import Understanding, understand
from collectors.importer.options import ImportReport, Options, Rejected, reason_counts
from collectors.importer.shaping import records, unstated
from collectors.importer.stories import edgar_zone, in_zone
from ledgers.base import natural_key
from ledgers.batch import columns_of
from ledgers.errors import BadArgument
from ledgers.imports import end_import, start_import, store_rejects, with_what_is_stored
from ledgers.store import Ledger, WriteReport, write


def import_file(ledger: Ledger, name: str, path: Path, options: Options, *, written_at: datetime) -> ImportReport:
    """Load one file into a ledger. Bad rows go to the reject table and never cost the good ones.

    Args:
        ledger: the database.
        name: glass, human, catalyst or exchange.
        path: CSV, gzipped CSV or Parquet.
        options: what the file does not say itself.
        written_at: now, aware UTC; nothing later is taken.

    Raises:
        BadArgument: the file cannot be read or understood; nothing is written.
    """
    started = time.monotonic()
    content = read_file(path)
    reading = understand(content.headers, name, options)
    source = options.source or f"import:{path.name.partition('.')[0]}"
    frame = _whole(records(content, reading), reading, options, source, written_at)
    good, rejects = _parted(frame, content, reading.kind)
    rejects = [*content.broken, *rejects]
    report = _report(path, content, reading, source)
    with ledger.session() as session:
        run = start_import(session, path.name, written_at)
        stamped = good.with_columns(
            pl.lit(run, pl.Int64).alias("collector_run"), pl.lit(ledger.simulated).alias("simulated")
        )
        rows = with_what_is_stored(ledger, reading.kind.model, stamped, reading.kind.time)
        counts = write(session, reading.kind.model, rows, written_at=written_at)
        store_rejects(session, source, run, ((reject.reason, reject.payload) for reject in rejects), written_at)
        end_import(session, run, counts, len(rejects))
    _count(report, counts, rejects)
    _describe(report, frame, good, reading, options)
    report.seconds = round(time.monotonic() - started, 3)
    return report


def _whole(frame: pl.DataFrame, reading: Understanding, options: Options, source: str, now: datetime) -> pl.DataFrame:
    """Every record with all its fields, and a reason where it is refused."""
    kind = reading.kind
    frame = frame.with_columns(pl.lit(None, pl.String).alias(REASON))
    clock = edgar_zone(reading.columns.get(kind.time, ""), frame[kind.time])
    frame = with_time(frame, kind.time, options.tz, options.date_order)
    if clock:
        frame = in_zone(frame, kind.time, clock)
        reading.notes.append(f"acceptance times end in Z and yet follow the clock of {clock}: taken so")
    if (frame[kind.time].is_null()).all():
        shown = ", ".join(frame[REASON].unique()[:1])
        raise BadArgument(
            f"No row has a readable time in {reading.told()[kind.time]}: {shown}. Map it with --map COLUMN={kind.time}."
        )
    if "source" not in frame.columns or options.source:
        frame = frame.with_columns(pl.lit(source).alias("source"))
    frame = typed(frame, kind.model, kind.required, kind.time)
    stated = reading.columns | reading.values
    if "interval" in options.values:
        stated["interval"] = options.values["interval"]
    period = period_of(frame, kind)
    frame = with_known_at(finished(frame, kind, stated), kind, period)
    return add_reason(frame, pl.col("observed_at") > now, "lies in the future, or is not over yet")


def _parted(frame: pl.DataFrame, content: Content, kind: Kind) -> tuple[pl.DataFrame, list[Rejected]]:
    """The rows to write, and those refused with their payload as the file has it."""
    key = [*natural_key(kind.model), "known_at"]
    names = [column.name for column in columns_of(kind.model) if column.name in frame.columns]
    first = frame.filter(pl.col(REASON).is_null()).unique(subset=key, keep="first", maintain_order=True)
    frame = _without_contradictions(frame, first, key, names)
    bad = frame.filter(pl.col(REASON).is_not_null()).select(LINE, REASON)
    payloads = content.frame.select(LINE, pl.struct(content.headers).struct.json_encode().alias("payload"))
    rejected = bad.join(payloads, on=LINE, how="left", maintain_order="left")
    return frame.filter(pl.col(REASON).is_null()).select(names), [Rejected(*row) for row in rejected.iter_rows()]


def _without_contradictions(frame: pl.DataFrame, first: pl.DataFrame, key: list[str], names: list[str]) -> pl.DataFrame:
    """Refuse a later row that says otherwise about the same thing than an earlier one of the file."""
    if first.height == frame.filter(pl.col(REASON).is_null()).height:
        return frame
    content = [name for name in names if name not in key]
    said = first.select(*key, pl.struct(content).alias("__first"))
    joined = frame.join(said, on=key, how="left", maintain_order="left", nulls_equal=True)
    other = pl.struct(content).struct.json_encode() != pl.col("__first").struct.json_encode()
    return add_reason(joined, other, "contradicts an earlier row of the file").drop("__first")


def _count(report: ImportReport, counts: WriteReport, rejects: list[Rejected]) -> None:
    report.inserted, report.duplicate, report.revised = counts.inserted, counts.duplicate, counts.revised
    report.rejected, report.reasons = len(rejects), reason_counts(rejects)
    report.records = counts.inserted + counts.duplicate + counts.revised + len(rejects)


def _report(path: Path, content: Content, reading: Understanding, source: str) -> ImportReport:
    kind = reading.kind
    ignored = [] if kind.table == "catalyst_events" else reading.ignored
    report = ImportReport(path.name, kind.ledger, kind.table, source, reading.told(), ignored=ignored)
    report.read = content.frame.height + len(content.broken)
    report.notes += content.notes
    return report


def _describe(
    report: ImportReport, frame: pl.DataFrame, good: pl.DataFrame, reading: Understanding, options: Options
) -> None:
    """Say what was assumed where nothing was stated, and the time the file covers."""
    report.notes += reading.notes
    for name, value in unstated(reading).items():
        if name not in frame.columns or (frame[name].cast(pl.String) == value).any():
            report.notes.append(f"{name} is not stated: stored as '{value}' (say it with --set {name}=…)")
    if reading.kind.table == "candles" and "interval" not in reading.columns | reading.values and good.height:
        report.notes.append(f"interval {good['interval'][0]} read from the spacing of the rows")
    if not options.tz and not frame["__zoned"].all() and not frame["__dated"].all():
        report.notes.append("times name no zone: taken as UTC (say it with --tz)")
    if report.source.startswith("import:"):
        report.notes.append(f"source is not stated: stored as '{report.source}' (say it with --source)")
    if good.height:
        report.first, report.last = (str(good[reading.kind.time].sort()[i].isoformat()) for i in (0, -1))
