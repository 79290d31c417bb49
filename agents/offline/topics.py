"""What a message is about: topics, statistics, bar length, indicators, filings and subjects of news."""

import re
from dataclasses import dataclass

_TOPICS: tuple[tuple[str, str], ...] = (
    (
        "positions",
        r"\b(?:my|our)\s+(?:\w+\s+)?(?:positions?|portfolio|holdings?|p&?l|pnl|balances?|profits?|losses|bags?|equity)\b|\bp&l\b|\bdo\s+i\s+(?:hold|own|have)\b|\bam\s+i\s+(?:in\s+(?:profit|loss)|up|down)\b|\bi\s+(?:hold|own)\b",
    ),
    (
        "orders",
        r"\b(?:my|our)\s+(?:\w+\s+)?(?:orders?|trades?|fills?|executions?|trading\s+history)\b|\border\s+history\b|\b(?:did|have)\s+i\s+(?:buy|sell|bought|sold|trade|traded|pay|paid)\b",
    ),
    (
        "coins",
        r"\b(?:which|what|list)\s+(?:of\s+the\s+)?(?:coins?|tokens?|symbols?|cryptos?)\s+(?:do|are|can|does|have|there|is)\b|\blist\s+(?:all\s+)?(?:the\s+)?(?:coins|tokens|symbols)\b|\bavailable\s+coins\b|\bcoins\s+(?:are\s+)?available\b|\bcoins\s+do\s+you\b",
    ),
    (
        "coverage",
        r"\b(?:what|which|how\s+much|show|list)\b[^.?!]*\bdata\b[^.?!]*(?:\b(?:have|there|stored|hold|available|collected|got)\b|\?)|\bdata\s+(?:coverage|statistics|stats|quality|available)\b|\bcoverage\b|\bhow\s+(?:far|long)\b[^.?!]*\bdata\b|\bhow\s+(?:fresh|recent|old)\b[^.?!]*\bdata\b|\bwhat\s+(?:do|have)\s+you\s+(?:have|got|know)\b(?=[^.?!]*\bon\b)",
    ),
    ("sentiment", r"\bfear\b|\bgreed\b|\bsentiment\b|\bmood\b|\bfng\b|\bfearful\b|\bgreedy\b"),
    (
        "filings",
        r"\b(?:8-?ks?|10-?ks?|10-?qs?|s-1s?|13[dg]s?|forms?\s+(?:3|4|5|144)s?|144s|filings?|filed|files?(?=\s+(?:with|in|its|an?|any|on))|edgar|insiders?)\b",
    ),
    (
        "news",
        r"\bnews\b|\bheadlines?\b|\barticles?\b|\bstor(?:y|ies)\b|\bpress\b|\bmedia\b|\b(?:written|writing|reported|reporting|saying|said)\s+about\b",
    ),
    (
        "onchain",
        r"\bhash\s*-?\s*rate\b|\bhashrate\b|\btransactions?\b|\btx\s*(?:count|s)?\b|\bblocks?\b|\bon-?chain\b|\bactive\s+addresses\b|\bmempool\b|\bdifficulty\b|\b(?:network|gas|transaction)\s+fees\b|\bgas\b|\bminers?\b",
    ),
    (
        "fundamentals",
        r"\btvl\b|\btotal\s+value\s+locked\b|\bfundamentals?\b|\b(?:protocol\s+)?revenues?\b|\bstablecoin\s+supply\b|\bcirculating\b|\blocked\s+(?:in|on|value)\b",
    ),
    ("funding", r"\bfunding(?:\s+rates?)?\b|\bopen\s+interest\b|\bperp(?:etual)?s?\b"),
    (
        "catalysts",
        r"\bcatalysts?\b|\bevents?\b|\blistings?\b|\blisted\b|\bdelist\w*\b|\bannounce\w*\b|\bunlocks?\b|\bupgrades?\b|\bgovernance\b|\bproposals?\b|\bhalv(?:ing|ening)s?\b|\bhard\s+forks?\b",
    ),
)
TOPICS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _TOPICS}
_INDICATORS = {
    "rsi": r"\brsi(?![a-z])|\bover(?:bought|sold)\b|\brelative\s+strength\b",
    "macd": r"\bmacd\b",
    "ema": r"\bemas?(?![a-z])|\bexponential\s+(?:moving\s+)?average",
    "sma": r"\bsmas?(?![a-z])|\b(?<!exponential\s)(?:simple\s+)?moving\s+averages?\b|\bma\b|\bdma\b",
    "bollinger": r"\bbollinger\b",
    "atr": r"\batr(?![a-z])|\baverage\s+true\s+range\b",
    "volatility": r"\bvolatil(?:ity|e)\b",
    "drawdown": r"\bdraw-?downs?\b",
    "stochastic": r"\bstochastics?\b",
    "adx": r"\badx\b",
    "obv": r"\bobv\b|\bon[\s-]balance\s+volume\b",
    "vwap": r"\bvwap\b",
    "zscore": r"\bz-?scores?\b",
    "roc": r"\broc\b|\brate\s+of\s+change\b",
}
_INDICATOR_PATTERNS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _INDICATORS.items()}
_PERIODED = {"rsi", "ema", "sma", "atr", "volatility", "stochastic", "adx", "vwap", "zscore", "roc", "bollinger"}
_STATISTICS: tuple[tuple[str, str], ...] = (
    (
        "largest_rise",
        r"\b(?:largest|biggest|greatest|highest|strongest|steepest|sharpest|best)\b[^.?!,]*?\b(?:rises?|gains?|jumps?|rall(?:y|ies)|pumps?|increases?|up\s*moves?|moves?\s+up|surges?|spikes?|climbs?)\b|\bbest\s+(?:day|hour|week|bar|candle|month)\b|\b(?:gain(?:ed)?|rise|rose|risen|jump(?:ed)?|climb(?:ed)?)\s+the\s+most\b",
    ),
    (
        "largest_fall",
        r"\b(?:largest|biggest|greatest|worst|steepest|sharpest|deepest)\b[^.?!,]*?\b(?:falls?|drops?|loss(?:es)?|declines?|dumps?|dips?|crash(?:es)?|decreases?|slides?|plunges?|down\s*moves?|moves?\s+down)\b|\bworst\s+(?:day|hour|week|bar|candle|month)\b|\b(?:lose|lost|fall|fell|fallen|drop|dropped|decline|declined)\s+the\s+most\b",
    ),
    ("average", r"\baverage\b|\bmean\b|\bavg\b"),
    ("volume", r"\bvolumes?\b|\bturnover\b|\bhow\s+much\b[^.?!]*\btraded\b"),
    (
        "high",
        r"\bhighest\b|\bdearest\b|\bmost\s+expensive\b|\bhighs?\b|\bpeak(?:ed)?\b|\btop(?:ped)?\b|\bmax(?:imum)?\b|\bath\b",
    ),
    ("low", r"\blowest\b|\bcheapest\b|\blows?\b|\bbottom(?:ed)?\b|\btrough\b|\bmin(?:imum)?\b|\batl\b"),
    ("open", r"\bopen(?:ed|ing)?\b(?!\s+interest)"),
    ("close", r"\bclos(?:e|ed|ing)\b"),
    ("count", r"\bhow\s+many\b(?!\s+(?:%|percent))|\bnumber\s+of\b|\bcount\b"),
    (
        "change",
        r"\bhow\s+much\b[^.?!]*\b(?:move|change|rise|fall|drop|gain|lose|rose|fell|dropped|gained|lost|up|down)\b|\bperform\w*\b|\breturns?\b|\bchanged?\b|\bpercent\w*\b|\b(?:did|has|have)\b[^.?!]*\b(?:move|fall|rise|drop|gain|lose|rally|crash|dump|pump)\w*\b",
    ),
)
STATISTICS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _STATISTICS}
PRICE = re.compile(
    r"\b(?:prices?|worth|cost|trad(?:e|ed|ing)|mov(?:e|ed|es|ing|ements?)|perform\w*|fell|fall(?:en|ing)?|drop(?:ped|ping)?"
    r"|ris(?:e|en|ing)|rose|gain(?:ed|s)?|los(?:e|t|ing)|rall(?:y|ied)|crash(?:ed)?|dump(?:ed)?|pump(?:ed)?"
    r"|return(?:ed|s)?|ohlcv?|candles?|bars?|quotes?)\b",
    re.IGNORECASE,
)
LOOSE_PRICE = re.compile(
    r"\b(?:doing|do|did|been|going|go|went|happen(?:ed|ing)|up|down|look(?:s|ed|ing)?|at|how(?:'s|\s+is|\s+was))\b",
    re.IGNORECASE,
)
COMPARE = re.compile(
    r"\bcompar(?:e|ed|ing|ison)\b|\bvs\.?\b|\bversus\b|\bagainst\b|\bbeat(?:en|s)?\b|\boutperform\w*\b|\bunderperform\w*\b|\brank(?:ing|ed)?\b|\bbetter\b|\bworse\b|\bside\s+by\s+side\b"
    r"|\bwhich\b[^.?!]*\b(?:best|worst|most|least|more|less|strongest|weakest)\b|\btop\b[^.?!]*\bcoins?\b|\bbest\s+perform\w*|\b(?:best|worst|most|least|strongest|weakest)\b[^.?!]*\b(?:coins?|tokens?)\b|\bcorrelat\w*\b|\brelative\s+to\b|\bwinner\b",
    re.IGNORECASE,
)
CHART = re.compile(r"\b(?:charts?|plot(?:ted)?|graphs?|draw|drawn|visuali[sz]e|picture|candlesticks?)\b", re.IGNORECASE)
EXPORT = re.compile(
    r"\b(?:csv|exports?|download(?:able)?|parquet|spreadsheet|excel|xlsx|(?:as|in)\s+a\s+(?:file|table))\b",
    re.IGNORECASE,
)
WHY = re.compile(r"\bwhy\b|\bwhat\s+(?:caused|drove|moved|was\s+behind)\b|\breasons?\b", re.IGNORECASE)
ADVICE = re.compile(
    r"\bshould\s+(?:i|we|one)\b|\b(?:predict|forecast|prediction|price\s+target|outlook)\b|\bgood\s+(?:time|idea|investment|buy)\b|\bworth\s+(?:buying|investing|it)\b"
    r"|\bwill\s+(?:it|they|the|[a-z]+)\b[^.?!]*\b(?:go|rise|fall|reach|hit|moon|crash|be|drop|recover|double|keep|continue|outperform)\b|\bwhat\s+will\b|\bgoing\s+to\s+(?:rise|fall|moon|crash|hit|reach)\b"
    r"|\b(?:recommend|advise|advice)\b|\bwhich\s+(?:coin|token|crypto)\s+(?:should|to)\b|\bmake\s+me\s+(?:rich|money)\b|\btomorrow\b|\bnext\s+(?:week|month|year)\b",
    re.IGNORECASE,
)
TRADE = re.compile(
    r"^\s*(?:please\s+)?(?:buy|sell|short|long|market\s+buy|place\s+(?:an?\s+)?order)\b|\b(?:buy|sell)\s+(?:me\s+)?\$?\d",
    re.IGNORECASE,
)
THANKS = re.compile(
    r"^\W*(?:thanks?(?:\s+you)?|thank\s+you|cheers|great|nice|cool|perfect|ok(?:ay)?|good\s+(?:job|work))\b[\s!.,]*"
    r"(?:a\s+lot|so\s+much|very\s+much|then|thanks)?[\s!.,]*$",
    re.IGNORECASE,
)
MARKET = re.compile(r"\bmarkets?\b", re.IGNORECASE)
HAPPENING = re.compile(
    r"\b(?:anything|something|what)\b[^.?!]*\bhappen(?:ed|ing|s)?\b(?!\s+to\b)|\bwhat(?:'s|\s+is)\s+new\b|\bany\s+updates?\b",
    re.IGNORECASE,
)
HELP = re.compile(
    r"^\W*(?:hi|hello|hey|yo|good\s+(?:morning|evening|day|afternoon)|help|thanks?(?:\s+you)?|thank\s+you|cheers|ok(?:ay)?|test|start)\b[\s!.,?]*(?:there|you|a\s+lot|so\s+much|very\s+much)?[\s!.,?]*$"
    r"|\bwhat\s+(?:can|could|do)\s+(?:you|i)\s+(?:do|ask|help|answer|offer)\b|\bwho\s+(?:are|made)\s+you\b|\bwhat\s+are\s+you\b|\bhow\s+do(?:es)?\s+(?:you|this|it)\s+work\b|\bare\s+you\s+(?:an?\s+)?(?:ai|bot|human|llm|real|chatgpt)\b|\bhelp\s+me\b\s*\W*$|\bhow\s+are\s+you\b",
    re.IGNORECASE,
)
_FRAMES = (
    ("1m", r"\b(?:1|one)[\s-]?min(?:ute)?s?\b|\b1m\b|\bminute\s+(?:bars?|candles?|data)\b|\bminutely\b"),
    ("5m", r"\b(?:5|five)[\s-]?min(?:ute)?s?\b|\b5m\b"),
    ("15m", r"\b(?:15|fifteen)[\s-]?min(?:ute)?s?\b|\b15m\b"),
    ("30m", r"\b(?:30|thirty)[\s-]?min(?:ute)?s?\b|\b30m\b|\bhalf[\s-]hour(?:ly)?\b"),
    ("4h", r"\b(?:4|four)[\s-]?h(?:ou)?rs?(?:ly)?\b|\b4h\b"),
    ("12h", r"\b(?:12|twelve)[\s-]?h(?:ou)?rs?(?:ly)?\b|\b12h\b"),
    (
        "1h",
        r"\b(?:1|one|single)[\s-]?h(?:ou)?r(?:ly)?\b|\b1h\b|\bhourly\b|\b(?:worst|best)\s+hour\b|\bin\s+(?:an|a\s+single)\s+hour\b|\bwhich\s+hour\b",
    ),
    ("1w", r"\b(?:1|one|single)[\s-]week\b|\bweekly\b|\b(?:worst|best)\s+week\b"),
    ("1d", r"\b(?:1|one|single)[\s-]day\b|\bdaily\b|\b1d\b|\b(?:worst|best|which|what)\s+day\b|\bper\s+day\b"),
)
FRAMES = [(frame, re.compile(pattern, re.IGNORECASE)) for frame, pattern in _FRAMES]


