"""Read a file into a frame of its columns as they stand, each row with its line number."""

import csv
import gzip
import io
import zlib
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from collectors.importer.options import Rejected
from ledgers.errors import BadArgument

LINE = "__line"
SEPARATORS = ",;\t|"
LOOKED_AT = 5  # lines, for the header
KLINES = ["open_time", "open", "high", "low", "close", "volume", "close_time", "quote_volume", "trades"]
HEADERLESS = {
    12: [*KLINES, "taker_base", "taker_quote", "ignore"],  # Binance klines
    7: ["time", "open", "high", "low", "close", "volume", "trades"],  # Kraken OHLCVT
    6: ["time", "open", "high", "low", "close", "volume"],
}


@dataclass(frozen=True)
class Content:
    """A file's rows, the lines that could not be read, and what was assumed."""

    frame: pl.DataFrame
    broken: tuple[Rejected, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def headers(self) -> list[str]:
        """The file's own column names."""
        return [name for name in self.frame.columns if name != LINE]


def read_file(path: Path) -> Content:
    """Read CSV, gzipped CSV or Parquet, told apart by content.

    Raises:
        BadArgument: the file is absent, empty, or none of these.
    """
    if not path.is_file():
        raise BadArgument(f"There is no file {path}.")
    raw = path.read_bytes()
    if raw[:4] == b"PAR1":
        frame = pl.read_parquet(io.BytesIO(raw))
        return Content(frame.with_columns(pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias(LINE)))
    if raw[:2] == b"\x1f\x8b":
        raw = _unzipped(path, raw)
    return _read_text(path, *_decoded(raw))


def _unzipped(path: Path, raw: bytes) -> bytes:
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise BadArgument(f"{path.name} is not a whole gzip file: {error}.") from error


def _decoded(raw: bytes) -> tuple[str, tuple[str, ...]]:
    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return raw.decode("utf-16", errors="replace"), ("read as UTF-16",)
    try:
        return raw.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace"), ("not UTF-8: read as Windows-1252",)


def _read_text(path: Path, text: str, notes: tuple[str, ...]) -> Content:
    head = text.lstrip()[:1]
    if not head:
        raise BadArgument(f"{path.name} is empty.")
    if head in "<{[" or "\x00" in text[:1000]:
        raise BadArgument(f"{path.name} is not CSV, CSV.gz or Parquet.")
    lines = [line.rstrip("\r") for line in text.split("\n", LOOKED_AT)[:LOOKED_AT]]
    skip = next((number for number, line in enumerate(lines) if any(mark in line for mark in SEPARATORS)), 0)
    separator = max(SEPARATORS, key=lines[skip].count)
    if skip:
        notes = (*notes, f"{skip} line(s) before the header left out")
    names, has_header = _header(lines[skip], separator)
    if not has_header:
        notes = (*notes, f"no header line: read as {', '.join(names[:6])}, …")
    frame, broken = _rows(text, skip + has_header, names, separator)
    if frame.height == 0 and not broken:
        raise BadArgument(f"{path.name} has no rows below its header ({', '.join(names)}).")
    return Content(frame, tuple(broken), notes)


def _header(line: str, separator: str) -> tuple[list[str], bool]:
    names = [name.strip() for name in next(csv.reader([line], delimiter=separator))]
    if names[0].replace(".", "", 1).isdigit() and len(names) in HEADERLESS:
        return HEADERLESS[len(names)], False
    names = [name or f"column_{number}" for number, name in enumerate(names, 1)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadArgument(f"The header names {', '.join(twice)} more than once.")
    return names, True


def _rows(text: str, skip: int, names: list[str], separator: str) -> tuple[pl.DataFrame, list[Rejected]]:
    try:
        frame = pl.read_csv(
            io.BytesIO(text.encode()),
            separator=separator,
            has_header=False,
            skip_lines=skip,
            new_columns=names,
            schema_overrides=[pl.String] * len(names),
            infer_schema=False,
        )
    except pl.exceptions.PolarsError:  # a line with too many fields, or quotes that do not match
        return _rows_one_by_one(text, skip, names, separator)
    if frame.width != len(names):
        return _rows_one_by_one(text, skip, names, separator)
    breaks = pl.sum_horizontal(pl.all().str.count_matches("\n").fill_null(0))
    number = pl.int_range(skip + 1, skip + 1 + pl.len(), dtype=pl.Int64)
    frame = frame.with_columns((number + breaks.cum_sum().shift(1, fill_value=0)).alias(LINE))
    return frame.filter(pl.any_horizontal(pl.exclude(LINE) != "")), []


def _rows_one_by_one(text: str, skip: int, names: list[str], separator: str) -> tuple[pl.DataFrame, list[Rejected]]:
    """The slow way, which tells a broken line from its neighbours."""
    good: list[list[str | None]] = []
    lines: list[int] = []
    broken: list[Rejected] = []
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    for fields in reader:
        if reader.line_num <= skip or not any(fields):
            continue
        if len(fields) > len(names):
            reason = f"{len(fields)} fields, the header has {len(names)}"
            broken.append(Rejected(reader.line_num, reason, separator.join(fields)))
            continue
        lines.append(reader.line_num)
        good.append([value or None for value in fields] + [None] * (len(names) - len(fields)))
    frame = pl.DataFrame(good, schema=dict.fromkeys(names, pl.String), orient="row")
    return frame.with_columns(pl.Series(LINE, lines, dtype=pl.Int64)), broken
