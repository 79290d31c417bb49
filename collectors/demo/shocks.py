"""What happens in the demo market: dated events, each with the jump it gives a coin or the whole market."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from collectors.demo.coins import COINS
from collectors.demo.noise import yearly_uniforms

SLOTS_PER_DAY = 2
CHANCE = 0.11  # that a slot of a day holds an event


@dataclass(frozen=True)
class EventKind:
    """A sort of event: how often, how strong, how it is told."""

    event_type: str
    weight: float
    low: float  # bounds of the jump, as a fraction
    high: float
    impact: str
    market_wide: bool
    title: str


KINDS = (
    EventKind("listing", 0.16, 0.02, 0.07, "high", False, "{venue} will list {name} ({symbol})"),
    EventKind("delisting", 0.06, -0.10, -0.03, "high", False, "{venue} will delist the {symbol}/BTC pair"),
    EventKind("upgrade", 0.20, 0.00, 0.03, "medium", False, "{name} network upgrade activates on mainnet"),
    EventKind("governance", 0.18, -0.01, 0.01, "low", False, "{name} holders vote on new fee parameters"),
    EventKind("announcement", 0.18, -0.02, 0.02, "medium", False, "{name} Foundation announces a payments partnership"),
    EventKind("security", 0.08, -0.09, -0.03, "high", False, "{name} bridge paused after suspicious withdrawals"),
    EventKind("macro", 0.14, -0.03, 0.03, "high", True, "Central bank rate decision surprises markets"),
)
VENUES = ("SIMEX", "SIMSPOT", "NORTHBAY")


@dataclass(frozen=True)
class Shock:
    """One event: when it is announced, whom it moves, by how much."""

    id: str
    day: int  # since the epoch of the demo market
    minute: int  # of that day, UTC
    coin: int | None  # None moves every coin
    kind: EventKind
    jump: float
    title: str

    @property
    def moves_at(self) -> int:
        """The minute of the day the price reacts: a little after the announcement."""
        return min(self.minute + 3, 1438)


@lru_cache(maxsize=4)
def shocks(seed: int, blocks: int) -> tuple[Shock, ...]:
    """Every event of the demo market, in order of time."""
    draws = yearly_uniforms(seed, "shocks", blocks, SLOTS_PER_DAY * 6)
    found = [shock for day, row in enumerate(draws) for shock in _of_day(day, [float(u) for u in row])]
    return tuple(sorted(found, key=lambda shock: (shock.day, shock.minute)))


def _of_day(day: int, draws: list[float]) -> Iterator[Shock]:
    for slot in range(SLOTS_PER_DAY):
        happens, which, coin, minute, size, venue = draws[slot * 6 : slot * 6 + 6]
        if happens < CHANCE:
            kind = _weighted(which)
            index = None if kind.market_wide else int(coin * len(COINS))
            told = COINS[index or 0]
            title = kind.title.format(venue=VENUES[int(venue * len(VENUES))], name=told.name, symbol=told.symbol)
            jump = kind.low + (kind.high - kind.low) * size
            yield Shock(f"sim-{day}-{slot}", day, int(minute * 1380) + 20, index, kind, jump, title)


def _weighted(draw: float) -> EventKind:
    for kind in KINDS:
        if (draw := draw - kind.weight) < 0:
            return kind
    return KINDS[-1]
