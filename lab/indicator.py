"""What an indicator declares beside its formula, and how the members of `lab.indicators` are found."""

import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

Series = NDArray[np.float64]
Lines = dict[str, Series]

LONGEST_PERIOD = 1_000
COLUMNS = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True)
class Indicator:
    """A formula and what must be known to use it.

    Parameters of `compute` without a default are columns of the bars (float64 arrays, oldest first); those with a
    default are its settings. It returns one series as long as its input, or several by name; the first `warm_up`
    values are NaN.
    """

    compute: Callable[..., Series | Lines]
    warm_up: Callable[..., int]
    unit: str = ""  # "price": the quote currency; "%"; "volume"; "": a plain number
    smoothed: bool = False  # each value remembers all earlier bars a little, so it needs a long run-up to converge
    anchored: bool = False  # counts from the first bar given, so it is computed over the asked window alone
    overlay: bool = False  # drawn over the price, not in a panel below it
    shortest: int = 2
    aliases: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of the formula, such as `rsi`."""
        return self.compute.__name__

    @property
    def title(self) -> str:
        """First line of the formula's docstring."""
        return (inspect.getdoc(self.compute) or "").partition("\n")[0]

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns of the bars it reads."""
        return tuple(n for n, p in inspect.signature(self.compute).parameters.items() if p.default is p.empty)

    @cached_property
    def settings(self) -> dict[str, float]:
        """Its settings and their defaults."""
        parameters = inspect.signature(self.compute).parameters
        return {n: p.default for n, p in parameters.items() if p.default is not p.empty}

    def lines(self, bars: Mapping[str, Series], settings: Mapping[str, float]) -> Lines:
        """Compute over bars; a single series comes under the indicator's own name."""
        made = self.compute(*(bars[column] for column in self.columns), **settings)
        return made if isinstance(made, dict) else {self.name: made}

    def run_up(self, settings: Mapping[str, float]) -> int:
        """Bars that must lie before the first wanted value: ten periods for a smoothed indicator."""
        needed = self.warm_up(**settings)
        periods = [int(v) for n, v in settings.items() if isinstance(self.settings[n], int)]
        return max(needed, 10 * max(periods)) if self.smoothed and periods else needed


@cache
def indicators() -> dict[str, Indicator]:
    """Every indicator by name: each module of `lab.indicators` declares one as INDICATOR."""
    package = import_module("lab.indicators")
    modules = (import_module(f"lab.indicators.{found.name}") for found in pkgutil.iter_modules(package.__path__))
    members: list[Indicator] = [module.INDICATOR for module in modules]
    return {member.name: member for member in sorted(members, key=lambda member: member.name)}


def blank(length: int) -> Series:
    """A series of NaN."""
    return np.full(length, np.nan)
