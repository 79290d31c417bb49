"""Is what a person says while a question waits its answer, or a new question? And which of the choices do they mean?"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_POLITE = re.compile(
    r"^(?:(?:oh|well|sorry|ok(?:ay)?|yes|please|i\s+(?:mean|meant|want|choose|pick|would\s+like)|i'd\s+like|it's|that's|let's\s+(?:take|say)|"
    r"take|make\s+it|use|go\s+(?:for|with)|the\s+one\s+(?:called|named))[\s,:]+)+|[\s,]*(?:please|thanks|thank\s+you|instead)?[\s.!]*$",
    re.IGNORECASE,
)
_ORDINALS = (r"first|1st|one|1|former", r"second|2nd|two|2|latter", r"third|3rd|three|3", r"fourth|4th|four|4")
_ORDINAL = (
    r"(?:the\s+|number\s+|option\s+|choice\s+|no\.?\s*|#)*(?:{})"
    r"(?:\s+(?:one|choice|option|coin|of\s+(?:them|these|those)))?"
)
_LAST = re.compile(r"(?:the\s+)?last(?:\s+(?:one|choice|option))?", re.IGNORECASE)
_ASKS = re.compile(
    r"^(?:and\s+|now\s+|but\s+|actually,?\s+|also,?\s+)*(?:what|how|which|when|why|where|who|did|do|does|is|are|was|were|has|have|can|could|show|"
    r"compare|chart|plot|draw|give|tell|list|export|download|find|rank|forget|never\s*mind|call)\b",
    re.IGNORECASE,
)
_LONGEST_NAME = 3  # words of a coin's name: terra luna classic
_FEWEST = 3  # words of a question of its own


def choice(text: str, choices: Sequence[str]) -> str | None:
    """The choice that the words mean: itself, its place in the list, or the only one they contain."""
    said = bare(text)
    for one in choices:
        if said.lower() == one.lower():
            return one
    for place, words in enumerate(_ORDINALS[: len(choices)]):
        if re.fullmatch(_ORDINAL.format(words), said, re.IGNORECASE):
            return choices[place]
    if choices and _LAST.fullmatch(said):
        return choices[-1]
    held = [one for one in choices if re.search(rf"(?<!\w){re.escape(one)}(?!\w)", said, re.IGNORECASE)]
    return held[0] if len(held) == 1 and len(said.split()) <= _LONGEST_NAME + len(held[0].split()) else None


def meant(text: str, asked: Mapping[str, Any]) -> str | None:
    """What the person answers to a question; None where they ask something else instead.

    Args:
        text: what they say.
        asked: the question as it was put, with `choices` and the `field` it is about, such as symbol or days.
    """
    if (picked := choice(text, asked.get("choices") or ())) is not None:
        return picked
    said, field = bare(text), str(asked.get("field") or "")
    words = len(said.split())
    if _ASKS.match(said) and words >= _FEWEST:
        return None
    if field.startswith("symbol") and words > _LONGEST_NAME:
        return None
    return said or text


def bare(text: str) -> str:
    """The words without politeness around them."""
    return _POLITE.sub("", " ".join(text.split())).strip()
