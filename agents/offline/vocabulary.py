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
    strong weak generally performing performed performer traded losing winning gaining rising falling moving
    bullish bearish
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

# Words that no answer turns on: articles, pronouns, auxiliaries, prepositions, politeness, and the nouns every question
# here is about. Words that turn an answer round (not, except, only, if) are none of them.
FUNCTION = frozenset(
    words(
        """
    a an the this that these those it its it's they them their there here he his him she her hers we us our i
    me my mine you your i'm i'd i'll i've you're let's lets what's how's where's who's that's there's one's
    what which who whom whose where when why how whether am is are was were be been being isn't wasn't aren't
    do does did doing done has have had having will would shall should can could may might must got get gets
    getting gone go goes going went gonna and or but nor so then than too also both either each per via as etc
    plus versus of in on at to from for by with within into onto upon about between among during over through
    throughout across along around since until till after before up down out off back ago onwards onward
    starting beginning ending some any all every much many more most few several lot lots bit little own such
    same other another others please kindly thanks thank hi hello hey ok okay well just really actually simply
    quite rather very exactly precisely roughly approximately maybe perhaps generally overall basically tell
    show give list find look see say says said know want wanted need like love wonder wondering curious help
    check display return report explain describe provide compute calculate work figure determine let make made
    take took mean means meant interested level levels number numbers figures amount amounts data datum info
    information details stored recorded reported reading readings result results stats statistics statistic
    coin coins token tokens crypto cryptos cryptocurrency cryptocurrencies asset assets currency currencies
    market markets time times timeframe period periods date dates day days week weeks month months year years
    hour hours minute minutes moment point bar bars candle candles utc question answer quick brief sum summary
    overview exchange chart charts table usd usdt dollar dollars first last end start latest newest recent
    recently lately today now currently yet still already ever again once happen happened happens come came
    comes keep kept stand stood stay stayed inside outside whole entire full total complete single looked
    looking compared relative according based anything something nothing everything anyone someone everyone
    somebody anybody nobody thing things ask asking asked become became becomes becoming busy active seen saw
    use using used uses apply applying kind kinds sort type types way ways case cases part parts fact idea
    sense term terms bunch couple pair matter turned turn turns ended ends began begin begins started
    respectively altogether instead anyway though although while because whenever wherever big large small
    huge tiny good bad great nice fine interesting notable important relevant major main key thinking think
    thought believe guess guessing suppose assume understand understood remember recall hear heard learn
    learned showed shown showing gave given giving told telling tells saying listed listing finding found far
    old new later earlier next following previous prior afterwards beforehand meanwhile simultaneously
    situation status state story development developments summarise summarize recap rundown breakdown possible
    available able ready sure certain clear right wrong correct true aside together yours theirs myself
    yourself itself themselves hmm um er ah oh yes no yeah yep nope thx ta mate folks sir eg ie vs aka item
    items piece pieces entry entries mention mentions mentioned mentioning contain contains containing
    """
    )
)
