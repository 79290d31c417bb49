"""Which statistics a clause asks for: an aggregate, such as the median, of a field, such as the volume."""

import re

GAP = r"([^.?!,]*?)"  # what stands in a gap is not claimed by the statistic around it
LARGEST = {
    "largest_rise": (
        rf"\b(?:largest|biggest|greatest|highest|strongest|steepest|sharpest|"
        rf"best)\b{GAP}\b(?:rises?|gains?|jumps?|rall(?:y|ies)|pumps?|increases?|up\s*moves?|"
        rf"moves?\s+up|surges?|spikes?|climbs?)\b|\bbest\s+(?:single[\s-]+|one[\s-]+)?(?:day|hour|week|bar|candle|month)s?\b|"
        rf"\b(?:gain(?:ed)?|rise|rose|risen|jump(?:ed)?|climb(?:ed)?)\s+(?:the\s+)?most\b"
    ),
    "largest_fall": (
        rf"\b(?:largest|biggest|greatest|worst|steepest|sharpest|deepest)\b{GAP}\b(?:falls?|drops?|"
        rf"loss(?:es)?|declines?|dumps?|dips?|crash(?:es)?|decreases?|slides?|plunges?|"
        rf"down\s*moves?|moves?\s+down)\b|\bworst\s+(?:single[\s-]+|one[\s-]+)?(?:day|hour|week|bar|candle|month)s?\b|"
        rf"\b(?:lose|lost|fall|fell|fallen|drop|dropped|decline|declined)\s+(?:the\s+)?most\b"
    ),
}
AGGREGATES = {
    "average": r"(?<!moving\s)(?<!moving-)\baverage[ds]?\b(?!\s+true\s+range)"
    r"|\bmean\b|\bavg\b|\btypical(?:ly)?\b|\bon\s+average\b",
    "median": r"\bmedians?\b",
    "deviation": r"\b(?:standard\s+deviations?|std\.?\s*dev\w*)\b(?!\s+bollinger)"
    r"|\bstdev\b|\bstd\b|\bspread\s+of\s+(?=clos|return)",
    "highest": (
        r"\bhighest\b|\bdearest\b|\bmost\s+expensive\b|\bpeak(?:ed|s)?\b|\btop(?:ped)?\b|"
        r"\bmax(?:imum)?\b|\b(?:largest|biggest|greatest|busiest|heaviest)\b|\bath\b|"
        r"\bmost\s+(?=volume|traded)"
    ),
    "lowest": (
        r"\blowest\b|\bcheapest\b|\bbottom(?:ed)?\b|\btrough\b|\bmin(?:imum)?\b|\b(?:smallest|"
        r"quietest|lightest)\b|\batl\b|\bleast\s+(?=volume|traded)"
    ),
    "total": r"\btotal(?:s|led)?\b|\bsum(?:med)?\b|\baltogether\b|\bcumulative\b|\boverall\b",
}
FIELDS = {
    "volume": (
        r"\bvolumes?\b|\bturnover\b|\bhow\s+(?:much|many(?!\s+(?:day|hour|week|month|bar|candle)))\b"
        r"(?=[^.?!]*\b(?:traded|changed\s+hands)\b)|\btraded\b(?=\s+volumes?|\s*$)|\bchang(?:e|ed|ing)\s+hands\b"
    ),
    "close": r"\bclos(?:e|es|ed|ing)\b",
    "open": r"\bopen(?:ed|s|ing)?\b(?!\s+interest)",
    "high": r"\bhighs?\b",
    "low": r"\blows?\b",
    "range": r"\b(?:(?:trading|daily|hourly|price|intraday)\s+)?ranges?\b|\bhigh[\s-]*(?:to|minus|-)[\s-]*low\b"
    r"|\bswings?\b|\bswung\b|\bdifference\s+between\b(?=[^.?!]*\bhighs?\b[^.?!]*\blows?\b)",
    "size": r"\b(?:absolute\s+)?(?:moves?|movements?)\b",
    "change": r"\b(?:percent(?:age)?\s+)?(?:changes?|returns?|gains?|loss(?:es)?)\b",
}
OTHERS = {
    "volatility": r"\bvolatil(?:ity|e)\b|\bjumpy\b|\bchoppy\b",
    "count": (
        r"\bhow\s+many\b(?!\s+(?:%|percent)|\s+\w+\s+(?:were\s+)?(?:traded|changed\s+hands))|"
        r"\bnumber\s+of\b|\bcount\b"
    ),
    "change": (
        r"\bhow\s+(?:much|far)\b(?=[^.?!]*\b(?:move|change|rise|fall|drop|gain|lose|rose|fell|"
        r"dropped|gained|lost|up|down)\b)|\bperform\w*\b|\breturn(?:ed|s)?\b|\bchanged?\b(?!\s+hands)|"
        r"\b(?:by\s+)?(?:how\s+many\s+)?percent(?:age)?\b|\b(?:did|has|have)\b(?=[^.?!]*\b(?:move|"
        r"fall|rise|drop|gain|lose|rally|crash|dump|pump)\w*\b)"
    ),
}
_SIMPLE = {"average_close": "average", "highest_high": "high", "lowest_low": "low", "total_volume": "volume"}
_ALONE = {"highest": "high", "lowest": "low", "average": "average", "median": "median", "deviation": "deviation"}
_PATTERNS = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        **LARGEST,
        **AGGREGATES,
        **FIELDS,
        "volatility": OTHERS["volatility"],
        "count": OTHERS["count"],
        "moved": OTHERS["change"],
    }.items()
}
_SINGLE = ("high", "low", "open", "close", "volume", "range")  # fields that are figures by themselves
AGGREGATE_AT_END = re.compile(rf"(?:{'|'.join(AGGREGATES.values())})\s*$", re.IGNORECASE)


