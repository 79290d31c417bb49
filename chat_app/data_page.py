"""The Data page: plain HTML made of the status; every text from outside is escaped."""

from collections import Counter
from datetime import datetime, timedelta
from html import escape
from itertools import pairwise
from typing import Any, Final

from chat_app.status import SCORES_OVER, Feed, Status
from ledgers.health import Alert, QualityVerdict
from ledgers.notices import Notice
from ledgers.quality import Scores

WIDTH, HEIGHT, MARGIN = 96, 22, 3
GAPS_SHOWN: Final = 5
SERIES_SHOWN: Final = 40
NEWS_SHOWN: Final = 12
COLUMNS: Final = ("Source", "State", "Last run", "Rows", "Age", "Score", "48 h", "Next run")
EMPTY: Final = """
<section class="empty"><h2>Nothing has been collected yet</h2>
<p><code>omc up</code> collects by itself, beginning when its page is there; it takes a minute until the first rows
show here. Without the page: <code>omc collect</code>. History of your own: <code>omc import</code>.</p></section>"""


def document(status: Status, *, simulated: bool) -> str:
    """The whole page."""
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        "<title>Data - Oh My Coins</title><link rel=icon href=/favicon><link rel=stylesheet href=/public/data.css>"
        "<script src=/public/data.js></script><body>"
        "<header><a href=/ class=back>&larr; Chat</a><h1>Data</h1>"
        f"{'<span class=simulated>Simulated market</span>' if simulated else ''}</header>"
        f"<main>{body(status)}</main></body></html>"
    )


def body(status: Status) -> str:
    """What changes as time goes on."""
    counts = Counter(feed.state for feed in status.feeds)
    summary = " &middot; ".join(f"{count} {escape(state)}" for state, count in counts.most_common())
    return "".join(
        (
            f"<p class=summary>{len(status.feeds)} sources: {summary}. As of {status.now:%H:%M:%S} UTC.</p>",
            EMPTY if status.is_empty else "",
            alerts(status.standing, status.now),
            table(status),
            gaps(status.gaps),
            news(status.news),
        )
    )


def table(status: Status) -> str:
    """One row for each source."""
    head = "".join(f"<th scope=col>{name}</th>" for name in COLUMNS)
    rows = "".join(row(feed, status.now) for feed in status.feeds)
    return f"<h2>Sources</h2><table class=sources><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def row(feed: Feed, now: datetime) -> str:
    """One source."""
    told = feed.told
    last, state = told["last_run"], feed.state
    newest = feed.verdict.newest_observed_at if feed.verdict else None
    said = f"<span class=note>{escape(str(note))}</span>" if (note := remark(told)) else ""
    cells = (
        f"{escape(told['name'])}<span class=note>{escape(told['ledger'])}</span>",
        f"<span class='state {state.replace(' ', '-')}'>{escape(state)}</span>{backfill(told['history'])}{said}",
        f"{ago(last['started_at'], now)}<span class=note>{escape(last['status'])}</span>" if last else "never",
        f"{told['rows']:,}",
        length(now - newest) if newest else "&ndash;",
        score(feed.worst),
        sparkline(feed.scores, now),
        until(told["next_run"], now),
    )
    named = zip(COLUMNS, cells, strict=True)
    return "<tr>" + "".join(f"<td data-label='{name}'>{cell}</td>" for name, cell in named) + "</tr>"


def remark(told: dict[str, Any]) -> str | None:
    """Why a source is off, else what went wrong in its last run."""
    last = told["last_run"]
    found = told["why_disabled"] or (last["error"] if last else None)
    return str(found) if found else None


def backfill(history: dict[str, int] | None) -> str:
    """How much of the past is there, while it is being fetched."""
    if history is None or history["done"] >= history["total"]:
        return ""
    done, total = history["done"], history["total"]
    return f"<label class=note>history {done} of {total}<progress value={done} max={total}></progress></label>"


def score(worst: QualityVerdict | None) -> str:
    """The score of the worst series, with what it is made of."""
    if worst is None:
        return "&ndash;"
    parts = f"completeness {worst.completeness:.2f}, timeliness {worst.timeliness:.2f}, accuracy {worst.accuracy:.2f}"
    flaws = ", ".join(f"{name} {size:g}" for name, size in worst.facts["flaws"].items())
    title = escape(f"{worst.series}: {parts}" + (f"; {flaws}" if flaws else ""), quote=True)
    return f"<span class='score {worst.state}' title=\"{title}\">{worst.score:.2f}</span>"


