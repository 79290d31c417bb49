from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from ledgers import catalyst, exchange, glass, human
from ledgers.app import create_user
from ledgers.coverage import statistics
from ledgers.errors import BadArgument
from ledgers.store import write

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)
APRIL = datetime(2024, 4, 1, tzinfo=UTC)
LATER = datetime(2024, 6, 1, tzinfo=UTC)


def _keep(ledger, model, *rows):
    with ledger.session() as session:
        return write(session, model, rows, written_at=LATER)


def _bar(open_time, interval="1d", length=DAY, *, symbol="BTC", quote="USDT", venue="BINANCE", close=100.0, **more):
    closes = open_time + length
    values = {"open": 90.0, "high": 120.0, "low": 80.0, "close": close, "volume": 10.0}
    named = {"symbol": symbol, "interval": interval, "quote": quote, "venue": venue, "open_time": open_time}
    return named | values | {"observed_at": closes, "known_at": closes, "source": "test"} | more


def test_candles_are_those_that_open_in_the_window_in_order(ledger):
    _keep(ledger, glass.Candle, *(_bar(APRIL + n * DAY, close=float(n)) for n in (4, 2, 0, 1, 3)))
    found = glass.candles(ledger, symbol="btc", interval="1d", start=APRIL + DAY, end=APRIL + 3 * DAY)
    assert found["close"].to_list() == [1.0, 2.0]
    assert found["open_time"].dtype == pl.Datetime("us", "UTC")
    assert found["resampled_from"].to_list() == [None, None]
    assert {"source", "known_at", "simulated"} <= set(found.columns)


def test_of_several_series_the_fullest_in_the_window_is_taken(ledger):
    _keep(ledger, glass.Candle, *(_bar(APRIL + n * DAY, quote="AUD", venue="COINSPOT") for n in range(3)))
    _keep(ledger, glass.Candle, *(_bar(APRIL + n * DAY) for n in range(2)))
    window = {"start": APRIL, "end": APRIL + 9 * DAY}
    assert set(glass.candles(ledger, symbol="BTC", interval="1d", **window)["quote"]) == {"AUD"}
    assert set(glass.candles(ledger, symbol="BTC", interval="1d", **window, quote="usdt")["quote"]) == {"USDT"}
    assert set(glass.candles(ledger, symbol="BTC", interval="1d", **window, venue="binance")["quote"]) == {"USDT"}


def test_of_series_as_full_the_preferred_quote_is_taken(ledger):
    for quote, venue in (("AUD", "A"), ("USD", "B"), ("USDT", "D"), ("USDT", "C"), ("EUR", "A")):
        _keep(ledger, glass.Candle, _bar(APRIL, quote=quote, venue=venue))
    found = glass.candles(ledger, symbol="BTC", interval="1d", start=APRIL, end=LATER)
    assert found.select("venue", "quote").rows() == [("C", "USDT")]


def test_an_interval_that_is_not_stored_is_made_of_complete_bars_of_the_largest_finer_one(ledger):
    hour = timedelta(hours=1)
    hours = [
        _bar(APRIL + n * hour, "1h", hour, open=float(n), high=n + 5.0, low=n - 5.0, close=n + 1.0) for n in range(30)
    ]
    minutes = [_bar(APRIL, "5m", timedelta(minutes=5))]
    _keep(ledger, glass.Candle, *hours, *minutes)
    found = glass.candles(ledger, symbol="BTC", interval="1d", start=APRIL, end=APRIL + DAY)
    assert found.select("open_time", "open", "high", "low", "close", "volume").rows() == [
        (APRIL, 0.0, 28.0, -5.0, 24.0, 240.0)
    ]
    row = found.row(0, named=True)
    assert (row["interval"], row["resampled_from"], row["known_at"]) == ("1d", "1h", APRIL + DAY)
    four_hourly = glass.candles(ledger, symbol="BTC", interval="4h", start=APRIL + hour, end=APRIL + 9 * hour)
    assert four_hourly["open_time"].to_list() == [APRIL + 4 * hour, APRIL + 8 * hour]


