"""Conditions on bars: above a level, between two, rising or falling; and whether a count or a date of it is asked."""

import re

from agents.offline.asked import Condition
from agents.offline.coins import mentioned
from agents.offline.quantities import Quantity

_OVER = (
    r"above|over|beyond|past|(?:higher|greater|more)\s+than|at\s+least|exceed(?:s|ed|ing)?|surpass(?:ed|es)?|"
    r"(?P<touch>(?:reach|hit|touch|cross|break|broke|pass|breach)(?:e[sd]|s|ed|ing)?|topped)"
)
_UNDER = r"below|under|beneath|(?:lower|less|fewer)\s+than|at\s+most"
_MARK = r"(?:\s+(?:the\s+)?(?:level\s+of\s+|mark\s+of\s+)?)"
LEVEL = re.compile(rf"\b(?:(?P<over>{_OVER})|(?P<under>{_UNDER})){_MARK}⟪(?P<at>\d+)⟫", re.IGNORECASE)
BEHIND = re.compile(
    r"⟪(?P<at>\d+)⟫\s+or\s+(?:(?P<over>more|higher|above|over)|(?P<under>less|lower|below|under))\b", re.IGNORECASE
)
BETWEEN = re.compile(r"\bbetween\s+⟪(?P<low>\d+)⟫\s+and\s+⟪(?P<high>\d+)⟫", re.IGNORECASE)
RISES = re.compile(
    r"\b(?:ris(?:e|es|en|ing)|rose|up|gain(?:s|ed)?|increas(?:e|es|ed|ing)|positive|green|"
    r"bullish|jump(?:s|ed)?|climb(?:s|ed)?|"
    r"rall(?:y|ied|ies)|higher|winning|surge[ds]?|advance[ds]?|grew|pump(?:s|ed)?)\b",
    re.IGNORECASE,
)
FALLS = re.compile(
    r"\b(?:fall(?:s|en|ing)?|fell|down|los(?:e|es|t|ing)|loss(?:es)?|drop(?:s|ped)?|"
    r"declin(?:e|es|ed)|negative|red|bearish|lower|"
    r"losing|slid|sank|decreas(?:e|es|ed)|crash(?:es|ed)?|dump(?:s|ed)?|plunge[ds]?|shed)\b",
    re.IGNORECASE,
)
MOVES = re.compile(r"\b(?:move[ds]?|moving|swing|swung|change[ds]?|fluctuate[ds]?)\b", re.IGNORECASE)
COUNTED = r"(?:days?|hours?|weeks?|bars?|candles?|times|sessions?|occasions?|minutes?)"
COUNT = re.compile(
    (
        r"\b(?:how\s+many|number\s+of|count(?:\s+(?:of|the))?|(?:(?:what|which)\s+)?(?:share|percent(?:age)?|proportion|"
        rf"fraction)\s+of)\s+(?:the\s+)?(?:\w+[\s-]){{0,2}}?{COUNTED}\b|\bhow\s+(?:often|long)\b"
    ),
    re.IGNORECASE,
)
RUN = re.compile(
    (
        r"\b(?:streaks?|in\s+a\s+row|consecutive(?:ly)?|straight|(?:longest|"
        r"shortest)\s+(?:\w+\s+)?(?:run|streak)|longest)\b"
    ),
    re.IGNORECASE,
)
KINDS = (
    ("run", RUN),
    ("count", COUNT),
    ("last", re.compile(r"\b(?:last|latest|most\s+recent(?:ly)?)\b(?!\s+close)", re.IGNORECASE)),
    ("first", re.compile(r"\bfirst\b|\bwhen\b|\b(?:which|what)\s+(?:day|date)\b|\bhow\s+soon\b", re.IGNORECASE)),
    ("any", re.compile(r"\bever\b|\bat\s+any\s+(?:time|point)\b|\bonce\b", re.IGNORECASE)),
)
DAYS_THAT = re.compile(
    rf"\b(?:up|down|green|red|positive|negative|rising|falling|winning|losing|bullish|bearish)[\s-]+{COUNTED}\b",
    re.IGNORECASE,
)
INTRADAY = re.compile(
    r"\b(?:trad(?:e|ed|es|ing)|go|goes|went|gone|get|got|dip(?:ped|s)?|spike[ds]?|wick(?:ed)?|"
    r"intraday|highs?|lows?|touch\w*|"
    r"fall|fell|drop(?:ped)?|sink|sank|slid|slip(?:ped)?|rise|rose|climb(?:ed)?)\b",
    re.IGNORECASE,
)
_UNITS = (("1h", r"\bhours?\b|\bhourly\b"), ("1w", r"\bweeks?\b|\bweekly\b"), ("1d", r"\bdays?\b|\bdaily\b|\bdates?\b"))
PARTS = (
    LEVEL,
    BEHIND,
    BETWEEN,
    RISES,
    FALLS,
    MOVES,
    COUNT,
    RUN,
    DAYS_THAT,
    INTRADAY,
    *(pattern for _, pattern in KINDS),
)


