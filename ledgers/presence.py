"""Whether there is anything in the ledgers beyond what ships with the product."""

from typing import Any, Final

from sqlalchemy import ColumnElement, exists, func, select, true

from ledgers.base import Base, record_models
from ledgers.catalyst import CatalystEvent
from ledgers.seeds import SOURCE
from ledgers.store import Ledger

_PART_OF: Final = {"prices": "glass"}


def rows_by_ledger(ledger: Ledger) -> dict[str, int]:
    """How many rows each of the four ledgers holds that were collected or imported."""
    counts: dict[str, int] = {}
    with ledger.session() as session:
        for model in record_models():
            module = model.__module__.rpartition(".")[2]
            rows = session.execute(select(func.count()).select_from(model).where(_not_shipped(model))).scalar_one()
            name = _PART_OF.get(module, module)
            counts[name] = counts.get(name, 0) + rows
    return counts


def is_empty(ledger: Ledger) -> bool:
    """Whether nothing was collected or imported yet; dated facts are shipped and do not count."""
    with ledger.session() as session:
        held = (select(exists(select(model).where(_not_shipped(model)))) for model in record_models())
        return not any(session.execute(statement).scalar_one() for statement in held)


def _not_shipped(model: type[Base]) -> ColumnElement[Any]:
    return CatalystEvent.source != SOURCE if model is CatalystEvent else true()
