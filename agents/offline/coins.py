"""Which coins a message speaks of: tickers, names and aliases as whole words, with care for everyday words."""

import re
from collections.abc import Iterable

from agents.offline.vocabulary import AMBIGUOUS, BY_NAME, CAPITALS, EVERYDAY, STOP, SYMBOLS

_WORD = r"[A-Za-z][A-Za-z0-9]{1,14}"
_SHORTEST = 3  # shorter names are read only where a coin must stand
_NAMES = sorted((name for name in {*BY_NAME, *AMBIGUOUS} if len(name) >= _SHORTEST), key=len, reverse=True)
_LOOKUP = re.compile(
    rf"(?<![\w$-])(?<!bollinger\s)(?:{'|'.join(map(re.escape, _NAMES))})(?:'s|s)?(?![\w-])", re.IGNORECASE
)
_MARKET = re.compile(r"\b([A-Za-z]{2,10}?)[/-]?USDT?\b", re.IGNORECASE)
_DOLLAR = re.compile(r"\$([A-Za-z][A-Za-z0-9]{1,9})\b")
_SLOTS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        (
            rf"\b(?:price|prices|close|volume|chart|candles?|bars?|rsi|macd|volatility|drawdown|"
            rf"value|history|performance)\s+(?:of|for)\s+(?:the\s+)?({_WORD})\b"
        ),
        rf"\bhow(?:'s|\s+is|\s+was|\s+are|\s+did|\s+does|\s+has|\s+much\s+is|\s+much\s+was)\s+({_WORD})(?:'s)?\b",
        rf"\bwhat(?:'s|\s+is|\s+was)\s+({_WORD})\s+(?:worth|trading|doing|at|price)\b",
        rf"\b({_WORD})(?:'s)?\s+(?:price|chart|candles|rsi|macd|token|coin|volatility)\b",
        rf"\b(?:what\s+happened\s+to|compare|chart|plot|draw|graph)\s+({_WORD})\b",
        rf"\b({_WORD})\s+(?:vs\.?|versus|against)\s+",
        rf"\b(?:vs\.?|versus|against)\s+({_WORD})\b",
        rf"^\s*(?:and|what\s+about|how\s+about|now|same\s+for|or)\s+(?:for\s+|with\s+)?({_WORD})\s*\??\s*$",
    )
]
_SHOUTED = re.compile(r"(?<![\w$-])[A-Z]{3,6}(?![\w-])")
_PAIR = re.compile(rf"\b({_WORD})\s*(?:,|and|or|&|/)\s*(?=({_WORD})\b)")
_COMPARING = ("compare", "vs", "versus", "against")


def mentioned(text: str) -> tuple[str, ...]:
    """The coins named in the text, in order: symbols in upper case, ambiguous and unknown names as written."""
    found = _found(text)
    return _unique(found[place][1] for place in sorted(found))


def spans(text: str) -> list[tuple[int, int]]:
    """Where coins are named in the text."""
    return [(begin, end) for begin, (end, _) in _found(text).items()]


def _found(text: str) -> dict[int, tuple[int, str]]:
    """The coins named in the text, by where each name begins: its end, and the coin."""
    text = _MARKET.sub(lambda market: _of_market(market[0], market[1]), text)
    found: dict[int, tuple[int, str]] = {}
    for match in _LOOKUP.finditer(text):
        if (coin := _named(match, text)) is not None:
            found[match.start()] = (match.end(), coin)
    taken = [(begin, end) for begin, (end, _) in found.items()]
    for match in _DOLLAR.finditer(text):
        found[match.start()] = (match.end(), match.group(1).upper())
    for (start, end), name in _in_slots(text, known=bool(found)):
        if not any(begin <= start < stop for begin, stop in taken):
            found.setdefault(start, (end, name))
    _beside(text, found)
    return found


def _of_market(written: str, base: str) -> str:
    """The coin of a market's name, such as BTC/USDT, padded so that places in the text stay the same."""
    return base.upper().ljust(len(written)) if base.upper() in SYMBOLS else written


def _named(match: re.Match[str], text: str) -> str | None:
    """The coin that a name or ticker stands for; None where it is an everyday word here."""
    written = match.group().removesuffix("'s")
    name = written.lower()
    if name not in BY_NAME and name not in AMBIGUOUS:
        written, name = written[:-1], name.removesuffix("s")
    if name.upper() in CAPITALS:
        return None
    if written.isupper() and written in SYMBOLS and not text.isupper():
        return written
    if name in EVERYDAY and not _as_a_name(written, match.start(), text):
        return None
    return BY_NAME.get(name, name)


def _as_a_name(written: str, start: int, text: str) -> bool:
    """Whether a word is written as a name, with a capital where no sentence begins."""
    before = text[:start].rstrip()
    return (
        written[0].isupper()
        and written[1:].islower()
        and bool(before)
        and before[-1] not in ".?!;:"
        and not text.istitle()
    )


def _in_slots(text: str, *, known: bool) -> Iterable[tuple[tuple[int, int], str]]:
    """Words that stand where a coin must: English-word tickers always, unknown names where no coin is known."""
    if not known and not text.isupper():
        for match in _SHOUTED.finditer(text):
            if match.group() not in CAPITALS and match.group().lower() not in STOP:
                yield match.span(), match.group()
    for slot in _SLOTS:
        for match in slot.finditer(text):
            word = match.group(1)
            if (word.lower() in BY_NAME or word.upper() in SYMBOLS) and word.upper() not in CAPITALS:
                yield match.span(1), BY_NAME.get(word.lower(), word.upper())
            elif (
                (not known or match.group().lower().startswith(_COMPARING))
                and word.lower() not in STOP
                and word.upper() not in CAPITALS
                and not word.isdigit()
            ):
                yield match.span(1), word


def _beside(text: str, found: dict[int, tuple[int, str]]) -> None:
    """An English-word ticker joined to a coin by a comma, 'and' or 'or' is a coin too."""
    for match in _PAIR.finditer(text):
        left, right = match.start(1), match.start(2)
        for known, other, word in ((left, right, match.group(2)), (right, left, match.group(1))):
            if known in found and other not in found and word.lower() in EVERYDAY & BY_NAME.keys() - {"one"}:
                found[other] = (other + len(word), BY_NAME[word.lower()])


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
