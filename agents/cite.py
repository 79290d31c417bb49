"""Evidence from the rows a tool read, and the words for what was not there."""

from datetime import datetime, timedelta

import polars as pl

from agents.columns import earliest, latest
from agents.context import RunContext
from agents.finding import Evidence
from agents.freshness import score, verdicts
from agents.period import Window, last_day, stamp
from agents.words import age, iso, listed


def evidence(
    run: RunContext, rows: pl.DataFrame, *, ledger: str, series: str, time: str = "observed_at", covered: str = ""
) -> Evidence:
    """What one series of rows is cited as.

    Args:
        run: whose ledgers were read.
        rows: at least one row, with `known_at`, `source` and `simulated`.
        ledger: glass, human, catalyst or exchange.
        series: kind and name of the series, such as `candle:BTC/1d/BINANCE:USDT`.
        time: the column that says what time a row speaks of.
        covered: the window as it stands in the key; without it first and last time of the rows.
    """
    first, last = earliest(rows[time]), latest(rows[time])
    seen = latest(rows["observed_at"]) if "observed_at" in rows.columns else last  # of a bar: its close
    simulated = run.simulated or bool(rows["simulated"].any())
    sources = sorted(rows["source"].unique().to_list())
    reach = covered or (stamp(first) if stamp(first) == stamp(last) else f"{stamp(first)}..{stamp(last)}")
    return Evidence(
        key=f"{'simulated ' if simulated else ''}{ledger}.{series} {reach}",
        ledger=ledger,
        source=listed(sources, 4),
        observed_from=iso(first),
        observed_to=iso(seen),
        known_at=iso(latest(rows["known_at"])),
        rows=rows.height,
        quality=score(verdicts(run, sources), series),
        simulated=simulated,
    )


def coverage_notes(run: RunContext, window: Window, first: datetime, end: datetime, slack: timedelta) -> list[str]:
    """Where the stored data begins and ends, said only when it does not fill the window.

    Args:
        run: whose clock it is.
        window: what was asked.
        first: the first time the rows speak of.
        end: the time up to which they speak.
        slack: the distance between two rows: so much at either end is no gap.
    """
    notes = []
    if first - window.start > slack:
        notes.append(f"The stored data begins {stamp(first)}, later than asked.")
    told = "the as-of moment" if run.as_of else "now"
    if window.end - end > slack:
        old = f": {age(run.clock - end)} before {told}" if window.reaches_now else ", earlier than asked"
        notes.append(f"The stored data ends {stamp(end)}{old}.")
    elif window.cut:
        notes.append(f"The period reaches past {told}: the stored data ends {last_day(end)}.")
    return notes
