"""What news, posts and events still need: ids, coins, sentiment, kinds, by the rules the live feeds follow."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, tzinfo

import polars as pl

from collectors import classify
from collectors.importer.fields import add_reason, number
from collectors.importer.matching import plain
from collectors.importer.times import UTC_TIME
from collectors.sources.sec_filings import zone_of

TEXTS = pl.List(pl.String)


def news(frame: pl.DataFrame, stated: Mapping[str, str]) -> pl.DataFrame:
    """Headlines: the file's own sentiment, else that of votes or words; coins the title names; one key per story."""
    if "sentiment_0_1" in frame.columns:
        frame = number(frame, "sentiment_0_1").with_columns((pl.col("sentiment_0_1") * 2 - 1).alias("sentiment"))
    frame = _with_sentiment(_with_coins(frame, "title"), stated)
    frame = _with_lists(frame, "topics")
    frame = _with_id(frame, ["observed_at", "title", "publisher"])
    keys = [classify.story_of(title or "") for title in frame["title"]]
    return frame.with_columns(pl.Series("story", keys, dtype=pl.String))


def posts(frame: pl.DataFrame, stated: Mapping[str, str]) -> pl.DataFrame:
    """Posts, as news."""
    frame = _with_sentiment(_with_coins(frame, "title"), stated)
    return _with_id(frame, ["observed_at", "channel", "author", "title"])


def events(frame: pl.DataFrame, _stated: Mapping[str, str]) -> pl.DataFrame:
    """Filings are named by filer, form and items; announcements are of the kind their title says."""
    if "form" in frame.columns:
        frame = _with_filing_title(frame)
    frame = add_reason(frame, pl.col("title").is_null(), "title is empty")
    if "event_type" not in frame.columns:
        frame = _with_kind(frame)
    frame = _with_lists(_with_coins(frame, "title") if "form" not in frame.columns else frame, "items", "symbols")
    return _with_id(frame, ["observed_at", "title", "entity"])


def edgar_zone(header: str, stamps: pl.Series) -> tzinfo | None:
    """The clock of EDGAR's acceptance stamps, which end in Z whichever they follow; None where they tell the truth."""
    return zone_of(stamps.to_list()) if plain(header) == "acceptance_date_time" else None


def in_zone(frame: pl.DataFrame, name: str, zone: tzinfo) -> pl.DataFrame:
    """Read again, as local time of a zone, what was taken for UTC."""
    moved = [at and at.replace(tzinfo=zone).astimezone(UTC) for at in frame[name]]
    return frame.with_columns(pl.Series(name, moved, dtype=UTC_TIME))


def content_id(frame: pl.DataFrame, names: list[str]) -> pl.Series:
    """A stable id from what a row says, for files that carry none."""
    rows = frame.select(pl.col(name).cast(pl.String).fill_null("") for name in names).iter_rows()
    digests = [hashlib.sha256("\x1f".join(row).encode()).hexdigest()[:24] for row in rows]
    return pl.Series("external_id", digests, dtype=pl.String)


def _with_filing_title(frame: pl.DataFrame) -> pl.DataFrame:
    parts: list[pl.Expr] = [pl.col("form")]
    if "entity" in frame.columns:
        parts = [pl.col("entity"), pl.lit(" "), *parts]
    if "items" in frame.columns:
        items = pl.format(" ({})", pl.col("items").list.join(", "))
        parts.append(pl.when(pl.col("items").list.len() > 0).then(items).otherwise(pl.lit("")))
    made = pl.concat_str(parts)
    frame = frame.with_columns((pl.coalesce("title", made) if "title" in frame.columns else made).alias("title"))
    return add_reason(frame, pl.col("form").is_null(), "form is empty")


def _with_kind(frame: pl.DataFrame) -> pl.DataFrame:
    if "form" in frame.columns:
        return frame.with_columns(pl.lit("filing").alias("event_type"))
    kinds = [classify.event_kind(title or "") for title in frame["title"]]
    columns = [pl.Series("event_type", [kind.event_type for kind in kinds], dtype=pl.String)]
    if "impact" not in frame.columns:
        columns.append(pl.Series("impact", [kind.impact for kind in kinds], dtype=pl.String))
        columns.append(pl.Series("impact_reason", [kind.reason for kind in kinds], dtype=pl.String))
    return frame.with_columns(columns)


def _with_coins(frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """The coins a file names, else those the text does."""
    if "symbols" in frame.columns:
        return frame
    return frame.with_columns(
        pl.Series("symbols", [classify.coins_in(text or "") for text in frame[name]], dtype=TEXTS)
    )


def _with_sentiment(frame: pl.DataFrame, stated: Mapping[str, str]) -> pl.DataFrame:
    if "sentiment" in frame.columns:
        method = f"file: {stated.get('sentiment_0_1') or stated.get('sentiment')}"
        frame = add_reason(frame, pl.col("sentiment").abs() > 1, "sentiment is outside -1 to 1")
        told = pl.when(pl.col("sentiment").is_not_null()).then(pl.lit(method)).alias("sentiment_method")
        return frame if "sentiment_method" in frame.columns else frame.with_columns(told)
    votes = frame["votes"].to_list() if "votes" in frame.columns else [None] * frame.height
    read = [classify.sentiment(title or "", vote) for title, vote in zip(frame["title"], votes, strict=True)]
    return frame.with_columns(
        pl.Series("sentiment", [score for score, _ in read], dtype=pl.Float64),
        pl.Series("sentiment_method", [method for _, method in read], dtype=pl.String),
    )


def _with_lists(frame: pl.DataFrame, *names: str) -> pl.DataFrame:
    """Empty lists for fields the file lacks."""
    nothing = pl.lit([], dtype=TEXTS)
    return frame.with_columns(nothing.alias(name) for name in names if name not in frame.columns)


def _with_id(frame: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    """Give an id to rows that have none."""
    made = content_id(frame, [name for name in names if name in frame.columns])
    if "external_id" in frame.columns:
        made = frame.select(pl.coalesce("external_id", made)).to_series().alias("external_id")
    return frame.with_columns(made)