def test_what_a_part_does_not_know_its_resampled_bar_does_not_know(ledger):
    half = timedelta(hours=12)
    _keep(ledger, glass.Candle, _bar(APRIL, "12h", half, volume=None), _bar(APRIL + half, "12h", half))
    row = glass.candles(ledger, symbol="BTC", interval="1d", start=APRIL, end=APRIL + DAY).row(0, named=True)
    assert row["volume"] is None
    assert row["high"] == 120.0


@pytest.mark.parametrize("interval", ["", "1", "1M", "-1d", "1d; DROP TABLE candles", "0h", "d"])
def test_what_is_no_timeframe_is_refused(ledger, interval):
    with pytest.raises(BadArgument, match="timeframe"):
        glass.candles(ledger, symbol="BTC", interval=interval)


def test_no_candles_is_an_empty_frame_of_the_same_columns(ledger):
    empty = glass.candles(ledger, symbol="BTC", interval="1d", start=APRIL, end=LATER)
    _keep(ledger, glass.Candle, _bar(APRIL))
    assert empty.height == 0
    assert empty.schema == glass.candles(ledger, symbol="BTC", interval="1d").schema


def test_a_late_revision_shows_the_earlier_value_to_a_question_as_of_before_it(ledger):
    revised = APRIL + 20 * DAY
    _keep(ledger, glass.Candle, _bar(APRIL, close=100.0))
    _keep(ledger, glass.Candle, _bar(APRIL, close=777.0, known_at=revised))
    closes = {
        when: glass.candles(ledger, symbol="BTC", interval="1d", as_of=when)["close"].to_list()
        for when in (APRIL, APRIL + DAY, revised - timedelta(microseconds=1), revised, None)
    }
    assert list(closes.values()) == [[], [100.0], [100.0], [777.0], [777.0]]


def test_candle_series_tells_each_series_ends_now_and_as_of(ledger):
    _keep(ledger, glass.Candle, *(_bar(APRIL + n * DAY, symbol=s) for s in ("ETH", "BTC") for n in range(5)))
    _keep(ledger, glass.Candle, _bar(APRIL, venue="KRAKEN", quote="USD"))
    now = glass.candle_series(ledger)
    assert now.select("symbol", "venue", "first", "last").rows() == [
        ("BTC", "KRAKEN", APRIL, APRIL),
        ("BTC", "BINANCE", APRIL, APRIL + 4 * DAY),
        ("ETH", "BINANCE", APRIL, APRIL + 4 * DAY),
    ]
    then = glass.candle_series(ledger, symbol="ETH", as_of=APRIL + 2 * DAY)
    assert then["last"].to_list() == [APRIL + DAY]
    assert glass.candle_series(ledger, as_of=APRIL).height == 0


def test_the_latest_quote_of_each_market_is_found_now_and_as_of(ledger):
    times = [APRIL + timedelta(minutes=n) for n in range(3)]
    _keep(
        ledger,
        glass.Quote,
        *(
            {"symbol": s, "quote": "AUD", "venue": "COINSPOT", "observed_at": t, "known_at": t, "source": "q"}
            | {"bid": 1.0, "ask": 3.0, "last": float(n)}
            for s in ("BTC", "ETH")
            for n, t in enumerate(times)
        ),
    )
    assert glass.latest_quotes(ledger).select("symbol", "last").rows() == [("BTC", 2.0), ("ETH", 2.0)]
    assert glass.latest_quotes(ledger, symbols=["eth"], as_of=times[1])["last"].to_list() == [1.0]
    assert glass.quotes(ledger, symbol="BTC", start=times[1], end=times[2])["last"].to_list() == [1.0]


def _figure(key, **more):
    return key | {"observed_at": APRIL, "known_at": APRIL + DAY, "source": "test", "value": 1.0, "unit": "x"} | more


