"""Tools over the Glass ledger: on-chain metrics and protocol fundamentals."""

import re
from datetime import timedelta
from typing import Any, cast

import polars as pl

from agents.columns import mean
from agents.context import RunContext
from agents.finding import Finding
from agents.metric_rows import coin_metrics
from agents.period import EVER, Window, stamp, window_or_last
from agents.points import Points, notes_of, points
from agents.points import figures as point_figures
from agents.points import sentence as point_sentence
from agents.points import when as point_times
from agents.sheet import attach, plain
from agents.subject import coin, names_of
from agents.words import count, fitted, listed, quoted
from ledgers import coverage, glass
from ledgers.errors import NotCollected

__all__ = ["get_onchain_metrics", "get_protocol_fundamentals"]

KINDS = {"onchain": "on-chain metric", "protocol": "protocol metric"}
SHELVES = {"onchain": ("onchain", "derivative", "market"), "protocol": ("protocol",)}
METRIC_COLUMNS = ("observed_at", "metric", "value", "unit", "source")
USUAL = timedelta(days=30)
MOST_SERIES = 8
FEWEST_RATES = 2


def get_onchain_metrics(
    run: RunContext,
    symbol: str,
    metric: str | None = None,
    days: float | str | None = None,
    start: str | None = None,
    end: str | None = None,
) -> Finding:
    """Read figures of a coin's chain and market: hash rate, transactions, fees, funding rate, market cap and others.

    Args:
        run: the run.
        symbol: the chain's coin, such as "BTC" or "SOL".
        metric: only this one, such as "hash_rate", "tx_count", "funding_rate", "open_interest" or "market_cap"; without
            it all that are stored.
        days: length of the window in days up to now or `end`, such as 30; without any period the newest 30 days stored.
        start: first day or moment in UTC, such as "2024-01-01".
        end: last day (whole) or moment (exclusive) in UTC, such as "2024-01-31".

    Returns:
        First, last, lowest, highest and average of each metric in its unit, and the readings as a table.

    Raises:
        BadArgument: unknown coin or impossible range.
        NotCollected: no such metric in the window; the message says what is stored.
        NeedsAnswer: no coin, or a name that several coins carry.
    """
    symbol = coin(run, symbol)
    asked = window_or_last(run, days, start, end, usual=EVER)
    frame, note = coin_metrics(run, symbol, asked, metric_name(metric)), ""
    if frame.is_empty() and metric:
        frame, note = kindred(run, symbol, asked, metric)
    if frame.is_empty():
        raise NotCollected(metrics_stored(run, "onchain", symbol, metric, asked))
    unasked = days is start is end is None
    found = series(run, frame, asked, kind="onchain", by=("metric", "source"), unasked=unasked)
    arguments = {"symbol": symbol, "metric": metric, "days": days, "start": start, "end": end}
    return metric_finding(run, found, subject=symbol, tool="get_onchain_metrics", arguments=arguments, note=note)


def kindred(run: RunContext, symbol: str, asked: Window, metric: str) -> tuple[pl.DataFrame, str]:
    """Metrics whose names hold the asked one, where that itself is not stored, and a note that says so."""
    every = coin_metrics(run, symbol, asked)
    near = every.filter(pl.col("metric").str.contains(str(metric_name(metric)), literal=True))
    names = listed(near["metric"].unique(maintain_order=True))
    return near, f"No {quoted(metric, 30)} of {symbol} as such is stored; what is stored is {names}."


