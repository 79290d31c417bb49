"""Whether the ledgers agree with each other: pure, over what `ledgers.consistency` puts side by side.

Declared checks, each a flaw of the source that brought the row in question:
- off_market: a fill outside low to high of the bar of its time; a quote away from other venues' bars;
- unpriced: an event about a followed coin at a moment that no bar of the coin covers.
"""

from collections import defaultdict
from typing import Final

import polars as pl

from collectors.config import QualitySettings
from collectors.quality import found, graded

FEWEST_COINS: Final = 3
"""So many coins are needed to tell a currency's rate by."""
Flaws = dict[str, dict[str, float]]
"""Flaws by source."""


def of_fills(fills: pl.DataFrame, criteria: QualitySettings) -> Flaws:
    """Fills at a price that nobody else paid in that bar, beyond the tolerated divergence."""
    slack = criteria.divergence_pct / 100
    off = (pl.col("price") < pl.col("low") * (1 - slack)) | (pl.col("price") > pl.col("high") * (1 + slack))
    return shares(fills.with_columns(bad=off), criteria)


def of_quotes(quotes: pl.DataFrame, closes: pl.DataFrame, criteria: QualitySettings) -> Flaws:
    """Quotes whose price lies away from other venues' bars.

    In another currency the rate is not known: it is the median over all coins, from three coins on.

    Args:
        quotes: the quotes of some time, sorted by market and time: symbol, quote, venue, last, source.
        closes: symbol, currency, bar_venue, close.
        criteria: how far is too far.
    """
    newest = quotes.filter(pl.col("last") > 0).group_by("symbol", "quote", "venue", maintain_order=True).last()
    pairs = newest.join(closes, on="symbol").filter(pl.col("venue") != pl.col("bar_venue"))
    market = ["quote", "venue", "currency"]
    rated = pairs.with_columns(ratio=pl.col("last") / pl.col("close")).with_columns(
        rate=pl.when(pl.col("quote") == pl.col("currency"))
        .then(1.0)
        .when(pl.col("symbol").n_unique().over(market) >= FEWEST_COINS)
        .then(pl.col("ratio").median().over(market))
    )
    apart = (pl.col("ratio") / pl.col("rate") - 1).abs() * 100 > criteria.divergence_pct
    return shares(rated.drop_nulls("rate").with_columns(bad=apart), criteria)


def shares(rows: pl.DataFrame, criteria: QualitySettings) -> Flaws:
    """`off_market` of each source, by its share of bad rows."""
    counted = rows.group_by("source").agg(pl.col("bad").sum(), pl.len().alias("rows"))
    flaws = {row["source"]: found(off_market=graded(row["bad"], row["rows"], criteria)) for row in counted.to_dicts()}
    return {source: flaw for source, flaw in flaws.items() if flaw}


def of_events(events: pl.DataFrame, criteria: QualitySettings) -> Flaws:
    """Events that no price covers."""
    flaws = {
        row["source"]: found(unpriced=graded(row["unpriced"], row["events"], criteria)) for row in events.to_dicts()
    }
    return {source: flaw for source, flaw in flaws.items() if flaw}


def together(*several: Flaws) -> Flaws:
    """All flaws of each source; of one found twice, the worse."""
    joined: Flaws = defaultdict(dict)
    for flaws in several:
        for source, found_here in flaws.items():
            for name, size in found_here.items():
                joined[source][name] = max(size, joined[source].get(name, 0.0))
    return dict(joined)
