from datetime import UTC, datetime

import pytest

from collectors.source import SourceContext
from collectors.sources.coinspot_account import requests, signed

NOW = datetime(2024, 1, 1, tzinfo=UTC)
KEYS = {"coinspot_key": "key", "coinspot_secret": "secret"}


@pytest.mark.parametrize(
    ("body", "sign"),
    [
        ({"nonce": 100}, "13941f56fb0b908ab469364e8f78d3d73544d9f950f139f01afa35ef408b0160"),
        (
            {"nonce": 1704067200000, "cointype": "BTC"},
            "ae5733a617d368f9e0996c62f1a404cf93e186263f",
        ),
    ],
)
def test_a_request_is_signed_over_the_exact_bytes_that_are_sent(body, sign):
    request = signed(SourceContext(NOW, NOW, "https://feed.example", keys=KEYS), "balances", body, {})
    assert request.headers["sign"].startswith(sign)
    assert b" " not in request.body


def test_each_nonce_is_above_all_earlier_ones_also_where_the_clock_went_back():
    ahead = {"nonce": 1804067200000}
    bodies = [r.body for r in requests(SourceContext(NOW, NOW, "https://feed.example", cursor=ahead, keys=KEYS))]
    assert bodies[0] == b'{"nonce":1804067200001}'
    assert bodies[1].startswith(b'{"nonce":1804067200002,')
