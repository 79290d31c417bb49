"""What lists say: headlines, events, filings, coins, orders, files. Other people's words stay quoted."""

import re
from datetime import datetime
from typing import Any

from agents.offline import wording
from agents.offline.asked import Ask
from agents.offline.turn import Result

SHOWN = 5


def items(result: Result) -> list[dict[str, Any]]:
    """The entries of a list finding."""
    for name in ("items", "headlines", "events", "filings", "rows", "news"):
        found = result.facts.get(name)
        if isinstance(found, list):
            return [item if isinstance(item, dict) else {"title": item} for item in found]
    return []


def total(result: Result) -> int:
    """How many there are, shown or not."""
    return int(result.value("count") or len(items(result)))


def news(result: Result, _ask: Ask) -> str:
    """How many headlines there are and the first of them."""
    about = result.args.get("query") or result.args.get("symbol")
    topic = f" about {about}" if about else ""
    return _listed(result, "headline", topic, int(result.args.get("limit") or SHOWN))


def elsewhere(result: Result) -> str:
    """How many headlines there are in a window in which none is about the subject."""
    count = total(result)
    there = "is **1** headline" if count == 1 else f"are **{count}** headlines"
    return "\n".join(
        [f"On other subjects there {there} in that period:", "", *(f"- {_entry(entry)}" for entry in items(result)[:3])]
    )


def events(result: Result, ask: Ask) -> str:
    """How many events or filings there are and what they are."""
    entity, form = result.args.get("entity"), result.args.get("form")
    filings = result.args.get("event_type") == "filing"
    noun = f"{_form(str(form))} filing" if form else "filing" if filings else "event"
    if (kind := result.args.get("event_type")) and not filings:
        noun = kind if kind in {"halving", "listing", "delisting"} else f"{kind} event"
    whose = f" by {entity}" if entity else f" for {result.args['symbol']}" if result.args.get("symbol") else ""
    if re.search(r"\b(?:upcoming|coming|scheduled|next|future|ahead)\b", ask.words, re.IGNORECASE):
        ahead = [f"- {_entry(event)}" for event in result.facts.get("scheduled") or ()]
        return "\n".join(
            ["Scheduled from now on:", "", *ahead[:SHOWN]] if ahead else ["Nothing scheduled is on record."]
        )
    shown = int(result.args.get("limit") or (3 if "count" in ask.statistics else SHOWN))
    return _listed(result, noun, whose, shown)


def halvings(result: Result, clock: datetime) -> str:
    """The latest halving that was, and the next one that is known."""
    events = [*items(result), *(result.facts.get("scheduled") or ())]
    dates = sorted(at for event in events if (at := wording.moment(event.get("occurs_at") or event.get("at"))))
    past, coming = [at for at in dates if at <= clock], [at for at in dates if at > clock]
    said, coin = [], str(result.args.get("symbol") or "BTC")
    if past:
        named = "bitcoin" if coin == "BTC" else coin
        said.append(f"The most recent {named} halving was on **{wording.day(past[-1])}**, at {past[-1]:%H:%M} UTC.")
    if coming:
        said.append(f"The next one is expected around {wording.day(coming[0])}.")
    return " ".join(said) or wording.plain(result.text)


def _listed(result: Result, noun: str, about: str, shown: int) -> str:
    count, entries = total(result), items(result)
    span = wording.span(result.args)
    plural = noun if count == 1 else f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    lead = f"**{count}** {plural}{about} {span}".rstrip()
    if not entries:
        return wording.sentence(lead)
    kept = entries[:shown]
    rest = ", the newest of them" if count > len(kept) else ""
    return "\n".join([f"{lead}{rest}:", "", *(f"- {_entry(entry)}" for entry in kept)])


def _entry(entry: dict[str, Any]) -> str:
    at = wording.moment(
        entry.get("occurs_at") or entry.get("at") or entry.get("observed_at") or entry.get("published_at")
    )
    filed = wording.moment(entry.get("filed"))
    accepted = f" (accepted {wording.day(at)}, {at:%H:%M} UTC)" if filed and at and filed.date() != at.date() else ""
    at = filed or at
    who = entry.get("publisher") or entry.get("entity") or ""
    what = str(entry.get("title") or entry.get("text") or "")
    if (form := str(entry.get("form") or "")).isdigit() and what == f"{who} {form}":
        what = _form(form)
    return (
        f"{wording.day(at) + ': ' if at else ''}{what}"
        + (f" ({who})" if who and str(who) not in what else "")
        + accepted
    )


def _form(form: str) -> str:
    """A form as people call it: 8-K, Form 4."""
    return f"Form {form}" if form.isdigit() else form


def told(result: Result, _ask: Ask) -> str:
    """The tool's own words, without evidence keys."""
    lines = [wording.plain(line) for line in result.text.splitlines()]
    return "\n".join(lines).strip()


def files(result: Result) -> str:
    """The files that a result brought."""
    names = wording.joined([f"`{artifact['name']}`" for artifact in result.artifacts])
    return f"The file {names} is attached." if len(result.artifacts) == 1 else f"The files {names} are attached."
