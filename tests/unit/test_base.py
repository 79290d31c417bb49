import ledgers.catalyst
import ledgers.exchange
import ledgers.glass
import ledgers.human  # noqa: F401 - declares its tables
from ledgers.base import history_of, natural_key, record_models


def test_every_ledger_table_has_a_history_unique_by_key_and_known_at():
    for model in record_models():
        key = tuple(column.name for column in history_of(model).primary_key)
        assert set(key) == {*natural_key(model), "known_at"}
