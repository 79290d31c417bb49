"""What a person calls an indicator, read into a formula and its settings: 'RSI(14)', 'sma_50', '20-day bollinger'."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from agents.errors import NeedsAnswer
from lab.indicator import LONGEST_PERIOD, Indicator, indicators
from ledgers.errors import BadArgument

YEAR = timedelta(days=365)
NOISE = {
    "s",
    "day",
    "days",
    "d",
    "period",
    "periods",
    "bar",
    "bars",
    "hour",
    "hours",
    "h",
    "wilder",
    "wilders",
    "the",
    "of",
}
MOST = 8


@dataclass(frozen=True)
class Chosen:
    """An indicator with its settings."""

    indicator: Indicator
    settings: Mapping[str, float]
    numbers: tuple[float, ...]  # the settings a person sees

    @property
    def label(self) -> str:
        """How figures name it: rsi_14, macd_12_26_9, drawdown."""
        return labelled(self.indicator.name, self.numbers)

    def line_label(self, line: str) -> str:
        """How figures name one of its lines: bollinger_upper_20_2."""
        return labelled(line, self.numbers)

    @property
    def run_up(self) -> int:
        """Bars that should lie before the window."""
        return 0 if self.indicator.anchored else self.indicator.run_up(self.settings)

    @property
    def warm_up(self) -> int:
        """Bars without which there is no value at all."""
        return self.indicator.warm_up(**self.settings)


def labelled(name: str, numbers: tuple[float, ...]) -> str:
    """A name and its settings joined by underscores."""
    return "_".join([name, *(f"{n:g}" for n in numbers)])


def chosen(names: list[str] | str, step: timedelta) -> list[Chosen]:
    """The indicators that names ask for, each once.

    Args:
        names: such as ['rsi_14', 'macd'] or one string with commas; a name without numbers takes the usual settings.
        step: the length of a bar, from which yearly figures follow.

    Raises:
        NeedsAnswer: no name at all.
        BadArgument: an unknown name or an impossible setting.
    """
    wanted = re.split(r",(?![^()]*\))", names) if isinstance(names, str) else names
    wanted = [name for name in wanted if name.strip()]
    if not wanted:
        raise NeedsAnswer("names", "Which indicator do you mean?", ("rsi_14", "sma_50", "macd", "bollinger_20_2"))
    if len(wanted) > MOST:
        raise BadArgument(f"Ask for at most {MOST} indicators at once, not {len(wanted)}.")
    found = [one(name, step) for name in wanted]
    return list({c.label: c for c in found}.values())


def one(name: str, step: timedelta) -> Chosen:
    """The indicator one name asks for."""
    words = [w for w in re.findall(r"[a-z]+", name.lower()) if w not in NOISE]
    numbers = [float(n) for n in re.findall(r"[0-9]+(?:\.[0-9]+)?", name)]
    known = indicators()
    aliases = {alias: member for member in known.values() for alias in member.aliases}
    called = "_".join(words)
    indicator = known.get(called) or aliases.get(called)
    if indicator is None:
        raise BadArgument(f"No indicator '{name[:30]}'. There are: {', '.join(known)}.")
    settings = dict(indicator.settings)
    if "per_year" in settings:
        settings["per_year"] = YEAR / step
    seen = [n for n in settings if n != "per_year"]
    if len(numbers) > len(seen):
        raise BadArgument(
            f"{indicator.name} takes {len(seen)} settings ({', '.join(seen) or 'none'}), not {len(numbers)}."
        )
    for setting, number in zip(seen, numbers, strict=False):
        settings[setting] = checked(indicator, setting, number)
    if indicator.name == "macd" and settings["fast"] >= settings["slow"]:
        raise BadArgument("macd needs a fast period below the slow one, such as macd_12_26_9.")
    return Chosen(indicator, settings, tuple(settings[n] for n in seen))


def checked(indicator: Indicator, setting: str, number: float) -> float:
    """A setting within its bounds; periods are whole numbers."""
    if isinstance(indicator.settings[setting], int):
        if number != int(number) or not indicator.shortest <= number <= LONGEST_PERIOD:
            raise BadArgument(
                f"{indicator.name}: {setting} must be a whole number from {indicator.shortest} to {LONGEST_PERIOD}."
            )
        return int(number)
    if not 0 < number <= 10:  # noqa: PLR2004 - widths in standard deviations
        raise BadArgument(f"{indicator.name}: {setting} must lie above 0 and not above 10.")
    return number
