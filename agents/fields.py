"""One column of numbers out of bars: a price, the volume, the change within a bar, or an indicator."""

from dataclasses import dataclass

import polars as pl

from agents.bars import Bars
from agents.computed import compute
from agents.context import RunContext
from agents.finding import Evidence
from agents.formulas import chosen
from agents.prices import Moment
from ledgers.errors import NotCollected

PRICES = ("close", "open", "high", "low")
CHANGES = ("change", "size", "range")
FIELDS = (*PRICES, "volume", *CHANGES)


@dataclass(frozen=True)
class Column:
    """Values of bars by their opening times, oldest first, at least one; gaps are left out."""

    of: str  # close, volume, change or an indicator's own label
    unit: str
    frame: pl.DataFrame  # open_time, value
    evidence: Evidence
    notes: tuple[str, ...]

    def extreme(self, *, largest: bool) -> Moment:
        """The first of the largest or smallest values."""
        values = self.frame["value"]
        at, value = self.frame.row((values.arg_max() if largest else values.arg_min()) or 0)
        return Moment(float(value), at)


def column(run: RunContext, bars: Bars, of: str) -> Column:
    """The column that a name stands for.

    Args:
        run: whose ledgers an indicator's run-up is read from.
        bars: the bars.
        of: one of FIELDS: a price, volume, `change` (open to close in percent; close to close where only closes are
            stored), `size` (the same without its sign), `range` (high less low in percent of the open); else an
            indicator such as rsi_14.

    Raises:
        NotCollected: the bars do not hold what it is made of.
        BadArgument: neither a field nor an indicator.
    """
    name = of.strip().lower()
    if name not in FIELDS:
        return indicator(run, bars, name)
    frame = bars.frame.select("open_time", expression(bars.frame, name).alias("value")).drop_nulls()
    if frame.is_empty():
        raise NotCollected(f"{bars.name} holds closes only: no {name} of its bars is stored.")
    unit = bars.quote if name in PRICES else bars.symbol if name == "volume" else "%"
    return Column(name, unit, frame, bars.evidence, bars.notes)


def expression(frame: pl.DataFrame, name: str) -> pl.Expr:
    """How a field is made of the stored columns."""
    opens = pl.col("close").shift(1) if frame["open"].null_count() else pl.col("open")
    change = 100 * (pl.col("close") / opens - 1)
    spread = 100 * (pl.col("high") - pl.col("low")) / pl.col("open")
    made = {"change": change, "size": change.abs(), "range": spread}
    if f"close_{name}" in frame.columns and frame[name].null_count():  # of finer closes, where only those are stored
        return pl.col(f"close_{name}")
    return made.get(name, pl.col(name))


def indicator(run: RunContext, bars: Bars, name: str) -> Column:
    """The first line of an indicator over the bars."""
    computed = compute(run, bars, chosen([name], bars.step)[:1])
    line = computed.lines[0]
    frame = pl.DataFrame({"open_time": bars.frame["open_time"], "value": line.values}).drop_nans()
    notes = (*bars.notes, *computed.notes)
    return Column(line.label, line.unit, frame, computed.evidence, notes)
