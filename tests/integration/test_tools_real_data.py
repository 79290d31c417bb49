"""The issue's own questions over the recorded history, each figure against plain SQL over the same rows."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from sqlalchemy import text
from stock import person

from agents.context import RunContext
from agents.stores import DiskStore
from agents.tools.analysis import compare_coins, compute_indicators
from agents.tools.catalyst import get_catalyst_events
from agents.tools.charts import make_chart
from agents.tools.glass import get_price_data
from agents.tools.human import get_news, get_sentiment_data
from agents.tools.metrics import get_onchain_metrics, get_protocol_fundamentals

pytestmark = [pytest.mark.integration, pytest.mark.real_data]


@pytest.fixture(scope="module")
def run(real_history, tmp_path_factory):
    user, thread, run_id = person(real_history, "tools over real data")
    store = DiskStore(tmp_path_factory.mktemp("artifacts"))
    return RunContext(real_history, store, user, thread, run_id, "call", datetime(2025, 7, 1, tzinfo=UTC), None)


def sql(run, statement):
    with run.ledger.session() as session:
        return session.execute(text(statement)).mappings().one()


def values(finding):
    return {figure.name: figure.value for figure in finding.figures}


def test_how_btc_moved_in_april(run):
    found = values(get_price_data(run, "bitcoin", "1d", start="2024-04-01", end="2024-04-20"))
    wanted = sql(
        run,
        """select (array_agg(open order by open_time))[1] first_open, (array_agg(close order by open_time desc))[1]
        last_close, max(high) high, min(low) low, avg(close) average_close, sum(volume) volume, count(*) bars,
        100 * max(close / open - 1) largest_rise_pct, 100 * min(close / open - 1) largest_fall_pct from candles
        where symbol = 'BTC' and interval = '1d' and quote = 'USDT'
        and open_time >= '2024-04-01' and open_time < '2024-04-21'""",
    )
    for name, value in wanted.items():
        assert found[name] == pytest.approx(float(value), rel=1e-12), name
    assert found["bars"] == 20


def test_fear_and_greed_then(run):
    finding = get_sentiment_data(run, source="fear and greed", start="2024-04-01", end="2024-04-20")
    wanted = sql(
        run,
        """select (array_agg(value order by observed_at))[1] first,
        (array_agg(value order by observed_at desc))[1] last, min(value) min, max(value) max,
        avg(value) average, count(*) readings from sentiment_readings
        where index = 'fear_greed' and observed_at >= '2024-04-01' and observed_at < '2024-04-21'""",
    )
    for name, value in wanted.items():
        assert values(finding)[f"fear_greed_{name}"] == pytest.approx(float(value), rel=1e-12), name
    assert not finding.evidence[0].simulated


def test_rsi_of_eth_on_a_day_with_all_the_warm_up_there_is(run):
    finding = compute_indicators(run, "ETH", ["14-day RSI"], start="2024-05-01", end="2024-05-01")
    with run.ledger.session() as session:
        closes = session.scalars(
            text(
                "select close from candles where symbol = 'ETH' and interval = '1d' and quote = 'USDT' "
                "and open_time <= '2024-05-01' order by open_time"
            )
        ).all()
    moves = [b - a for a, b in pairwise(closes)]
    gain, loss = (sum(max(sign * m, 0) for m in moves[:14]) / 14 for sign in (1, -1))
    for m in moves[14:]:
        gain, loss = (gain * 13 + max(m, 0)) / 14, (loss * 13 + max(-m, 0)) / 14
    assert values(finding)["rsi_14"] == pytest.approx(100 - 100 / (1 + gain / loss), rel=1e-6)


def test_largest_hourly_fall_of_sol(run):
    finding = get_price_data(run, "SOL", "1h", start="2024-04-01", end="2024-04-30")
    wanted = sql(
        run,
        """select 100 * (close / open - 1) fall, open_time from candles where symbol = 'SOL' and interval = '1h'
        and open_time >= '2024-04-01' and open_time < '2024-05-01' order by close / open limit 1""",
    )
    assert values(finding)["largest_fall_pct"] == pytest.approx(wanted["fall"])
    assert finding.facts["largest_fall_pct_at"] == wanted["open_time"].strftime("%Y-%m-%dT%H:%M:%SZ")


def test_eight_ks_of_mstr_in_march(run):
    finding = get_catalyst_events(run, entity="MSTR", form="8-Ks", start="2024-03-01", end="2024-03-31")
    wanted = sql(
        run,
        """select count(*) n from catalyst_events where entity = 'MSTR' and form = '8-K'
        and observed_at >= '2024-03-01' and observed_at < '2024-04-01'""",
    )
    assert values(finding)["count"] == wanted["n"] > 0


def test_comparison_since_the_halving(run):
    finding = compare_coins(run, ["BTC", "ETH", "SOL"], start="2024-04-20", end="2024-09-01")
    changes = {}
    for symbol in ("BTC", "ETH", "SOL"):
        wanted = sql(
            run,
            f"""select 100 * ((array_agg(close order by open_time desc))[1] /
            (array_agg(open order by open_time))[1] - 1) change
            from candles where symbol = '{symbol}' and interval = '1d' and venue = 'BINANCE' and quote = 'USDT'
            and open_time >= '2024-04-20' and open_time < '2024-09-02'""",
        )
        changes[symbol] = wanted["change"]
        assert values(finding)[f"{symbol}_change_pct"] == pytest.approx(wanted["change"])
    assert finding.facts["ranked"] == sorted(changes, key=changes.__getitem__, reverse=True)


@pytest.mark.parametrize(("month", "last"), [("03", "31"), ("04", "30")])
def test_headlines_about_etfs_in_a_month_also_where_there_are_none(run, month, last):
    finding = get_news(run, query="ETFs", start=f"2024-{month}-01", end=f"2024-{month}-{last}")
    wanted = sql(
        run,
        rf"""select count(*) n from news where (title || ' ' || coalesce(summary, '')) ~* '\metfs?\M'
        and observed_at >= '2024-{month}-01' and observed_at < timestamptz '2024-{month}-{last}' + interval '1 day'""",
    )
    assert values(finding)["count"] == wanted["n"]
    assert (wanted["n"] > 0) == (month == "04")
    assert all("etf" in item["title"].lower() for item in finding.facts["headlines"])


def test_tvl_and_chain_metrics_answer_without_a_period(run):
    assert values(get_protocol_fundamentals(run, "SOL", "tvl"))["tvl_last"] > 1e9
    assert get_onchain_metrics(run, "BTC").figures


@pytest.mark.parametrize("timeframe", ["5m", "1h", "1d", "1w"])
def test_charts_of_eight_months_stay_small(run, timeframe):
    finding = make_chart(run, ["BTC"], "candles", timeframe, start="2024-04-01", end="2024-05-31")
    assert finding.artifacts[0].bytes < 400_000
