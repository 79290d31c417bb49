"""Errors of collecting, named by what the runner does about them."""

from collections.abc import Sequence

from collectors.source import BadItem
from ledgers.errors import OmcError


class SourceUnavailable(OmcError):
    """The feed did not answer usably (down, slow, refusing, rate-limited): try again at the next tick."""


class SourceChanged(OmcError):
    """The reply has lost its shape, or too many items are bad: nothing is written, a person has to look."""

    def __init__(self, message: str, rejects: Sequence[BadItem] = ()) -> None:
        """Keep the bad items where it is about them: they help the person to see what has changed."""
        self.rejects = tuple(rejects)
        super().__init__(message)


class LeaseLost(OmcError):
    """Another collector took this slot over, or it was given up: what this one holds must not be written."""