def get_protocol_fundamentals(
    run: RunContext,
    protocol: str,
    metric: str | None = None,
    days: float | str | None = None,
    start: str | None = None,
    end: str | None = None,
) -> Finding:
    """Read fundamentals of a protocol, chain or stablecoin: value locked (tvl), fees, revenue, supply.

    Args:
        run: the run.
        protocol: slug or name of a protocol or chain, or its coin, such as "aave", "solana" or "SOL".
        metric: only this one, such as "tvl", "fees", "revenue"; without it all that are stored.
        days: length of the window in days up to now or `end`, such as 30; without any period the newest 30 days stored.
        start: first day or moment in UTC, such as "2025-01-01".
        end: last day (whole) or moment (exclusive) in UTC, such as "2025-01-31".

    Returns:
        First, last, lowest, highest and average of each metric in its unit, and the readings as a table.

    Raises:
        BadArgument: neither a protocol nor a coin that is known, or an impossible range.
        NotCollected: no such metric in the window; the message says what is stored.
        NeedsAnswer: a name that several coins carry.
    """
    asked = window_or_last(run, days, start, end, usual=EVER)
    frame, subject = protocol_rows(run, protocol, metric_name(metric), asked)
    if frame.is_empty():
        raise NotCollected(metrics_stored(run, "protocol", subject, metric, asked))
    unasked = days is start is end is None
    found = series(run, frame, asked, kind="protocol", by=("entity", "metric", "source"), unasked=unasked)
    arguments = {"protocol": protocol, "metric": metric, "days": days, "start": start, "end": end}
    return metric_finding(run, found, subject=subject, tool="get_protocol_fundamentals", arguments=arguments)


def protocol_rows(run: RunContext, protocol: str, metric: str | None, asked: Window) -> tuple[pl.DataFrame, str]:
    """The rows of a protocol by its slug, else of the coin that the name stands for."""
    slug = re.sub(r"[\s_]+", "-", protocol.strip().lower())
    stored = coverage.statistics(run.ledger, kinds=["protocol"], as_of=run.as_of)
    entities = {str(name).split("/")[0] for name in stored["name"]}
    if slug in {"stablecoins", "stablecoin"}:
        return all_stablecoins(run, metric, asked), "stablecoins"
    by: dict[str, str] = {"entity": slug} if slug in entities else named(run, coin(run, protocol), entities)
    frame = glass.protocol_fundamentals(
        run.ledger, **by, metric=metric, start=asked.start, end=asked.end, as_of=run.as_of
    )
    return frame, next(iter(by.values()))


def named(run: RunContext, symbol: str, entities: set[str]) -> dict[str, str]:
    """The protocol that a coin is named after, such as uniswap for UNI; else what is stored of the coin itself."""
    slug = names_of(run).get(symbol, symbol).lower().replace(" ", "-")
    return {"entity": slug} if slug in entities else {"symbol": symbol}


def all_stablecoins(run: RunContext, metric: str | None, asked: Window) -> pl.DataFrame:
    """The supply of every stablecoin, and the sum of them at each time of which all are known."""
    rows = glass.protocol_fundamentals(run.ledger, metric=metric, start=asked.start, end=asked.end, as_of=run.as_of)
    own = rows.filter(pl.col("kind") == "stablecoin")
    if own.is_empty():
        return own
    together = own.group_by("observed_at", "metric", "source", maintain_order=True).agg(
        pl.col("value").sum(),
        *(pl.col(name).first() for name in ("kind", "unit")),
        pl.col("known_at").max(),
        pl.col("simulated").any(),
        pl.len().alias("coins"),
    )
    whole = together.filter(pl.col("coins") == own["entity"].n_unique()).drop("coins")
    total = whole.with_columns(entity=pl.lit("stablecoins"), symbol=pl.lit(None, pl.String))
    return pl.concat([total, own], how="diagonal")


def metric_name(metric: str | None) -> str | None:
    """A metric as it is stored: lower case with underscores."""
    return re.sub(r"[\s-]+", "_", metric.strip().lower()) if metric and metric.strip() else None