@dataclass(frozen=True)
class Alias:
    """A name the person wants a coin to go by."""

    symbol: str
    name: str


_ALIASES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\badd\s+(?:an?\s+|the\s+)?(?:coin\s+)?alias\s+['\"“]?(?P<name>[\w-]+)['\"”]?\s+(?:for|to)\s+(?P<coin>[\w$]+)",
        r"\badd\s+['\"“]?(?P<name>[\w-]+)['\"”]?\s+as\s+(?:an?\s+)?(?:alias|name|nickname)\s+(?:for|of)\s+(?P<coin>[\w$]+)",
        r"\b(?:let's\s+|please\s+)?call\s+(?P<coin>[\w$]+)\s+(?:by\s+the\s+name\s+)?['\"“]?(?P<name>[\w-]+)['\"”]?",
        r"\b(?:let\s+)?['\"“](?P<name>[\w-]+)['\"”]\s+(?:shall\s+)?(?:means?|stands?\s+for|is)\s+(?P<coin>[\w$]+)",
        r"\b(?:when\s+i\s+say|if\s+i\s+say|by)\s+['\"“]?(?P<name>[\w-]+)['\"”]?,?\s+i\s+mean\s+(?P<coin>[\w$]+)",
        r"\b(?:remember|nickname|alias)\s+(?P<coin>[\w$]+)\s+(?:as|to)\s+['\"“]?(?P<name>[\w-]+)['\"”]?",
        r"\buse\s+['\"“]?(?P<name>[\w-]+)['\"”]?\s+(?:as\s+(?:an?\s+)?(?:alias|name|nickname)\s+)?for\s+(?P<coin>[\w$]+)",
    )
)


