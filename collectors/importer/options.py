"""What a person says about a file, and what the import says back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ledgers.errors import BadArgument

EXAMPLES_PER_REASON = 3


@dataclass(frozen=True)
class Options:
    """What a file does not say itself."""

    table: str | None = None  # else chosen by the headers
    source: str | None = None  # else 'import:<file>'
    tz: str | None = None  # of times that name no zone; else UTC
    date_order: str | None = None  # 'dmy' or 'mdy' for dates such as 03/04/2024
    columns: Mapping[str, str] = field(default_factory=dict)  # header -> field, or 'metric:NAME:UNIT'
    values: Mapping[str, str] = field(default_factory=dict)  # field -> one value for every row


@dataclass(frozen=True)
class Rejected:
    """One record that was not taken."""

    line: int
    reason: str
    payload: str


@dataclass
class ImportReport:
    """What became of one file: `records` = inserted + duplicate + revised + rejected."""

    file: str
    ledger: str
    table: str
    source: str
    understood: dict[str, str]
    read: int = 0  # data rows in the file; a wide file makes several records of one row
    records: int = 0
    inserted: int = 0
    duplicate: int = 0
    revised: int = 0
    rejected: int = 0
    reasons: list[dict[str, Any]] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    first: str | None = None
    last: str | None = None
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """A plain JSON object."""
        return asdict(self)


def reason_counts(rejects: list[Rejected]) -> list[dict[str, Any]]:
    """Each reason with its count and its first examples, most frequent first."""
    by_reason: dict[str, list[Rejected]] = {}
    for reject in rejects:
        by_reason.setdefault(reject.reason, []).append(reject)
    return [
        {
            "reason": reason,
            "count": len(group),
            "examples": [{"line": r.line, "payload": r.payload[:300]} for r in group[:EXAMPLES_PER_REASON]],
        }
        for reason, group in sorted(by_reason.items(), key=lambda item: -len(item[1]))
    ]


def assignments(pairs: list[str], option: str) -> dict[str, str]:
    """Read 'A=B' options into a mapping.

    Raises:
        BadArgument: an entry has no '='.
    """
    read: dict[str, str] = {}
    for pair in pairs:
        left, equals, right = pair.partition("=")
        if not equals or not left.strip() or not right.strip():
            raise BadArgument(f"{option} wants NAME=VALUE, not '{pair}'.")
        read[left.strip()] = right.strip()
    return read
