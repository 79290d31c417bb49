"""Asks the analyst every question of prepared.toml and unprepared.toml over the recorded history, and judges it.

Truth is plain SQL on the same database, never the analyst's own tools. OMC_EVALUATION=FILE writes a report.
"""

import asyncio
import os
import re
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from agents.config import AgentSettings
from agents.start import analyst
from agents.stores import DiskStore
from ledgers import app

HERE = Path(__file__).parent
REPORT = os.environ.get("OMC_EVALUATION")  # read before the fixtures hide the developer's settings
SETS = ("prepared", "unprepared", "blind", "freer", "measures", "stranger")
SCALES = {"million": 1e6, "billion": 1e9, "trillion": 1e12}
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
DATES = re.compile(rf"\d{{4}}-\d\d-\d\d(?:T[\d:]+Z?)?|\d{{1,2}}\s+(?:{MONTHS})\s+\d{{4}}|\d\d:\d\d(?:\s+UTC)?")
NUMBER = re.compile(r"(?<![\w.,])([-+]?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?)(?:\s+(million|billion|trillion))?")
DEADLINE_SECONDS = 60


def questions() -> list[dict[str, Any]]:
    """Every question of every set."""
    return [
        {**question, "set": name}
        for name in SETS
        for question in tomllib.loads((HERE / f"{name}.toml").read_text())["question"]
    ]


@dataclass
class Outcome:
    """What came of one question."""

    question: dict[str, Any]
    status: str = ""
    text: str = ""
    truth: dict[str, Any] = field(default_factory=dict)
    unsupported: list[str] = field(default_factory=list)
    evidence: list[dict[str, Any]] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def outcomes(real_history, endpoints) -> dict[str, Outcome]:
    """All questions asked and judged, by id."""
    with tempfile.TemporaryDirectory(prefix="omc-questions-") as home:
        found = asyncio.run(_ask_all(real_history, endpoints.redis_url, Path(home)))
        with psycopg.connect(real_history.url, options="-c timezone=UTC") as connection:
            for outcome in found:
                outcome.truth = outcome.question.get("figures") or _truth(connection, outcome.question.get("sql"))
                outcome.faults = list(_judged(outcome, Path(home)))
    if REPORT:
        Path(REPORT).write_text(report(found))
    return {outcome.question["id"]: outcome for outcome in found}


async def _ask_all(ledger: Any, redis_url: str, home: Path) -> list[Outcome]:
    with ledger.session() as session:
        user = app.ensure_local_user(session, now=datetime.now(UTC)).id
    async with analyst(AgentSettings(model="offline"), ledger, redis_url, home) as runs:
        return [await _ask(runs, user, question) for question in questions()]


async def _ask(runs: Any, user: str, question: dict[str, Any]) -> Outcome:
    outcome, thread = Outcome(question), None
    as_of = question.get("as_of") and datetime.fromisoformat(question["as_of"]).replace(tzinfo=UTC)
    for message in question["ask"]:
        run = await runs.start(user_id=user, message=message, thread_id=thread, as_of=as_of)
        outcome = Outcome(question)
        async with asyncio.timeout(DEADLINE_SECONDS):
            async for event in runs.follow(run, user_id=user):
                thread = event.payload.get("thread_id", thread)
                if _noted(event.kind, event.payload, outcome):
                    break
    return outcome


def _noted(kind: str, payload: dict[str, Any], outcome: Outcome) -> bool:
    """Take down an event; whether the run has come to rest."""
    if kind == "tool_ended":
        outcome.tools.append(payload["name"] + ("" if payload["ok"] else f" (failed: {payload['error']})"))
        outcome.files += [{**file, "tool": payload["name"]} for file in payload["artifacts"]]
    elif kind == "answer":
        outcome.text, outcome.evidence = payload["text"], payload["evidence"]
        outcome.unsupported = payload["unsupported_numbers"]
    elif kind == "question":
        outcome.status, outcome.text = "question", payload["text"]
        return True
    elif kind == "finished":
        outcome.status = payload["status"]
        outcome.text = outcome.text or str(payload["error"] or "")
        return True
    return False


def _truth(connection: Any, sql: str | None) -> dict[str, Any]:
    if not sql:
        return {}
    with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        return cursor.execute(sql).fetchone() or {"row": "no row"}