def test_figures_are_found_by_name_whatever_its_case(ledger):
    market = {"quote": "USDT", "venue": "BINANCE"}
    _keep(ledger, glass.OnchainMetric, *(_figure({"symbol": "BTC", "metric": m}) for m in ("hash_rate", "fees")))
    _keep(ledger, glass.DerivativeMetric, _figure({"symbol": "BTC", "metric": "funding_rate"} | market))
    _keep(ledger, glass.ProtocolMetric, _figure({"entity": "lido", "metric": "tvl", "kind": "protocol"}, symbol="LDO"))
    window = {"start": APRIL, "end": APRIL + DAY}
    assert glass.onchain_metrics(ledger, symbol="btc", metric="Hash_Rate", **window).height == 1
    assert glass.onchain_metrics(ledger, symbol="BTC", **window)["metric"].to_list() == ["fees", "hash_rate"]
    assert glass.onchain_metrics(ledger, symbol="BTC", as_of=APRIL).height == 0
    assert glass.derivative_metrics(ledger, symbol="BTC", metric="funding_rate")["venue"].to_list() == ["BINANCE"]
    assert glass.protocol_fundamentals(ledger, entity="Lido", **window).height == 1
    assert glass.protocol_fundamentals(ledger, symbol="ldo", metric="TVL").height == 1
    assert glass.protocol_fundamentals(ledger, symbol="ldo", metric="fees").height == 0


def test_market_snapshots_are_sorted_by_time_and_rank(ledger):
    rows = [
        {"coin_id": f"c{rank}", "symbol": s, "rank": rank, "source": "t", "observed_at": APRIL, "known_at": APRIL}
        for rank, s in ((2, "ETH"), (1, "BTC"))
    ]
    _keep(ledger, glass.MarketSnapshot, *rows)
    assert glass.market_snapshots(ledger)["symbol"].to_list() == ["BTC", "ETH"]
    assert glass.market_snapshots(ledger, symbol="eth", start=APRIL, end=LATER)["rank"].to_list() == [2]


def _story(number, title, *, summary=None, symbols=(), at=APRIL):
    key = {"source": "feed", "external_id": str(number), "story": str(number), "title": title, "summary": summary}
    times = {"observed_at": at, "known_at": at, "url": f"https://example.org/{number}"}
    return key | times | {"symbols": list(symbols), "topics": []}


def test_news_is_found_by_whole_words_in_singular_and_plural(ledger):
    _keep(
        ledger,
        human.NewsItem,
        _story(1, "Spot ETF sees record inflow"),
        _story(2, "SEC delays ETFs again", at=APRIL + DAY),
        _story(3, "Netflix beats forecast"),
        _story(4, "Quiet day", summary="The etf's issuer said nothing"),
        _story(5, "New taxes and policies", at=APRIL + 2 * DAY),
    )

    def found(text):
        return human.news(ledger, text=text)["external_id"].to_list()

    assert found("etfs") == found("ETF") == ["2", "1", "4"]
    assert found("SEC ETF") == ["2"]
    assert found("tax policy") == ["5"]
    assert found("net") == []
    assert found("e.f") == []


def test_news_is_found_by_coin_and_window_newest_first(ledger):
    _keep(ledger, human.NewsItem, *(_story(n, "t", symbols=["BTC"], at=APRIL + n * DAY) for n in range(4)))
    _keep(ledger, human.NewsItem, _story(9, "t", symbols=["ETH"]))
    found = human.news(ledger, symbol="btc", start=APRIL + DAY, end=APRIL + 9 * DAY, limit=2)
    assert found["external_id"].to_list() == ["3", "2"]
    assert found["symbols"].to_list() == [["BTC"], ["BTC"]]
    assert found["url"][0] == "https://example.org/3"


def test_posts_show_the_score_known_at_the_time(ledger):
    post = {"source": "reddit", "external_id": "1", "channel": "Bitcoin", "title": "Up", "symbols": ["BTC"]}
    times = {"observed_at": APRIL, "known_at": APRIL}
    _keep(ledger, human.SocialPost, post | times | {"score": 1})
    _keep(ledger, human.SocialPost, post | times | {"score": 500, "known_at": APRIL + DAY})
    assert human.social_posts(ledger, text="up", as_of=APRIL)["score"].to_list() == [1]
    assert human.social_posts(ledger, symbol="BTC")["score"].to_list() == [500]