def statistics(text: str) -> tuple[str, ...]:
    """The statistics asked for: `high`, `average`, `median_volume`, `largest_fall`, `change` and so on."""
    said = {name for name, pattern in _PATTERNS.items() if pattern.search(text)}
    if largest := tuple(name for name in LARGEST if name in said):
        return largest
    others = tuple(name for name in ("volatility", "count") if name in said)
    aggregates = [name for name in AGGREGATES if name in said]
    fields = [name for name in FIELDS if name in said]
    if aggregates and fields:
        pairs = [f"{aggregate}_{field}" for aggregate in aggregates for field in fields if field != "size"]
        pairs += [f"{a}_size" for a in aggregates if fields == ["size"]]
        return (*dict.fromkeys(_SIMPLE.get(pair, pair) for pair in pairs if _sensible(pair)), *others)
    alone = tuple(_ALONE[name] for name in aggregates if name in _ALONE)
    moved = ("change",) if "moved" in said and not alone else ()
    return (*alone, *(name for name in _SINGLE if name in fields), *others, *moved)


def _sensible(pair: str) -> bool:
    """Whether an aggregate of that field means anything: prices have no total."""
    return not pair.startswith("total_") or pair == "total_volume"


def patterns(names: tuple[str, ...]) -> list[re.Pattern[str]]:
    """The patterns whose words the named statistics are made of."""
    parts = {part for name in names for part in (name, *name.split("_"))}
    parts |= {aggregate for aggregate, name in _ALONE.items() if name in parts}
    parts |= {"close"} if "average" in parts else set()
    parts |= {"moved"} if "change" in parts else set()
    parts |= {"total"} if {"volume", "count"} & parts else set()
    return [pattern for name, pattern in _PATTERNS.items() if name in parts]


def measure(name: str) -> tuple[str, str] | None:
    """Aggregate and field of a statistic that is one of a field: `median_volume`, `median` (of closes), `deviation`."""
    if name in {"median", "deviation"}:
        return name, "close"
    aggregate, _, field = name.partition("_")
    return (aggregate, field) if aggregate in AGGREGATES and field in FIELDS else None
