"""What each kind still needs: derived fields, stable ids, known_at, and the checks that refuse a row."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

import polars as pl

from collectors.importer import stories
from collectors.importer.fields import add_reason, number
from collectors.importer.kind import Kind
from collectors.importer.times import INTERVALS, interval_name, interval_of_spacing
from ledgers.errors import BadArgument

DAY: Final = timedelta(days=1)
_QUOTES = ("USDT", "USDC", "BUSD", "FDUSD", "TUSD", "USD", "AUD", "EUR", "GBP", "BTC", "ETH")
_MARKET = rf"^([A-Z0-9]+?)(?:[/_-]({'|'.join(_QUOTES)})|(USDT|USDC|BUSD|FDUSD|TUSD))$"
_FEAR_GREED_TOP = 100


def finished(frame: pl.DataFrame, kind: Kind, stated: Mapping[str, str]) -> pl.DataFrame:
    """Derive what the kind derives, then reject what cannot be true.

    Args:
        frame: typed fields, reasons, and the time already read.
        kind: the table.
        stated: field -> header or value, for names of methods and for the interval.
    """
    for name in ("symbol", "symbols"):
        if name in frame.columns:
            frame = _without_quote_currency(frame, name, keep_quote="quote" in kind.aliases and "quote" not in stated)
    return _FINISH.get(kind.table, _as_it_is)(frame, stated)


def with_known_at(frame: pl.DataFrame, kind: Kind, period: timedelta | None) -> pl.DataFrame:
    """`observed_at` + the kind's publication lag."""
    known = pl.col("observed_at") + kind.lag
    if kind.spans:
        known += period or DAY
    if kind.published:
        known += pl.when(pl.col("__dated")).then(DAY).otherwise(timedelta())
    return frame.with_columns(known.alias("known_at"))


def _as_it_is(frame: pl.DataFrame, _stated: Mapping[str, str]) -> pl.DataFrame:
    return frame


def _without_quote_currency(frame: pl.DataFrame, name: str, *, keep_quote: bool) -> pl.DataFrame:
    """BTC/USDT, BTC-USD and BTCUSDT are BTC quoted in USDT or USD."""
    if name == "symbols":
        base = pl.element().str.extract(_MARKET, 1)
        return frame.with_columns(
            pl.col(name).list.eval(pl.coalesce(base, pl.element())).list.unique(maintain_order=True)
        )
    base = pl.col(name).str.extract(_MARKET, 1)
    if keep_quote:
        quote = pl.coalesce(pl.col(name).str.extract(_MARKET, 2), pl.col(name).str.extract(_MARKET, 3))
        frame = frame.with_columns(pl.coalesce(quote, "quote").alias("quote"))
    return frame.with_columns(pl.coalesce(base, name).alias(name))


def _candles(frame: pl.DataFrame, stated: Mapping[str, str]) -> pl.DataFrame:
    pointed = "close" not in stated and "price" in frame.columns
    if pointed:
        frame = number(frame, "price").with_columns(pl.col("price").alias("close"))
    frame = add_reason(frame, pl.col("close").is_null(), "close is empty")
    frame = _with_interval(frame)
    length = pl.col("interval").replace_strict(INTERVALS, default=None, return_dtype=pl.Duration("us"))
    if pointed:  # a price at a moment closes the bar that ends then; a price of a day closes that day
        moment = ~pl.col("__dated")
        frame = frame.with_columns(
            pl.when(moment).then(pl.col("open_time") - length).otherwise("open_time").alias("open_time")
        )
    frame = frame.with_columns((pl.col("open_time") + length).alias("observed_at"))
    for name in ("open", "high", "low", "close"):
        if name in frame.columns:
            frame = add_reason(frame, pl.col(name) <= 0, f"{name} is not above zero")
    if {"open", "high", "low"} <= set(frame.columns):
        frame = add_reason(frame, pl.col("high") < pl.max_horizontal("open", "close", "low"), "high is below the bar")
        frame = add_reason(frame, pl.col("low") > pl.min_horizontal("open", "close"), "low is above the bar")
    if "volume" in frame.columns:
        frame = add_reason(frame, pl.col("volume") < 0, "volume is negative")
    return frame


def _with_interval(frame: pl.DataFrame) -> pl.DataFrame:
    if "interval" not in frame.columns:
        by = [name for name in ("symbol", "quote", "venue") if name in frame.columns]
        return frame.with_columns(pl.lit(interval_of_spacing(frame, by, "open_time")).alias("interval"))
    names = {text: interval_name(text) for text in frame["interval"].drop_nulls().unique()}
    frame = add_reason(frame, pl.col("interval").is_null(), "interval is empty")
    return frame.with_columns(pl.col("interval").replace(names))


def _quotes(frame: pl.DataFrame, _stated: Mapping[str, str]) -> pl.DataFrame:
    told = [name for name in ("bid", "ask", "last") if name in frame.columns]
    frame = add_reason(frame, pl.all_horizontal(pl.col(told).is_null()), "bid, ask and last are empty")
    for name in told:
        frame = add_reason(frame, pl.col(name) <= 0, f"{name} is not above zero")
    if {"bid", "ask"} <= set(told):
        frame = add_reason(frame, pl.col("bid") > pl.col("ask"), "bid is above ask")
    return frame


def _onchain(frame: pl.DataFrame, _stated: Mapping[str, str]) -> pl.DataFrame:
    if "pool" not in frame.columns:
        return frame
    named = pl.concat_str(pl.lit("pool_"), "metric", pl.lit("_"), "pool")
    return frame.with_columns(pl.coalesce(named, "metric").alias("metric")).drop("pool")


def _sentiments(frame: pl.DataFrame, _stated: Mapping[str, str]) -> pl.DataFrame:
    if "fear_greed" in frame.columns:
        frame = number(frame, "fear_greed").with_columns(pl.col("fear_greed").alias("value"))
        frame = frame if "index" in frame.columns else frame.with_columns(pl.lit("fear_greed").alias("index"))
    frame = add_reason(frame, pl.col("value").is_null(), "value is empty")
    outside = (pl.col("index") == "fear_greed") & ~pl.col("value").is_between(0, _FEAR_GREED_TOP)
    return add_reason(frame, outside, "fear_greed is outside 0 to 100")


_FINISH: Final[Mapping[str, Callable[[pl.DataFrame, Mapping[str, str]], pl.DataFrame]]] = {
    "candles": _candles,
    "quotes": _quotes,
    "onchain_metrics": _onchain,
    "sentiment_readings": _sentiments,
    "news": stories.news,
    "social_posts": stories.posts,
    "catalyst_events": stories.events,
}


def period_of(frame: pl.DataFrame, kind: Kind) -> timedelta | None:
    """How long a period a stamp opens, where the kind's figures sum one up."""
    if not kind.spans:
        return None
    by = [name for name in ("symbol", "metric") if name in frame.columns]
    try:
        return INTERVALS[interval_of_spacing(frame, by, kind.time)]
    except BadArgument:
        return DAY  # a single figure: as these are published by the day, a day is the careful reading
