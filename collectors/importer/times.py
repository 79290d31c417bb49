"""Times as files write them, and the interval of bars from their spacing."""

import re
from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from ledgers.errors import BadArgument

UTC_TIME = pl.Datetime("us", "UTC")
INTERVALS = {
    **{f"{n}m": timedelta(minutes=n) for n in (1, 3, 5, 15, 30)},
    **{f"{n}h": timedelta(hours=n) for n in (1, 2, 4, 6, 8, 12)},
    "1d": timedelta(days=1),
    "3d": timedelta(days=3),
    "1w": timedelta(weeks=1),
}
_INTERVAL_WORDS = {"daily": "1d", "day": "1d", "hourly": "1h", "hour": "1h", "weekly": "1w", "minute": "1m"}
_ISO = (
    r"^(?<date>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})"
    r"(?:[T ]+(?<clock>\d{1,2}:\d{2}(?::\d{2})?)(?:[.,](?<fraction>\d{1,9}))?)?"
    r"\s*(?<zone>Z|z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?$"
)
_SHORT_DATE = r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[T ]+(\d{1,2}:\d{2}(?::\d{2})?))?$"
_SPELLED = ("%b %d, %Y", "%B %d, %Y", "%d %b %Y", "%d %B %Y", "%d-%b-%Y")
_EPOCH_UNITS = ((1e11, 1_000_000), (1e14, 1_000), (1e17, 1))  # below: seconds, milliseconds, microseconds
_COMPACT_DATES = (19_900_101, 21_001_231)
_DAY_FIRST_ABOVE = 12