def sparkline(scores: Scores, now: datetime) -> str:
    """The score as it went: it stands until the next verdict."""
    if not scores:
        return ""
    begin = now - SCORES_OVER

    def point(at: datetime, value: float) -> str:
        x = max(0.0, (at - begin) / SCORES_OVER) * (WIDTH - MARGIN)
        return f"{x:.1f},{MARGIN + (1 - value) * (HEIGHT - 2 * MARGIN):.1f}"

    steps = [*scores, (now, scores[-1][1])]
    points = [point(steps[0][0], steps[0][1])]
    for (_, before), (at, value) in pairwise(steps):
        points += [point(at, before), point(at, value)]
    low = min(value for _, value in scores)
    label = f"score of the last 48 hours: now {scores[-1][1]:.2f}, lowest {low:.2f}"
    x, _, y = points[-1].partition(",")
    line = f"<polyline points='{' '.join(points)}'/><circle cx='{x}' cy='{y}' r='2'/>"
    return f"<svg role=img aria-label='{label}' viewBox='0 0 {WIDTH} {HEIGHT}' class=spark>{line}</svg>"


def alerts(standing: list[Alert], now: datetime) -> str:
    """The alerts that stand."""
    if not standing:
        return ""
    items = "".join(
        f"<li class={escape(alert.level)}><strong>{escape(alert.level)}</strong> {escape(alert.text)}"
        f"<span class=note>since {ago(alert.raised_at, now)}</span></li>"
        for alert in standing
    )
    return f"<h2>Alerts</h2><ul class=alerts>{items}</ul>"


def gaps(holed: list[QualityVerdict]) -> str:
    """The series that miss bars, and where."""
    if not holed:
        return ""
    items = "".join(f"<li><strong>{escape(v.series)}</strong> {missing(v)}</li>" for v in holed[:SERIES_SHOWN])
    more = f"<p class=note>and {len(holed) - SERIES_SHOWN} more series</p>" if len(holed) > SERIES_SHOWN else ""
    return f"<h2>Gaps</h2><ul class=gaps>{items}</ul>{more}"


def missing(verdict: QualityVerdict) -> str:
    """How many bars a series misses, and the newest stretches of them."""
    facts = verdict.facts
    stretches = [f"{moment(start)} to {moment(end)}" for start, end in reversed(facts["gaps"][-GAPS_SHOWN:])]
    more = " &hellip;" if facts["gap_count"] > GAPS_SHOWN else ""
    lost = f"{facts['expected'] - facts['present']} of {facts['expected']} bars missing"
    return f"{lost}<span class=note>{'; '.join(stretches)}{more} (UTC)</span>"


def news(told: list[Notice]) -> str:
    """What was told lately."""
    if not told:
        return ""
    items = "".join(
        f"<li><time>{notice.noticed_at:%m-%d %H:%M}</time> <strong>{escape(notice.kind)}</strong> {link(notice)}</li>"
        for notice in told[:NEWS_SHOWN]
    )
    return f"<h2>Lately</h2><ul class=news>{items}</ul>"


def link(notice: Notice) -> str:
    """A notice's text, leading to where it was published."""
    text = escape(notice.text)
    if notice.url is None or not notice.url.startswith(("https://", "http://")):
        return text
    return f'<a href="{escape(notice.url, quote=True)}" target=_blank rel="noopener noreferrer">{text}</a>'


def moment(iso: str) -> str:
    """A time of the gaps, to the minute."""
    return datetime.fromisoformat(iso).strftime("%Y-%m-%d %H:%M")


def ago(at: datetime, now: datetime) -> str:
    """How long ago something was."""
    return f"{length(now - at)} ago"


def until(at: datetime | None, now: datetime) -> str:
    """In how long something is due."""
    if at is None:
        return "&ndash;"
    return f"in {length(at - now)}" if at > now else "now"


def length(span: timedelta) -> str:
    """A length of time in its largest sensible unit."""
    seconds = max(0, int(span.total_seconds()))
    for size, unit in ((172_800, "d"), (7_200, "h"), (120, "min")):
        if seconds >= size:
            return f"{seconds // {'d': 86_400, 'h': 3_600, 'min': 60}[unit]} {unit}"
    return f"{seconds} s"