def test_sentiment_is_found_by_index(ledger):
    reading = {"index": "fear_greed", "symbol": "*", "source": "t", "observed_at": APRIL, "known_at": APRIL}
    _keep(ledger, human.SentimentReading, reading | {"value": 70.0, "label": "Greed"})
    assert human.sentiment_readings(ledger, index="Fear_Greed", start=APRIL, end=LATER)["value"].to_list() == [70.0]
    assert human.sentiment_readings(ledger, symbol="BTC").height == 0


def _event(identity, at, **more):
    key = {"source": "test", "external_id": identity, "event_type": "filing", "title": identity}
    return key | {"items": [], "symbols": [], "observed_at": at, "known_at": at} | more


def test_events_are_in_the_window_when_published_or_due_in_it(ledger):
    _keep(
        ledger,
        catalyst.CatalystEvent,
        _event("filed for last month", APRIL + DAY, occurs_at=APRIL - 9 * DAY),
        _event("due in April", APRIL - 30 * DAY, occurs_at=APRIL + 3 * DAY),
        _event("filed in March for April", APRIL - 2 * DAY, occurs_at=None),
    )

    def titles(start, end, **more):
        events = catalyst.catalyst_events(ledger, start=start, end=end, **more)
        return events.filter(pl.col("source") == "test")["title"].to_list()

    assert titles(APRIL, APRIL + 9 * DAY) == ["due in April", "filed for last month"]
    assert titles(APRIL - 10 * DAY, APRIL) == ["filed in March for April"]
    assert titles(APRIL, APRIL + 9 * DAY, as_of=APRIL) == ["due in April"]


def test_events_are_found_by_what_they_are(ledger):
    event = _event("Item 7.01 notes", APRIL, entity="MSTR", form="8-K", items=["7.01"], symbols=["BTC"])
    _keep(ledger, catalyst.CatalystEvent, event | {"details": {"pages": [1, 2], "é": None}})
    for wanted in ({"entity": "mstr"}, {"form": "8-k"}, {"event_type": "Filing"}, {"text": "note"}, {"text": "7.01"}):
        found = catalyst.catalyst_events(ledger, **wanted)
        assert found["items"].to_list() == [["7.01"]], wanted
    assert '"pages": [1, 2]' in found["details"][0]
    assert catalyst.catalyst_events(ledger, entity="COIN", form="8-K").height == 0


def test_insider_transactions_are_found_by_issuer_and_code(ledger):
    line = {"accession": "1", "line": 1, "issuer": "MSTR", "insider": "A. B.", "code": "S", "security": "Class A"}
    rest = {"transacted_on": APRIL.date(), "acquired": False, "derivative": False, "source": "sec"}
    _keep(ledger, catalyst.InsiderTransaction, line | rest | {"observed_at": APRIL, "known_at": APRIL})
    found = catalyst.insider_transactions(ledger, issuer="mstr", code="s", start=APRIL, end=LATER)
    assert found["transacted_on"].to_list() == [APRIL.date()]
    assert catalyst.insider_transactions(ledger, issuer="COIN").height == 0


def _held(user, **more):
    return {"user_id": user, "venue": "PAPER", "account": "paper", "observed_at": APRIL, "known_at": APRIL} | more


