"""Files of every shape into a ledger: understood, checked, counted, written once."""

import gzip
import itertools
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from sqlalchemy import select

from chat_app.import_command import told
from collectors.importer import Options, assignments, import_file
from ledgers import app
from ledgers.catalyst import CatalystEvent, InsiderTransaction
from ledgers.errors import BadArgument
from ledgers.exchange import Balance, Fill
from ledgers.glass import Candle, DerivativeMetric, MarketSnapshot, OnchainMetric, ProtocolMetric, Quote
from ledgers.health import CollectorRun, Reject
from ledgers.human import NewsItem, SentimentReading, SocialPost

pytestmark = pytest.mark.integration
NOW = datetime(2026, 3, 1, tzinfo=UTC)
BARS = """symbol,open_time,open,high,low,close,volume
BTC,2024-04-01T00:00:00Z,100,110,90,105,5
BTC,2024-04-01T01:00:00Z,105,120,100,110,6
BTC,2024-04-01T02:00:00Z,110,130,105,125,7
"""
BINANCE = {"venue": "BINANCE", "quote": "USDT"}


@pytest.fixture
def load(ledger, tmp_path):
    seconds = itertools.count()

    def imported(content, where="glass", name="file.csv", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        options["values"] = options.get("values", {})
        now = NOW + timedelta(seconds=next(seconds))
        return import_file(ledger, where, path, Options(**options), written_at=now)

    return imported


def stored(ledger, model, *order):
    with ledger.session() as session:
        return session.scalars(select(model).where(model.source != "curated").order_by(*order)).all()


def counts(report):
    return report.inserted, report.duplicate, report.revised, report.rejected


def test_known_headers_need_no_option_and_what_nothing_states_is_unknown_and_told(ledger, load):
    report = load(BARS)
    assert (report.table, report.read, *counts(report)) == ("candles", 3, 3, 0, 0, 0)
    [first, *_] = stored(ledger, Candle, Candle.open_time)
    assert (first.interval, first.venue, first.quote, first.source) == ("1h", "unknown", "unknown", "import:file")
    assert first.known_at == first.observed_at == datetime(2024, 4, 1, 1, tzinfo=UTC)
    notes = "\n".join(report.notes)
    for words in ("venue is not stated", "quote is not stated", "interval 1h read from the spacing", "source is not"):
        assert words in notes


def test_the_same_file_twice_is_once(load):
    load(BARS, values=BINANCE)
    assert counts(load(BARS, values=BINANCE)) == (0, 3, 0, 0)
    assert counts(load(gzip.compress(BARS.encode()), name="file.csv.gz", values=BINANCE)) == (0, 3, 0, 0)


def test_a_corrected_file_is_a_revision_known_from_its_import(ledger, load):
    load(BARS)
    assert counts(load(BARS.replace(",125,7", ",126,7"))) == (0, 2, 1, 0)
    last = stored(ledger, Candle, Candle.open_time)[-1]
    assert (last.close, last.known_at) == (126, NOW + timedelta(seconds=1))


def test_a_file_without_a_column_leaves_what_is_stored_in_it(ledger, load):
    load(BARS)
    without = "\n".join(line.rpartition(",")[0] for line in BARS.splitlines())
    assert counts(load(without)) == (0, 3, 0, 0)
    assert [bar.volume for bar in stored(ledger, Candle, Candle.open_time)] == [5, 6, 7]


def test_each_bad_row_is_counted_with_its_reason_and_line_and_costs_no_other(ledger, load):
    bad = {
        "BTC,2024-04-01T03:00:00Z,NaN,130,105,125,7": None,  # an open that is not there
        "BTC,2024-04-01T04:00:00Z,110,130,105,1e309,7": "close is not a finite number",
        "BTC,2024-04-01T05:00:00Z,110,130,105,-1,7": "close is not above zero",
        "BTC,2024-04-01T06:00:00Z,110,100,105,107,7": "high is below the bar",
        "BTC,2024-04-01T07:00:00Z,110,130,112,125,7": "low is above the bar",
        "BTC,2024-04-01T08:00:00Z,110,130,105,125,-7": "volume is negative",
        "BTC,yesterday,110,130,105,125,7": "open_time is no time",
        ",2024-04-01T09:00:00Z,110,130,105,125,7": "symbol is empty",
        "BTC,2024-04-01T10:00:00Z,110,130,105,a lot,7": "close is not a number",
        "BTC,2027-04-01T10:00:00Z,110,130,105,125,7": "lies in the future",
        "BTC,2024-04-01T00:00:00Z,100,110,90,106,5": "contradicts an earlier row",
        "BTC,2024-04-01T11:00:00Z,1,2,3,4,5,6,7,8": "10 fields, the header has 7",
    }
    report = load(BARS + "\n".join(bad) + "\n")
    refused = [reason for reason in bad.values() if reason]
    assert (report.inserted, report.rejected) == (3, len(bad))
    found = {entry["reason"]: entry for entry in report.reasons}
    for line, reason in enumerate(bad.values(), 5):
        wanted = reason or "open is not a finite number"
        [entry] = [found[words] for words in found if wanted in words]
        assert [example["line"] for example in entry["examples"]] == [line], wanted
    rejects = stored(ledger, Reject, Reject.id)
    assert len(rejects) == len(bad) > len(refused)
    assert any("yesterday" in reject.payload for reject in rejects)
    with ledger.session() as session:
        run = session.scalars(select(CollectorRun)).one()
    assert (run.status, run.inserted, run.rejected, rejects[0].collector_run) == ("partial", 3, len(bad), run.id)


def test_a_row_said_twice_is_a_duplicate(load):
    assert counts(load(BARS + BARS.splitlines()[1] + "\n")) == (3, 1, 0, 0)


def test_a_wide_file_is_one_series_for_each_prefix(ledger, load):
    wide = "timestamp,btc_open,btc_high,btc_low,btc_close,eth_close\n2024-04-01,1,3,1,2,9\n2024-04-02,2,4,2,3,8\n"
    report = load(wide)
    assert (report.read, report.records, report.inserted) == (2, 4, 4)
    assert [(b.symbol, b.interval, b.close) for b in stored(ledger, Candle, Candle.symbol, Candle.open_time)] == [
        ("BTC", "1d", 2),
        ("BTC", "1d", 3),
        ("ETH", "1d", 9),
        ("ETH", "1d", 8),
    ]


def test_a_price_at_a_moment_closes_the_bar_that_ends_then(ledger, load):
    load("symbol,time,price\nADA,2024-04-18T14:00:00Z,0.4\nADA,2024-04-18T15:00:00Z,0.5\n")
    first = stored(ledger, Candle, Candle.open_time)[0]
    assert (first.open_time.hour, first.observed_at.hour, first.close, first.open) == (13, 14, 0.4, None)


def test_a_market_name_is_a_coin_and_its_quote(ledger, load):
    load(
        "unix,symbol,open,high,low,close,Volume BTC,Volume USDT\n1711929600,BTC/USDT,1,2,1,2,5,9\n",
        values={"interval": "1d"},
    )
    [bar] = stored(ledger, Candle)
    assert (bar.symbol, bar.quote, bar.volume) == ("BTC", "USDT", 5)


def test_klines_without_a_header_need_the_coin_only(ledger, load):
    rows = [f"{1711929600000 + n * 300_000},1,2,1,2,5,0,0,0,0,0,0" for n in range(3)]
    load("\n".join(rows), values={"symbol": "sol"})
    assert [(b.symbol, b.interval) for b in stored(ledger, Candle)] == [("SOL", "5m")] * 3


def test_parquet_keeps_its_types(ledger, load, tmp_path):
    frame = pl.DataFrame({"time": [datetime(2024, 4, day, tzinfo=UTC) for day in (1, 2)], "close": [1.5, 2.5]})
    frame.write_parquet(tmp_path / "made.parquet")
    report = load((tmp_path / "made.parquet").read_bytes(), name="made.parquet", values={"symbol": "BTC"})
    assert (report.inserted, stored(ledger, Candle, Candle.open_time)[1].close) == (2, 2.5)


def test_naive_times_are_taken_in_the_zone_that_is_said(ledger, load):
    naive = re.sub(r"T(\d\d:\d\d:\d\d)Z", r" \1", BARS)
    load(naive, tz="Australia/Sydney")
    assert stored(ledger, Candle, Candle.open_time)[0].open_time == datetime(2024, 3, 31, 13, tzinfo=UTC)
    assert "times name no zone: taken as UTC (say it with --tz)" in load(naive).notes


def test_columns_can_be_mapped_and_values_set(ledger, load):
    load("when,worth,who\n2024-04-01,5,x\n", columns={"when": "open_time", "worth": "close", "who": "ignore"},
         values={"symbol": "BTC", "interval": "1d", **BINANCE}, source="mine")  # fmt: skip
    [bar] = stored(ledger, Candle)
    assert (bar.close, bar.venue, bar.source) == (5, "BINANCE", "mine")


@pytest.mark.parametrize(
    ("content", "options", "words"),
    [
        ("time,close\n1,2\n", {}, "Missing: symbol.*--map COLUMN=symbol"),
        ("a,b\n1,2\n", {}, "Missing: open_time, symbol, close"),
        (BARS, {"columns": {"nothing": "close"}}, "no column 'nothing' to map"),
        (BARS, {"columns": {"close": "shut"}, "table": "candles"}, "candles has no field 'shut'"),
        (BARS, {"table": "news"}, "has no table 'news'"),
        (BARS.replace("2024", "soon"), {}, "No row has a readable time"),
        (BARS, {"values": {"interval": "7m"}}, "no interval we keep"),
    ],
)
def test_a_file_that_is_not_understood_is_told_and_nothing_is_written(ledger, load, content, options, words):
    with pytest.raises(BadArgument, match=words):
        load(content, **options)
    assert stored(ledger, Candle) == []


def test_an_unknown_ledger_is_told(load):
    with pytest.raises(BadArgument, match="no ledger 'silver'"):
        load(BARS, where="silver")


def test_quotes_with_bid_above_ask_are_refused(ledger, load):
    report = load(
        "symbol,time,bid,ask\nBTC,2024-04-01T00:00Z,9,10\nBTC,2024-04-01T00:05Z,11,10\nBTC,2024-04-01T00:10Z,,\n"
    )
    assert (report.table, report.inserted) == ("quotes", 1)
    assert {entry["reason"] for entry in report.reasons} == {"bid is above ask", "bid, ask and last are empty"}
    assert stored(ledger, Quote)[0].last is None


def test_metrics_come_by_row_or_by_column(ledger, load):
    load("date,symbol,metric,value,unit\n2024-04-01,BTC,hash_rate,6e20,H/s\n", source="a")
    load(
        "date,hashrate,tx_count,mood\n2024-04-01,6.1e20,400000,good\n2024-04-02,,410000,bad\n",
        source="b",
        values={"symbol": "BTC"},
    )
    found = {(m.source, m.metric, m.observed_at.day): (m.value, m.unit) for m in stored(ledger, OnchainMetric)}
    assert found == {
        ("a", "hash_rate", 1): (6e20, "H/s"),
        ("b", "hash_rate", 1): (6.1e20, "H/s"),
        ("b", "tx_count", 1): (400_000, "count"),
        ("b", "tx_count", 2): (410_000, "count"),
    }


def test_a_column_can_be_named_as_a_metric_of_its_own(ledger, load):
    named = {"reserves": "metric:exchange_reserves:coins"}
    load("day,reserves\n2024-04-01,12\n", columns=named, table="onchain_metrics", values={"symbol": "ETH"})
    [row] = stored(ledger, OnchainMetric)
    assert (row.metric, row.unit, row.value) == ("exchange_reserves", "coins", 12)
    assert row.known_at == datetime(2024, 4, 2, 1, tzinfo=UTC)


def test_protocols_derivatives_and_snapshots_have_their_tables(ledger, load):
    load("date,protocol,tvl\n2024-04-01,aave,1.2B\n")
    load("time,symbol,funding_rate\n2024-04-01T08:00Z,BTC,-0.01\n")
    load(
        "last_updated,id,symbol,current_price,market_cap,total_volume,market_cap_rank\n2024-04-01,bitcoin,btc,7,8,9,1\n"
    )
    assert [(r.entity, r.metric, r.value, r.unit) for r in stored(ledger, ProtocolMetric)] == [
        ("aave", "tvl", 1.2e9, "USD")
    ]
    assert [(r.metric, r.value) for r in stored(ledger, DerivativeMetric)] == [("funding_rate", -0.01)]
    assert [(r.symbol, r.rank, r.market_cap_usd) for r in stored(ledger, MarketSnapshot)] == [("BTC", 1, 8)]


def test_a_bare_date_of_publication_is_known_at_the_days_end(ledger, load):
    load("date,title\n2024-04-01,Bitcoin rises\n", "human")
    [item] = stored(ledger, NewsItem)
    assert (item.symbols, item.known_at) == (["BTC"], datetime(2024, 4, 2, tzinfo=UTC))
    assert item.sentiment_method == "vader+crypto"


def test_news_without_an_id_get_one_from_what_they_say(ledger, load):
    text = 'date,headline,source,label\n2024-04-01T10:00Z,"One, two",Wire,good\n2024-04-01T11:00Z,Three,,\n'
    assert load(text, "human").inserted == 2
    assert counts(load(text + "2024-04-01T12:00Z,Four,Wire,bad\n", "human")) == (1, 2, 0, 0)
    first = stored(ledger, NewsItem, NewsItem.observed_at)[0]
    assert (first.title, first.publisher, first.label, len(first.external_id)) == ("One, two", "Wire", "good", 24)


def test_posts_and_readings_have_their_tables(ledger, load):
    load("created_utc,subreddit,title,score,num_comments,id\n1711929600,bitcoin,Hello $ETH,5,2,t3_x\n", "human")
    report = load("day,fng,classification\n2024-04-01,75,Greed\n2024-04-02,101,Greed\n", "human")
    assert [(p.channel, p.score, p.symbols) for p in stored(ledger, SocialPost)] == [("bitcoin", 5, ["ETH"])]
    assert [(r.index, r.symbol, r.value) for r in stored(ledger, SentimentReading)] == [("fear_greed", "*", 75)]
    assert report.reasons[0]["reason"] == "fear_greed is outside 0 to 100"


def test_events_are_sorted_by_their_titles_and_keep_what_has_no_field(ledger, load):
    load('id,date,title,coins,page\n1,2024-04-01,SIMEX will list Foo (FOO),"FOOUSDT,BAR",7\n', "catalyst")
    [event] = stored(ledger, CatalystEvent)
    assert (event.event_type, event.symbols, event.details) == ("listing", ["FOO", "BAR"], {"page": "7"})
    assert event.impact_reason.startswith("title says")


def test_insiders_transactions_are_taken(ledger, load):
    load("accession,line,issuer,insider,code,security,transacted_on,acquired,shares,price,filed_at\n"
         "0001-24-1,1,MSTR,Doe,S,Class A,2024-03-28,D,100,1700.5,2024-04-01T20:00Z\n", "catalyst")  # fmt: skip
    [line] = stored(ledger, InsiderTransaction)
    assert (line.acquired, line.derivative, line.shares, line.price_usd) == (False, False, 100, 1700.5)


def test_money_of_the_exchange_ledger_keeps_every_digit(ledger, load):
    with ledger.session() as session:
        app.ensure_local_user(session, now=NOW)
    own = {"user_id": "local", "venue": "COINSPOT", "quote": "AUD"}
    load("solddate,coin,side,amount,rate,id\n2024-04-01T10:00Z,btc,buy,0.123456789012345678,101234.56,f1\n",
         "exchange", values=own)  # fmt: skip
    load("date,asset,balance\n2024-04-01,BTC,0.000000000000000001\n", "exchange", values=own | {"account": "main"})
    [fill], [balance] = stored(ledger, Fill), stored(ledger, Balance)
    assert (fill.quantity, fill.price, fill.account) == (
        Decimal("0.123456789012345678"),
        Decimal("101234.56"),
        "imported",
    )
    assert balance.total == Decimal("0.000000000000000001")


def test_the_report_reads_well(load):
    text = told(load(BARS + "BTC,never,1,1,1,1,1\n"))
    assert "3 inserted, 0 duplicate, 0 revised, 1 rejected" in text
    assert "line 5" in text
    assert "open_time = column open_time" in text


def test_assignments_want_a_name_and_a_value():
    assert assignments(["a=b", "c = d=e"], "--set") == {"a": "b", "c": "d=e"}
    for wrong in ("a", "=b", "a="):
        with pytest.raises(BadArgument, match="--set wants NAME=VALUE"):
            assignments([wrong], "--set")