def condition(words: str, quantities: tuple[Quantity, ...], indicators: tuple[str, ...]) -> Condition | None:
    """The condition that a clause sets, if it does; its amounts stand as ⟪0⟫."""
    kind = next((name for name, pattern in KINDS if pattern.search(words)), "any")
    unit = next((frame for frame, pattern in _UNITS if re.search(pattern, words, re.IGNORECASE)), None)
    if both := BETWEEN.search(words):
        low, high = sorted(quantities[int(both[name])].value for name in ("low", "high"))
        return Condition(_field(words, indicators, "inside"), low, high, kind, unit)
    if (found := LEVEL.search(words) or BEHIND.search(words)) and not coins_follow(words, found):
        amount, over = quantities[int(found["at"])], found["over"] is not None
        if amount.unit == "%" and not indicators:
            return _change(words, amount.value, kind, unit, over=over)
        touches = bool(found.groupdict().get("touch"))
        of = _field(words, indicators, ("touched" if touches else "above") if over else "below")
        return Condition(of, *_levels(amount.value, over=over), kind, unit)
    if indicators or not (COUNT.search(words) or RUN.search(words) or DAYS_THAT.search(words)):
        return None
    return _direction(words, kind, unit)


def coins_follow(words: str, found: re.Match[str]) -> bool:
    """Whether the amount counts coins: addresses with over 100 BTC."""
    unit = re.match(r"\s+([A-Za-z]{2,})", words[words.index("⟫", found.start()) + 1 :])
    return unit is not None and bool(mentioned(unit[1].upper()))


def _levels(size: float, *, over: bool) -> tuple[float | None, float | None]:
    """Above and below."""
    return (size, None) if over else (None, size)


def _change(words: str, size: float, kind: str, unit: str | None, *, over: bool) -> Condition | None:
    """Rose, fell or moved more, or less, than so many percent within a bar."""
    if re.search(r"\branges?\b", words, re.IGNORECASE):
        return Condition("range", *_levels(size, over=over), kind, unit)
    if FALLS.search(words):
        return Condition("change", *(_levels(-size, over=False) if over else (-size, 0.0)), kind, unit)
    if RISES.search(words):
        return Condition("change", *(_levels(size, over=True) if over else (0.0, size)), kind, unit)
    return Condition("size", *_levels(size, over=over), kind, unit) if MOVES.search(words) else None


def _direction(words: str, kind: str, unit: str | None) -> Condition | None:
    """Rising or falling bars, where a clause speaks of one of them only."""
    rises, falls = bool(RISES.search(words)), bool(FALLS.search(words))
    if rises == falls:
        return None
    return Condition("change", *_levels(0.0, over=rises), kind, unit)


def _field(words: str, indicators: tuple[str, ...], side: str) -> str:
    """What is held against the level: an indicator, the volume, what it says, else what reaches furthest."""
    if indicators:
        return indicators[0]
    for name in ("volume", "close", "open"):
        if re.search(rf"\b{name[:4]}\w*\b", words, re.IGNORECASE):
            return name
    if side == "touched" or (side == "above" and INTRADAY.search(words)):
        return "high"
    return "low" if side == "below" and INTRADAY.search(words) else "close"