def _judged(outcome: Outcome, home: Path) -> Iterator[str]:
    question, text = outcome.question, outcome.text
    if (wanted := question.get("status", "answered")) not in ("any", outcome.status):
        yield f"ended as {outcome.status}, not {wanted}"
    if outcome.unsupported:
        yield f"unsupported numbers {outcome.unsupported}"
    if any(evidence["simulated"] for evidence in outcome.evidence):
        yield "simulated evidence"
    for name, value in outcome.truth.items():
        if not stated(value, text, sign_free=question.get("sign_free", False), slack=question.get("tolerance", 0)):
            yield f"{name} = {value} is not stated"
    yield from (
        f"does not say /{said}/" for said in question.get("says", ()) if not re.search(said, text, re.IGNORECASE)
    )
    yield from (f"says /{said}/" for said in question.get("never", ()) if re.search(said, text))
    if (kind := question.get("artifact")) and not _has_file(outcome, kind, home):
        yield f"no {kind}"


def _has_file(outcome: Outcome, kind: str, home: Path) -> bool:
    if kind == "chart":
        return any(file["kind"] == "chart" for file in outcome.files)
    exported = [file for file in outcome.files if file["tool"] == "export_table" and file["name"].endswith(kind)]
    sizes = [_rows(home, file["sha256"]) for file in exported]
    return outcome.question.get("rows", sizes[0] if sizes else 0) in sizes


def _rows(home: Path, sha256: str) -> int:
    return len(DiskStore(home / "artifacts").get(sha256).decode().strip().splitlines()) - 1


def stated(value: Any, text: str, *, sign_free: bool = False, slack: float = 0) -> bool:
    """Whether a text states a value: a number rounded to three digits or more, a date or a word as such."""
    if value is None:
        return False
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        day = date.fromisoformat(value)
        return value in text or re.search(rf"(?<!\d){day.day} {day:%B} {day.year}", text) is not None
    if isinstance(value, str):
        return value.lower() in text.lower()
    return any(_means(match, float(value), sign_free, slack) for match in NUMBER.finditer(DATES.sub(" ", text)))


def _means(match: re.Match[str], value: float, sign_free: bool, slack: float) -> bool:
    digits = match[1].replace(",", "")
    mantissa, _, exponent = digits.lower().partition("e")
    scale = SCALES.get(match[2] or "", 1.0) * 10 ** int(exponent or 0)
    written = float(mantissa) * scale
    if sign_free:
        written, value = abs(written), abs(value)
    if value.is_integer() and abs(value) < 10_000:
        return written == value
    half = 0.5 * scale * 10.0 ** -len(mantissa.partition(".")[2])
    precise = len(re.sub(r"^[-+0.]*|\.", "", mantissa)) >= min(3, len(f"{abs(value):.2f}".lstrip("0.")))
    return precise and abs(written - value) <= half * 1.001 + slack * abs(value)


def report(outcomes: list[Outcome]) -> str:
    """A table of every question, what was expected and what came, and the shares."""
    lines = []
    for name in SETS:
        own = [outcome for outcome in outcomes if outcome.question["set"] == name]
        right = sum(not outcome.faults for outcome in own)
        lines += [
            f"## {name}: {right} of {len(own)} right",
            "",
            "| question | expected | got | verdict |",
            "|---|---|---|---|",
        ]
        lines += [_row(outcome) for outcome in own]
        lines.append("")
    return "\n".join(lines)


def _row(outcome: Outcome) -> str:
    expected = [
        f"{name} {value:.6g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in outcome.truth.items()
    ]
    question = outcome.question
    expected += [f"/{said}/" for said in question.get("says", ())] + [
        question.get("artifact", ""),
        question.get("status", ""),
    ]
    text = re.sub(r"\*I am the offline analyst.*?\*$", "", outcome.text, flags=re.DOTALL)
    asked = " → ".join(question["ask"]) + (f" (as of {question['as_of']})" if "as_of" in question else "")
    verdict = "right" if not outcome.faults else "**wrong**: " + "; ".join(outcome.faults)
    cells = (asked, ", ".join(filter(None, expected)), text, verdict)
    return "| " + " | ".join(re.sub(r"\s+", " ", cell.replace("|", "¦")) for cell in cells) + " |"


@pytest.fixture(scope="session")
def judging() -> SimpleNamespace:
    """How one question is asked and judged, for tests that bring a model of their own."""
    return SimpleNamespace(ask=_ask, truth=_truth, judged=_judged, questions={q["id"]: q for q in questions()})
