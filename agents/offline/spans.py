"""The words a reader took from a text."""

import re
from collections.abc import Iterable, Iterator

Span = tuple[int, int]


def spans(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    """The stretches of each match, without what its capturing groups hold: those are gaps, not claimed."""
    for match in pattern.finditer(text):
        at = match.start()
        for begin, end in sorted(match.span(group) for group in range(1, pattern.groups + 1)):
            if begin >= at:
                yield at, begin
                at = end
        yield at, match.end()


def whole(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    """The stretches of each match with its groups."""
    return (match.span() for match in pattern.finditer(text))


def blanked(text: str, taken: Iterable[Span]) -> str:
    """The text with claimed stretches blanked out, so that places in it stay the same."""
    letters = list(text)
    for begin, end in taken:
        letters[begin:end] = " " * (end - begin)
    return "".join(letters)
