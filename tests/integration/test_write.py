import itertools
import math
import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text

from ledgers.app import create_user
from ledgers.base import as_of_view, history_of
from ledgers.catalyst import CatalystEvent
from ledgers.exchange import Balance
from ledgers.glass import Candle, OnchainMetric, Quote
from ledgers.human import NewsItem
from ledgers.store import WriteReport, write

pytestmark = pytest.mark.integration
START = datetime(2024, 4, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
_series = itertools.count()


def _quote(symbol, known_at, last):
    key = {"symbol": symbol, "quote": "AUD", "venue": "COINSPOT", "observed_at": START}
    return key | {"last": last, "known_at": known_at, "source": "test"}


def _keep(ledger, model, rows, *, written_at=START + 1000 * HOUR):
    with ledger.session() as session:
        return write(session, model, rows, written_at=written_at)


class NaiveLedger:
    """What the two clocks mean, said as plainly as possible: for each key, content by the time it became known."""

    def __init__(self):
        self.versions = {}

    def write(self, batch, written_at):
        kept = {(key, known_at): content for key, known_at, content in batch}
        outcomes = [self._write(key, at, kept[key, at], written_at) for key, at in sorted(kept, key=lambda k: k[1])]
        inserted, revised = outcomes.count("inserted"), outcomes.count("revised")
        return WriteReport(inserted, len(batch) - inserted - revised, revised)

    def _write(self, key, known_at, content, written_at):
        known = self.versions.setdefault(key, {})
        if not known:
            known[known_at] = content
            return "inserted"
        in_force = [known[max(earlier)] for earlier in [[at for at in known if at <= known_at]] if earlier]
        if content in [*in_force, *(known[at] for at in known if at >= known_at)]:
            return "duplicate"
        if known_at in known:
            known_at = max(written_at, max(known) + MICROSECOND)
        known[known_at] = content
        return "revised"

    def as_of(self, key, when):
        earlier = [at for at in self.versions.get(key, {}) if at <= when]
        return self.versions[key][max(earlier)] if earlier else None


version = st.tuples(st.sampled_from("AB"), st.integers(0, 5), st.sampled_from([1.0, 2.0, None]))
batches = st.lists(st.lists(version, max_size=6), min_size=1, max_size=5)


@given(batches)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_as_of_any_time_shows_what_a_naive_model_of_the_two_clocks_shows(ledger, batches):
    series, naive = next(_series), NaiveLedger()
    for number, batch in enumerate(batches):
        written_at = START + (number + 3) * HOUR + timedelta(minutes=1)
        rows = [_quote(f"{key}{series}", START + hours * HOUR, last) for key, hours, last in batch]
        versions = [(row["symbol"], row["known_at"], row["last"]) for row in rows]
        assert _keep(ledger, Quote, rows, written_at=written_at) == naive.write(versions, written_at)
        assert _keep(ledger, Quote, rows, written_at=written_at + HOUR) == WriteReport(duplicate=len(rows))
    moments = {known_at for known in naive.versions.values() for known_at in known}
    for when in sorted(moments | {moment - MICROSECOND for moment in moments}):
        view = as_of_view(Quote, when)
        found = ledger.frame(select(view.c.symbol, view.c.last).where(view.c.symbol.in_(list(naive.versions))))
        known = {key for key, versions in naive.versions.items() if min(versions) <= when}
        assert len(found) == len(known)
        assert dict(found.rows()) == {key: naive.as_of(key, when) for key in known}


def test_the_history_of_a_row_has_no_gap_and_no_overlap(ledger):
    for hours, last in ((5, 5.0), (1, 1.0), (3, 3.0), (0, 0.5), (9, 9.0)):
        _keep(ledger, Quote, [_quote("BTC", START + hours * HOUR, last)])
    past = history_of(Quote)
    found = ledger.frame(select(past.c.last, past.c.known_at, past.c.superseded_at).order_by(past.c.known_at))
    assert found["last"].to_list() == [0.5, 1.0, 3.0, 5.0]
    assert found["superseded_at"].to_list() == [START + hours * HOUR for hours in (1, 3, 5, 9)]


def test_a_correction_of_a_version_becomes_known_when_it_is_written(ledger):
    written = START + 7 * HOUR
    _keep(ledger, Quote, [_quote("BTC", START, 1.0)])
    assert _keep(ledger, Quote, [_quote("BTC", START, 2.0)], written_at=written) == WriteReport(revised=1)
    view = {when: as_of_view(Quote, when) for when in (written - MICROSECOND, written)}
    assert [ledger.frame(select(v.c.last)).item() for v in view.values()] == [1.0, 2.0]


def test_a_change_of_provenance_alone_is_no_revision(ledger):
    row = _quote("BTC", START, 1.0)
    _keep(ledger, Quote, [row])
    elsewhere = row | {"source": "other", "url": "https://example.org", "collector_run": 7, "known_at": START + HOUR}
    assert _keep(ledger, Quote, [elsewhere]) == WriteReport(duplicate=1)
    assert ledger.frame(select(Quote.source, Quote.known_at)).rows() == [("test", START)]


def _series_frame(rows, **columns):
    times = [START + n * timedelta(minutes=1) for n in range(rows)]
    values = {"open": 1.0, "high": 2.0, "low": None, "close": 1.5, "volume": 3.0}
    names = {"symbol": "BTC", "interval": "1m", "quote": "USDT", "venue": "BINANCE", "source": "é"}
    frame = pl.DataFrame({"open_time": times}, schema={"open_time": pl.Datetime("us", "UTC")})
    literals = {name: pl.lit(value) for name, value in (names | values | columns).items()}
    closes = pl.col("open_time") + pl.duration(minutes=1)
    return frame.with_columns(observed_at=closes, known_at=closes, **literals)


def _physical(ledger):
    with ledger.session() as session:
        return {tuple(row) for row in session.execute(text("SELECT xmin::text, ctid::text FROM candles"))}


def test_writing_a_long_series_again_touches_no_row(ledger):
    frame = _series_frame(3_000)
    assert _keep(ledger, Candle, frame) == WriteReport(inserted=3_000)
    before = _physical(ledger)
    assert _keep(ledger, Candle, frame) == WriteReport(duplicate=3_000)
    assert _physical(ledger) == before
    assert ledger.frame(select(history_of(Candle).c.symbol)).height == 0


def test_a_long_series_that_overlaps_what_is_held_is_merged(ledger):
    frame = _series_frame(4_000)
    _keep(ledger, Candle, frame.head(1_000))
    changed = frame.with_columns(
        close=pl.when(pl.int_range(pl.len()) < 10).then(9.0).otherwise("close"), known_at=START + 999 * HOUR
    )
    assert _keep(ledger, Candle, changed) == WriteReport(inserted=3_000, duplicate=990, revised=10)
    assert _keep(ledger, Candle, changed) == WriteReport(duplicate=4_000)


@pytest.mark.parametrize("rows", [1, 63, 1_100, 2_500])
def test_a_frame_and_its_rows_are_written_alike(ledger, rows):
    frame = _series_frame(rows).with_columns(
        volume=pl.when(pl.int_range(pl.len()) % 3 == 0).then(None).otherwise(math.pi),
        url=pl.lit(""),
        high=pl.when(pl.int_range(pl.len()) == 0).then(math.nan).otherwise(math.inf),
    )
    _keep(ledger, Candle, frame)
    _keep(ledger, Candle, [row | {"symbol": "ETH"} for row in frame.iter_rows(named=True)])
    columns = [column for column in Candle.__table__.c if column.name != "symbol"]
    written = {
        symbol: ledger.frame(select(*columns).where(Candle.symbol == symbol).order_by(Candle.open_time))
        for symbol in ("BTC", "ETH")
    }
    assert written["BTC"].equals(written["ETH"])
    expected = frame.select(pl.col(c.name) for c in columns if c.name not in {"collector_run", "simulated"})
    assert written["BTC"].select(expected.columns).equals(expected)


def test_arrays_json_and_text_of_every_kind_come_back_as_given(ledger):
    odd = "tab\t newline\n back\\slash \\N 'quote' \"double\" 🪙 ünï"
    details = {"list": [1, 2.5, None, odd], "nested": {"é": True}}
    event = {"source": "s", "external_id": odd, "event_type": "x", "title": odd, "summary": "", "details": details}
    times = {"observed_at": START, "known_at": START}
    _keep(ledger, CatalystEvent, [event | times | {"items": [odd, "", "NULL"], "symbols": []}])
    with ledger.session() as session:
        found = session.scalars(select(CatalystEvent).where(CatalystEvent.source == "s")).one()
    assert (found.external_id, found.title, found.summary) == (odd, odd, "")
    assert (found.details, found.items, found.symbols) == (details, [odd, "", "NULL"], [])


@given(st.decimals(min_value="-1e19", max_value="1e19", places=18))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_money_is_kept_to_the_last_unit(ledger, amount):
    asset = f"COIN{next(_series)}"
    with ledger.session() as session:
        name = f"user {asset}"
        user = create_user(session, name=name, password_hash="x", now=START).id
        row = {"user_id": user, "venue": "V", "account": "a", "asset": asset, "total": amount, "source": "t"}
        write(session, Balance, [row | {"observed_at": START, "known_at": START}], written_at=START)
        assert session.scalars(select(Balance.total).where(Balance.asset == asset)).one() == Decimal(amount)


def test_a_balance_that_is_seen_again_unchanged_makes_no_new_version(ledger):
    with ledger.session() as session:
        user = create_user(session, name="holder", password_hash="x", now=START).id
        row = {"user_id": user, "venue": "V", "account": "a", "asset": "BTC", "source": "t"}
        reports = []
        for hour, total in enumerate((1, 1, 2, 2, 1)):
            at = START + timedelta(hours=hour)
            seen = row | {"total": total, "observed_at": at, "known_at": at}
            reports.append(write(session, Balance, [seen], written_at=at))
        assert [report.revised for report in reports] == [0, 0, 1, 0, 1]
        assert session.scalars(select(Balance.observed_at)).one() == START + timedelta(hours=4)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"prize": 1}, "no column prize"),
        ({"known_at": datetime(2024, 4, 1)}, "aware UTC"),  # noqa: DTZ001 - the point of the test
        ({"symbol": None}, "symbol must not be empty"),
        ({"known_at": None}, "known_at must not be empty"),
    ],
)
@pytest.mark.parametrize("shape", [list, pl.DataFrame])
def test_rows_that_do_not_fit_are_refused_and_nothing_is_written(ledger, change, complaint, shape):
    rows = [_quote("BTC", START, 1.0), _quote("ETH", START, 1.0)]
    batch = shape([row | change for row in rows])
    with pytest.raises(ValueError, match=complaint):
        _keep(ledger, Quote, batch)
    assert ledger.frame(select(Quote.symbol)).height == 0


