"""Prices of the demo market: regimes, a common factor, jumps at events; the same at any time they are asked for."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from collectors.demo.coins import COINS
from collectors.demo.noise import DAYS_IN_BLOCK, Floats, generator, yearly_normals, yearly_uniforms
from collectors.demo.shocks import Shock, shocks

Days = npt.NDArray[np.int64]

EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
MINUTES: Final = 1_440
_FIVE: Final = 5
_DRAWS: Final = MINUTES + MINUTES // _FIVE
REGIMES: Final = ("calm", "bull", "bear", "panic")
_DRIFT: Final = np.array([0.0, 0.004, -0.004, -0.012])
_VOLATILITY: Final = np.array([0.013, 0.019, 0.021, 0.040])
_STAY: Final = np.array([0.965, 0.970, 0.965, 0.85])
_NEXT: Final = ((1, 1, 2, 2, 3), (0, 0, 2, 3), (0, 0, 1, 3), (0, 2, 1))  # where a regime that ends goes
_PULL: Final = 0.004  # a day, back towards the anchor


def day_of(moment: datetime) -> int:
    """Days since the epoch of the demo market."""
    return (moment - EPOCH) // timedelta(days=1)


def moment_of(day: int, minute: int = 0) -> datetime:
    """The moment of a day and minute."""
    return EPOCH + timedelta(days=day, minutes=minute)


class Market:
    """Everything the demo market's feeds are read from; a pure function of the seed.

    Args:
        seed: chooses the world.
        until: it must be able to answer up to here, and a year beyond.
    """

    def __init__(self, seed: int, until: datetime) -> None:
        """Draw the days; minutes are drawn when they are asked for."""
        self.seed = seed
        self.blocks = day_of(until) // DAYS_IN_BLOCK + 2
        self.shocks: tuple[Shock, ...] = shocks(seed, self.blocks)
        self.regimes = _regimes(seed, self.blocks)
        self.logs = _daily_logs(seed, self.blocks)  # log price at 00:00 of each day, by coin

    def daily_return(self, coin: int) -> Floats:
        """Log return of each day."""
        result: Floats = np.diff(self.logs[:, coin])
        return result

    def minutes(self, coin: int, first: int, last: int) -> tuple[Floats, Floats]:
        """Prices and volumes of the days first..last, one row per day.

        Returns:
            Prices at every minute, 00:00 to 24:00 inclusive (1,441 columns), and coins traded in every five minutes
            (288 columns), more when the price moves.
        """
        days = np.arange(first, last + 1)
        draws = np.stack([generator(self.seed, "minutes", coin, int(day)).standard_normal(_DRAWS) for day in days])
        prices = self._prices(coin, days, draws[:, :MINUTES])
        moves = np.abs(np.diff(np.log(prices[:, ::_FIVE]), axis=1))
        usual = COINS[coin].turnover / (MINUTES / _FIVE) / COINS[coin].anchor
        volumes: Floats = np.round(usual * np.exp(0.4 * draws[:, MINUTES:]) * (1 + 150 * moves), 3)
        return prices, volumes

    def _prices(self, coin: int, days: Days, noise: Floats) -> Floats:
        """A bridge from midnight to midnight, with the day's jumps where they happen."""
        walk = np.zeros((len(days), MINUTES + 1))
        np.cumsum(noise * self._minute_volatility(coin, days)[:, None], axis=1, out=walk[:, 1:])
        jumps = self._jumps(coin, int(days[0]), int(days[-1]))
        start, end = self.logs[days, coin], self.logs[days + 1, coin]
        rest = end - start - jumps[:, -1] - walk[:, -1]
        walk += rest[:, None] * np.linspace(0.0, 1.0, MINUTES + 1)
        walk += jumps
        walk += start[:, None]
        np.exp(walk, out=walk)
        return np.round(walk, COINS[coin].decimals, out=walk)

    def price_at(self, coin: int, moment: datetime) -> float:
        """The price at one minute."""
        day = day_of(moment)
        minute = int((moment - moment_of(day)).total_seconds() // 60)
        return float(self._one_day(coin, day)[minute])

    @lru_cache(maxsize=1024)  # noqa: B019 - a market lives as long as its process
    def _one_day(self, coin: int, day: int) -> Floats:
        row: Floats = self.minutes(coin, day, day)[0][0]
        return row

    def _minute_volatility(self, coin: int, days: Days) -> Floats:
        market = _VOLATILITY[self.regimes[days]] * COINS[coin].beta
        volatility: Floats = 0.8 * np.sqrt(market**2 + COINS[coin].volatility ** 2) / np.sqrt(MINUTES)
        return volatility

    def _jumps(self, coin: int, first: int, last: int) -> Floats:
        jumps = np.zeros((last - first + 1, MINUTES + 1))
        for shock in self.shocks:
            if first <= shock.day <= last and shock.coin in {None, coin}:
                jumps[shock.day - first, shock.moves_at :] += _felt(shock, coin)
        return jumps


@lru_cache(maxsize=4)
def market(seed: int, year: int) -> Market:
    """The market that can answer any question about a year and those before it."""
    return Market(seed, datetime(year, 12, 31, tzinfo=UTC))


def _felt(shock: Shock, coin: int) -> float:
    return shock.jump * (COINS[coin].beta if shock.coin is None else 1.0)


@lru_cache(maxsize=4)
def _regimes(seed: int, blocks: int) -> Days:
    draws = yearly_uniforms(seed, "regimes", blocks, 2)
    states, state = np.zeros(len(draws), dtype=np.int64), 0
    for day, (leaves, towards) in enumerate(draws):
        if leaves > _STAY[state]:
            state = _NEXT[state][int(towards * len(_NEXT[state]))]
        states[day] = state
    return states


@lru_cache(maxsize=4)
def _daily_logs(seed: int, blocks: int) -> Floats:
    regimes = _regimes(seed, blocks)
    common = yearly_normals(seed, "market", blocks, 1)[:, 0]
    own = yearly_normals(seed, "coins", blocks, len(COINS))
    beta, volatility = np.array([c.beta for c in COINS]), np.array([c.volatility for c in COINS])
    moves = (_DRIFT[regimes] + _VOLATILITY[regimes] * common)[:, None] * beta + own * volatility
    for shock in shocks(seed, blocks):
        for coin in range(len(COINS)) if shock.coin is None else (shock.coin,):
            moves[shock.day, coin] += _felt(shock, coin)
    anchors = np.log([coin.anchor for coin in COINS])
    logs = np.zeros((len(moves) + 1, len(COINS)))
    logs[0] = anchors
    for day, move in enumerate(moves):
        logs[day + 1] = logs[day] + _PULL * (anchors - logs[day]) + move
    return logs
