"""The ten coins of the demo market. Their names are real, every figure is made up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Coin:
    """A coin: around which price it moves, how wildly, and how precisely it is quoted."""

    symbol: str
    name: str
    slug: str
    anchor: float  # USD
    volatility: float  # of a day, beside the market's
    beta: float  # to the market
    decimals: int
    turnover: float  # USD a day
    supply: float  # circulating


COINS = (
    Coin("BTC", "Bitcoin", "bitcoin", 64_000, 0.010, 1.0, 2, 2.4e9, 19.8e6),
    Coin("ETH", "Ethereum", "ethereum", 3_100, 0.014, 1.15, 2, 1.3e9, 120e6),
    Coin("SOL", "Solana", "solana", 150, 0.024, 1.35, 3, 4.5e8, 470e6),
    Coin("XRP", "XRP", "ripple", 0.62, 0.020, 0.9, 5, 2.5e8, 56e9),
    Coin("ADA", "Cardano", "cardano", 0.48, 0.020, 1.1, 5, 9e7, 35e9),
    Coin("DOGE", "Dogecoin", "dogecoin", 0.14, 0.030, 1.3, 6, 2e8, 146e9),
    Coin("LTC", "Litecoin", "litecoin", 82, 0.016, 0.9, 3, 6e7, 75e6),
    Coin("LINK", "Chainlink", "chainlink", 15, 0.022, 1.2, 4, 8e7, 620e6),
    Coin("LUNA", "Terra", "terra-luna-2", 0.45, 0.034, 1.2, 5, 1.5e7, 700e6),
    Coin("LUNC", "Terra Classic", "terra-luna", 0.00011, 0.036, 1.1, 9, 1.2e7, 5.6e12),
)
INDEX = {coin.symbol: number for number, coin in enumerate(COINS)}