def alias(text: str) -> Alias | None:
    """The name the person asks to give a coin, if that is what they ask."""
    for pattern in _ALIASES:
        if match := pattern.search(text):
            return Alias(match["coin"].lstrip("$"), match["name"])
    return None


def topics(text: str) -> tuple[str, ...]:
    """The topics of the message, price apart, in the order in which they appear."""
    found = sorted((match.start(), name) for name, pattern in TOPICS.items() if (match := pattern.search(text)))
    names = [name for _, name in found]
    if "catalysts" in names and ("filings" in names or "news" in names[: names.index("catalysts")]):
        names.remove("catalysts")  # they are what the filing or the news is about
    return tuple(names)


def statistics(text: str) -> tuple[str, ...]:
    """The statistics asked for."""
    names = tuple(name for name, pattern in STATISTICS.items() if pattern.search(text))
    if {"largest_rise", "largest_fall"} & set(names):
        return tuple(name for name in names if name.startswith("largest"))
    return names


def timeframe(text: str) -> str | None:
    """The bar length asked for, such as 1h."""
    return next((frame for frame, pattern in FRAMES if pattern.search(text)), None)


def indicators(text: str) -> tuple[str, ...]:
    """Indicators with their length where one is said: rsi_14, sma_50."""
    names: list[str] = []
    for name, pattern in _INDICATOR_PATTERNS.items():
        if matches := list(pattern.finditer(text)):
            lengths = [length for match in matches for length in _lengths(text, match)] if name in _PERIODED else []
            names += [f"{name}_{length}" for length in dict.fromkeys(lengths)] or [name]
    return tuple(names)


def _lengths(text: str, match: re.Match[str]) -> list[str]:
    """The numbers just before or after an indicator's name: 14-day RSI, RSI(14), 50 and 200 day moving averages."""
    if beside := re.match(r"[(_]?(\d{1,3})\b", text[match.end() :]):  # EMA12, RSI(14)
        return [beside[1]]
    before = re.search(
        r"((?:\d{1,3}(?:\s*(?:,|and|&|/)\s*)?)+)[\s-]*(?:days?|d|hours?|h|periods?|bars?|weeks?)?[\s-]*(?:simple|exponential|wilder'?s?)?[\s-]*$",
        text[: match.start()],
        re.IGNORECASE,
    )
    after = re.match(
        r"\s*[(_-]?\s*(\d{1,3})\b(?!\s*(?:%|st|nd|rd|th|january|february|march|april|may|june|july|august|september|october|november|december))",
        text[match.end() :],
        re.IGNORECASE,
    )
    said = (before and before.group(1)) or (after and after.group(1)) or ""
    return re.findall(r"\d{1,3}", said)
