"""The live feeds' parsers on documents recorded from the feeds themselves, where these are present."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collectors.catalogue import sources_of
from collectors.sift import sift
from collectors.source import Reply, SourceContext

pytestmark = pytest.mark.real_data
REAL_DATA = Path(os.environ.get("OMC_REAL_DATA") or Path(__file__).parents[3] / "shared" / "data")
NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
WRAPPED = {"binance": "data", "defillama": "example"}  # the recorder put the reply itself under this key
RECORDED = {  # source, document: rows, rejects
    ("coinspot_quotes", "coinspot/v2_pubapi_latest_documented.json"): (1, 0),
    ("coinspot_quotes", "coinspot/v2_pubapi_latest_composed_edge_cases.json"): (2, 1),
    ("binance_candles_1h", "binance/klines_2.json"): (1, 0),
    ("kraken_candles_1d", "kraken/kraken_ohlc_XXBTZUSD_1d.json"): (None, 0),
    ("alternative_fear_greed", "fear_greed/fng_limit_1_documented.json"): (1, 0),
    ("alternative_fear_greed", "fear_greed/fng_reshaped_400.json"): (400, 0),
    ("defillama_chains", "defillama/200_v2_historicalchaintvl_chain_.json"): (1, 0),
    ("defillama_flows", "defillama/200_summary_fees_protocol_.json"): (1, 0),
    ("defillama_stablecoins", "defillama/200_stablecoins.json"): (1, 0),
}


@pytest.mark.parametrize("case", RECORDED, ids=lambda case: f"{case[0]}-{Path(case[1]).stem}")
def test_a_recorded_document_is_read(case):
    name, document = case
    if not (path := REAL_DATA / "payloads" / document).exists():
        pytest.skip(f"the recorded payloads are not here: {path}")
    body = json.loads(path.read_bytes())
    if wrapper := WRAPPED.get(path.parent.name):
        body = body[wrapper]
    source = sources_of(simulated=False)[name]
    keys = {"defillama_protocols": "hyperliquid"}
    request = source.requests(SourceContext(NOW, NOW, "https://x.example", keys=keys, symbols=("BTC",)))[0]
    parsed = source.parse(Reply(request, 200, {}, json.dumps(body).encode(), NOW, NOW))
    rows, refused = sift(parsed.rows, now=NOW)
    expected, rejected = RECORDED[case]
    assert len([*parsed.rejects, *refused]) == rejected, [*parsed.rejects, *refused]
    assert len(rows) == (len(parsed.rows) if expected is None else expected) > 0
