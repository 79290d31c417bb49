"""The words the rules know: names of coins, words that are no coin, words that are no subject."""

from ledgers import seeds


def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


def _full_names() -> dict[str, str]:
    """What each coin is called in full."""
    return {symbol: name for (name, symbol), kind in seeds.shipped_names() if kind == "name"}


def _shipped() -> tuple[frozenset[str], dict[str, str], frozenset[str]]:
    """The symbols, the symbol of each unambiguous name, and the names that several coins carry."""
    meant: dict[str, set[str]] = {}
    for (name, symbol), _ in seeds.shipped_names():
        meant.setdefault(name, set()).add(symbol)
    symbols = frozenset(symbol for several in meant.values() for symbol in several)
    by_name = {name: min(several) for name, several in meant.items() if len(several) == 1}
    return symbols, by_name, frozenset(meant.keys() - by_name.keys())


# What ships with the product; the ledger's own table, with the person's aliases, has the last word in every tool.
SYMBOLS, BY_NAME, AMBIGUOUS = _shipped()
FULL_NAMES = _full_names()
# Names and tickers that are also everyday words: in lower case they count only where a coin must stand.
EVERYDAY = frozenset(
    words(
        """
    link links dot dots uni near one op ton atom sand apt fil mana sky flow theta dash band cake comp bal bat rose win
    sun hot nft magic mask safe cow core beam super pixel move movement ip ray ape blur not sats trump alt cel leo amp
    imx render gala rune pol vet ren audio orca turbo mew mog woo mina zen optimism stellar maker compound cosmos curve
    sandbox waves story sonic treasure just holo fetch helium harmony jupiter quant stacks mantle wormhole immutable
    conflux ordinals icon nexo celsius gate ronin sushi oasis virtual virtuals circle ena ont people pixels digital gold
    """
    )
)
# Capitals that are no coin.
CAPITALS = frozenset(
    words(
        """
    A I RSI MACD SMA EMA WMA ATR ADX ETF ETFS SEC USD USDS AUD EUR GBP CSV TVL API UTC CEO CFO AI US UK EU NFT
    NFTS DEFI DEX CEX PNL ROI YTD MTD QTD ATH ATL OHLC OHLCV VWAP OBV BB HODL FUD FOMO FED CPI GDP FOMC OK VS
    AND OR THE OF IN ON TO FOR BY AT IS IT ME MY WE JAN FEB MAR APR MAY JUN JUL AUG SEP SEPT OCT NOV DEC AM PM
    Q1 Q2 Q3 Q4 FAQ PDF JSON XLSX PNG MSTR TSLA COIN MARA RIOT XYZ IBIT GBTC FORM FG FNG SQL TX NO YES NEWS HELP
    """
    )
)
STOP = frozenset(
    words(
        """
    a an the it its this that these those them they he she you we i me my your our everything things all market
    markets crypto cryptos coins coin token tokens today yesterday now price prices chart data day days week
    month year hour and or of in on at to for from by with about since between until during most best worst some
    any there what which who how is are was were do does did has have had lately recently going doing been
    change bars candles candle volume close open high low highest lowest average mean total daily hourly weekly
    news sentiment fear greed index indicators rsi macd stock stocks moving performance one-hour life last past
    first hash rate block blocks tvl funding ticker headlines filings median latest current btcs so far number
    then again same too also instead please only just per both each trading compare vs versus biggest largest
    smallest average closing opening spot usd usdt dollar dollars bitcoin's really actually their how volatile stable
    strong weak generally
    currently historical history csv file table next other another
    """
    )
)

# Words that no news is about.
EMPTY = frozenset(
    words(
        """
    the a an it this that these those any all some latest recent new news crypto cryptocurrency market markets
    today yesterday then day days week month time them me us coin coins there and or in on at to from for what
    which were was is are did do does top main biggest major important headlines headline relevant many much
    more have has show give tell find list between during since around about coverage read related interesting
    good bad sentiment price press people same subject each every that's matching published
    """
    )
)
