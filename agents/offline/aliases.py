"""Reads that the person wants a coin to go by a further name."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Alias:
    """A name the person wants a coin to go by."""

    symbol: str
    name: str


_OPENS, _CLOSES = "'\"\u2018\u201c", "'\"\u2019\u201d"  # straight and curly quotation marks
_QUOTED = rf"[{_OPENS}](?P<name>[^{_OPENS}{_CLOSES}]{{1,40}})[{_CLOSES}]"
_NAME = rf"(?:{_QUOTED}|(?P<bare>[\w-]+))"
_COIN = r"(?:the\s+)?(?:coin\s+|token\s+)?(?P<coin>(?!the\b|coin\b|token\b|it\b|me\b)[\w$]+)"
_AS = r"(?:an?\s+|the\s+)?(?:alias|name|nickname|shorthand|synonym)"
_ALIASES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        (
            rf"\b(?:add|make|set|create|register)\s+(?:an?\s+|the\s+)?(?:coin\s+)?(?:alias|"
            rf"nickname|name)\s+{_NAME}\s+(?:for|to|of)\s+{_COIN}"
        ),
        rf"\b(?:add|use|set|register|save)\s+{_NAME}\s+(?:as\s+)?{_AS}\s+(?:for|of|to)\s+{_COIN}",
        (
            rf"\b(?:call|name|nickname|rename|dub|"
            rf"alias)\s+{_COIN}\s+(?:by\s+the\s+name\s+(?:of\s+)?|as\s+|to\s+)?{_QUOTED}"
        ),
        rf"\bgive\s+{_COIN}\s+{_AS}\s+(?:of\s+)?{_NAME}\s*[.!]?\s*$",
        rf"{_QUOTED}\s+(?:shall\s+|should\s+|will\s+|now\s+)*(?:means?|stands?\s+for|is|refers?\s+to|be)\s+{_COIN}",
        (
            rf"\b(?:from\s+now\s+on|henceforth|in\s+future),?\s+{_NAME}\s+(?:shall\s+|should\s+|"
            rf"will\s+)*(?:means?|stands?\s+for|is|refers?\s+to)\s+{_COIN}"
        ),
        rf"\b(?:when\s+i\s+say|if\s+i\s+say|by)\s+{_NAME},?\s+i\s+mean\s+{_COIN}",
        rf"\b(?:remember|nickname|alias|rename|dub)\s+{_COIN}\s+(?:as|to)\s+{_NAME}",
        (
            rf"\b(?:i\s+(?:want\s+to|will|would\s+like\s+to|'ll)\s+)?(?:refer\s+to|"
            rf"call)\s+{_COIN}\s+(?:as\s+)?{_NAME}\s*(?:from\s+now\s+on|please)?\s*[.!]?\s*$"
        ),
        rf"^\s*(?:please\s+)?(?:let's\s+)?(?:name|nickname)\s+{_COIN}\s+{_NAME}\s*[.!]?\s*$",
        rf"\buse\s+{_NAME}\s+(?:as\s+{_AS}\s+)?for\s+{_COIN}",
    )
)


def _named(match: re.Match[str]) -> str:
    """The name given: in quotation marks it may have several words."""
    parts = match.groupdict()
    return str(parts["name"] or parts["bare"]).strip()


def alias(text: str) -> Alias | None:
    """The name the person asks to give a coin, if that is what they ask."""
    for pattern in _ALIASES:
        if match := pattern.search(text):
            return Alias(match["coin"].lstrip("$"), _named(match))
    return None
