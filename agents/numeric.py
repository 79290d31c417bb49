"""Numbers as arguments of tools."""

import math

from ledgers.errors import BadArgument


def number(value: object, name: str) -> float:
    """A plain finite number, also where a model wrote it as text.

    Raises:
        BadArgument: it is none.
    """
    try:
        found = float(str(value))
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise BadArgument(f"{name} must be a plain number such as 1000, not '{str(value)[:20]}'.")
    return found
