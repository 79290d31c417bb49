"""Checks each figure of an answer: does it follow from findings, or from the question, and from which evidence?

A figure is supported where it is a known value (a finding's figure, fact or text; the question's own parameter) in a
fitting unit and rounding, or the difference, ratio, percent change or sum of two such values in the same passage. What
has no support is marked in place, never hidden.
"""

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from agents.checking.derived import derivation, factor_of_change
from agents.checking.numbers import Number, read
from agents.checking.support import Known, Support, best
from agents.checking.times import Moment

WARNING = " ⚠️ *(no evidence)*"
KEY = re.compile(r"\s?\[((?:simulated )?(?:(?:glass|human|catalyst|exchange)\.|statistics:)[^\]\n]+)\]")
UNIT = re.compile(r"\s?(?:[A-Z]{2,6}\b(?!\s?[-(])|[kMGTPEZ]?H/s\b)")
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z*_])|\n")
PASSAGE = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*#|]|\d+[.)]))")


@dataclass(frozen=True)
class Checked:
    """One figure of the answer: where it stands and the keys of the evidence it rests on.

    `how` is figure | derived | question | none.
    """

    start: int
    end: int
    text: str
    how: str
    keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """The answer, the same with its evidence marked, and what the check found."""

    text: str
    marked: str
    evidence: list[dict[str, Any]]
    unsupported_numbers: list[str]
    figures: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The payload of the answer event."""
        return dict(vars(self))


def check(
    answer: str,
    findings: Sequence[Mapping[str, Any]],
    *,
    earlier: Sequence[Mapping[str, Any]] = (),
    asked: Iterable[str] = (),
    clock: datetime,
) -> Report:
    """Check an answer.

    Args:
        answer: as the model wrote it.
        findings: of this run, each as `Finding.to_json()`.
        earlier: findings of earlier runs of the thread.
        asked: the person's own words: messages and replies.
        clock: the moment the question is asked from, aware UTC.

    Returns:
        Each figure tied to numbered evidence, this run's evidence all listed, and what has no support.
    """
    support = Support()
    for finding in findings:
        support.add_finding(finding)
    current = list(support.evidence)
    for words in asked:
        support.add_words(words)
    support.add_clock(clock)
    text, cited = without_keys(answer)
    checked = _checked(text, support)
    if earlier and any(figure.how == "none" for figure in checked):
        for finding in earlier:
            support.add_finding(finding, age=3)
        checked = _checked(text, support)
    numbering = _numbered([*cited, *(key for figure in checked for key in figure.keys), *current], support)
    return Report(
        text=text,
        marked=_marked(text, checked, numbering),
        evidence=[{"n": n, **support.evidence[key]} for key, n in numbering.items()],
        unsupported_numbers=list(dict.fromkeys(figure.text for figure in checked if figure.how == "none")),
        figures=[
            {"text": figure.text, "how": figure.how, "evidence": [numbering[key] for key in figure.keys]}
            for figure in checked
        ],
    )


def without_keys(answer: str) -> tuple[str, list[str]]:
    """The answer without evidence keys that the model wrote, and those keys."""
    return KEY.sub("", answer), KEY.findall(answer)


def _numbered(keys: Iterable[str], support: Support) -> dict[str, int]:
    known = dict.fromkeys(key for key in keys if key in support.evidence)
    return {key: n for n, key in enumerate(known, 1)}


def _checked(text: str, support: Support) -> list[Checked]:
    """Every figure of a text in order, dates among them only where they have no support."""
    numbers, moments = read(text)
    direct = {number: best(number, support.known, _around(SENTENCE, text, number)) for number in numbers}
    found = [_judged(number, direct, support, text) for number in numbers]
    doubtful = {moment.start: moment for moment in moments if not support.calendar.knows(moment)}
    found += [_undated(moment, text) for moment in doubtful.values()]
    return sorted(found, key=lambda figure: figure.start)


def _judged(number: Number, direct: Mapping[Number, Known | None], support: Support, text: str) -> Checked:
    place = (number.start, number.end, number.text)
    if (known := direct[number]) is not None:
        return Checked(*place, "figure" if known.evidence else "question", _keys(support, known))
    if _may_be_year(number, support):
        return Checked(*place, "question")
    first, last = _bounds(PASSAGE, text, number)
    passage = [value for other, value in direct.items() if value and first <= other.start < last]
    pair = derivation(number, passage)
    if pair is None:
        change = factor_of_change(number, [*passage, *support.known])
        pair = (change, change) if change else None
    if pair is None:
        return Checked(*place, "none")
    return Checked(*place, "derived", _keys(support, *pair))


def _keys(support: Support, *known: Known) -> tuple[str, ...]:
    found = (value.evidence for value in known)
    return tuple(dict.fromkeys(key for key in found if key is not None and key in support.evidence))


def _may_be_year(number: Number, support: Support) -> bool:
    """Whether four bare digits are a year that is known."""
    if not re.fullmatch(r"(?:19|20)\d\d", number.text):
        return False
    return support.calendar.knows(Moment(number.start, number.end, year=int(number.value)))


def _undated(moment: Moment, text: str) -> Checked:
    return Checked(moment.start, moment.end, text[moment.start : moment.end].strip(), "none")


def _around(boundary: re.Pattern[str], text: str, number: Number) -> str:
    first, last = _bounds(boundary, text, number)
    return text[first:last]


def _bounds(boundary: re.Pattern[str], text: str, number: Number) -> tuple[int, int]:
    """The part of the text, between two boundaries, in which a number stands."""
    first, last = 0, len(text)
    for match in boundary.finditer(text):
        if match.end() <= number.start:
            first = match.end()
        elif match.start() >= number.end:
            last = match.start()
            break
    return first, last


def _marked(text: str, checked: Sequence[Checked], numbering: Mapping[str, int]) -> str:
    """The text with [n] after what rests on evidence n, and a warning after what has none.

    Figures of one sentence that follow each other and rest on the same evidence share one mark, after the last.
    """
    marked, done = "", 0
    for figure, following in itertools.zip_longest(checked, checked[1:]):
        mark = "".join(f"[{numbering[key]}]" for key in figure.keys if key in numbering)
        shared = (
            following is not None
            and following.keys == figure.keys
            and following.how != "none"
            and not SENTENCE.search(text[figure.end : following.start])
        )
        mark = WARNING if figure.how == "none" else "" if shared or not mark else f" {mark}"
        end = _past_emphasis(text, figure.end)
        marked, done = marked + text[done:end] + mark, end
    return marked + text[done:]


def _past_emphasis(text: str, end: int) -> int:
    """Where a mark goes: after a unit that follows, and after the asterisks that close around a figure."""
    unit = UNIT.match(text[end:])
    end += unit.end() if unit else 0
    closing = re.match(r"\*{1,3}|_{1,2}(?!\w)", text[end:])
    opened = text[:end].rsplit("\n", 1)[-1].count(closing.group()) % 2 if closing else 0
    return end + closing.end() if closing and opened else end
