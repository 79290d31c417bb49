"""Tools over the Human ledger: sentiment and news."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import polars as pl

from agents.columns import latest, mean
from agents.context import RunContext
from agents.dated import MOST_COUNTED, bounded, cited, reach_notes, selection, shelf
from agents.finding import ArtifactRef, Evidence, Figure, Finding
from agents.period import EVER, Window, stamp, window_or_last
from agents.points import Points, notes_of, points, when
from agents.points import figures as point_figures
from agents.points import sentence as point_sentence
from agents.sheet import attach
from agents.subject import coin, names_of
from agents.words import count, fitted, iso, listed, quoted
from ledgers import coverage, human
from ledgers.errors import NotCollected

__all__ = ["get_news", "get_sentiment_data"]

TONES = {"news": "news", "social": "post"}
USUAL = timedelta(days=30)
READING_COLUMNS = ("observed_at", "index", "symbol", "value", "label", "source")
NEWS_COLUMNS = ("observed_at", "title", "publisher", "symbols", "topics", "sentiment", "url", "source")


@dataclass(frozen=True)
class Tone:
    """How a set of writings sounds."""

    text: str
    evidence: Evidence
    figures: tuple[Figure, ...]


def get_sentiment_data(
    run: RunContext,
    symbol: str | None = None,
    source: str | None = None,
    days: float | str | None = None,
    start: str | None = None,
    end: str | None = None,
    *,
    query: str | None = None,
) -> Finding:
    """Read market mood: the fear and greed index (0 extreme fear to 100 extreme greed), tone of news and of posts.

    Args:
        run: the run.
        symbol: a coin for the tone of what is written about it, such as "SOL"; without it the whole market.
        source: only one of them: "fear_greed" or another published index, "news", "social"; without it all there are.
        days: length of the window in days up to now or `end`, such as 7; without any period the last 30 days.
        start: first day or moment in UTC, such as "2024-04-01".
        end: last day (whole) or moment (exclusive) in UTC, such as "2024-04-20".
        query: for the tone: only of news and posts with these words, such as "ETF".

    Returns:
        First, last, lowest, highest and average reading of each index; average tone from -1 to 1 and how many items.

    Raises:
        BadArgument: unknown coin or source, impossible range.
        NotCollected: no sentiment in the window.
        NeedsAnswer: a name that several coins carry.
    """
    about = coin(run, symbol) if symbol else None
    asked, unasked = window_or_last(run, days, start, end, usual=EVER), days is start is end is None
    wanted = (source or "").strip().lower().replace(" ", "_").replace("&", "and").replace("_and_", "_")
    parts = [] if wanted in TONES else readings(run, wanted or None, about, asked, unasked=unasked)
    if unasked:
        asked = window_or_last(run, None, None, None, usual=USUAL)
    tones = [t for kind in TONES if wanted in {"", kind} for t in [tone(run, kind, about, asked, query)] if t]
    if not parts and not tones:
        raise NotCollected(what_is_stored(run, wanted, asked, about))
    lines = [point_sentence(p) + labelled(p) for p in parts] + [t.text for t in tones]
    cited_all = [p.evidence for p in parts] + [t.evidence for t in tones]
    made = [f for p in parts for f in point_figures(p)] + [f for t in tones for f in t.figures]
    keys = tuple(e.key for e in cited_all)
    arguments = {"symbol": symbol, "source": source, "query": query, "days": days, "start": start, "end": end}
    tables = [reading_table(run, parts, arguments, keys)] if parts else []
    facts: dict[str, Any] = {"symbol": about, "labels": {p.name: label_of(p) for p in parts}, "notes": notes_of(parts)}
    for p in parts:
        facts |= when(p)
    return Finding(fitted(lines), tuple(cited_all), tuple(made), tuple(tables), facts)


def readings(run: RunContext, index: str | None, about: str | None, asked: Window, *, unasked: bool) -> list[Points]:
    """Each published index of the market, and of the coin where there is one."""
    frame = human.sentiment_readings(run.ledger, index=index, start=asked.start, end=asked.end, as_of=run.as_of)
    frame = frame.filter(pl.col("symbol").is_in(["*", *([about] if about else [])]))
    found = []
    for (name, symbol, _), rows in frame.sort("observed_at").group_by("index", "symbol", "source", maintain_order=True):
        kept = rows.filter(pl.col("observed_at") > latest(rows["observed_at"]) - USUAL) if unasked else rows
        span = Window(kept["observed_at"][0], asked.end, asked.reaches_now) if unasked else asked
        series = f"sentiment:{name}" + ("" if symbol == "*" else f"/{symbol}")
        label = name if symbol == "*" else f"{name}_{symbol}"
        found.append(points(run, kept, span, name=str(label), unit="", ledger="human", series=series))
    return found


def reading_table(
    run: RunContext, parts: list[Points], arguments: dict[str, Any], keys: tuple[str, ...]
) -> ArtifactRef:
    """All readings as a table."""
    rows = pl.concat([p.frame.select(READING_COLUMNS) for p in parts])
    return attach(run, rows, "sentiment", tool="get_sentiment_data", arguments=arguments, keys=keys)


def label_of(of: Points) -> str | None:
    """What the index itself calls its last reading, such as Extreme Greed."""
    label = of.frame["label"][-1]
    return str(label) if label else None


def labelled(of: Points) -> str:
    """The label of the last reading, and who publishes it."""
    label = label_of(of)
    source = of.frame["source"][-1]
    return (f" The last one is called {quoted(label, 40)}." if label else "") + f" Source: {source}."


def tone(run: RunContext, kind: str, about: str | None, asked: Window, words: str | None) -> Tone | None:
    """Average tone of the news or posts of a window; None where none is scored."""
    query = human.news if kind == "news" else human.social_posts
    span: dict[str, Any] = {"start": asked.start, "end": asked.end, "as_of": run.as_of, "limit": MOST_COUNTED}
    rows = query(run.ledger, symbol=about, text=words, **span)
    scored = rows.drop_nulls("sentiment")
    if scored.is_empty():
        return None
    series = f"{TONES[kind]}:{selection(symbol=about, query=words)} tone"
    key = cited(run, scored, asked, shelf(run, TONES[kind]), ledger="human", series=series)
    values = scored["sentiment"]
    average, positive = mean(values), 100 * mean(values > 0)
    numbers = [("average", average, ""), ("positive_pct", positive, "%"), ("count", scored.height, "count")]
    numbers += [("positive", int((values > 0).sum()), "count"), ("negative", int((values < 0).sum()), "count")]
    made = tuple(Figure(f"{kind}_sentiment_{name}", float(v), unit, key.key) for name, v, unit in numbers)
    text = (
        f"Tone of {kind} about {about or 'the market'}, {asked.text}: average {average:+.3f} (from -1 to 1) over "
        f"{count(scored.height)} scored items, {positive:.1f} % of them positive. [{key.key}]"
    )
    return Tone(text, key, made)


def what_is_stored(run: RunContext, wanted: str, asked: Window, about: str | None) -> str:
    """Why no sentiment answers, and what there is."""
    stored = coverage.statistics(run.ledger, kinds=["sentiment"], as_of=run.as_of)
    if stored.is_empty():
        return "No sentiment index is collected, and no news or post of that window carries a tone."
    spans = [f"{s['name']} {stamp(s['first'])}..{stamp(s['last'])}" for s in stored.to_dicts()]
    if wanted in TONES:
        return f"No {wanted} item{f' about {about}' if about else ''} {asked.told} carries a tone."
    what = f"No {quoted(wanted, 30)} sentiment" if wanted else "No sentiment"
    return f"{what} {asked.told}. Stored: {listed(spans, 6)}."


def get_news(
    run: RunContext,
    symbol: str | None = None,
    query: str | None = None,
    days: float | str | None = None,
    start: str | None = None,
    *,
    end: str | None = None,
    limit: int = 10,
) -> Finding:
    """Find news headlines about a coin or a subject, newest first, and count them.

    Args:
        run: the run.
        symbol: only about this coin, such as "BTC": tagged with it, or untagged with its name in the title.
        query: only with these words in title or summary, such as "ETF".
        days: length of the window in days up to now or `end`, such as 7; without any period the newest there are.
        start: first day or moment in UTC, such as "2024-03-01".
        end: last day (whole) or moment (exclusive) in UTC, such as "2024-03-31".
        limit: how many headlines to list, 1 to 50; the count is of all.

    Returns:
        How many there are, the newest headlines as quoted matter, and all of them as a table.

    Raises:
        BadArgument: unknown coin, impossible range or limit.
        NotCollected: no news is collected in the window at all.
        NeedsAnswer: a name that several coins carry.
    """
    about, shown = coin(run, symbol) if symbol else None, bounded(limit)
    asked = window_or_last(run, days, start, end, usual=EVER)
    rows = headlines(run, about, query, asked)
    stored = shelf(run, "news")
    key = cited(run, rows, asked, stored, ledger="human", series=f"news:{selection(symbol=about, query=query)}")
    newest = rows.sort("observed_at", descending=True)
    subject = f"{f' about {about}' if about else ''}{f' with {quoted(query, 60)}' if query else ''}"
    total = f"{count(rows.height)}{' or more' if rows.height >= MOST_COUNTED else ''}"
    head = f"{total} headline{'' if rows.height == 1 else 's'}{subject} {asked.told}. [{key.key}]"
    listing = [headline(item) for item in newest.head(shown).to_dicts()]
    text = fitted([head, *reach_notes(run, asked, stored), *listing])
    arguments = {"symbol": symbol, "query": query, "days": days, "start": start, "end": end, "limit": limit}
    table = newest.select(NEWS_COLUMNS)
    made = attach(run, table, "news", tool="get_news", arguments=arguments, keys=[key.key]) if rows.height else None
    facts = {"symbol": about, "query": query, "headlines": [told(item) for item in newest.head(shown).to_dicts()]}
    return Finding(text, (key,), (Figure("count", rows.height, "count", key.key),), (made,) if made else (), facts)


def headlines(run: RunContext, about: str | None, query: str | None, asked: Window) -> pl.DataFrame:
    """News of a window; news of a coin are those tagged with it, and untagged ones that carry its name."""
    span: dict[str, Any] = {"start": asked.start, "end": asked.end, "as_of": run.as_of, "limit": MOST_COUNTED}
    tagged = human.news(run.ledger, symbol=about, text=query, **span)
    name = names_of(run).get(about) if about else None
    if name is None:
        return tagged
    named = human.news(run.ledger, text=f"{name} {query or ''}".strip(), **span)
    untagged = named.filter(pl.col("symbols").list.len() == 0)
    return pl.concat([tagged, untagged]).unique(["source", "external_id"], keep="first", maintain_order=True)


def headline(item: dict[str, Any]) -> str:
    """One headline as quoted matter."""
    by = f" ({quoted(item['publisher'], 30)})" if item["publisher"] else ""
    return f"- {stamp(item['observed_at'])[:10]} {quoted(item['title'])}{by}"


def told(item: dict[str, Any]) -> dict[str, Any]:
    """One headline for the page."""
    return {
        "at": iso(item["observed_at"]),
        "title": quoted(item["title"], 200)[1:-1],
        "publisher": item["publisher"],
        "url": item["url"],
        "source": item["source"],
    }
