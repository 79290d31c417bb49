"""Amounts and levels in a message: $1,000, 70k, 5 %, above 65000; told from the numbers of dates and settings."""

import re
from dataclasses import dataclass

from agents.offline.dates import MONTH
from agents.offline.vocabulary import BY_NAME, EVERYDAY, SYMBOLS

_SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9}
_SIGN = r"(?P<sign>(?:us|au?)?\$|€|£)"
_DIGITS = r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
_SCALE = r"(?:\s?(?P<scale>k|mn|m|bn|thousand|million|billion)\b)?"
_UNIT = (
    r"(?:\s?(?P<unit>%|per\s?cent\b|pct\b|usdt?\b|usdc\b|aud\b|(?:us\s+|australian\s+)?dollars?\b|"
    r"bucks\b|cents?\b|euros?\b|eur\b))?"
)
_TIME = (
    r"(?!\s*-?\s*(?:minutes?|mins?|hours?|hrs?|h\b|days?|d\b|weeks?|months?|quarters?|years?|periods?|bars?|candles?|"
    r"times?|coins?|st\b|nd\b|rd\b|th\b|[/-]\d))"
)
_LEVEL = (
    r"\b(?:above|below|beneath|(?:over|under)(?!\s+(?:19|20)\d\d\b)|than|at\s+least|at\s+most|exceed(?:s|ed|ing)?|"
    r"surpass(?:ed|es)?|(?:reach|hit|touch|cross|break|broke|pass|breach)(?:e[sd]|s|ed|ing)?|topped)\s+"
    r"(?:the\s+)?(?:level\s+of\s+|mark\s+of\s+)?"
)
_PUT = r"\b(?:invest(?:ed|ing)?|put|bought|buying|spent|spend|spending|with|held|holding|owned)\s+"
_NUMBER = rf"{_SIGN}?\s?{_DIGITS}{_SCALE}{_UNIT}"
_PATTERNS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_SIGN}\s?{_DIGITS}{_SCALE}{_UNIT}",
        (
            rf"(?<![\w.,-])-?{_DIGITS}{_SCALE}\s?(?P<unit>%|per\s?cent\b|pct\b|usdt?\b|usdc\b|"
            rf"aud\b|(?:us\s+|australian\s+)?dollars?\b|bucks\b|cents?\b|euros?\b)"
        ),
        rf"(?<![\w.,-]){_DIGITS}(?P<scale>k|mn|bn)\b(?P<unit>)",
        rf"{_LEVEL}(?P<number>{_NUMBER}){_TIME}(?![\d,.]*\d)",
        rf"{_PUT}(?P<number>{_NUMBER}){_TIME}(?![\d,.]*\d)",
    )
]
_PLACE = re.compile(r"⟪(\d+)⟫")
_HELD = re.compile(r"\b(?:bought|buy|buying|had|have|held|hold|holding|owned|own|worth)\b", re.IGNORECASE)
_COINS = re.compile(rf"(?<![\w.,/-])(?P<number>{_DIGITS})(?=\s+(?P<coin>[A-Za-z]{{2,15}})\b)")
_EDGE = r"(⟪\d+⟫|(?!(?:19|20)\d\d\b)\d[\d,]*(?:\.\d+)?)"
_RANGE = re.compile(
    rf"\bbetween\s+{_EDGE}\s+and\s+{_EDGE}(?![\d,.]*\d|\s*[/-]\d|st\b|nd\b|rd\b|th\b|\s+(?:of\s+)?{MONTH}\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Quantity:
    """A number with what it counts: '%', a currency, or nothing said."""

    value: float
    unit: str
    words: str

    @property
    def currency(self) -> str | None:
        """The currency that prices must be in, where it is not plain dollars."""
        return self.unit if self.unit not in {"", "%", "USD"} else None


def quantities(text: str) -> tuple[tuple[Quantity, ...], str]:
    """Every amount and level in the text, and the text with the number of each in its place: ⟪0⟫."""
    found: list[Quantity] = []

    def marked(match: re.Match[str]) -> str:
        whole = match.group()
        number = match.groupdict().get("number") or whole
        found.append(_read(match, number))
        return whole.removesuffix(number) + f"⟪{len(found) - 1}⟫"

    for pattern in _PATTERNS:
        text = pattern.sub(marked, text)
    if _HELD.search(text):
        text = _COINS.sub(lambda match: marked(match) if is_coin(match["coin"]) else match.group(), text)
    text = _between(text, found)
    return tuple(found), text


def _between(text: str, found: list[Quantity]) -> str:
    """Between 60000 and 65000: both are levels where neither is part of a date."""

    def marked(match: re.Match[str]) -> str:
        places = []
        for number in (match[1], match[2]):
            if place := _PLACE.fullmatch(number):
                places.append(place.group())
                continue
            found.append(Quantity(float(number.replace(",", "")), "", number))
            places.append(f"⟪{len(found) - 1}⟫")
        return f"between {places[0]} and {places[1]}"

    return _RANGE.sub(marked, text)


def restored(text: str, found: tuple[Quantity, ...]) -> str:
    """The text with the words of each amount back in its place."""
    return _PLACE.sub(lambda match: found[int(match[1])].words, text)


def is_coin(word: str) -> bool:
    """Whether a word after a number is a coin, so that the number counts coins."""
    return word.upper() in SYMBOLS or (word.lower() in BY_NAME and word.lower() not in EVERYDAY)


def _read(match: re.Match[str], words: str) -> Quantity:
    parts = match.groupdict()
    value = float(parts["digits"].replace(",", "")) * _SCALES.get((parts.get("scale") or "").lower(), 1.0)
    if re.fullmatch(r"cents?", (parts.get("unit") or "").strip(), re.IGNORECASE):
        value /= 100
    return Quantity(value, _unit(parts.get("unit") or "", parts.get("sign") or ""), words.strip())


def _unit(written: str, sign: str) -> str:
    word = " ".join(written.lower().split())
    if word in {"%", "percent", "per cent", "pct"}:
        return "%"
    if sign.lower() in {"a$", "au$"} or word == "aud" or word.startswith("australian"):
        return "AUD"
    if word.startswith("eur") or sign == "€":
        return "EUR"
    if sign == "£":
        return "GBP"
    return "USD" if word or sign else ""