def series(
    run: RunContext, frame: pl.DataFrame, asked: Window, *, kind: str, by: tuple[str, ...], unasked: bool
) -> list[Points]:
    """Each metric of each source as points; without a period only the newest 30 days of each."""
    found: list[Points] = []
    used: set[str] = set()
    for _, rows in frame.sort("observed_at").group_by(by, maintain_order=True):
        kept = rows.filter(pl.col("observed_at") > rows["observed_at"][-1] - USUAL) if unasked else rows
        span = Window(kept["observed_at"][0], asked.end, asked.reaches_now) if unasked else asked
        kept = in_percent(kept)
        row = kept.row(-1, named=True)
        name, key = row["metric"], f"{kind}:{row['entity' if 'entity' in by else 'symbol']}/{row['metric']}"
        if key in used:  # the same figure from another source
            name, key = f"{name}_{plain(row['source'])}", f"{key}@{row['source']}"
        elif name in {p.name for p in found}:
            name = f"{plain(row['entity'])}_{name}"
        used.add(key)
        found.append(points(run, kept, span, name=name, unit=row["unit"], ledger="glass", series=key))
    return sorted(found, key=lambda p: p.frame.height, reverse=True)


def in_percent(rows: pl.DataFrame) -> pl.DataFrame:
    """Rates that are stored as fractions, such as funding, in percent."""
    if rows["unit"][-1] != "fraction":
        return rows
    return rows.with_columns(pl.col("value") * 100, pl.lit("%").alias("unit"))


def funding_facts(shown: list[Points]) -> dict[str, Any]:
    """How long one funding period is, and what the average rate would come to in a year."""
    rates = next((p for p in shown if p.name.startswith("funding_rate")), None)
    if rates is None or rates.frame.height < FEWEST_RATES:
        return {}
    step = cast("timedelta", rates.frame["observed_at"].diff().median())
    yearly = mean(rates.frame["value"]) * (timedelta(days=365) / step)
    return {"funding_hours": step / timedelta(hours=1), "funding_yearly_pct": yearly}


def metric_finding(
    run: RunContext, found: list[Points], *, subject: str, tool: str, arguments: dict[str, Any], note: str = ""
) -> Finding:
    """Several series of one subject, the fullest first."""
    shown, rest = found[:MOST_SERIES], found[MOST_SERIES:]
    lines = [note, f"{subject}: {count(len(found))} series.", *(point_sentence(p) for p in shown)]
    if rest:
        lines.append(f"Also stored: {listed(p.name for p in rest)}; ask for them by metric.")
    table = pl.concat([p.frame.select(METRIC_COLUMNS) for p in found])
    keys = [p.evidence.key for p in found]
    artifact = attach(run, table, f"{subject}_metrics", tool=tool, arguments=arguments, keys=keys)
    facts: dict[str, Any] = {
        "subject": subject,
        "metrics": [p.name for p in found],
        "units": {p.name: p.unit for p in shown},
    }
    facts["notes"] = [*([note] if note else []), *notes_of(shown)]
    facts |= funding_facts(shown)
    for p in shown:
        facts |= point_times(p)
    made = tuple(figure for p in shown for figure in point_figures(p))
    return Finding(fitted(lines), tuple(p.evidence for p in shown), made, (artifact,), facts)


def metrics_stored(run: RunContext, kind: str, subject: str, metric: str | None, asked: Window) -> str:
    """Why no metric answers, and what there is of this subject, else of the kind."""
    stored = coverage.statistics(run.ledger, kinds=SHELVES[kind], as_of=run.as_of)
    own = stored.filter(pl.col("name").str.to_lowercase().str.starts_with(subject.lower()))
    what = f"No {quoted(metric, 30) if metric else KINDS[kind]} of {quoted(subject, 40)} {asked.told}."
    if own.is_empty():
        names = listed(dict.fromkeys(str(name) for name in stored["name"]), 8)
        return f"{what} None of it is collected. " + (
            f"Collected are: {names}." if names else "Nothing of that kind is."
        )
    spans = [f"{s['name']} {stamp(s['first'])}..{stamp(s['last'])}" for s in own.to_dicts()]
    return f"{what} Stored: {listed(spans, 6)}."
