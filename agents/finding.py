"""What a tool hands back: a short text for the model; evidence, figures and artifacts for the person."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Evidence:
    """Where figures come from: one series, one window.

    `key` names it in text, such as `[glass.candle:BTC/1d 2025-01-01..2025-03-31]`; simulated data says so in the
    key: `[simulated glass.candle:…]`. Times are ISO 8601 UTC strings, so that a finding survives a checkpoint.
    """

    key: str
    ledger: str  # glass | human | catalyst | exchange
    source: str
    observed_from: str | None
    observed_to: str | None
    known_at: str | None  # newest known_at among the rows
    rows: int
    quality: float | None = None  # 0 to 1, None where no verdict exists
    simulated: bool = False


@dataclass(frozen=True)
class Figure:
    """One named number at full precision that an answer may state; `unit` is such as 'USDT', '%', 'count', ''."""

    name: str
    value: float
    unit: str = ""
    evidence: str | None = None  # the key of the evidence it rests on


@dataclass(frozen=True)
class ArtifactRef:
    """An artifact by reference: its bytes are in the store, never in a message."""

    id: str
    name: str
    kind: str  # chart | table | file | model | report
    mime: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Finding:
    """The result of a tool."""

    text: str
    evidence: tuple[Evidence, ...] = ()
    figures: tuple[Figure, ...] = ()
    artifacts: tuple[ArtifactRef, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)  # small JSON-safe extras for the page and the offline analyst

    def to_json(self) -> dict[str, Any]:
        """A plain JSON object, as it travels on the tool message."""
        return asdict(self)
