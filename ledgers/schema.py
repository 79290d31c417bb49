"""The whole schema: importing this module declares every table, the history twins included."""

from sqlalchemy import MetaData

import ledgers.catalyst
import ledgers.coins
import ledgers.conversation
import ledgers.exchange
import ledgers.glass
import ledgers.health
import ledgers.human
import ledgers.notices  # noqa: F401 - declares its tables
from ledgers.base import Base, history_of, record_models

HISTORIES = tuple(history_of(model) for model in record_models())


def metadata() -> MetaData:
    """Every table of one database."""
    return Base.metadata
