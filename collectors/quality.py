"""Judging what was collected by its facts: completeness, timeliness, accuracy, one score. Pure: no I/O, no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any, Final

import polars as pl

from collectors.config import QualitySettings

GAPS_LISTED: Final = 20
Stretch = tuple[datetime, datetime]


@dataclass(frozen=True)
class Facts:
    """What is known of one series, or of all a source brings, at one moment."""

    now: datetime
    newest_at: datetime | None  # None: nothing was ever brought
    warn_after: timedelta
    error_after: timedelta
    expected: int  # bars or slots
    present: int
    flaws: Mapping[str, float] = field(default_factory=dict)  # check -> how bad, from 0 to 1
    gaps: Sequence[Stretch] = ()
    told: Mapping[str, Any] = field(default_factory=dict)  # more for whoever reads the verdict


@dataclass(frozen=True)
class Judgement:
    """The verdict; scores run from 0 to 1."""

    completeness: float
    timeliness: float
    accuracy: float
    score: float
    state: str  # fresh | warn | error

    def level(self, settings: QualitySettings) -> str | None:
        """How loudly a person should be told: high, warning, or not at all."""
        if self.score < settings.high_below:
            return "high"
        return "warning" if self.score < settings.warning_below or self.state != "fresh" else None


def judge(facts: Facts, settings: QualitySettings) -> Judgement:
    """What the facts amount to."""
    complete = min(1.0, facts.present / facts.expected) if facts.expected > 0 else 1.0
    timely = timeliness(facts)
    accurate = max(0.0, 1.0 - sum(facts.flaws.values()))
    score = (
        settings.completeness_weight * complete
        + settings.timeliness_weight * timely
        + settings.accuracy_weight * accurate
    )
    return Judgement(complete, timely, accurate, min(1.0, score), freshness(facts))


def freshness(facts: Facts) -> str:
    """`fresh`, `warn` past warn_after, `error` past error_after or where there is nothing."""
    if facts.newest_at is None or (age := facts.now - facts.newest_at) > facts.error_after:
        return "error"
    return "warn" if age > facts.warn_after else "fresh"


def timeliness(facts: Facts) -> float:
    """1 up to warn_after, then falling evenly to 0 at error_after."""
    if facts.newest_at is None:
        return 0.0
    late, span = facts.now - facts.newest_at - facts.warn_after, facts.error_after - facts.warn_after
    if late <= timedelta():
        return 1.0
    return max(0.0, 1.0 - late / span) if span > timedelta() else 0.0


def gaps(opens: Sequence[datetime], start: datetime, end: datetime, step: timedelta) -> list[Stretch]:
    """The stretches of a window without bars, `end` exclusive; opens are sorted and fall on the steps from `start`."""
    edges = [start - step, *(at for at in opens if start <= at < end), end]
    return [(before + step, after) for before, after in pairwise(edges) if after - before > step]


def expected_bars(anchor: datetime, newest_close: datetime, step: timedelta) -> int:
    """How many bars open from `anchor` on and close by `newest_close`."""
    return max(0, (newest_close - anchor) // step)


def flaws_of_bars(bars: pl.DataFrame, settings: QualitySettings) -> dict[str, float]:
    """Jumps, frozen closes and highs below lows of one series, sorted by time."""
    upside_down = bars.select((pl.col("high") < pl.col("low")).sum()).item() if bars.height else 0
    return found(
        jumps=graded(jumps(bars["close"], settings.jump_pct), bars.height - 1, settings),
        frozen=float(frozen(bars["close"], settings.frozen_rows)),
        impossible=graded(upside_down, bars.height, settings),
    )


def flaws_of_quotes(quotes: pl.DataFrame, settings: QualitySettings) -> dict[str, float]:
    """Jumps, frozen prices and bids above asks over the markets of a source, each sorted by time."""
    markets = quotes.partition_by("symbol", "quote", "venue", maintain_order=True) if quotes.height else []
    crossed = quotes.select((pl.col("bid") > pl.col("ask")).sum()).item() if quotes.height else 0
    still = [frozen(market["last"], settings.frozen_rows) for market in markets]
    return found(
        jumps=graded(sum(jumps(m["last"], settings.jump_pct) for m in markets), quotes.height - len(markets), settings),
        frozen=sum(still) / len(still) if still else 0.0,
        crossed=graded(crossed, quotes.height, settings),
    )


def jumps(prices: pl.Series, pct: float) -> int:
    """How many prices differ by more than so many percent from the one before."""
    known = prices.drop_nulls()
    return int(((known / known.shift(1) - 1).abs() * 100 > pct).sum()) if known.len() > 1 else 0


def frozen(prices: pl.Series, rows: int) -> bool:
    """Whether the newest so many prices are all the same."""
    newest = prices.drop_nulls().tail(rows)
    return newest.len() == rows and newest.n_unique() == 1


def diverging(closes: Mapping[str, float], pct: float) -> set[str]:
    """The venues whose close lies more than so many percent from the median of all; of two, both."""
    if len(closes) < 2 or not (middle := median(closes.values())):  # noqa: PLR2004 - one venue has none to compare
        return set()
    bound = pct / 2 if len(closes) == 2 else pct  # noqa: PLR2004 - the median of two is half way between them
    return {venue for venue, close in closes.items() if abs(close / middle - 1) * 100 > bound}


def graded(bad: int, rows: int, settings: QualitySettings) -> float:
    """How bad a share of bad rows is: 1 from the tolerated share on."""
    return min(1.0, bad / rows / settings.tolerated_share) if rows > 0 else 0.0


def found(**flaws: float) -> dict[str, float]:
    """Only the flaws there are."""
    return {name: round(size, 4) for name, size in flaws.items() if size}
