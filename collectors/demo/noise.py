"""Randomness that depends on nothing but its key: the same window can be drawn again at any time, in any process."""

import hashlib
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

DAYS_IN_BLOCK = 366
_UNITS = 2.0**-53


def generator(*key: object) -> np.random.Generator:
    """A generator keyed by what is drawn, such as seed, feed, coin and day."""
    digest = hashlib.sha256(repr(key).encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16])))


@lru_cache(maxsize=64)
def yearly_normals(seed: int, name: str, blocks: int, width: int) -> Floats:
    """Normal draws, one row per day: a later horizon adds rows and leaves the earlier ones as they are."""
    return np.vstack([generator(seed, name, b).standard_normal((DAYS_IN_BLOCK, width)) for b in range(blocks)])


@lru_cache(maxsize=64)
def yearly_uniforms(seed: int, name: str, blocks: int, width: int) -> Floats:
    """Uniform draws in [0, 1), laid out as `yearly_normals`."""
    return np.vstack([generator(seed, name, b).random((DAYS_IN_BLOCK, width)) for b in range(blocks)])


def unit(*key: object) -> float:
    """One uniform draw in [0, 1) for one thing."""
    digest = hashlib.sha256(repr(key).encode()).digest()
    return (int.from_bytes(digest[:8]) >> 11) * _UNITS
