"""How numbers, times and other people's text are put into a finding's few lines."""

import math
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

SIGNIFICANT = 6
WHOLE_FROM = 1_000_000  # from here on decimals tell nothing
EXPONENT_FROM = 1e15


def amount(value: float) -> str:
    """A price or quantity with its significant digits: 64,940.59, 142.35, 0.0123457."""
    size = abs(value)
    if not math.isfinite(value):
        return "none"
    if size >= EXPONENT_FROM:
        return f"{value:.5g}"
    if size >= WHOLE_FROM:
        return f"{value:,.0f}"
    if size == 0:
        return "0"
    decimals = max(2, SIGNIFICANT - 1 - math.floor(math.log10(size)))
    whole, _, fraction = f"{value:,.{decimals}f}".partition(".")
    return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


def money(value: float, currency: str) -> str:
    """A sum in a currency: to the cent from 1 on, with its significant digits below."""
    return f"{value:,.2f} {currency}" if abs(value) >= 1 or value == 0 else f"{amount(value)} {currency}"


def count(value: int) -> str:
    """A whole number with separators."""
    return f"{value:,}"


def percent(value: float) -> str:
    """A change with its sign, such as +3.42 %."""
    if not math.isfinite(value):
        return "none"
    decimals = 2 if abs(value) >= 0.01 or value == 0 else 4  # noqa: PLR2004 - below it two decimals show nothing
    return f"{value:+.{decimals}f} %"


def level(value: float, unit: str) -> str:
    """A value in its unit: '%' without a sign, a currency or other unit behind the number."""
    if unit == "%":
        return percent(value).removeprefix("+")
    if unit in {"", "count"} and value.is_integer() and abs(value) < EXPONENT_FROM:
        return f"{value:,.0f}"
    if unit == "count":
        return amount(value)
    return f"{amount(value)} {unit}".rstrip()


def age(span: timedelta) -> str:
    """A length of time in its largest sensible unit: 40 min, 3 h, 12 d."""
    minutes = max(0, round(span.total_seconds() / 60))
    if minutes < 120:  # noqa: PLR2004 - two hours
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"


def iso(at: datetime) -> str:
    """A moment as ISO 8601 in UTC, as findings carry it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def quoted(text: str | None, length: int = 110) -> str:
    """Other people's text as plain quoted matter: one line, no markup, nothing that could pass for evidence.

    Control, zero-width and direction characters go; brackets become round ones, so that no text from outside can forge
    an evidence key, a link or an image.
    """
    plain = "".join(" " if c.isspace() else c for c in text or "" if c.isspace() or unicodedata.category(c)[0] != "C")
    plain = re.sub(r"\s+", " ", plain.translate(str.maketrans("[]<>`|«»", "()()''''"))).strip()
    return f"«{plain if len(plain) <= length else plain[: length - 1].rstrip() + '…'}»"


def listed(names: Iterable[str], most: int = 12) -> str:
    """Names with commas; beyond `most` only how many more there are."""
    every = list(names)
    rest = len(every) - most
    return ", ".join(every[:most]) + (f" and {rest} more" if rest > 0 else "")


def fitted(lines: Iterable[str], most: int = 1_900) -> str:
    """Lines joined as far as they fit; what is left out is said."""
    kept: list[str] = []
    every, used = [line for line in lines if line], 0
    for line in every:
        used += len(line) + 1
        if used > most:
            return "\n".join([*kept, f"({len(every) - len(kept)} more lines left out; the attached table has all.)"])
        kept.append(line)
    return "\n".join(kept)
