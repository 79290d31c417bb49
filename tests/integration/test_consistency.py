"""Whether the ledgers agree with each other, and what a verdict makes of it."""

from datetime import timedelta

import polars as pl
import pytest
from stock import bar, event, known, person, put

from collectors import consistency
from collectors.config import CollectSettings, QualitySettings
from collectors.judging import judged
from collectors.source import Parsed, Source
from ledgers import collecting
from ledgers.catalyst import CatalystEvent
from ledgers.exchange import Fill
from ledgers.glass import Candle, DerivativeMetric, Quote

pytestmark = pytest.mark.integration
CRITERIA = QualitySettings()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def a_source(name: str, ledger: str = "glass", **changes) -> Source:
    told = {"base_url": "https://x.example", "requests": lambda _: [], "parse": lambda _: Parsed(), "every": MINUTE}
    limits = {"publication_lag": timedelta(0), "warn_after": 10 * MINUTE, "error_after": HOUR}
    return Source(name=name, ledger=ledger, **{**told, **limits, **changes})


def verdicts(ledger, now, *names: str):
    sources = {name: a_source(name) for name in names}
    with ledger.session() as session:
        for name in names:
            mine = collecting.claim(session, source=name, slot=now, worker="w", dead_after=MINUTE)
            collecting.finish(session, mine, "succeeded")
            collecting.remember(session, name, last_success_at=now)
        settings = CollectSettings(coins="BTC,ETH,SOL,ADA")
        found = judged(ledger, session, sources, settings, CRITERIA, now=now)
    return {(one.source.name, one.series): one for one in found}


@pytest.fixture
def now(ledger):
    with ledger.session() as session:
        return collecting.clock(session).replace(minute=30, second=0, microsecond=0) - HOUR


def hourly(now, prices: dict[str, float], hours: int = 6) -> list[dict]:
    opens = now.replace(minute=0) - hours * HOUR
    return [
        bar(symbol, opens + n * HOUR, (price, price * 1.01, price * 0.99, price, 1.0), interval="1h", source="bars")
        for symbol, price in prices.items()
        for n in range(hours + 1)
    ]


def test_a_fill_at_a_price_that_nobody_else_paid_lowers_the_accuracy(ledger, now):
    ann, _, _ = person(ledger, "ann")

    def fill(number: int, price: float, quote: str = "USDT") -> dict:
        mine = {"user_id": ann, "venue": "V", "account": "a", "fill_id": str(number), "symbol": "BTC", "quote": quote}
        paid = {"side": "buy", "quantity": 1, "price": price, "fee": 0, "fee_currency": quote}
        return {**known(now - 2 * HOUR), **mine, **paid, "source": "account"}

    put(ledger, {Candle: hourly(now, {"BTC": 1000.0}), Fill: [fill(1, 1005.0), fill(2, 7.0, "AUD")]})
    assert dict(verdicts(ledger, now, "account")["account", "*"].facts.flaws) == {}
    put(ledger, {Fill: [fill(3, 1100.0)]})
    found = verdicts(ledger, now + MINUTE, "account")["account", "*"]
    assert dict(found.facts.flaws) == {"off_market": 1.0}
    assert found.judgement.accuracy == 0.0


def test_an_event_about_a_coin_whose_price_is_missing_then_lowers_the_accuracy(ledger, now):
    bars = [row for row in hourly(now, {"BTC": 1000.0}, hours=30) if row["open_time"] < now - 12 * HOUR]

    def about(key: str, at, symbols) -> dict:
        return event(key, "listing", key, at, symbols=symbols, source="events")

    early = [about("covered", now - 20 * HOUR, ["BTC"]), about("before any bar", now - 40 * HOUR, ["BTC"])]
    other = [about("not followed", now - 5 * HOUR, ["PEPE"]), about("just now", now - HOUR, ["BTC"])]
    put(ledger, {Candle: bars, CatalystEvent: early + other})
    assert dict(verdicts(ledger, now, "events")["events", "*"].facts.flaws) == {}
    put(ledger, {CatalystEvent: [about("in the hole", now - 5 * HOUR, ["BTC"])]})
    assert dict(verdicts(ledger, now + MINUTE, "events")["events", "*"].facts.flaws) == {"unpriced": 1.0}


def quoted(now, prices: dict[str, float], quote: str) -> list[dict]:
    market = {"quote": quote, "venue": "COINSPOT", "source": "quotes", "observed_at": now - MINUTE}
    return [{**known(now), **market, "symbol": symbol, "last": price} for symbol, price in prices.items()]


@pytest.mark.parametrize(
    ("quote", "prices", "off"),
    [
        ("USDT", {"BTC": 1005.0, "ETH": 100.0}, {}),
        ("USDT", {"BTC": 1100.0, "ETH": 100.0}, {"off_market": 1.0}),
        ("AUD", {"BTC": 1500.0, "ETH": 150.0, "SOL": 15.0}, {}),
        ("AUD", {"BTC": 1500.0, "ETH": 150.0, "SOL": 25.0}, {"off_market": 1.0}),
        ("AUD", {"BTC": 1500.0, "ETH": 300.0}, {}),  # two coins tell no rate
    ],
)
def test_quotes_are_held_against_other_venues_bars_also_in_another_currency(ledger, now, quote, prices, off):
    put(
        ledger,
        {Candle: hourly(now, {"BTC": 1000.0, "ETH": 100.0, "SOL": 10.0}), Quote: quoted(now, prices, quote)},
    )
    assert dict(verdicts(ledger, now, "quotes")["quotes", "*"].facts.flaws) == off


def test_of_a_flaw_found_twice_the_worse_counts():
    both = consistency.together({"a": {"off_market": 0.2}}, {"a": {"off_market": 0.7}, "b": {"unpriced": 0.1}})
    assert both == {"a": {"off_market": 0.7}, "b": {"unpriced": 0.1}}
    nothing = pl.DataFrame(schema={"source": pl.String, "price": pl.Float64, "low": pl.Float64, "high": pl.Float64})
    assert consistency.of_fills(nothing, CRITERIA) == {}


def test_each_measured_series_is_judged_by_its_own_age(ledger, now):
    def funding(symbol: str, at) -> dict:
        metric = {"symbol": symbol, "metric": "funding_rate", "quote": "USDT", "venue": "BINANCE", "unit": "ratio"}
        return {**known(at), **metric, "value": 0.0001, "source": "funding"}

    ages = {"BTC": MINUTE, "ETH": 30 * MINUTE, "SOL": 3 * HOUR, "ADA": 20 * HOUR, "PEPE": 3 * HOUR}
    put(ledger, {DerivativeMetric: [funding(symbol, now - age) for symbol, age in ages.items()]})
    found = verdicts(ledger, now, "funding")
    states = {series.partition("/")[0]: one.judgement.state for (_, series), one in found.items()}
    expected = {"derivative:BTC": "fresh", "derivative:ETH": "warn", "derivative:SOL": "error"}
    assert states == {"*": "fresh", **expected}, "what has ended, and what is not followed, is not judged"
