"""Measure the classification of headlines on the recorded, labelled ones, and write docs/classification.md.

python scripts/classification.py [--history FOLDER] [--check]; the folder is ../shared/data/history unless told.
"""

import argparse
import csv
import gzip
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from collectors.classify import LEAST_VOTES, coins_in, event_kind, sentiment

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "classification.md"
LABELS = ("positive", "neutral", "negative")
NEUTRAL_WITHIN = 0.05  # VADER's own convention
Pairs = Counter[tuple[str, str]]  # label, found -> how many
Score = Callable[[str], float]

HEAD = """# How well headlines are classified

Written by `scripts/classification.py` from the recorded history; a test holds it to the figures. The rules were there
first and nothing was changed for these figures. A score within 0.05 of zero counts as neutral, as VADER has it.
*Balanced* is the mean of the classes' recalls: always saying the commonest class gets one over the number of classes.
"""
TAIL = """
## What to make of it

- The first labels are a polarity in TextBlob's manner, made of texts that are not here; headlines tell little of them.
  **By plain accuracy the rules are below the commonest class, on both sets.** By balanced accuracy, and against VADER
  without our words, they are above: a lean, not a verdict. Averages over many headlines are what the score is good for.
- Where a headline has at least three community votes, the votes are the score and no lexicon is asked
  (`sentiment_method` on the row says which). The second table therefore measures the rules only for what has no votes.
- The event rules were measured on four announcements alone: that they are all right says little.
"""


def found(score: float) -> str:
    """The class of a score."""
    if abs(score) < NEUTRAL_WITHIN:
        return "neutral"
    return "positive" if score > 0 else "negative"


def labelled(history: Path) -> list[tuple[str, str, str]]:
    """Title, label and subject of each labelled headline."""
    with gzip.open(history / "news_labelled_2021-10_2022-07.csv.gz", "rt", encoding="utf-8") as file:
        return [(row["title"], row["class"], row["subject"]) for row in csv.DictReader(file)]


def voted(history: Path) -> list[tuple[str, str]]:
    """Title and the side that most people took, of each post that at least three judged."""
    with (history / "cryptopanic_posts_2024-08_2025-02.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    sides = ((r["title"], total(r, "positive", "like"), total(r, "negative", "dislike", "toxic")) for r in rows)
    return [(t, "positive" if g > b else "negative") for t, g, b in sides if g + b >= LEAST_VOTES and g != b]


def total(row: dict[str, str], *names: str) -> int:
    """A sum of votes."""
    return sum(int(row[name] or 0) for name in names)


def accuracy(pairs: Pairs) -> float:
    """The share that was told right."""
    return sum(n for (label, said), n in pairs.items() if label == said) / pairs.total()


def balanced(pairs: Pairs) -> float:
    """The mean of the recalls."""
    labels = {label for label, _ in pairs}
    of = {label: sum(n for (wanted, _), n in pairs.items() if wanted == label) for label in labels}
    return sum(pairs[label, label] / of[label] for label in labels) / len(labels)


def commonest(pairs: Pairs) -> float:
    """How right it is to say always the same."""
    labels: Counter[str] = Counter()
    for (label, _), number in pairs.items():
        labels[label] += number
    return max(labels.values()) / labels.total()


def lines(name: str, pairs: Pairs) -> Iterator[str]:
    """One row of a table of scores."""
    yield f"| {name} | {pairs.total():,} | {accuracy(pairs):.3f} | {commonest(pairs):.3f} | {balanced(pairs):.3f} |"


def confusion(pairs: Pairs, columns: tuple[str, ...]) -> Iterator[str]:
    """Label by label, what was said."""
    yield f"| label, found as | {' | '.join(columns)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for label in columns:
        yield f"| {label} | {' | '.join(f'{pairs[label, said]:,}' for said in columns)} |"


def sentiments(history: Path) -> Iterator[str]:
    """The tables of sentiment."""
    plain = SentimentIntensityAnalyzer()
    ways: dict[str, Score] = {
        "VADER with our words": lambda title: sentiment(title)[0],
        "VADER alone": lambda title: float(plain.polarity_scores(title)["compound"]),
    }
    headlines, posts = labelled(history), voted(history)
    three = {n: Counter((label, found(way(t))) for t, label, _ in headlines) for n, way in ways.items()}
    two = {n: Counter((label, found(way(t))) for t, label in posts) for n, way in ways.items()}
    decided = {n: Counter({p: c for p, c in pairs.items() if p[1] != "neutral"}) for n, pairs in two.items()}
    head = ("| method | headlines | accuracy | commonest class | balanced |", "|---|---|---|---|---|")
    yield from ("", "## Sentiment, three classes (labels of 2021-10 to 2022-07)", "", *head)
    for name, pairs in three.items():
        yield from lines(name, pairs)
    yield from ("", *confusion(three["VADER with our words"], LABELS))
    yield from ("", "## Sentiment against community votes, where a side was taken (2024-08 to 2025-02)", "", *head)
    for name, pairs in decided.items():
        yield from lines(name, pairs)
    yield from ("", *confusion(decided["VADER with our words"], ("positive", "negative")))


def coins(history: Path) -> Iterator[str]:
    """What the rules find of two coins, against the subject that was given to the article."""
    yield from ("", "## Coins", "", "| subject of the article | headlines | its coin found | found where another |")
    yield "|---|---|---|---|"
    headlines = labelled(history)
    for subject, symbol in (("bitcoin", "BTC"), ("ethereum", "ETH")):
        own = [symbol in coins_in(title) for title, _, about in headlines if about == subject]
        other = [symbol in coins_in(title) for title, _, about in headlines if about != subject]
        yield f"| {subject} | {len(own):,} | {sum(own) / len(own):.3f} | {sum(other) / len(other):.3f} |"
    yield ""
    yield "A headline need not name the coin its article is filed under, and may name others: no errors as such."


def events(history: Path) -> Iterator[str]:
    """The kinds told of recorded announcements, all of which are delistings."""
    with (history / "binance_announcements_2024-12.csv").open(encoding="utf-8") as file:
        kinds = Counter(event_kind(row["title"]).event_type for row in csv.DictReader(file))
    told = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
    yield from ("", "## Events", "", f"Recorded announcements of Binance, each about a delisting: {told}.")


def report(history: Path) -> str:
    """The document."""
    parts = [*sentiments(history), *coins(history), *events(history)]
    return HEAD + "\n".join(parts) + "\n" + TAIL


def main() -> int:
    """Write the document, or with --check compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--history", type=Path, default=ROOT.parent / "shared" / "data" / "history")
    parser.add_argument("--check", action="store_true")
    told = parser.parse_args()
    if not told.history.is_dir():
        print(f"the recorded history is not at {told.history}: nothing measured")
        return 0
    measured = report(told.history)
    if told.check:
        same = DOCUMENT.read_text(encoding="utf-8") == measured
        print("docs/classification.md: up to date" if same else "docs/classification.md: run scripts/classification.py")
        return int(not same)
    DOCUMENT.write_text(measured, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
