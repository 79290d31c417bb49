"""The demo market's Glass ledger: candles, quotes, derivatives, chains, protocols, capitalisations."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from collectors.demo.coins import COINS, INDEX
from collectors.demo.market import MINUTES, Market, day_of, moment_of
from collectors.demo.noise import Floats, unit, yearly_normals

VENUE, QUOTE = "SIMEX", "USD"
INTERVALS = {"5m": 5, "1h": 60, "1d": MINUTES}  # minutes
QUOTE_MINUTES = 5
_GAP_EVERY_DAYS = 5
ONCHAIN = {"BTC": 1.0, "ETH": 3.1, "SOL": 160.0}  # transactions a day, in 450 thousands
PROTOCOLS = {"uniswap": 4.9e9, "aave": 1.2e10, "lido": 2.6e10, "maker": 5.1e9}
CHAINS = {"ethereum": ("ETH", 6.0e10), "solana": ("SOL", 8.0e9)}
STABLECOINS = {"tether": ("USDT", 1.4e11), "usd-coin": ("USDC", 6.0e10)}


def candles(market: Market, interval: str, start: datetime, end: datetime) -> pl.DataFrame:
    """Bars that close in (start, end]. 5m adds up to 1h and that to 1d; the planted gaps miss in 5m and 1h."""
    length = INTERVALS[interval]
    first, last = day_of(start - timedelta(minutes=length)), day_of(end)
    parts = []
    for index, coin in enumerate(COINS):
        frame = _bars(*market.minutes(index, first, last), length)
        opens = pl.int_range(pl.len(), dtype=pl.Int64) * length
        frame = frame.with_columns(
            pl.lit(coin.symbol).alias("symbol"),
            (pl.lit(moment_of(first)).dt.cast_time_unit("us") + pl.duration(minutes=opens)).alias("open_time"),
        )
        parts.append(frame if interval == "1d" else _without_gap(market.seed, coin.symbol, frame, first, last))
    closes = (pl.col("open_time") + timedelta(minutes=length)).alias("observed_at")
    bars = pl.concat(parts).with_columns(
        closes, pl.lit(interval).alias("interval"), pl.lit(QUOTE).alias("quote"), pl.lit(VENUE).alias("venue")
    )
    return within(bars, start, end)


def _bars(prices: Floats, volumes: Floats, length: int) -> pl.DataFrame:
    bars = (len(prices) * (MINUTES // length), length)
    opens = prices[:, :MINUTES:length].ravel()
    closes = prices[:, length::length].ravel()
    during = prices[:, :MINUTES].reshape(bars)
    return pl.DataFrame(
        {
            "open": opens,
            "high": np.maximum(during.max(axis=1), closes),
            "low": np.minimum(during.min(axis=1), closes),
            "close": closes,
            "volume": np.round(volumes.reshape(bars[0], -1).sum(axis=1), 3),
        }
    )


def gap_of(seed: int, symbol: str, block: int) -> tuple[datetime, datetime] | None:
    """The hours in which a coin's bars were never delivered, one stretch in some blocks of days, whole hours long."""
    if unit(seed, "gap", symbol, block) > 1 / len(COINS):
        return None
    start = int(unit(seed, "gap start", symbol, block) * _GAP_EVERY_DAYS * 20)
    hours = 1 + int(unit(seed, "gap hours", symbol, block) * 4)
    begins = moment_of(block * _GAP_EVERY_DAYS) + timedelta(hours=start)
    return begins, begins + timedelta(hours=hours)


