from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import polars as pl
import pytest
from sqlalchemy import cast, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, NUMERIC
from sqlalchemy.types import Text

from ledgers.errors import BadArgument, LedgerUnavailable
from ledgers.glass import Quote
from ledgers.store import Ledger, write

pytestmark = pytest.mark.integration


def test_each_kind_of_column_arrives_as_the_frame_promises(ledger):
    when = datetime(2024, 4, 1, 12, tzinfo=UTC)
    frame = ledger.frame(
        select(
            cast(literal("0.1"), NUMERIC).label("money"),
            literal(when).label("at"),
            cast(literal(["a", "b"], ARRAY(Text)), ARRAY(Text)).label("names"),
            cast(literal('{"a":1}', Text), JSONB).label("details"),
            literal(None, Text).label("nothing"),
            func.sum(cast(literal("2.5"), NUMERIC)).label("total"),
        )
    )
    assert frame.row(0, named=True) == {
        "money": 0.1,
        "at": when,
        "names": ["a", "b"],
        "details": '{"a": 1}',
        "nothing": None,
        "total": 2.5,
    }
    assert frame.schema["at"] == pl.Datetime("us", "UTC")


def test_a_select_may_have_lists_nulls_and_no_parameters_at_all(ledger):
    numbers = func.generate_series(1, 5).table_valued("n", name="numbers").render_derived()
    assert ledger.frame(select(numbers.c.n).where(numbers.c.n.in_([2, 3, 9])))["n"].to_list() == [2, 3]
    assert ledger.frame(select(numbers.c.n).where(numbers.c.n.in_([]))).height == 0
    assert ledger.frame(select(func.count().label("c")).select_from(numbers)).item() == 5


def test_threads_read_side_by_side(ledger):
    numbers = func.generate_series(1, 2_000).table_valued("n", name="numbers").render_derived()

    def total(offset):
        return ledger.frame(select((numbers.c.n + offset).label("n")))["n"].sum()

    with ThreadPoolExecutor(8) as pool:
        totals = list(pool.map(total, range(40)))
    assert totals == [2_001_000 + 2_000 * offset for offset in range(40)]


def _drop_connections(ledger):
    admin = Ledger(ledger.url.rpartition("/")[0] + "/postgres")
    with admin.session() as session:
        name = ledger.url.rpartition("/")[2]
        session.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"), {"name": name}
        )
    admin.close()


def test_reads_and_sessions_go_on_after_the_server_dropped_every_connection(ledger):
    one = select(literal(1).label("one"))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: ledger.frame(one), range(8)))
    with ledger.session() as session:
        session.execute(one)
    _drop_connections(ledger)
    assert ledger.frame(one).item() == 1
    with ledger.session() as session:
        assert session.scalar(one) == 1


def test_a_connection_lost_in_the_middle_of_a_transaction_is_told_as_such(ledger):
    def lose():
        with ledger.session() as session:
            session.execute(text("SELECT 1"))
            _drop_connections(ledger)
            session.execute(text("SELECT 1"))

    with pytest.raises(LedgerUnavailable):
        lose()


def test_a_server_that_is_not_there_is_told_as_such():
    nowhere = Ledger("postgresql://nobody@127.0.0.1:1/live")
    with pytest.raises(LedgerUnavailable), nowhere.session() as session:
        session.execute(text("SELECT 1"))
    with pytest.raises(LedgerUnavailable):
        nowhere.frame(select(literal(1).label("one")))
    nowhere.close()


def test_a_mistake_in_a_query_is_not_taken_for_a_lost_connection(ledger):
    with pytest.raises(Exception, match="division by zero") as caught:
        ledger.frame(select((literal(1) / func.length("")).label("x")))
    assert not isinstance(caught.value, LedgerUnavailable)
    assert ledger.frame(select(literal(1).label("one"))).item() == 1


def test_a_read_that_takes_too_long_asks_for_less(ledger, monkeypatch):
    monkeypatch.setattr("ledgers.store.READ_SECONDS", 1)
    impatient = Ledger(ledger.url)
    with pytest.raises(BadArgument, match="shorter period"):
        impatient.frame(select(func.pg_sleep(30).label("slept")))
    impatient.close()


def test_a_connection_lost_in_the_middle_of_a_bulk_write_is_told_as_such_and_nothing_is_kept(ledger):
    when = datetime(2024, 4, 1, tzinfo=UTC)
    row = {"symbol": "BTC", "quote": "AUD", "venue": "V", "observed_at": when, "known_at": when, "source": "t"}

    def lose():
        with ledger.session() as session:
            write(session, Quote, [row], written_at=when)
            _drop_connections(ledger)
            write(session, Quote, [row | {"symbol": "ETH"}], written_at=when)

    with pytest.raises(LedgerUnavailable):
        lose()
    assert ledger.frame(select(Quote.symbol)).height == 0
