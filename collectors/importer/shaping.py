"""From a file's rows to one row per record, every field still as the file wrote it."""

import polars as pl

from collectors.importer.files import LINE, Content
from collectors.importer.matching import Understanding, plain

DETAILS = {"filing_date": "filed"}  # as the live feed of filings names it


def records(content: Content, reading: Understanding) -> pl.DataFrame:
    """One row per record: the line, the fields by name, and constants where all rows share a value."""
    raw = content.frame
    shared = [pl.col(LINE), *(pl.col(header).alias(name) for name, header in reading.columns.items())]
    if reading.votes:
        shared.append(pl.struct(_vote(header).alias(vote) for vote, header in reading.votes.items()).alias("votes"))
    if reading.kind.table == "catalyst_events" and reading.ignored:
        kept = (pl.col(header).alias(DETAILS.get(plain(header), header)) for header in reading.ignored)
        shared.append(pl.struct(kept).struct.json_encode().alias("details"))
    base = raw.select(shared)
    if reading.metrics:
        base = _by_metric(raw, base, reading)
    elif reading.wide:
        base = _by_symbol(raw, base, reading)
    constant = {name: value for name, value in reading.values.items() if name not in base.columns}
    absent = {
        name: value for name, value in reading.kind.unstated.items() if name not in base.columns | constant.keys()
    }
    filled = [pl.col(name).fill_null(v) for name, v in reading.kind.unstated.items() if name in base.columns]
    return base.with_columns(*filled, *(pl.lit(value).alias(name) for name, value in (constant | absent).items()))


def unstated(reading: Understanding) -> dict[str, str]:
    """What neither the file nor the person said, and what is stored instead."""
    said = {*reading.columns, *reading.values}
    if reading.metrics:
        said.add("unit")
    return {name: value for name, value in reading.kind.unstated.items() if name not in said}


def _vote(header: str) -> pl.Expr:
    return pl.col(header).cast(pl.Float64, strict=False).cast(pl.Int64, strict=False)


def _by_metric(raw: pl.DataFrame, base: pl.DataFrame, reading: Understanding) -> pl.DataFrame:
    parts = []
    for header, (metric, unit) in reading.metrics.items():
        named = {"metric": pl.lit(metric)} | ({"unit": pl.lit(unit)} if "unit" not in reading.values else {})
        parts.append(base.with_columns(raw[header].cast(pl.String).alias("value"), **named))
    return pl.concat(parts).filter(pl.col("value").is_not_null())


def _by_symbol(raw: pl.DataFrame, base: pl.DataFrame, reading: Understanding) -> pl.DataFrame:
    parts = []
    for symbol, part in reading.wide.items():
        own = [raw[header].cast(pl.String).alias(name) for name, header in part.items()]
        parts.append(base.with_columns(*own, pl.lit(symbol).alias("symbol")))
    whole = pl.concat(parts, how="diagonal")
    told = [name for name in ("close", "price") if name in whole.columns]
    return whole.filter(pl.any_horizontal(pl.col(told).is_not_null()))
