"""What a message was read as: each thing asked, and the whole of it."""

from dataclasses import dataclass
from datetime import datetime

from agents.offline.aliases import Alias
from agents.offline.quantities import Quantity
from agents.offline.windows import Period


@dataclass(frozen=True)
class Condition:
    """What bars are held against: a field or indicator above or below a level, and what of it is asked."""

    of: str  # close, high, low, volume, change, size, range, or an indicator such as rsi_14
    above: float | None = None
    below: float | None = None
    kind: str = "any"  # any | count | first | last | run
    timeframe: str | None = None  # of what is counted: hours, days, weeks


@dataclass(frozen=True)
class Ask:
    """One thing asked: a topic, the statistics of it, and the words it was asked with."""

    topic: str
    words: str = ""
    statistics: tuple[str, ...] = ()
    coins: tuple[str, ...] = ()
    periods: tuple[Period, ...] = ()
    timeframe: str | None = None
    indicators: tuple[str, ...] = ()
    condition: Condition | None = None
    quantity: Quantity | None = None


@dataclass(frozen=True)
class Trouble:
    """What no answer can be given for before the person has said something else: a question, and ways out."""

    question: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What a message asks for. `asks` is in the order of the message; coins and periods are those of all of it."""

    text: str
    asks: tuple[Ask, ...] = ()
    coins: tuple[str, ...] = ()
    periods: tuple[Period, ...] = ()
    timeframe: str | None = None
    indicators: tuple[str, ...] = ()
    alias: Alias | None = None
    trouble: Trouble | None = None
    unread: tuple[str, ...] = ()  # words that can change the answer and that no reader took
    guessed: bool = False  # no topic was read: that it asks for a price is a guess
    notes: tuple[str, ...] = ()  # how something was read that could be meant otherwise
    now: bool = False  # it wants the newest there is
    clock: datetime | None = None  # the moment it is asked from

    def topics(self) -> tuple[str, ...]:
        """The topics in order."""
        return tuple(dict.fromkeys(ask.topic for ask in self.asks))