def interval_name(text: str) -> str:
    """The canonical name of an interval: '60m', '1H', 'hourly' are all '1h'.

    Raises:
        BadArgument: no interval we keep.
    """
    word = _INTERVAL_WORDS.get(text.strip().lower(), text.strip().lower())
    match = re.fullmatch(r"(\d+)\s*(m|min|h|d|w)[a-z]*", word)
    if match:
        unit = {"m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}[match[2]]
        length = timedelta(**{unit: int(match[1])})
        for name, known in INTERVALS.items():
            if known == length:
                return name
    raise BadArgument(f"'{text}' is no interval we keep; these are: {', '.join(INTERVALS)}.")


def interval_of_spacing(times: pl.DataFrame, by: Sequence[str], time: str) -> str:
    """The interval most neighbouring times are apart.

    Args:
        times: one row per bar.
        by: the columns that tell series apart.
        time: the time column.

    Raises:
        BadArgument: too few or too irregular times to tell.
    """
    ordered = times.select(*by, time).drop_nulls().unique().sort(*by, time)
    step = pl.col(time).diff()
    steps = ordered.select((step.over(by) if by else step).alias("step")).drop_nulls()
    if steps.height == 0:
        raise BadArgument("One row per series does not show the interval: say it with --interval, such as 1h or 1d.")
    counts = steps["step"].value_counts(sort=True)
    length, count = counts.row(0)
    for name, known in INTERVALS.items():
        if known == length and count * 2 > steps.height:
            return name
    raise BadArgument(f"The rows are mostly {length} apart, which is no interval we keep: say it with --interval.")


def zone(name: str | None) -> str:
    """A checked time zone name; UTC where none is given.

    Raises:
        BadArgument: no such zone.
    """
    try:
        return ZoneInfo(name or "UTC").key
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise BadArgument(f"'{name}' is no time zone; write it like Australia/Sydney or UTC.") from error


def parsed_times(values: pl.Series, tz: str | None = None, date_order: str | None = None) -> pl.DataFrame:
    """Read times of any known writing.

    Args:
        values: text, numbers (epoch), dates or datetimes.
        tz: zone of times that name none.
        date_order: 'dmy' or 'mdy', for dates such as 03/04/2024.

    Returns:
        Columns `at` (UTC, null where not readable or not existing in `tz`), `dated` (a date without a time of day),
        `zoned` (the value names its zone, or is an epoch).
    """
    local = zone(tz)
    if values.dtype == pl.Date:
        naive = values.cast(pl.Datetime("us")).dt.replace_time_zone(local, ambiguous="earliest", non_existent="null")
        return _times(naive.dt.convert_time_zone("UTC"), dated=True, zoned=False)
    if isinstance(values.dtype, pl.Datetime):
        if values.dtype.time_zone:
            return _times(values.cast(UTC_TIME), dated=False, zoned=True)
        return _times(_localised(values.cast(pl.Datetime("us")), local), dated=False, zoned=False)
    if values.dtype.is_numeric():
        return values.to_frame("text").select(*_epoch(pl.col("text").cast(pl.Float64)))
    frame = values.cast(pl.String).str.strip_chars().to_frame("text")
    return _from_text(frame, local, date_order)


def _times(at: pl.Series, *, dated: bool, zoned: bool) -> pl.DataFrame:
    return at.cast(UTC_TIME).to_frame("at").with_columns(dated=pl.lit(dated), zoned=pl.lit(zoned))


def _localised(naive: pl.Series, local: str) -> pl.Series:
    """Naive local times in UTC; null for those a clock change makes impossible or ambiguous."""
    there = naive.dt.replace_time_zone(local, ambiguous="null", non_existent="null")
    return there.dt.convert_time_zone("UTC").cast(UTC_TIME)


def _epoch(number: pl.Expr) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Seconds, milli-, micro- or nanoseconds by magnitude; eight digits that look like a date are one."""
    micros = (number / 1_000).round()
    for below, factor in reversed(_EPOCH_UNITS):
        micros = pl.when(number.abs() < below).then(number * factor).otherwise(micros)
    compact = number.is_between(*_COMPACT_DATES) & (number % 1 == 0)
    as_date = (
        number.cast(pl.Int64, strict=False).cast(pl.String).str.to_datetime("%Y%m%d", time_unit="us", strict=False)
    )
    at = micros.cast(pl.Int64, strict=False).cast(UTC_TIME)
    return (
        pl.when(compact).then(as_date.dt.replace_time_zone("UTC")).otherwise(at).alias("at"),
        (compact & as_date.is_not_null()).fill_null(value=False).alias("dated"),
        number.is_not_null().alias("zoned"),
    )


def _from_text(frame: pl.DataFrame, local: str, date_order: str | None) -> pl.DataFrame:
    text = pl.col("text")
    number = text.cast(pl.Float64, strict=False)
    at, dated, zoned = _epoch(number)
    parts = text.str.extract_groups(_ISO).struct
    frame = frame.with_columns(
        at.alias("epoch"),
        dated.alias("epoch_dated"),
        zoned.alias("is_epoch"),
        parts.field("date").str.replace_all("[/.]", "-").alias("date"),
        parts.field("clock").alias("clock"),
        parts.field("fraction").fill_null("0").alias("fraction"),
        parts.field("zone").alias("zone"),
    )
    frame = _with_short_dates(frame, date_order)
    clock = pl.col("clock").fill_null("00:00")
    clock = pl.when(clock.str.count_matches(":") == 1).then(clock + ":00").otherwise(clock)
    moment = pl.concat_str(pl.col("date"), pl.lit("T"), clock, pl.lit("."), pl.col("fraction"))
    spelled = [text.str.to_datetime(form, time_unit="us", strict=False) for form in _SPELLED]
    mail = text.str.to_datetime("%a, %d %b %Y %H:%M:%S %z", time_unit="us", strict=False)
    frame = frame.with_columns(
        pl.coalesce(moment.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False), *spelled).alias(
            "naive"
        ),
        mail.dt.convert_time_zone("UTC").alias("mail"),
    )
    offset = _zone_offset(pl.col("zone"))
    stated = (pl.col("naive") - offset).dt.replace_time_zone("UTC")
    there = _localised(frame.get_column("naive"), local).alias("there")
    return frame.with_columns(there).select(
        pl.coalesce(
            pl.when(pl.col("is_epoch")).then(pl.col("epoch")),
            pl.col("mail"),
            pl.when(pl.col("zone").is_not_null()).then(stated).otherwise(pl.col("there")),
        ).alias("at"),
        (pl.col("epoch_dated") | (~pl.col("is_epoch") & pl.col("mail").is_null() & pl.col("clock").is_null())).alias(
            "dated"
        ),
        (pl.col("is_epoch") | pl.col("mail").is_not_null() | pl.col("zone").is_not_null()).alias("zoned"),
    )


def _zone_offset(written: pl.Expr) -> pl.Expr:
    digits = written.str.replace(":", "").str.extract(r"[+-](\d{2,4})").str.pad_end(4, "0")
    minutes = digits.str.slice(0, 2).cast(pl.Int64) * 60 + digits.str.slice(2, 2).cast(pl.Int64)
    sign = pl.when(written.str.starts_with("-")).then(-1).otherwise(1)
    return pl.duration(minutes=(minutes * sign).fill_null(0))


def _with_short_dates(frame: pl.DataFrame, date_order: str | None) -> pl.DataFrame:
    """Bring dates such as 20/04/2024 into ISO order, once it is plain which number is the day."""
    parts = frame.select(pl.col("text").str.extract_groups(_SHORT_DATE).alias("p")).unnest("p")
    first, second = (parts.get_column(n).cast(pl.Int64) for n in ("1", "2"))
    if first.drop_nulls().is_empty():
        return frame
    order = date_order or _date_order(first, second)
    day, month = (first, second) if order == "dmy" else (second, first)
    iso = pl.select(pl.format("{}-{}-{}", parts.get_column("3"), month, day)).to_series()
    return frame.with_columns(
        pl.coalesce("date", iso).alias("date"), pl.coalesce("clock", parts.get_column("4")).alias("clock")
    )


def _date_order(first: pl.Series, second: pl.Series) -> str:
    day_first = (first > _DAY_FIRST_ABOVE).any()
    if day_first == (second > _DAY_FIRST_ABOVE).any():
        raise BadArgument("Dates such as 03/04/2024 may be March or April here: say --date-order dmy or mdy.")
    return "dmy" if day_first else "mdy"
