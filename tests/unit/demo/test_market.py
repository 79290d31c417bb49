"""The demo market: a pure function of seed and time, consistent with itself, with its faults planted."""

import hashlib
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from collectors.demo import SEED, account, catalyst, glass, human
from collectors.demo.coins import COINS
from collectors.demo.feeds import FEEDS, STALE_BY
from collectors.demo.market import Market, market, moment_of
from collectors.demo.serve import body
from collectors.source import Reply, Request, SourceContext
from collectors.sources import demo_glass

NOW = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
DAY = timedelta(days=1)
RESAMPLED = ("open", "high", "low", "close")
DIGEST = """
import hashlib
from datetime import datetime, timedelta, UTC
from collectors.demo.feeds import FEEDS
from collectors.demo.serve import body
now = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)
print(hashlib.sha256(b"".join(body(feed, now - timedelta(days=9), now) for feed in FEEDS)).hexdigest())
"""


@pytest.fixture(scope="module")
def world():
    return market(SEED, NOW.year)


def test_two_processes_make_up_the_same_bytes():
    runs = [
        subprocess.run([sys.executable, "-c", DIGEST], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    own = hashlib.sha256(b"".join(body(feed, NOW - 9 * DAY, NOW) for feed in FEEDS)).hexdigest()
    assert runs == [own + "\n"] * 2


def test_another_seed_is_another_market():
    feed = next(feed for feed in FEEDS if feed.name == "simulated_news")
    assert body(feed, NOW - 9 * DAY, NOW) != body(feed, NOW - 9 * DAY, NOW, seed=SEED + 1)


def test_a_later_horizon_leaves_the_past_as_it_was(world):
    longer = Market(SEED, NOW + 900 * DAY)
    shared = len(world.logs)
    assert len(longer.logs) > shared
    assert (longer.logs[:shared] == world.logs).all()
    assert longer.shocks[: len(world.shocks)] == world.shocks


@pytest.mark.parametrize("interval", ["5m", "1h", "1d"])
def test_a_window_asked_in_parts_is_the_window_asked_at_once(world, interval):
    middle = NOW - 31 * timedelta(hours=1)
    whole = glass.candles(world, interval, NOW - 4 * DAY, NOW)
    parts = [glass.candles(world, interval, NOW - 4 * DAY, middle), glass.candles(world, interval, middle, NOW)]
    key = ["symbol", "open_time"]
    assert whole.sort(key).equals(pl.concat(parts).sort(key))


@pytest.mark.parametrize(("fine", "coarse", "every"), [("5m", "1h", "1h"), ("1h", "1d", "1d")])
def test_finer_bars_add_up_to_coarser_ones(world, fine, coarse, every):
    start, end = moment_of(2200), moment_of(2203)
    bars = glass.candles(world, fine, start, end).sort("symbol", "open_time")
    made = bars.group_by_dynamic("open_time", every=every, group_by="symbol").agg(
        pl.col("open").first(),
        pl.col("high").max(),
        pl.col("low").min(),
        pl.col("close").last(),
        pl.col("volume").sum().round(3),
        pl.len(),
    )
    whole = made.filter(pl.col("len") == (12 if fine == "5m" else 24)).drop("len")
    stored = glass.candles(world, coarse, start, end).select(*whole.columns)
    joined = whole.join(stored, on=["symbol", "open_time"], suffix="_stored")
    assert joined.height == whole.height > 20
    for name in RESAMPLED:
        assert joined[name].equals(joined[f"{name}_stored"], check_names=False), name
    assert ((joined["volume"] - joined["volume_stored"]).abs() <= 0.01).all()


def test_a_bar_opens_where_the_one_before_it_closed(world):
    bars = glass.candles(world, "1d", NOW - 60 * DAY, NOW).sort("symbol", "open_time")
    opened = bars.with_columns(pl.col("close").shift(1).over("symbol").alias("before")).drop_nulls("before")
    assert opened["open"].equals(opened["before"], check_names=False)


def test_no_bar_is_impossible(world):
    bars = glass.candles(world, "1h", NOW - 20 * DAY, NOW)
    inside = pl.col("low").le(pl.min_horizontal("open", "close")) & pl.col("high").ge(
        pl.max_horizontal("open", "close")
    )
    assert bars.select((inside & (pl.col("low") > 0) & (pl.col("volume") > 0)).all()).item()


def test_a_quote_is_a_price_its_candle_passed_through(world):
    quotes = glass.quotes(world, NOW - timedelta(hours=3), NOW)
    bars = glass.candles(world, "5m", NOW - timedelta(hours=3), NOW)
    met = quotes.join(bars, left_on=["symbol", "observed_at"], right_on=["symbol", "open_time"])
    assert met.height >= 30 * len(COINS)
    assert (met["last"] == met["open"]).all()
    assert ((met["bid"] < met["last"]) & (met["last"] < met["ask"])).all()


def test_bars_are_missing_where_a_gap_was_planted(world):
    gaps = [
        (coin.symbol, *found)
        for block in range(440, 448)
        for coin in COINS
        if (found := glass.gap_of(SEED, coin.symbol, block))
    ]
    assert gaps
    for symbol, start, end in gaps:
        bars = glass.candles(world, "1h", start - DAY, end + DAY).filter(pl.col("symbol") == symbol)
        assert bars.filter(pl.col("open_time").is_between(start, end, closed="left")).is_empty()
        assert bars.filter(pl.col("open_time") == start - timedelta(hours=1)).height == 1


def test_one_feed_is_stale_at_any_time():
    feed = next(feed for feed in FEEDS if feed.name == "simulated_stablecoins")
    assert NOW - feed.published_until(NOW) >= STALE_BY > feed.error_after


def test_the_price_jumps_when_an_event_says_so(world):
    large = [s for s in world.shocks if s.coin is not None and abs(s.jump) > 0.04]
    assert len(large) > 20
    for shock in large[:20]:
        prices = world.minutes(shock.coin, shock.day, shock.day)[0][0]
        move = prices[shock.moves_at] / prices[shock.moves_at - 1] - 1
        assert move == pytest.approx(shock.jump, abs=0.02), shock
        assert moment_of(shock.day, shock.minute) < moment_of(shock.day, shock.moves_at)


@pytest.mark.parametrize(("parity", "leads"), [(0, True), (1, False)])
def test_the_tone_of_news_leads_some_coins_and_follows_others(world, parity, leads):
    days = range(1500, 2200)
    for coin in range(parity, len(COINS), 2):
        tones = pl.Series([human.tone(world, coin, day) for day in days])
        returns = world.daily_return(coin)
        after = pl.Series([float(returns[day + 1]) for day in days])
        before = pl.Series([float(returns[day - 1]) for day in days])
        ahead, behind = (
            pl.DataFrame([tones.alias("tone"), moves.alias("move")]).select(pl.corr("tone", "move")).item()
            for moves in (after, before)
        )
        assert (ahead > 0.5 and abs(behind) < 0.2) if leads else (behind > 0.5 and abs(ahead) < 0.2), COINS[coin]


def test_events_are_reported_after_they_were_announced(world):
    events = catalyst.events(world, NOW - 200 * DAY, NOW)
    stories = human.news(world, NOW - 200 * DAY, NOW)
    met = stories.join(events.select("title", announced="observed_at", event="external_id"), on="title")
    met = met.filter(pl.col("external_id").str.starts_with(pl.col("event")))
    assert met.height > 20
    assert (met["observed_at"] > met["announced"]).all()


def test_a_posts_score_grows_after_its_publication(world):
    start, end = NOW - 3 * DAY, NOW - DAY
    early, late = (human.posts(world, start, end, seen).sort("external_id") for seen in (end, NOW + DAY))
    assert early["external_id"].to_list() == late["external_id"].to_list()
    assert early["score"].sum() < late["score"].sum()


def test_the_book_adds_up(world):
    cash, held = account.DEPOSIT, {}
    for fill in account.fills(world, "local", account.OPENED - DAY, NOW):
        notional = (fill["quantity"] * fill["price"]).quantize(account._CENT)
        sign = 1 if fill["side"] == "buy" else -1
        cash -= sign * notional + fill["fee"]
        held[fill["symbol"]] = held.get(fill["symbol"], 0) + sign * fill["quantity"]
    last = {row["asset"]: row["total"] for row in account.balances(world, "local", account.OPENED - DAY, NOW)}
    assert last == {"USD": cash} | held
    assert all(amount >= 0 for amount in last.values())
    positions = {row["symbol"]: row for row in account.positions(world, "local", account.OPENED - DAY, NOW)}
    assert {symbol: row["quantity"] for symbol, row in positions.items()} == held


def test_a_fill_is_at_the_markets_price(world):
    fill = account.fills(world, "local", account.OPENED - DAY, NOW)[-1]
    index = [coin.symbol for coin in COINS].index(fill["symbol"])
    assert float(fill["price"]) == world.price_at(index, fill["observed_at"])


def test_every_feed_says_that_it_is_simulated():
    assert all(feed.name.startswith("simulated_") for feed in FEEDS)


def test_a_poll_goes_on_where_the_last_one_ended():
    source = next(source for source in demo_glass.SOURCES if source.name == "simulated_quotes")
    slot = datetime(2026, 3, 14, 15, 5, tzinfo=UTC)
    first = answered(source, SourceContext(NOW, slot, source.base_url))
    second = answered(source, SourceContext(NOW, slot + timedelta(minutes=10), source.base_url, cursor=first.cursor))
    assert len(first.rows) == 288 * len(COINS)
    assert len(second.rows) == 2 * len(COINS)
    assert first.rejects == second.rejects == []


def answered(source, context):
    [request] = source.requests(context)
    return source.parse(Reply(request, 200, {}, source.simulator(request, context.now), context.now, context.slot))


def test_an_unknown_feed_has_no_simulator():
    with pytest.raises(KeyError):
        demo_glass.SOURCES[0].simulator(Request("simulate://demo/unheard_of"), NOW)
