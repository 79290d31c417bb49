"""Understand a file's columns: which field each one is, and what is missing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from collectors.importer.kind import Kind
from collectors.importer.kinds import kinds_of
from collectors.importer.options import Options
from ledgers.errors import BadArgument

VOTES = {
    "positive": "positive",
    "negative": "negative",
    "important": "important",
    "like": "liked",
    "liked": "liked",
    "dislike": "disliked",
    "disliked": "disliked",
    "lol": "lol",
    "toxic": "toxic",
    "save": "saved",
    "saved": "saved",
    "comment": "comments",
    "comments": "comments",
}
_WIDE_FIELDS = ("open", "high", "low", "close", "price", "volume")
_WIDE_HEADER = re.compile(rf"^([a-z0-9]{{2,10}})_({'|'.join(_WIDE_FIELDS)})$")
_NOT_BASE = {"usd", "usdt", "usdc", "busd", "aud", "eur", "quote", "24h", "from", "to"}


@dataclass
class Understanding:
    """What each column of a file is, as one kind of table."""

    kind: Kind
    columns: dict[str, str] = field(default_factory=dict)  # field -> header
    metrics: dict[str, tuple[str, str]] = field(default_factory=dict)  # header -> metric, unit
    wide: dict[str, dict[str, str]] = field(default_factory=dict)  # symbol -> field -> header
    votes: dict[str, str] = field(default_factory=dict)  # vote -> header
    values: dict[str, str] = field(default_factory=dict)  # field -> the same for every row
    ignored: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what was assumed while reading
    foreign: list[str] = field(default_factory=list)  # fields it was told to map and does not have

    @property
    def score(self) -> int:
        """How many columns make sense."""
        return len(self.columns) + len(self.metrics) + len(self.votes) + sum(len(part) for part in self.wide.values())

    def told(self) -> dict[str, str]:
        """Field by field, where its value comes from."""
        told = {name: f"column {header}" for name, header in self.columns.items()}
        told |= {
            metric: f"column {header} in {unit or 'its own unit'}" for header, (metric, unit) in self.metrics.items()
        }
        for symbol, part in self.wide.items():
            told |= {f"{symbol} {name}": f"column {header}" for name, header in part.items()}
        if self.votes:
            told["votes"] = f"columns {', '.join(self.votes.values())}"
        return told | {name: f"'{value}'" for name, value in self.values.items()}


def plain(header: str) -> str:
    """A header in lower snake case: 'acceptanceDateTime' and 'Volume BTC' are acceptance_date_time and volume_btc."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", header.strip())
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


def understand(headers: Sequence[str], ledger: str, options: Options) -> Understanding:
    """Choose the table of the ledger that the columns fit best.

    Raises:
        BadArgument: they fit none; the message says what was understood and what to map.
    """
    tried = [_as_kind(kind, headers, options) for kind in kinds_of(ledger, options.table)]
    whole = [reading for reading in tried if not reading.missing]
    if whole:
        return max(whole, key=lambda reading: reading.score)
    raise BadArgument(_what_is_missing(max(tried, key=lambda r: r.score - 2 * len(r.missing))))


def _what_is_missing(best: Understanding) -> str:
    told = "; ".join(f"{name} = {where}" for name, where in best.told().items()) or "nothing"
    where = f" from one of {', '.join(best.ignored)}" if best.ignored else ""
    first = best.missing[0].partition("|")[0]
    missing = ", ".join(best.missing).replace("|", " or ")
    return (
        f"These columns are no table of the {best.kind.ledger} ledger. Nearest is {best.kind.table}; "
        f"understood: {told}. Missing: {missing}. Map each{where} with --map COLUMN={first}, "
        f"or state one value for all rows with --set {first}=VALUE; --table names another table."
    )


def _as_kind(kind: Kind, headers: Sequence[str], options: Options) -> Understanding:
    reading = Understanding(kind, values=dict(options.values))
    left = {plain(header): header for header in headers}
    _apply_mapping(reading, headers, left, options)
    _apply_aliases(reading, left)
    if "value" not in reading.columns:
        _apply_metrics(reading, left)
    if "symbol" in kind.required and "symbol" not in reading.columns and "symbol" not in reading.values:
        _apply_wide(reading, left)
    if kind.table == "news" and len(votes := {VOTES[name]: name for name in left if name in VOTES}) > 1:
        reading.votes = {vote: left.pop(name) for vote, name in votes.items()}
    if "volume" in kind.aliases and "volume" not in reading.columns:
        _apply_volume_of_base(reading, left)
    reading.ignored = list(left.values())
    reading.missing = reading.foreign + [name for name in kind.required if not _is_there(reading, name)]
    return reading


def _apply_mapping(reading: Understanding, headers: Sequence[str], left: dict[str, str], options: Options) -> None:
    known = {*reading.kind.aliases, *(c.name for c in reading.kind.model.__table__.columns)}
    for header, name in options.columns.items():
        if header not in headers:
            raise BadArgument(f"There is no column '{header}' to map; the file has: {', '.join(headers)}.")
        left.pop(plain(header), None)
        kind, _, metric = name.partition(":")
        if kind == "metric" and metric:
            title, _, unit = metric.partition(":")
            reading.metrics[header] = (title, unit)
        elif name == "ignore":
            continue
        elif name in known:
            reading.columns[name] = header
        elif options.table or len(kinds_of(reading.kind.ledger, None)) == 1:
            raise BadArgument(f"{reading.kind.table} has no field '{name}'; it has: {', '.join(sorted(known))}.")
        else:
            reading.foreign.append(name)


def _apply_aliases(reading: Understanding, left: dict[str, str]) -> None:
    for name, aliases in reading.kind.aliases.items():
        if name in reading.columns or (name in reading.values and name != reading.kind.time):
            continue
        if header := next((alias for alias in aliases if alias in left), None):
            reading.columns[name] = left.pop(header)


def _apply_metrics(reading: Understanding, left: dict[str, str]) -> None:
    known = {name: reading.kind.metrics[name] for name in left if name in reading.kind.metrics}
    named = reading.values.get("metric")
    if named and len(known) == 1:
        name, (_, unit) = known.popitem()
        reading.columns["value"] = left.pop(name)
        reading.values.setdefault("unit", unit)
    elif not named:
        reading.metrics |= {left.pop(name): metric for name, metric in known.items()}


def _apply_wide(reading: Understanding, left: dict[str, str]) -> None:
    """Columns such as btc_open, eth_open: one series for each prefix that has at least a close or a price."""
    groups: dict[str, dict[str, str]] = {}
    for name in left:
        if match := _WIDE_HEADER.match(name):
            groups.setdefault(match[1].upper(), {})[match[2]] = name
    for symbol, part in groups.items():
        if "close" in part or "price" in part:
            reading.wide[symbol] = {name: left.pop(header) for name, header in part.items()}


def _apply_volume_of_base(reading: Understanding, left: dict[str, str]) -> None:
    """'Volume BTC' beside 'Volume USDT': the one in coins is the bar's volume."""
    found = [name for name in left if name.startswith("volume_") and name.removeprefix("volume_") not in _NOT_BASE]
    if len(found) == 1:
        reading.columns["volume"] = left.pop(found[0])


def _is_there(reading: Understanding, name: str) -> bool:
    if any(one in reading.columns or one in reading.values for one in name.split("|")):
        return True
    if name in {"metric", "value"} and reading.metrics:
        return True
    if name in {"symbol", "close"} and reading.wide:
        return True
    stands_for = {"close": "price", "index": "fear_greed", "value": "fear_greed", "title": "form"}
    return name in stands_for and stands_for[name] in reading.columns
