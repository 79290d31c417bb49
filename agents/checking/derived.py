"""Simple sums of what stands in the same passage: difference, ratio, percent change, sum of two supported numbers."""

from collections.abc import Iterator, Sequence
from itertools import permutations

from agents.checking.numbers import Number
from agents.checking.support import Known, within

MONEY = {"USD", "AUD", "EUR", "GBP", "JPY", "$"}
Pair = tuple[Known, Known]


def derivation(number: Number, passage: Sequence[Known]) -> Pair | None:
    """The two known values of a passage that a number follows from; None where there are none."""
    for pair in permutations(passage, 2):
        for value in results(number, *pair):
            if within(number, value) or (not number.signed and within(number, -value)):
                return pair
    return None


def results(number: Number, a: Known, b: Known) -> Iterator[float]:
    """What a number of that unit could be, worked out from two known values."""
    alike = a.unit == b.unit or not a.unit or not b.unit
    if not alike:
        return
    if number.unit == "times":
        if b.value:
            yield a.value / b.value
    elif number.unit == "%":
        if a.unit == b.unit == "%":
            yield from (a.value - b.value, a.value + b.value)
        elif a.value and a.unit != "%" and b.unit != "%":
            yield (b.value / a.value - 1) * 100
            yield b.value / a.value * 100
    elif same_quantity(number.unit, a.unit, b.unit):
        yield from (b.value - a.value, a.value + b.value)
        if not number.unit and b.value and "." in number.text:
            yield a.value / b.value


def same_quantity(unit: str, *others: str) -> bool:
    """Whether a difference or sum of the others can be in that unit."""
    return all(unit == other or not unit or not other or {unit, other} <= MONEY for other in others)


def factor_of_change(number: Number, passage: Sequence[Known]) -> Known | None:
    """For 'doubled' and 'halved': the percent change that says so."""
    if number.unit != "times":
        return None
    return next((known for known in passage if known.unit == "%" and within(number, 1 + known.value / 100)), None)