def test_a_users_book_is_read_for_that_user_alone_with_money_as_numbers(ledger):
    with ledger.session() as session:
        ada, bob = (create_user(session, name=n, password_hash="x", now=APRIL).id for n in ("ada", "bob"))
    order = {"order_id": "1", "symbol": "BTC", "quote": "AUD", "side": "buy", "kind": "market", "status": "filled"}
    money = {"quantity": "0.1", "filled_quantity": "0.1", "average_price": "100000.00000001", "source": "paper"}
    fill = {"fill_id": "1", "symbol": "BTC", "quote": "AUD", "side": "buy", "quantity": 1, "price": 2, "fee": 0}
    assert not exchange.is_connected(ledger, user_id=ada)
    _keep(ledger, exchange.Order, _held(ada, **order, **money))
    _keep(ledger, exchange.Fill, _held(ada, **fill, fee_currency="AUD", source="paper"))
    _keep(ledger, exchange.Position, _held(ada, symbol="BTC", quote="AUD", quantity=1, realised_pnl=0, source="p"))
    _keep(ledger, exchange.Balance, _held(ada, asset="AUD", total="12.34", source="p"))
    assert exchange.is_connected(ledger, user_id=ada)
    assert not exchange.is_connected(ledger, user_id=bob)
    assert exchange.orders(ledger, user_id=ada, symbol="btc")["average_price"].to_list() == [100000.00000001]
    assert exchange.fills(ledger, user_id=ada, start=APRIL, end=LATER)["price"].to_list() == [2.0]
    assert exchange.positions(ledger, user_id=ada)["quantity"].to_list() == [1.0]
    assert exchange.balances(ledger, user_id=ada)["total"].to_list() == [12.34]
    assert exchange.balances(ledger, user_id=ada, as_of=APRIL - DAY).height == 0
    for read in (exchange.orders, exchange.fills, exchange.positions, exchange.balances):
        assert read(ledger, user_id=bob).height == 0


def test_statistics_have_one_row_per_series_and_keep_to_a_coin_and_a_time(ledger):
    _keep(ledger, glass.Candle, *(_bar(APRIL + n * DAY) for n in range(5)))
    _keep(ledger, human.NewsItem, _story(1, "t", symbols=["BTC"]), _story(2, "t", symbols=["ETH"]))
    btc = statistics(ledger, symbol="btc", as_of=APRIL + 2 * DAY).filter(pl.col("source") != "curated")
    assert btc.select("ledger", "kind", "name", "rows", "first", "last").rows() == [
        ("glass", "candle", "BTC/1d/BINANCE:USDT", 2, APRIL, APRIL + DAY),
        ("human", "news", "feed", 1, APRIL, APRIL),
    ]
    everything = statistics(ledger)
    assert everything.filter(pl.col("kind") == "news")["rows"].to_list() == [2]
    assert not everything["simulated"].any()


HOSTILE = [
    "'; DROP TABLE candles; --",
    "' OR 1=1 --",
    "\\",
    "%",
    "$1",
    "(",
    "[a-z",
    "\\M|",
    "a\x00b",
    "\ud800",
    "x" * 5000,
    "🪙",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_any_argument_finds_nothing_and_harms_nothing(ledger, text):
    _keep(ledger, glass.Candle, _bar(APRIL))
    frames = [
        glass.candles(ledger, symbol=text, interval="1d", venue=text, quote=text),
        glass.candle_series(ledger, symbol=text),
        glass.quotes(ledger, symbol=text, venue=text, quote=text),
        glass.latest_quotes(ledger, symbols=[text]),
        glass.onchain_metrics(ledger, symbol=text, metric=text),
        glass.derivative_metrics(ledger, symbol=text, metric=text),
        glass.protocol_fundamentals(ledger, entity=text, symbol=text, metric=text),
        glass.market_snapshots(ledger, symbol=text),
        human.news(ledger, symbol=text, text=text),
        human.social_posts(ledger, symbol=text, text=text),
        human.sentiment_readings(ledger, index=text, symbol=text),
        catalyst.catalyst_events(ledger, symbol=text, event_type=text, entity=text, form=text, text=text),
        catalyst.insider_transactions(ledger, issuer=text, code=text),
        exchange.orders(ledger, user_id=text, symbol=text),
        exchange.fills(ledger, user_id=text, symbol=text),
        exchange.positions(ledger, user_id=text),
        exchange.balances(ledger, user_id=text),
        statistics(ledger, symbol=text),
    ]
    assert [frame.height for frame in frames] == [0] * len(frames)
    assert not exchange.is_connected(ledger, user_id=text)
    assert glass.candles(ledger, symbol="BTC", interval="1d").height == 1
