from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from ledgers import coins
from ledgers.app import create_user
from ledgers.catalyst import CatalystEvent, catalyst_events
from ledgers.coins import CoinName
from ledgers.errors import AmbiguousCoin, BadArgument
from ledgers.glass import Candle
from ledgers.presence import is_empty, rows_by_ledger
from ledgers.seeds import load, load_events, load_names, shipped_events, shipped_names
from ledgers.store import WriteReport, write

pytestmark = pytest.mark.integration
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("BTC", "BTC"),
        ("btc", "BTC"),
        (" Bitcoin ", "BTC"),
        ("$sol", "SOL"),
        ("ether", "ETH"),
        ("XBT", "BTC"),
        ("Bitcoin Cash", "BCH"),
        ("ethereum classic", "ETC"),
        ("LUNA", "LUNA"),
        ("LUNC (Terra Classic)", "LUNC"),
        ("LUNA (Terra)", "LUNA"),
        ("luna classic", "LUNC"),
        ("wrapped bitcoin", "WBTC"),
        ("1inch", "1INCH"),
    ],
)
def test_a_coin_is_found_by_ticker_name_and_alias(ledger, name, symbol):
    assert coins.resolve(ledger, name=name, user_id="ada") == symbol


@pytest.mark.parametrize(
    ("name", "symbols"),
    [("luna", ("LUNA", "LUNC")), ("Terra", ("LUNA", "LUNC")), ("polygon", ("MATIC", "POL"))],
)
def test_a_name_of_several_coins_is_told_with_all_of_them(ledger, name, symbols):
    with pytest.raises(AmbiguousCoin) as caught:
        coins.resolve(ledger, name=name, user_id="ada")
    assert caught.value.symbols == symbols


def test_an_unknown_name_is_refused_with_the_nearest_ones(ledger):
    with pytest.raises(BadArgument, match=r"No coin is called 'bitcion'\. Near it: .*BTC"):
        coins.resolve(ledger, name="bitcion", user_id="ada")
    with pytest.raises(BadArgument, match="No coin is called ''"):
        coins.resolve(ledger, name=" ", user_id="ada")


def test_a_symbol_the_ledgers_hold_needs_no_name(ledger):
    bar = {"symbol": "ZZTOP", "interval": "1d", "quote": "USD", "venue": "V", "open_time": NOW, "close": 1.0}
    with ledger.session() as session:
        write(session, Candle, [bar | {"observed_at": NOW, "known_at": NOW, "source": "t"}], written_at=NOW)
    assert coins.resolve(ledger, name="ZZTOP", user_id="ada") == "ZZTOP"
    assert coins.resolve(ledger, name="zztop", user_id="ada") == "ZZTOP"
    assert coins.held_symbols(ledger) == ["ZZTOP"]


def _alias(ledger, alias, symbol, user_id="ada"):
    with ledger.session() as session:
        return coins.add_alias(session, user_id=user_id, alias=alias, symbol=symbol)


def test_a_users_alias_comes_before_every_other_meaning_and_is_nobody_elses(ledger):
    assert _alias(ledger, " Luna ", "lunc") is True
    assert _alias(ledger, "luna", "LUNC") is False
    assert coins.resolve(ledger, name="luna", user_id="ada") == "LUNC"
    with pytest.raises(AmbiguousCoin):
        coins.resolve(ledger, name="luna", user_id="bob")
    theirs = coins.names(ledger, user_id="bob")
    assert set(theirs["user_id"]) == {""}


@pytest.mark.parametrize("alias", ["", "   ", "x" * 61, "a\x00b", "a\u202eb"])
def test_an_alias_that_is_no_name_is_refused(ledger, alias):
    with pytest.raises(BadArgument, match="printable"):
        _alias(ledger, alias, "BTC")


def test_an_alias_needs_a_coin_and_leads_to_one_alone(ledger):
    with pytest.raises(BadArgument, match="No coin 'NOSUCH'"):
        _alias(ledger, "mine", "NOSUCH")
    _alias(ledger, "mine", "BTC")
    with pytest.raises(BadArgument, match="already your name for BTC"):
        _alias(ledger, "mine", "ETH")


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE coin_names; --", "' OR '1'='1", "\\", "%", "a\x00b", "\ud800", "x" * 5000]
)
def test_hostile_names_are_only_unknown(ledger, text):
    with pytest.raises(BadArgument, match="No coin is called"):
        coins.resolve(ledger, name=text, user_id=text)
    assert coins.resolve(ledger, name="BTC", user_id=text) == "BTC"


def test_the_largest_coins_are_shipped_each_with_a_name():
    kinds = [kind for _, kind in shipped_names()]
    assert kinds.count("ticker") >= 150
    assert kinds.count("ticker") == kinds.count("name")
    for (name, symbol), _ in shipped_names():
        assert name == name.strip().lower() != ""
        assert symbol == symbol.strip().upper() != ""


def test_loading_what_ships_again_changes_nothing(ledger):
    names = coins.names(ledger, user_id="ada")
    with ledger.session() as session:
        assert load_events(session, simulated=False, now=NOW) == WriteReport(duplicate=len(shipped_events()))
    load(ledger, now=NOW)
    assert coins.names(ledger, user_id="ada").equals(names)


def test_a_name_that_no_longer_ships_goes_and_a_users_own_stays(ledger):
    with ledger.session() as session:
        create_user(session, name="ada", password_hash="x", now=NOW)
        for user_id in ("", "ada"):
            session.add(CoinName(name="old name", symbol="BTC", user_id=user_id, kind="alias", created_at=NOW))
    with ledger.session() as session:
        load_names(session, now=NOW)
    mine = coins.names(ledger, user_id="ada").filter(pl.col("name") == "old name")
    assert mine["user_id"].to_list() == ["ada"]


def test_what_ships_does_not_count_as_collected(ledger):
    assert is_empty(ledger)
    assert set(rows_by_ledger(ledger).items()) == {(name, 0) for name in ("glass", "human", "catalyst", "exchange")}


def _halving(ledger, as_of):
    events = catalyst_events(ledger, event_type="halving", symbol="BTC", text="fourth", as_of=as_of)
    return events.select("occurs_at", "known_at").rows()


def test_a_halving_is_expected_before_it_happened_and_exact_from_then_on(ledger):
    happened = datetime(2024, 4, 20, 0, 9, 27, tzinfo=UTC)
    announced = datetime(2020, 5, 11, 19, 23, 43, tzinfo=UTC)
    second = timedelta(seconds=1)
    assert _halving(ledger, announced - second) == []
    assert _halving(ledger, happened - second) == [(datetime(2024, 5, 9, tzinfo=UTC), announced)]
    assert _halving(ledger, happened) == _halving(ledger, None) == [(happened, happened)]


def test_no_shipped_event_is_known_before_it_was_announced_or_happened():
    for event in shipped_events():
        assert event["observed_at"] <= event["known_at"]
        expected = event["details"].get("expected", False)
        assert expected or event["known_at"] >= event["occurs_at"]


def test_the_demo_markets_facts_say_that_they_are_simulated(demo_ledger):
    assert catalyst_events(demo_ledger)["simulated"].all()
    with demo_ledger.session() as session:
        assert session.query(CatalystEvent).count() > 20