def test_what_a_caller_rolls_back_was_not_written(ledger):
    def write_and_fail():
        with ledger.session() as session:
            write(session, Quote, [_quote("BTC", START, 1.0)], written_at=START)
            raise RuntimeError("changed my mind")

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert ledger.frame(select(Quote.symbol)).height == 0


def test_one_transaction_may_write_one_table_several_times(ledger):
    with ledger.session() as session:
        reports = [write(session, Quote, [_quote("BTC", START, 1.0)], written_at=START) for _ in range(3)]
    assert reports == [WriteReport(inserted=1), WriteReport(duplicate=1), WriteReport(duplicate=1)]


def test_no_rows_are_no_work(ledger):
    assert _keep(ledger, Quote, []) == WriteReport()
    assert _keep(ledger, Quote, pl.DataFrame()) == WriteReport()


def test_writers_of_the_same_rows_at_once_write_them_once(ledger):
    frame, reports = _series_frame(2_500), []
    threads = [threading.Thread(target=lambda: reports.append(_keep(ledger, Candle, frame))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(report.inserted for report in reports) == [0, 0, 0, 2_500]
    assert sum(report.duplicate for report in reports) == 7_500


def test_a_story_may_change_its_symbols_and_its_topics(ledger):
    story = {"source": "f", "external_id": "1", "story": "1", "title": "t", "symbols": ["BTC"], "topics": []}
    times = {"observed_at": START, "known_at": START}
    _keep(ledger, NewsItem, [story | times])
    later = {"symbols": ["BTC", "ETH"], "known_at": START + HOUR, "votes": {"up": 1}}
    assert _keep(ledger, NewsItem, [story | times | later]) == WriteReport(revised=1)
    assert ledger.frame(select(NewsItem.symbols)).item().to_list() == ["BTC", "ETH"]


def test_dates_and_series_by_source_are_written_in_bulk(ledger):
    days = pl.date_range(date(2010, 1, 1), date(2018, 1, 1), "1d", eager=True).cast(pl.Datetime("us", "UTC"))
    frame = pl.DataFrame({"observed_at": days, "known_at": days}).with_columns(
        symbol=pl.lit("BTC"), metric=pl.lit("hash_rate"), source=pl.lit("s"), unit=pl.lit("EH/s"), value=pl.lit(1)
    )
    assert _keep(ledger, OnchainMetric, frame).inserted == len(days)
    assert ledger.frame(select(OnchainMetric.value)).height == len(days)
