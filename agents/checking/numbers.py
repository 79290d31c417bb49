"""Numbers as people write them: $67.2k, 3.4 %, 1.2 billion, twice, about 70,000; each with how exactly it is meant."""

import itertools
import re
from dataclasses import dataclass, replace

from agents.checking.names import without_names
from agents.checking.times import Moment, find

SCALES = {
    "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "mm": 1e6, "million": 1e6, "millions": 1e6, "b": 1e9, "bn": 1e9,
    "billion": 1e9, "billions": 1e9, "t": 1e12, "tn": 1e12, "trillion": 1e12, "trillions": 1e12,
}  # fmt: skip
WORDS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100,
}  # fmt: skip
FACTORS = {
    "twice": 2.0, "twofold": 2.0, "doubled": 2.0, "double": 2.0, "doubling": 2.0, "tripled": 3.0, "triple": 3.0,
    "threefold": 3.0, "quadrupled": 4.0, "fourfold": 4.0, "tenfold": 10.0, "halved": 0.5, "halving in": 0.5,
    "half of": 0.5, "half as": 0.5, "half the": 0.5, "by half": 0.5, "a third of": 1 / 3, "two thirds of": 2 / 3,
    "two-thirds of": 2 / 3, "a quarter of": 0.25, "three quarters of": 0.75,
}  # fmt: skip
MONEY = {
    "a$": "AUD", "au$": "AUD", "aud": "AUD", "us$": "USD", "usd": "USD", "usdt": "USD", "usdc": "USD", "busd": "USD",
    "dollar": "USD", "dollars": "USD", "$": "$", "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "£": "GBP",
    "gbp": "GBP", "¥": "JPY", "jpy": "JPY",
}  # fmt: skip
COUNTED = (
    r"(?:filings?|8-?Ks?|10-?[KQ]s?|forms|events?|headlines?|articles?|news|items?|posts?|stories|bars?|candles?|days?|"
    r"hours?|weeks?|months?|years?|transactions?|trades?|orders?|fills?|positions?|readings?|rows?|reports?|purchases?|"
    r"sales?|upgrades?|hacks?|insiders?|results?|records?|entries|times)"
)
DURATIONS = {
    "minute": 1 / 1440,
    "hour": 1 / 24,
    "day": 1.0,
    "week": 7.0,
    "month": 30.44,
    "quarter": 91.3,
    "year": 365.25,
}

