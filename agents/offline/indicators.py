"""Which indicators a clause asks for, with their lengths."""

import re
from collections.abc import Iterator

from agents.offline.spans import Span

_INDICATORS = {
    "rsi": r"\brsi(?![a-z])|\bover(?:bought|sold)\b|\brelative\s+strength\b",
    "macd": r"\bmacd\b",
    "ema": r"\bemas?(?![a-z])|\bexponential\s+(?:moving\s+)?average",
    "sma": r"\bsmas?(?![a-z])|\b(?<!exponential\s)(?:simple\s+)?moving\s+averages?\b|\bma\b|\bdma\b",
    "bollinger": r"\bbollinger\b",
    "atr": r"\batr(?![a-z])|\baverage\s+true\s+range\b",
    "volatility": r"\bvolatil(?:ity|e)\b",
    "drawdown": r"\bdraw-?downs?\b",
    "stochastic": r"\bstochastics?\b",
    "adx": r"\badx\b",
    "obv": r"\bobv\b|\bon[\s-]balance\s+volume\b",
    "vwap": r"\bvwap\b",
    "zscore": r"\bz-?scores?\b",
    "roc": r"\broc\b|\brate\s+of\s+change\b",
}
_INDICATOR_PATTERNS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _INDICATORS.items()}
_PERIODED = {"rsi", "ema", "sma", "atr", "volatility", "stochastic", "adx", "vwap", "zscore", "roc", "bollinger"}
_SEVERAL = {"macd", "bollinger"}  # whose settings are more than a length


def indicators(text: str) -> tuple[str, ...]:
    """Indicators with their length where one is said: rsi_14, sma_50."""
    names: list[str] = []
    for name, pattern in _INDICATOR_PATTERNS.items():
        if matches := list(pattern.finditer(text)):
            lengths = [length for match in matches for length in _settings(name, text, match)]
            names += [f"{name}_{length}" for length in dict.fromkeys(lengths)] or [name]
    return tuple(names)


def indicator_spans(text: str) -> Iterator[Span]:
    """The words that indicators and their lengths were read from."""
    for name, pattern in _INDICATOR_PATTERNS.items():
        for match in pattern.finditer(text):
            yield match.span()
            if settings := _together(name, text, match):
                yield settings.span()
            elif name in _PERIODED:
                yield from (found.span() for found in _beside(text, match))


def _settings(name: str, text: str, match: re.Match[str]) -> list[str]:
    """The settings said beside an indicator's name: one text for each time it is wanted."""
    if said := _together(name, text, match):
        return ["_".join(re.findall(r"\d+(?:\.\d+)?", said.group()))]
    return _lengths(text, match) if name in _PERIODED else []


def _together(name: str, text: str, match: re.Match[str]) -> re.Match[str] | None:
    """Several settings of one indicator: MACD (12, 26, 9), 20-day, 2 standard deviation Bollinger bands."""
    if name not in _SEVERAL:
        return None
    return _BRACKETED.match(text, match.end()) or _WIDE.search(text, 0, match.start())


def _lengths(text: str, match: re.Match[str]) -> list[str]:
    """The numbers just before or after an indicator's name: 14-day RSI, RSI(14), 50 and 200 day moving averages."""
    return [number for found in _beside(text, match)[:1] for number in re.findall(r"-?\d+", found.group(1))]


def _beside(text: str, match: re.Match[str]) -> list[re.Match[str]]:
    """The numbers that belong to an indicator's name: right at its end, before it, after it; the first one counts."""
    found = [
        _ATTACHED.match(text, match.end()),  # EMA12, RSI(14)
        _BEFORE.search(text, 0, match.start()),
        _AFTER.match(text, match.end()),
    ]
    return [one for one in found if one][:1]


_ATTACHED = re.compile(r"[(_]?\s?(-?\d+)\b\)?")
_BRACKETED = re.compile(r"(?:\s+bands?)?\s*\(\s*\d+(?:\s*[,/]\s*\d+(?:\.\d+)?)+\s*\)", re.IGNORECASE)
_WIDE = re.compile(
    r"\b\d+[\s-]*(?:days?|hours?|periods?|bars?)?\s*(?:,|and|,\s*and)?\s*\d+(?:\.\d+)?[\s-]*"
    r"(?:standard[\s-]+deviations?|std\.?\s*dev\w*|sigma)\s*$",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    (
        r"(?<![\d.,])((?:-?\d+(?:\s*(?:,|and|&|/)\s*)?)+)[\s-]*(?:days?|d|hours?|h|periods?|bars?|"
        r"weeks?)?[\s-]*(?:simple|exponential|wilder'?s?|(?:annuali|reali)[sz]ed|historical)?[\s-]*$"
    ),
    re.IGNORECASE,
)
_AFTER = re.compile(
    (
        r"(?:\s+(?:of|with|over|period|length|using|a))*\s*[(_-]?\s*(-?\d+)\b\)?(?!\s*(?:%|st|nd|"
        r"rd|th|january|february|march|april|may|june|july|august|september|october|november|"
        r"december))(?:[\s-]*(?:days?|periods?|bars?))?"
    ),
    re.IGNORECASE,
)
