"""What a text is about, by the declared rules of `classify.toml`: coins, event, sentiment, story."""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ledgers.seeds import shipped_names

WORD: Final = re.compile(r"[\w$][\w$.'-]*[\w]|[\w$]")
LEAST_VOTES: Final = 3
NEGATIVE: Final = ("negative", "disliked", "toxic")
POSITIVE: Final = ("positive", "liked")


@cache
def rules() -> dict[str, Any]:
    """The declared rules."""
    return tomllib.loads((files("collectors") / "classify.toml").read_text(encoding="utf-8"))


@cache
def words_of(name: str) -> frozenset[str]:
    """A list of words among the rules."""
    return frozenset(rules()[name].split())


@dataclass(frozen=True)
class Names:
    """What coins are called: words that mean a coin in any case, and tickers that do so in capitals."""

    words: Mapping[tuple[str, ...], str]
    tickers: Mapping[str, str]
    longest: int


@cache
def names() -> Names:
    """The names that ship with the product; ambiguous ones are left out, since nothing says which coin is meant."""
    meant: dict[str, set[str]] = {}
    everyday = words_of("everyday")
    spoken: set[str] = set()
    for (name, symbol), kind in shipped_names():
        meant.setdefault(name, set()).add(symbol)
        if kind != "ticker" and name not in everyday:
            spoken.add(name)
    clear = {name: next(iter(symbols)) for name, symbols in meant.items() if len(symbols) == 1}
    words = {tuple(name.split()): clear[name] for name in spoken if name in clear}
    tickers = {name.upper(): symbol for name, symbol in clear.items() if name.upper() == symbol}
    return Names(words, tickers, max(len(name) for name in words))


def coins_in(text: str) -> list[str]:
    """Symbols of the coins a text speaks of, upper case, sorted.

    Whole words only. A name counts in any case; a ticker in capitals, or behind a `$`; one that is also a word of
    everyday English (`LINK`, `ONE`) only behind a `$` or in brackets.
    """
    known = names()
    found = {known.tickers[t.upper()] for t in re.findall(r"\$([A-Za-z]{2,10})\b", text) if t.upper() in known.tickers}
    found |= {known.tickers[t] for t in re.findall(r"\(([A-Z0-9]{2,10})\)", text) if t in known.tickers}
    words = [word.removesuffix("'s").removesuffix("'") for word in WORD.findall(text.replace("\u2019", "'"))]
    everyday = words_of("everyday_tickers")
    capitals_mean_nothing = text.isupper()
    at = 0
    while at < len(words):
        length, symbol = _name_at(words, at, known)
        if symbol:
            found.add(symbol)
        elif not capitals_mean_nothing and words[at] in known.tickers and words[at] not in everyday:
            found.add(known.tickers[words[at]])
        at += length
    return sorted(found)


def _name_at(words: list[str], at: int, known: Names) -> tuple[int, str | None]:
    """The longest name that begins at a word: how many words it takes, and the coin it means."""
    for length in range(min(known.longest, len(words) - at), 0, -1):
        if symbol := known.words.get(tuple(word.lower() for word in words[at : at + length])):
            return length, symbol
    return 1, None


@dataclass(frozen=True)
class Kind:
    """The kind of event a headline tells of, how much it may move a price, and the rule that says so."""

    event_type: str
    impact: str
    reason: str


def event_kind(title: str) -> Kind:
    """The kind of a venue's announcement, by the first rule that matches its title."""
    for rule in rules()["event"]:
        if match := re.search(rule["pattern"], title, re.IGNORECASE):
            return Kind(rule["type"], rule["impact"], f"title says {match.group(0)[:60]!r}")
    return Kind("announcement", "low", "no rule matched")


def sentiment(text: str, votes: Mapping[str, Any] | None = None) -> tuple[float, str]:
    """(score from -1 to 1, method): by community votes where at least three judged, else VADER with crypto words.

    Source: Hutto and Gilbert (2014), VADER; the extra words are in `classify.toml`.
    """
    if votes:
        good, bad = (sum(int(votes.get(name) or 0) for name in side) for side in (POSITIVE, NEGATIVE))
        if good + bad >= LEAST_VOTES:
            return (good - bad) / (good + bad), "votes"
    return float(_vader().polarity_scores(text)["compound"]), "vader+crypto"


@cache
def _vader() -> Any:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer  # noqa: PLC0415 - reads its lexicon: used late

    analyser = SentimentIntensityAnalyzer()
    for valence, words in rules()["lexicon"].items():
        analyser.lexicon.update(dict.fromkeys(words.split(), float(valence)))
    return analyser


def story_of(title: str) -> str:
    """A key that headlines of one story share across feeds: the content words of the title, in any order."""
    told = sorted({word.lower() for word in WORD.findall(title)} - words_of("fillers"))
    return hashlib.sha256(" ".join(told).encode()).hexdigest()[:24]


def canonical(url: str) -> str:
    """A link without what tracks the reader: utm_… and the like, and the fragment."""
    parts = urlsplit(url)
    kept = [(k, v) for k, v in parse_qsl(parts.query) if not k.startswith("utm_") and k not in {"ref", "source"}]
    return urlunsplit((parts.scheme, parts.netloc.lower(), parts.path.rstrip("/") or "/", urlencode(kept), ""))
