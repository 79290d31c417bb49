import pytest

from chat_app.compose import open_market
from ledgers.presence import rows_by_ledger

pytestmark = pytest.mark.integration


def test_an_empty_demo_market_is_filled_when_it_is_opened_and_the_live_one_never_is(fresh_endpoints):
    for mode, filled in (("demo", True), ("live", False)):
        market = open_market(fresh_endpoints, mode)
        try:
            counts = rows_by_ledger(market)
        finally:
            market.close()
        assert all(bool(rows) == filled for rows in counts.values()), counts
