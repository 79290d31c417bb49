"""What a column amounts to, typed: polars' own reductions return anything."""

from datetime import datetime
from typing import cast

import polars as pl


def earliest(times: pl.Series) -> datetime:
    """The first of at least one time."""
    return cast("datetime", times.min())


def latest(times: pl.Series) -> datetime:
    """The last of at least one time."""
    return cast("datetime", times.max())


def mean(values: pl.Series) -> float:
    """The mean of at least one number."""
    return float(cast("float", values.mean()))
