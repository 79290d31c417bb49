"""Whom filings come from, which form, what news and events are about, which metric of a chain is meant."""

import re
from collections.abc import Iterable

from agents.offline.vocabulary import EMPTY

ENTITIES = {
    "MSTR": r"\bmstr\b|\bmicro\s*strategy\b|\bstrategy(?:'s)?\b",
    "TSLA": r"\btsla\b|\btesla\b",
    "COIN": r"\bcoinbase\b|\$COIN\b",
    "MARA": r"\bmara\b|\bmarathon\b",
    "RIOT": r"\briot\b",
    "XYZ": r"\bxyz\b|\bblock\s+inc\b",
}
VENUES = {"BINANCE": r"\bbinance\b", "COINSPOT": r"\bcoinspot\b", "KRAKEN": r"\bkraken\b"}
_FORMS = (
    ("8-K", r"\b8-?ks?\b"),
    ("10-K", r"\b10-?ks?\b"),
    ("10-Q", r"\b10-?qs?\b"),
    ("144", r"\bform\s+144s?\b|\b144s\b"),
    ("4", r"\bforms?\s+4s?\b|\binsiders?\b"),
    ("3", r"\bform\s+3s?\b"),
    ("S-1", r"\bs-1s?\b"),
    ("SC 13G", r"\b13gs?\b"),
    ("SC 13D", r"\b13ds?\b"),
)
_EVENTS = (
    ("delisting", r"\bdelist\w*\b"),
    ("listing", r"\blistings?\b|\blisted\b|\blists?\b"),
    ("halving", r"\bhalv(?:ing|ening)s?\b"),
    ("governance", r"\bgovernance\b|\bproposals?\b|\bvotes?\b"),
    ("unlock", r"\bunlocks?\b"),
    ("upgrade", r"\bupgrades?\b|\bhard\s+forks?\b"),
)
METRICS = (
    ("hash_rate", r"\bhash\s*-?\s*rates?\b|\bminers?\b"),
    ("tx_count", r"\btransactions?\b|\btx\s*(?:count|s)?\b"),
    ("block", r"\bblocks?\b"),
    ("difficulty", r"\bdifficulty\b"),
    ("active_addresses", r"\bactive\s+addresses\b"),
    ("fees", r"\bfees?\b"),
    ("tvl", r"\btvl\b|\btotal\s+value\s+locked\b|\blocked\b"),
    ("revenue", r"\brevenues?\b"),
    ("supply", r"\bsupply\b|\bcirculating\b"),
    ("funding_rate", r"\bfunding\b"),
    ("open_interest", r"\bopen\s+interest\b"),
)
_TITLE = r"[A-Za-z][\w.&'-]*"
_ABOUT = re.compile(
    rf"\b(?:about|on|regarding|concerning|mention(?:ing|ed|s)?|of|around|with|containing)\s+(?:the\s+|an?\s+)?({_TITLE}(?:\s+{_TITLE})?)",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"([A-Za-z][\w.&'-]*)\s+(?:news|headlines?|articles?|stories)\b", re.IGNORECASE)


def entity(text: str) -> str | None:
    """The ticker of the company whose filings are meant."""
    return _first(ENTITIES.items(), text)


def entity_asked(text: str) -> str | None:
    """A company or venue, as events name who they are from."""
    return entity(text) or venue(text)


def venue(text: str) -> str | None:
    """The exchange that an announcement comes from."""
    return _first(VENUES.items(), text)


def form(text: str) -> str | None:
    """The SEC form asked for."""
    return _first(_FORMS, text)


_BEYOND = (
    ("count bars by a condition", r"\bhow\s+(?:many\s+(?:times|days|hours|weeks)|often)\b"),
    (
        "work out what an investment would have become",
        r"\bif\s+i\s+(?:had|would|have)\b|\binvested\b|\bput\s+(?:\$|\d)",
    ),
    ("look up market capitalisation or dominance", r"\bmarket\s*-?\s*caps?\b|\bcapitali[sz]ation\b|\bdominance\b"),
    (
        "rank coins by anything but change and volatility",
        r"\btop\b[^.?!]*\bcoins?\b[^.?!]*\bby\s+(?!change|perform|return|volatil|gain)",
    ),
)


def beyond(text: str) -> tuple[str, ...]:
    """What the message asks for that the rules cannot do, so that the answer can say so."""
    return tuple(what for what, pattern in _BEYOND if re.search(pattern, text, re.IGNORECASE))


def currency(text: str) -> str | None:
    """The currency prices are wanted in, where it is said."""
    found = re.search(
        r"\bin\s+(aud|usdt|usd|eur|gbp|australian\s+dollars?|us\s+dollars?|euros?)\b", text, re.IGNORECASE
    )
    if found is None:
        return None
    word = found[1].lower()
    return {"aus": "AUD", "us ": "USD", "eur": "EUR"}.get(word[:3], word.upper())


def event_type(text: str) -> str | None:
    """The kind of event asked for."""
    return _first(_EVENTS, text)


def metric(text: str) -> str | None:
    """The figure of a chain, protocol or perpetual asked for."""
    return _first(METRICS, text)


def subject(text: str) -> str | None:
    """What news is to be about, where it is said: `ETF` in `headlines about ETFs`; a word or two as written."""
    for pattern in (_ABOUT, _BEFORE):
        for match in pattern.finditer(text):
            words = [word for word in match.group(1).split() if word.lower().strip(".'-") not in EMPTY]
            if words and words[0] == match.group(1).split()[0]:
                return _singular(" ".join(words).strip(".'-"))
    return None


def limit(text: str) -> int | None:
    """How many items the person wants: top 5 headlines, the last three filings."""
    words = {"three": 3, "five": 5, "ten": 10, "twenty": 20}
    match = re.search(
        r"\b(?:top|last|latest|first|newest)\s+(\d{1,3}|three|five|ten|twenty)\s+(?!days?|weeks?|months?|hours?|years?)",
        text,
        re.IGNORECASE,
    )
    return None if match is None else words.get(match.group(1).lower()) or int(match.group(1))


def _singular(subject: str) -> str:
    """The stem that also finds the plural: ETFs -> ETF, delistings -> delisting."""
    lowered = subject.lower()
    if lowered.endswith("'s"):
        return subject[:-2]
    return subject[:-1] if lowered.endswith("s") and not lowered.endswith(("ss", "us", "is", "os", "ies")) else subject


def _first(pairs: Iterable[tuple[str, str]], text: str) -> str | None:
    for name, pattern in pairs:
        if re.search(pattern, text, re.IGNORECASE):
            return name
    return None