def _without_gap(seed: int, symbol: str, frame: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    for block in range(first // _GAP_EVERY_DAYS, last // _GAP_EVERY_DAYS + 1):
        if gap := gap_of(seed, symbol, block):
            frame = frame.filter(~pl.col("open_time").is_between(*gap, closed="left"))
    return frame


def quotes(market: Market, start: datetime, end: datetime) -> pl.DataFrame:
    """Bid, ask and last every five minutes; `last` is the price the candles pass through at that minute."""
    first, last = day_of(start), day_of(end)
    parts = []
    for index, coin in enumerate(COINS):
        prices = market.minutes(index, first, last)[0][:, :MINUTES:QUOTE_MINUTES].ravel()
        spread = np.maximum(np.round(prices * 0.0006, coin.decimals), 10.0**-coin.decimals)
        minutes = pl.int_range(pl.len(), dtype=pl.Int64) * QUOTE_MINUTES
        frame = pl.DataFrame(
            {
                "last": prices,
                "bid": np.round(prices - spread, coin.decimals),
                "ask": np.round(prices + spread, coin.decimals),
            }
        ).with_columns(
            pl.lit(coin.symbol).alias("symbol"),
            (pl.lit(moment_of(first)).dt.cast_time_unit("us") + pl.duration(minutes=minutes)).alias("observed_at"),
        )
        parts.append(frame)
    told = pl.concat(parts).with_columns(pl.lit(QUOTE).alias("quote"), pl.lit(VENUE).alias("venue"))
    return within(told, start, end)


def derivatives(market: Market, start: datetime, end: datetime) -> pl.DataFrame:
    """Funding every eight hours and open interest, of three perpetuals."""
    rows = []
    for symbol in ONCHAIN:
        index = INDEX[symbol]
        noise = yearly_normals(market.seed, f"funding {symbol}", market.blocks, 6)
        trend = market.daily_return(index)
        for day in range(day_of(start), day_of(end) + 1):
            for part in range(3):
                rate = 0.0001 + 0.002 * float(trend[day - 1]) + 0.00005 * float(noise[day, part])
                interest = COINS[index].turnover * 2 / COINS[index].anchor * float(np.exp(0.1 * noise[day, part + 3]))
                at = moment_of(day, part * 480)
                rows.append((symbol, "funding_rate", at, round(rate, 8), "fraction"))
                rows.append((symbol, "open_interest", at, round(interest, 2), "coins"))
    frame = _frame(rows, ("symbol", "metric", "observed_at", "value", "unit"))
    told = frame.with_columns(pl.lit(f"{QUOTE}").alias("quote"), pl.lit(VENUE).alias("venue"))
    return within(told, start, end)


def onchain(market: Market, start: datetime, end: datetime) -> pl.DataFrame:
    """Daily figures of three chains; busier after large moves. Bitcoin's hash rate follows the price, slowly."""
    rows = []
    for symbol, scale in ONCHAIN.items():
        index = INDEX[symbol]
        noise = yearly_normals(market.seed, f"chain {symbol}", market.blocks, 4)
        moves = np.abs(market.daily_return(index))
        for day in range(day_of(start), day_of(end) + 1):
            busy = float(np.exp(0.06 * noise[day, 0] + 4 * moves[day]))
            at = moment_of(day)
            rows.append((symbol, "tx_count", at, float(round(450_000 * scale * busy)), "count"))
            rows.append((symbol, "active_addresses", at, float(round(700_000 * scale**0.5 * busy)), "count"))
            rows.append((symbol, "fees_usd", at, round(1.1e6 * busy**3 * float(np.exp(0.2 * noise[day, 1])), 2), "USD"))
            if symbol == "BTC":
                slow = float(market.logs[max(day - 90, 0) : day + 1, index].mean() - market.logs[0, index])
                rate = 6.2e20 * float(np.exp(0.5 * slow + 0.02 * noise[day, 2]))
                rows.append((symbol, "hash_rate", at, float(f"{rate:.6g}"), "H/s"))
    return within(_frame(rows, ("symbol", "metric", "observed_at", "value", "unit")), start, end)


def protocols(market: Market, start: datetime, end: datetime) -> pl.DataFrame:
    """Value locked, fees and revenue of four protocols, and the value locked on two chains, daily at 00:00."""
    rows: list[tuple[object, ...]] = []
    noise = yearly_normals(market.seed, "protocols", market.blocks, len(PROTOCOLS) + len(CHAINS))
    for day in range(day_of(start), day_of(end) + 1):
        at = moment_of(day)
        for number, (slug, size) in enumerate(PROTOCOLS.items()):
            locked = size * _relative(market, "ETH", day) * float(np.exp(0.03 * noise[day, number]))
            fees = locked * 0.00018 * float(np.exp(0.25 * noise[day - 1, number]))
            rows.append((slug, "protocol", None, "tvl", at, round(locked, 2), "USD"))
            rows.append((slug, "protocol", None, "fees", at, round(fees, 2), "USD"))
            rows.append((slug, "protocol", None, "revenue", at, round(fees * 0.22, 2), "USD"))
        for number, (slug, (symbol, size)) in enumerate(CHAINS.items(), len(PROTOCOLS)):
            locked = size * _relative(market, symbol, day) * float(np.exp(0.02 * noise[day, number]))
            rows.append((slug, "chain", symbol, "tvl", at, round(locked, 2), "USD"))
    return within(_frame(rows, ("entity", "kind", "symbol", "metric", "observed_at", "value", "unit")), start, end)


def stablecoins(market: Market, start: datetime, end: datetime) -> pl.DataFrame:
    """Supply of two stablecoins: the feed that fell behind, see `feeds.STALE_BY`."""
    rows = []
    noise = yearly_normals(market.seed, "stablecoins", market.blocks, len(STABLECOINS))
    for day in range(day_of(start), day_of(end) + 1):
        for number, (slug, (symbol, size)) in enumerate(STABLECOINS.items()):
            supply = size * (1 + 0.0002 * (day % 730)) * float(np.exp(0.002 * noise[day, number]))
            rows.append((slug, "stablecoin", symbol, "supply", moment_of(day), round(supply, 2), "USD"))
    return within(_frame(rows, ("entity", "kind", "symbol", "metric", "observed_at", "value", "unit")), start, end)


def snapshots(market: Market, start: datetime, end: datetime) -> pl.DataFrame:
    """Capitalisation and rank of each coin, daily at 00:00."""
    rows = []
    for day in range(day_of(start), day_of(end) + 1):
        prices = [float(f"{np.exp(market.logs[day, index]):.9g}") for index in range(len(COINS))]
        capital = [round(price * coin.supply, 0) for price, coin in zip(prices, COINS, strict=True)]
        ranks = sorted(capital, reverse=True)
        for index, coin in enumerate(COINS):
            price = round(prices[index], coin.decimals)
            rank, traded = ranks.index(capital[index]) + 1, round(coin.turnover * prices[index] / coin.anchor, 0)
            rows.append((coin.slug, coin.symbol, moment_of(day), price, capital[index], traded, rank, coin.supply))
    names = ("coin_id", "symbol", "observed_at", "price_usd", "market_cap_usd", "volume_24h_usd", "rank")
    return within(_frame(rows, (*names, "circulating_supply")), start, end)


def within(frame: pl.DataFrame, start: datetime, end: datetime) -> pl.DataFrame:
    """Rows observed in (start, end]."""
    return frame.filter(pl.col("observed_at") > start, pl.col("observed_at") <= end)


def _relative(market: Market, symbol: str, day: int) -> float:
    """The price of a coin relative to where it began."""
    index = INDEX[symbol]
    return float(np.exp(market.logs[day, index] - market.logs[0, index]))


def _frame(rows: Sequence[tuple[object, ...]], names: tuple[str, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=typed(names), orient="row")


def typed(names: tuple[str, ...]) -> dict[str, pl.DataType | type[pl.DataType]]:
    """The type of each column by its name."""
    known: dict[str, pl.DataType | type[pl.DataType]] = {
        "observed_at": pl.Datetime("us", "UTC"),
        "value": pl.Float64,
        "rank": pl.Int64,
        "price_usd": pl.Float64,
        "market_cap_usd": pl.Float64,
        "volume_24h_usd": pl.Float64,
        "circulating_supply": pl.Float64,
    }
    return {name: known.get(name, pl.String) for name in names}
