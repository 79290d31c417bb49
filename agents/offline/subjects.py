"""Whom filings come from, which form, what news and events are about, which metric of a chain is meant."""

import itertools
import re
from collections.abc import Iterable, Iterator

from agents.offline.spans import Span, whole
from agents.offline.vocabulary import BY_NAME, EMPTY

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
    ("block", r"\bblocks?\b(?!\s+interval)"),
    ("difficulty", r"\bdifficulty\b"),
    ("active_addresses", r"\bactive\s+addresses\b"),
    ("mean_block_interval", r"\bblock\s+interval\b"),
    ("fees", r"\bfees?\b"),
    ("tvl", r"\btvl\b|\btotal\s+value\s+locked\b|\blocked\b"),
    ("revenue", r"\brevenues?\b"),
    ("market_cap", r"\bmarket\s*-?\s*cap(?:itali[sz]ation)?s?\b"),
    ("circulating_supply", r"\b(?:circulating|coin)\s+supply\b"),
    ("supply", r"\bsuppl(?:y|ies)\b|\bcirculat(?:ing|ion)\b|\bstable\s?coins?\b"),
    ("funding_rate", r"\bfunding\b"),
    ("open_interest", r"\bopen\s+interest\b"),
)
_HASH_RATE = r"(?:'s)?(?=\s+(?:share\s+of\s+)?hash\s*-?\s*rate\b)"
_POOL = re.compile(
    r"\b(?P<name>(?!(?:the|of|was|is|by|in|for|each|every|which|what|mining)\b)[a-z][\w.]*(?:\s+(?!mining\b)[a-z][\w.]*)?)"
    rf"\s+(?:mining\s+)?pool{_HASH_RATE}|\b(?P<whole>\w+pool){_HASH_RATE}",
    re.IGNORECASE,
)
_TITLE = r"[A-Za-z][\w.&'-]*"
_ABOUT = re.compile(
    (
        rf"\b(?:about|on|regarding|concerning|mention(?:ing|ed|s)?|of|around|with|"
        rf"containing)\s+(?:the\s+|an?\s+)?({_TITLE}(?:\s+{_TITLE})?)"
    ),
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


def currency(text: str) -> str | None:
    """The currency prices are wanted in, where it is said."""
    found = _CURRENCY.search(text)
    if found is None or found[1].lower().startswith("dollar"):
        return None
    word = found[1].lower()
    return {"aus": "AUD", "us ": "USD", "eur": "EUR"}.get(word[:3], word.upper())


def event_type(text: str) -> str | None:
    """The kind of event asked for."""
    return _first(_EVENTS, text)


def metric(text: str) -> str | None:
    """The figure of a chain, protocol or perpetual asked for."""
    return f"pool_hash_rate_{_joined(text[slice(*found)])}" if (found := pool(text)) else _first(METRICS, text)


def pool(text: str) -> Span | None:
    """Where the mining pool whose hash rate is meant is named; a coin is none."""
    if (match := _POOL.search(text)) is None:
        return None
    at = match.span("name") if match["name"] else match.span("whole")
    return None if text[slice(*at)].lower() in BY_NAME else at


def _joined(name: str) -> str:
    return "".join(name.lower().split())


def subject(text: str) -> str | None:
    """What news is to be about, where it is said: `ETF` in `headlines about ETFs`; a word or two as written."""
    found = _subject(text)
    return _singular(text[slice(*found)]) if found else None


def _subject(text: str) -> Span | None:
    """Where the subject of news stands."""
    for pattern in (_ABOUT, _BEFORE):
        for match in pattern.finditer(text):
            said = match.group(1).split()
            words = list(itertools.takewhile(lambda word: word.lower().strip(".'-") not in EMPTY, said))
            if words:
                end = match.start(1) + match.group(1).find(words[-1], len(" ".join(words[:-1]))) + len(words[-1])
                return match.start(1), match.start(1) + len(text[match.start(1) : end].strip(".'-"))
    return None


_LIMIT = re.compile(
    r"\b(?:top|last|latest|first|newest)\s+(\d{1,3}|three|five|ten|twenty)\s+(?!days?|weeks?|months?|hours?|years?)",
    re.IGNORECASE,
)
_CURRENCY = re.compile(
    r"\bin\s+(aud|usdt|usd|eur|gbp|australian\s+dollars?|us\s+dollars?|euros?|dollars?)\b", re.IGNORECASE
)
_BY_TOPIC: dict[str, tuple[Iterable[tuple[str, str]], ...]] = {
    "filings": (ENTITIES.items(), _FORMS),
    "catalysts": (ENTITIES.items(), VENUES.items(), _EVENTS),
    "known": (ENTITIES.items(), VENUES.items()),
    **dict.fromkeys(("onchain", "funding", "fundamentals"), (METRICS,)),
}


def claimed(text: str, topics: frozenset[str]) -> Iterator[Span]:
    """The words that whom, which form, which event, which metric and what news is about were read from."""
    for pairs in itertools.chain.from_iterable(_BY_TOPIC.get(topic, ()) for topic in topics):
        for _, pattern in pairs:
            yield from whole(re.compile(pattern, re.IGNORECASE), text)
    if "onchain" in topics and pool(text):
        yield from whole(_POOL, text)
    if topics & {"news", "filings", "catalysts", "compare", "known"}:
        yield from whole(_LIMIT, text)
    if topics & {"news", "export", "sentiment"} and (found := _subject(text)):
        yield found


def spans_of_market(text: str) -> Iterator[Span]:
    """The words that a currency and a venue of prices were read from."""
    yield from whole(_CURRENCY, text)
    if (read := venue(text)) is not None:  # one is used; a second one is not read
        yield from whole(re.compile(VENUES[read], re.IGNORECASE), text)


def limit(text: str) -> int | None:
    """How many items the person wants: top 5 headlines, the last three filings."""
    words = {"three": 3, "five": 5, "ten": 10, "twenty": 20}
    match = _LIMIT.search(text)
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