_NUMBER = re.compile(
    r"(?P<money>(?:US|AU?)?\$|€|£|¥|\b(?:USDT?|AUD|EUR|GBP)\s)?\s?"
    r"(?P<sign>(?<![\w\x00)])[-+−–])?(?P<inner>(?:US|AU?)?\$|€|£|¥)?"
    r"(?<![\w.,])(?<!\w[.,])(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:[\u2009\u202f\u00a0]\d{3})+(?:\.\d+)?"
    r"|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\.\d+)"
    r"(?:\s?(?P<scale>thousand|millions?|billions?|trillions?)\b|(?P<short>k|mn|mm|m|bn|b|tn|t)\b)?"
    r"(?:\s?(?P<percent>%|‰|percentage\s+points?|percent\b|per\s+cent\b|pps?\b|bps\b|basis\s+points?)"
    r"|\s?(?P<times>x\b|×|-?fold\b|times\b)"
    r"|\s?(?P<after>A\$|USDT?\b|USDC\b|AUD\b|EUR\b|GBP\b|dollars?\b|euros?\b|€)"
    r"|[\s-]?(?P<span>minute|hour|day|week|month|quarter|year)s?\b)?"
    r"(?![\d])",
    re.IGNORECASE,
)
_WORD = re.compile(
    rf"\b(?P<word>{'|'.join(WORDS)})\b(?:(?=\s+per\s?cent)(?P<percent>)|(?=\s+(?P<span>{'|'.join(DURATIONS)})s?\b)"
    rf"|(?=(?:\s+[\w-]+){{0,2}}?\s+{COUNTED}\b))",
    re.IGNORECASE,
)
_FACTOR = re.compile(r"\b(?:" + "|".join(re.escape(name) for name in FACTORS) + r")\b(?!-spend)", re.IGNORECASE)
_BEFORE = {
    "about": re.compile(
        r"(?:\b(?:about|around|roughly|approximately|approx\.?|circa|some|nearly|almost|close\s+to|near|c\.)\s*|[~≈]\s*)$",
        re.IGNORECASE,
    ),
    "over": re.compile(
        r"(?:\b(?:over|more\s+than|above|upwards\s+of|at\s+least|exceeding|past)\s*|>\s*)$", re.IGNORECASE
    ),
    "under": re.compile(
        r"(?:\b(?:under|less\s+than|below|just\s+under|at\s+most|up\s+to|fewer\s+than)\s*|<\s*)$", re.IGNORECASE
    ),
}
_UP = re.compile(
    r"\b(?:rose|risen|rise|rising|rises|gain(?:ed|s)?|climb(?:ed|s)?|up|increase[ds]?|grew|grown|added|jumped|surged|"
    r"rallied|advanced)"
    r"(?:\s+(?:by|about|around|roughly|nearly|almost|over|some|of|more\s+than|another|a\s+further|\w+ly))*\s*$",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"\b(?:fell|fallen|fall|falling|falls|los[te]|lost|drop(?:ped|s)?|down|decrease[ds]?|declin(?:ed|es?)|shed|slid|"
    r"slipped|sank|plunged|tumbled|retreated|lower)"
    r"(?:\s+(?:by|about|around|roughly|nearly|almost|over|some|of|more\s+than|another|a\s+further|\w+ly))*\s*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Number:
    """A number in a text.

    `unit` is '%', a currency such as 'USD' ('$' where that is all it says), 'times', 'days', or ''. What is meant lies
    from `low` to `high`: half a unit of the last digit to either side, more where the text says "about".
    """

    start: int
    end: int
    text: str
    value: float
    low: float
    high: float
    unit: str = ""
    signed: bool = False
    direction: int = 0  # 1 where the text says it rose by this, -1 where it fell
    exact_word: bool = True  # False for 'twice' and such, which are always approximate


def read(text: str) -> tuple[list[Number], list[Moment]]:
    """Every number and every moment a text states, names left out, in the order in which they stand."""
    moments, rest = find(text)
    rest = without_names(rest)
    found = [_number(match, text) for match in _NUMBER.finditer(rest)]
    found += [_word(match, text) for match in _WORD.finditer(text)]
    found += [_factor(match) for match in _FACTOR.finditer(rest)]
    return sorted(_with_shared_scale(found, text), key=lambda number: number.start), moments


def _number(match: re.Match[str], text: str) -> Number:
    digits = re.sub(r"[,\s\u2009\u202f\u00a0]", "", match["digits"])
    scale = SCALES[(match["scale"] or match["short"] or "").lower()] if match["scale"] or match["short"] else 1.0
    sign = -1.0 if (match["sign"] or "").strip() in {"-", "−"} and not _joins(match, text) else 1.0
    unit = _unit(match)
    if unit == "bps":
        scale, unit = scale * 0.01, "%"
    if unit in DURATIONS:
        scale, unit = scale * DURATIONS[unit], "days"
    value, half = sign * float(digits) * scale, _half_step(digits) * scale
    start = min(at for at in (match.start(name) for name in ("money", "sign", "inner", "digits")) if at >= 0)
    number = Number(
        start, match.end(), text[start : match.end()].strip(), value, value - half, value + half, unit=unit,
        signed=bool(match["sign"]) and not _joins(match, text),
    )  # fmt: skip
    return _as_hedged(number, text[:start].rstrip("\x00"), digits, scale)


def _joins(match: re.Match[str], text: str) -> bool:
    """Whether a dash stands between two numbers, as in 60-70, and is no sign."""
    return match.start("sign") > 0 and text[match.start("sign") - 1] in "0123456789%kKmMbB"


def _unit(match: re.Match[str]) -> str:
    percent = (match["percent"] or "").lower()
    if percent:
        return "bps" if percent.startswith(("bps", "basis")) else "%"
    if match["times"]:
        return "times"
    if match["span"]:
        return match["span"].lower()
    money = (match["money"] or match["inner"] or match["after"] or "").strip().lower()
    return MONEY.get(money, "")


def _half_step(digits: str) -> float:
    mantissa, _, exponent = digits.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 0.5 * 10.0 ** (int(exponent or 0) - decimals)


def _trailing_step(digits: str, scale: float) -> float:
    """The place of the last digit that is no zero: 1,000 for 67,000."""
    if "." in digits or "e" in digits.lower():
        return 2 * _half_step(digits) * scale
    zeros = len(digits) - len(digits.rstrip("0"))
    return 10.0 ** min(zeros, max(len(digits) - 1, 0)) * scale


def _as_hedged(number: Number, before: str, digits: str, scale: float) -> Number:
    """Widen what is meant where the text hedges, or where the number plainly is a round one; note the direction."""
    step, size = _trailing_step(digits, scale), abs(number.value)
    near = before[-40:]
    low, high = number.low, number.high
    if _BEFORE["over"].search(near):
        low, high = number.value, max(high, number.value + max(step, 0.02 * size))
    elif _BEFORE["under"].search(near):
        low, high = min(low, number.value - max(step, 0.02 * size)), number.value
    if _BEFORE["about"].search(near):
        slack = max(min(step / 2, 0.05 * size), number.high - number.value, 0.01 * size)
        low, high = min(low, number.value - slack), max(high, number.value + slack)
    elif (low, high) == (number.low, number.high) and step > 2 * (number.high - number.value):
        slack = min(step / 2, 0.005 * size)
        low, high = min(low, number.value - slack), max(high, number.value + slack)
    direction = 1 if _UP.search(near) else -1 if _DOWN.search(near) else 0
    return replace(number, low=low, high=high, direction=direction)


def _word(match: re.Match[str], text: str) -> Number:
    value = float(WORDS[match["word"].lower()])
    unit = "%" if match["percent"] is not None else "days" if match["span"] else ""
    scale = DURATIONS[match["span"].lower()] if match["span"] else 1.0
    ends = (value * scale, (value - 0.5) * scale, (value + 0.5) * scale)
    number = Number(match.start("word"), match.end("word"), match["word"], *ends, unit=unit)
    return _as_hedged(number, text[: number.start], str(int(value)), scale)


def _factor(match: re.Match[str]) -> Number:
    value = FACTORS[match.group().lower()]
    return Number(*match.span(), match.group(), value, 0.93 * value, 1.07 * value, unit="times", exact_word=False)


def _with_shared_scale(numbers: list[Number], text: str) -> list[Number]:
    """Give the first of "$60-70k" or "3 to 4 %" what only the second one says."""
    numbers = sorted(numbers, key=lambda number: number.start)
    for at, (first, second) in enumerate(itertools.pairwise(numbers)):
        between = text[first.end : second.start].strip().lower()
        if between not in {"-", "–", "—", "to"}:
            continue
        if not first.unit and second.unit:
            numbers[at] = replace(first, unit=second.unit)
        suffix = re.search(r"[a-z]+", text[second.start : second.end], re.IGNORECASE)
        scale = SCALES.get(suffix.group().lower(), 1.0) if suffix else 1.0
        if scale > 1 and 0 < first.value < second.value / scale * 10 and first.value < scale:
            ends = (first.value * scale, first.low * scale, first.high * scale)
            numbers[at] = replace(numbers[at], value=ends[0], low=ends[1], high=ends[2])
    return numbers
