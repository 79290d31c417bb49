"""What an answer may rest on: figures, texts and facts of findings, and the words of the question."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agents.checking.numbers import Number, read
from agents.checking.times import Calendar

CURRENCIES = {"USD", "USDT", "USDC", "BUSD", "FDUSD", "TUSD", "DAI"}
DOLLARS = {"USD", "AUD"}
FRACTIONS = {"fraction", "ratio", "share"}
PERCENTS = {"%", "percent", "pct", "percentage points"}
CHANGE = re.compile(r"change|return|rise|fall|drawdown|roc", re.IGNORECASE)


@dataclass(frozen=True)
class Known:
    """A value that an answer may state, and the evidence it rests on (none: the question's own words)."""

    value: float
    unit: str = ""
    name: str = ""
    evidence: str | None = None
    rank: int = 0  # figures before facts before texts, this run's before earlier ones


@dataclass
class Support:
    """Everything known in a thread, as values and moments."""

    known: list[Known] = field(default_factory=list)
    calendar: Calendar = field(default_factory=Calendar)
    evidence: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def add_finding(self, finding: Mapping[str, Any], *, age: int = 0) -> None:
        """What a tool returned; `age` is 0 for this run's findings, more for earlier ones."""
        keys = [str(item["key"]) for item in finding.get("evidence") or ()]
        first = keys[0] if keys else None
        for item in finding.get("evidence") or ():
            self._add_evidence(item, age)
        for figure in finding.get("figures") or ():
            unit = normal_unit(str(figure.get("unit") or ""), str(figure["name"]))
            value, key = float(figure["value"]), figure.get("evidence") or first
            self.known.append(Known(value, unit, str(figure["name"]), key, age))
            if unit in FRACTIONS:
                self.known.append(Known(value * 100, "%", str(figure["name"]), key, age))
        for name, fact in leaves(finding.get("facts") or {}):
            self._add_fact(name, fact, first, age + 1)
        self._add_text(str(finding.get("text") or ""), keys, age + 2)

    def add_words(self, text: str) -> None:
        """The person's own words."""
        numbers, moments = read(text)
        self.known += [Known(number.value, number.unit, rank=9) for number in numbers]
        for moment in moments:
            self.calendar.add(moment)

    def add_clock(self, clock: datetime) -> None:
        """The moment the question is asked from, and the days around it."""
        self.calendar.add_instant(clock)
        self.calendar.days |= {(clock + timedelta(days=days)).date() for days in (-1, 1)}

    def _add_evidence(self, item: Mapping[str, Any], age: int) -> None:
        key = str(item["key"])
        self.evidence.setdefault(key, item)
        self.known.append(Known(float(item.get("rows") or 0), "count", "rows", key, age + 2))
        ends = [datetime.fromisoformat(str(item[name])) for name in ("observed_from", "observed_to") if item.get(name)]
        if len(ends) == 2:  # noqa: PLR2004 - a window has two ends
            self.calendar.add_window(*ends)
            days = (ends[1] - ends[0]) / timedelta(days=1)
            self.known += [Known(length, "days", "window", key, age + 2) for length in (days, days + 1)]
        if item.get("known_at"):
            self.calendar.add_instant(datetime.fromisoformat(str(item["known_at"])))

    def _add_fact(self, name: str, fact: Any, key: str | None, rank: int) -> None:
        if isinstance(fact, bool):
            return
        if isinstance(fact, int | float) and math.isfinite(fact):
            self.known.append(Known(float(fact), normal_unit("", name), name, key, rank))
        elif isinstance(fact, str):
            self._add_text(fact, [key] if key else [], rank)

    def _add_text(self, text: str, keys: Sequence[str], rank: int) -> None:
        """A text: a line that names evidence rests on that, any other on the finding's first."""
        for line in text.splitlines():
            named = next((key for key in keys if key in line), keys[0] if keys else None)
            plain = line
            for key in keys:
                plain = plain.replace(key, " ")
            numbers, moments = read(plain)
            self.known += [Known(_told(number), number.unit, "", named, rank) for number in numbers]
            for moment in [*moments, *read(line)[1]]:
                self.calendar.add(moment)


def _told(number: Number) -> float:
    """What a finding's text tells: "fell 3.4 %" tells a change of -3.4 %."""
    return -number.value if number.direction < 0 < number.value and number.unit == "%" else number.value


def leaves(fact: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every plain value inside nested facts, with the name it stands under."""
    if isinstance(fact, Mapping):
        for key, item in fact.items():
            yield from leaves(item, str(key))
    elif isinstance(fact, list | tuple):
        for item in fact:
            yield from leaves(item, name)
    else:
        yield name, fact


def normal_unit(unit: str, name: str) -> str:
    """A unit as the reader of numbers says it."""
    if unit.lower() in PERCENTS or (not unit and name.lower().endswith(("_pct", "_percent"))):
        return "%"
    if unit.upper() in CURRENCIES:
        return "USD"
    return unit


def compatible(stated: str, known: str) -> bool:
    """Whether a number stated in one unit may be one known in another; no unit fits all but a currency none other."""
    if stated == known or not stated or not known:
        return stated != "%" or known in {"", "%"}
    if stated == "$":
        return known in DOLLARS
    if known == "$":
        return stated in DOLLARS
    if stated == "times":
        return known in {"ratio", "x", "times", "count"}
    if stated == "days":
        return known in {"day", "days", "count"}
    return False


def matches(number: Number, known: Known) -> bool:
    """Whether the number as it is meant is that value: unit, rounding, sign and direction agree."""
    if not compatible(number.unit, known.unit):
        return False
    slack = 8 * math.ulp(known.value)  # rounding of the arithmetic, not of the text
    if within(number, known.value, slack):
        return not (number.direction > 0 > known.value) and not (
            number.direction < 0 < known.value and not number.signed and _is_signed_change(known)
        )
    flipped = within(number, -known.value, slack) and not number.signed
    return flipped and known.value < 0 and number.direction <= 0


def within(number: Number, value: float, slack: float = 0.0) -> bool:
    """Whether a value lies in what a number means."""
    return number.low - slack <= value <= number.high + slack


def _is_signed_change(known: Known) -> bool:
    return bool(CHANGE.search(known.name)) and "fall" not in known.name and "drawdown" not in known.name


def best(number: Number, candidates: Iterable[Known], near: str) -> Known | None:
    """The known value that a number most likely states: same unit, named nearby, from this run, closest."""

    def preference(known: Known) -> tuple[bool, bool, bool, int, float]:
        named = bool(known.evidence) and _symbol(str(known.evidence)) in near.upper()
        return (
            known.evidence is None,
            known.unit != number.unit,
            not named,
            known.rank,
            abs(known.value - number.value),
        )

    return min((known for known in candidates if matches(number, known)), key=preference, default=None)


def _symbol(key: str) -> str:
    """What an evidence key speaks of: BTC in 'glass.candle:BTC/1d …'."""
    return re.split(r"[/ ]", key.partition(":")[2], maxsplit=1)[0].upper() or "\x00"
