"""The words on the page: names of tools, arguments, results, questions, approvals, evidence. Plain markdown."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

_SUBJECTS = ("symbol", "symbols", "protocol", "entity", "dataset", "query", "alias")
_MARKDOWN = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]<>#|~"})


def tool_title(name: str, args: dict[str, Any]) -> str:
    """A tool call in words: `get_price_data` of BTC is "price data: BTC"."""
    words = name.removeprefix("get_").replace("_", " ")
    subjects = [_plain(args[key]) for key in _SUBJECTS if args.get(key)]
    return f"{words}: {', '.join(subjects)}" if subjects else words


def arguments(args: dict[str, Any]) -> str:
    """Arguments as a short list; those left at nothing are not shown."""
    shown = {key: value for key, value in args.items() if value not in (None, [], "")}
    return "\n".join(f"- {key.replace('_', ' ')}: **{escape(_plain(value))}**" for key, value in shown.items())


def result(text: str, ms: float | None) -> str:
    """A tool's text as it came, and how long it took."""
    took = f"\n\n*{ms / 1000:.2f} s*" if ms is not None else ""
    return f"```text\n{text.replace('```', chr(39) * 3)}\n```{took}" if text else took.strip()


def question(payload: dict[str, Any]) -> str:
    """The card of a question."""
    hint = "Pick one, or type your answer below." if payload.get("choices") else "Type your answer below."
    return f"**{escape(str(payload['text']))}**\n\n*{hint}*"


def approval(payload: dict[str, Any]) -> str:
    """The card of an action that waits for a yes."""
    title = escape(str(payload.get("title") or payload["action"].replace("_", " ")))
    described = escape(str(payload.get("description") or ""))
    parts = ["**Your approval is needed**", f"**{title}**", described, arguments(payload.get("args") or {})]
    return "\n\n".join([*filter(None, parts), "*Nothing happens until you approve.*"])


def artifact_elements(artifact: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """How an artifact shows: charts and tables in place, and each one as a file to keep."""
    name = str(artifact["name"])
    url = f"/artifacts/{artifact['id']}/{quote(name)}"
    file = ("file", {"type": "file", "name": name, "url": url, "mime": artifact["mime"]})
    if artifact["kind"] == "chart":
        chart = {"type": "plotly", "name": name, "url": f"{url}?as=chart", "mime": "application/json", "size": "large"}
        return [("chart", chart), file]
    if artifact["mime"].startswith("text/csv"):
        preview = {"type": "dataframe", "name": name, "url": f"{url}?as=rows", "mime": "application/json"}
        return [("table", preview | {"size": "large"}), file]
    return [file]


def evidence_item(item: dict[str, Any], at: str) -> dict[str, Any]:
    """One line of evidence, with the age its data had when the answer was given."""
    return {**item, "age": age(item.get("observed_to"), at)}


def age(observed: str | None, at: str) -> str | None:
    """How old the newest data was, in words: "3 h", "2 days"."""
    if not observed:
        return None
    past = datetime.fromisoformat(at) - datetime.fromisoformat(observed)
    if past < timedelta(minutes=1):
        return "just now"
    if past < timedelta(hours=2):
        return f"{past // timedelta(minutes=1)} min"
    if past < timedelta(days=2):
        return f"{past // timedelta(hours=1)} h"
    return f"{past.days} days"


def escape(text: str) -> str:
    """Text that markdown shows as it is."""
    return text.translate(_MARKDOWN)


def _plain(value: Any) -> str:
    return ", ".join(str(v) for v in value) if isinstance(value, list | tuple) else str(value)
