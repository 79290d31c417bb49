"""What a message is about: the words of each topic, and bar lengths."""

import re

GAP = r"([^.?!]*?)"  # what stands in a gap is not claimed by the topic around it
_DATA = r"(?:data|feeds?|sources?|series|history|records?|quotes?|bars|candles|prices)"
_TOPICS: tuple[tuple[str, str], ...] = (
    (
        "quality",
        (
            rf"\b(?:fresh(?:ness)?|stale(?:ness)?|complete(?:ness)?|gaps?|missing|reliable|"
            rf"reliability|trustworthy|up[\s-]to[\s-]date|outdated|trust|healthy|"
            rf"holes?)\b(?=[^.?!]*\b{_DATA}\b)|\b{_DATA}\b{GAP}\b(?:fresh|stale|complete|gaps?|"
            rf"missing|reliable|trustworthy|up[\s-]to[\s-]date|outdated|healthy|holes?|late|"
            rf"behind)\b|\bdata\s+quality\b|\bquality\s+of\b{GAP}\b{_DATA}\b|"
            rf"\bhow\s+good\b{GAP}\bdata\b"
        ),
    ),
    (
        "known",
        (
            r"\bwhat\b([^.?!]*?)\b(?:was|were)\s+(?:already\s+)?(?:publicly\s+)?known\b|"
            r"\bwhat\s+(?:did|could)\s+(?:we|i|you|one|people|anyone|"
            r"the\s+market)\s+(?:already\s+)?know\b|\bknown\s+(?:at\s+the\s+time\s+)?(?:about|"
            r"of)\b"
        ),
    ),
    (
        "positions",
        (
            r"\b(?:my|our)\s+(?:\w+\s+)?(?:positions?|portfolio|holdings?|p&?l|pnl|balances?|"
            r"profits?|losses|bags?|equity)\b|\bp&l\b|\bdo\s+i\s+(?:hold|own|have)\b|"
            r"\bam\s+i\s+(?:in\s+(?:profit|loss)|up|down)\b|\bi\s+(?:hold|own)\b"
        ),
    ),
    (
        "orders",
        (
            r"\b(?:my|our)\s+(?:\w+\s+)?(?:orders?|trades?|fills?|executions?|"
            r"trading\s+history)\b|\border\s+history\b|\b(?:did|have)\s+i\s+(?:buy|sell|bought|"
            r"sold|trade|traded|pay|paid)\b"
        ),
    ),
    (
        "coins",
        (
            r"\b(?:which|what|list)\s+(?:of\s+the\s+)?(?:coins?|tokens?|symbols?|"
            r"cryptos?)\s+(?:do|are|can|does|have|there|is)\b|"
            r"\blist\s+(?:all\s+)?(?:the\s+)?(?:coins|tokens|symbols)\b|\bavailable\s+coins\b|"
            r"\bcoins\s+(?:are\s+)?available\b|\bcoins\s+do\s+you\b"
        ),
    ),
    (
        "coverage",
        (
            rf"\b(?:what|which|how\s+much|show|list)\b{GAP}\bdata\b{GAP}(?:\b(?:have|there|stored|"
            rf"hold|available|collected|got)\b|\?)|\bdata\s+(?:coverage|statistics|stats|"
            rf"available)\b|\bcoverage\b|\bhow\s+(?:far|long)\b{GAP}\bdata\b|\bhow\s+(?:recent|"
            rf"old)\b{GAP}\bdata\b|\bwhat\s+(?:do|have)\s+you\s+(?:have|got|"
            rf"know)\b(?=[^.?!]*\bon\b)|\b(?:data|history)\b{GAP}\b(?:go\s+back|begin|start|end)\b"
        ),
    ),
    (
        "sentiment",
        (
            r"\bfear\b(?:\s*(?:and|&)\s*greed\b)?(?:\s+index\b)?|\bgreed\b(?:\s+index\b)?|"
            r"\bsentiment\b(?:\s+(?:scores?|index|readings?))?|\bmood\b|\bfng\b|\bfearful\b|"
            r"\bgreedy\b|\b(?:tone|positive|negative|bullish|bearish)\b(?=[^.?!]*\b(?:news|"
            r"headlines?|posts?|press|media|coverage|articles?)\b)|\b(?:news|headlines?|posts?|"
            r"press|media|coverage|articles?)\b(?=[^.?!]*\b(?:tone|positive|negative|bullish|"
            r"bearish)\b)"
        ),
    ),
    (
        "filings",
        (
            r"\b(?:8-?ks?|10-?ks?|10-?qs?|s-1s?|13[dg]s?|forms?\s+(?:3|4|5|144)s?|144s|filings?|"
            r"filed|lodge[sd]?|files?(?=\s+(?:with|in|its|an?|any|on))|edgar|insiders?)\b"
        ),
    ),
    (
        "news",
        (
            r"\bnews\b|\bheadlines?\b|\barticles?\b|\bstor(?:y|ies)\b|\bpress\b|\bmedia\b|"
            r"\b(?:written|writing|reported|reporting|saying|said)\s+about\b"
        ),
    ),
    (
        "onchain",
        (
            r"\bhash\s*-?\s*rate\b|\bhashrate\b|\btransactions?\b|\btx\s*(?:count|s)?\b|"
            r"\bblocks?\b|\bon-?chain\b|\bactive\s+addresses\b|\bmempool\b|\bdifficulty\b|"
            r"\b(?:network|gas|transaction)\s+fees\b|\bgas\b|\bminers?\b|"
            r"\bmarket\s*-?\s*cap(?:itali[sz]ation)?s?\b|\b(?:circulating|coin)\s+supply\b|"
            r"\bmean\s+block\s+interval\b"
        ),
    ),
    (
        "fundamentals",
        (
            r"\btvl\b|\btotal\s+value\s+locked\b|\bfundamentals?\b|\b(?:protocol\s+)?revenues?\b|"
            r"\bstable\s?coins?(?:'s?)?(?:\s+(?:supply|supplies|market|total|circulation))?\b|"
            r"\blocked\s+(?:in|on|value)\b|"
            r"(?<!network\s)(?<!gas\s)(?<!transaction\s)(?<!trading\s)(?<!excluding\s)(?<!after\s)(?<!without\s)\bfees?\b"
        ),
    ),
    ("funding", r"\b(?:perp(?:etual)?\s+)?funding(?:\s+rates?)?\b|\bopen\s+interest\b|\bperp(?:etual)?s?\b"),
    (
        "catalysts",
        (
            r"\bcatalysts?\b|\bevents?\b|\blistings?\b|\blisted\b|\bdelist\w*\b|\bannounce\w*\b|"
            r"\bunlocks?\b|\bupgrades?\b|\bgovernance\b|\bproposals?\b|\bhalv(?:ing|ening)s?\b|"
            r"\bhard\s+forks?\b"
        ),
    ),
)
TOPICS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _TOPICS}
PRICE = re.compile(
    r"\b(?:pric(?:es?|ed|ing)|valu(?:es?|ed)|worth|cost|trad(?:e|ed|ing)|mov(?:e|ed|es|ing|ements?)|perform\w*|fell|"
    r"fall(?:en|ing)?|drop(?:ped|ping)?"
    r"|ris(?:e|en|ing)|rose|gain(?:ed|s)?|los(?:e|t|ing)|rall(?:y|ied)|crash(?:ed)?|dump(?:ed)?|pump(?:ed)?"
    r"|return(?:ed|s)?|ohlcv?|candles?|bars?|quotes?)\b",
    re.IGNORECASE,
)
LOOSE_PRICE = re.compile(
    r"\b(?:doing|do|did|been|going|go|went|happen(?:ed|ing)|up|down|look(?:s|ed|ing)?|at|how(?:'s|\s+is|\s+was))\b",
    re.IGNORECASE,
)
_MORE = (
    r"(?:best|worst|most|least|more|less|strongest|weakest|larg(?:er|est)|bigg(?:er|est)|"
    r"high(?:er|est)|low(?:er|est)|small(?:er|est)|great(?:er|est)|deep(?:er|est))"
)
COMPARE = re.compile(
    r"\bcompar(?:e|ed|ing|ison)\b|\bvs\.?\b|\bversus\b|\bagainst\b|\bbeat(?:en|s)?\b|"
    r"\boutperform\w*\b|\bunderperform\w*\b|\brank(?:ing|ed)?\b|\b(?:order|sort)(?:ed|"
    r"ing)?\b(?!\s+(?:history|book))|\bbetter\b|\bworse\b|\bside\s+by\s+side\b"
    rf"|\b(?:which\b(?!\s+(?:day|hour|week|month|date|bar|candle)\b)|"
    rf"what\b(?!\s+(?:day|hour|week|month|date|bar|candle|was|is|were)\b)){GAP}\b{_MORE}\b|"
    rf"\btop\b{GAP}\bcoins?\b|\bbest\s+perform\w*|"
    rf"\b{_MORE}\b{GAP}\b(?:coins?|tokens?|gainers?|losers?)\b|\b(?:coins?|"
    rf"tokens?)\b{GAP}\b{_MORE}\b|\b(?:biggest|top)\s+(?:\d+\s+)?(?:gainers?|losers?|movers?)\b|"
    rf"\bmore\s+(?:volatile|stable)\b|\bcorrelat\w*\b|\brelative\s+to\b|\bwinners?\b|"
    rf"\blosers?\b",
    re.IGNORECASE,
)
RATIO = re.compile(
    (
        r"\bratios?\b|\bpriced\s+in\b|\bin\s+terms\s+of\b|\bmeasured\s+in\b|"
        r"\bper\s+(?!day|hour|week|month|year|coin|bar|cent|minute|unit)(?=[A-Za-z])|"
        r"\b(?:worth|pric(?:e|ed)|cost|valued?|clos(?:e|ed))\b(?=[^.?!]*\bin\s+(?:btc|"
        r"bitcoins?|eth|ether(?:eum)?|sol(?:ana)?)\b(?!\s*,|\s+(?:and|or)\b))|"
        r"\bhow\s+many\b(?=[^.?!]*\b(?:worth|per|buy|bought|cost|equal|get|for)\b)|"
        r"(?<=[A-Za-z])\s?/\s?(?=[A-Za-z])"
    ),
    re.IGNORECASE,
)
CHART = re.compile(r"\b(?:charts?|plot(?:ted)?|graphs?|draw|drawn|visuali[sz]e|picture|candlesticks?)\b", re.IGNORECASE)
EXPORT = re.compile(
    r"\b(?:csv|exports?|download(?:able|ed)?|parquet|spreadsheet|excel|xlsx|save|"
    r"(?:as|in|to|into)\s+an?\s+(?:\w+\s+)?(?:file|table))\b",
    re.IGNORECASE,
)
WHY = re.compile(r"\bwhy\b|\bwhat\s+(?:caused|drove|moved|was\s+behind)\b|\breasons?\b", re.IGNORECASE)
ADVICE = re.compile(
    r"\bshould\s+(?:i|we|one)\b|\b(?:predict|forecast|prediction|price\s+target|outlook)\b|"
    r"\bgood\s+(?:time|idea|investment|buy)\b|\bworth\s+(?:buying|investing|it)\b"
    r"|\bwill\s+(?:it|they|the|[a-z]+)\b[^.?!]*\b(?:go|rise|fall|reach|hit|moon|crash|be|drop|"
    r"recover|double|keep|continue|outperform)\b|\bwhat\s+will\b|\bgoing\s+to\s+(?:rise|fall|"
    r"moon|crash|hit|reach)\b"
    r"|\b(?:recommend|advise|advice)\b|\bwhich\s+(?:coin|token|crypto)\s+(?:should|to)\b|"
    r"\bmake\s+me\s+(?:rich|money)\b|\btomorrow\b|\bnext\s+(?:week|month|year)\b",
    re.IGNORECASE,
)
TRADE = re.compile(
    (
        r"^\s*(?:please\s+)?(?:buy|sell|short|long|market\s+buy|place\s+(?:an?\s+)?order)\b|"
        r"\b(?:buy|sell)\s+(?:me\s+)?\$?\d"
    ),
    re.IGNORECASE,
)
THANKS = re.compile(
    r"^\W*(?:thanks?(?:\s+you)?|thank\s+you|cheers|great|nice|cool|perfect|ok(?:ay)?|good\s+(?:job|work))\b[\s!.,]*"
    r"(?:a\s+lot|so\s+much|very\s+much|then|thanks)?[\s!.,]*$",
    re.IGNORECASE,
)
MARKET = re.compile(r"\bmarkets?\b", re.IGNORECASE)
HAPPENING = re.compile(
    (
        rf"\b(?:anything|something|what)\b{GAP}\bhappen(?:ed|ing|s)?\b(?!\s+to\b)|\bwhat(?:'s|"
        rf"\s+is)\s+new\b|\bany\s+updates?\b"
    ),
    re.IGNORECASE,
)
ANY_COIN = re.compile(
    r"\b(?:which|what)\s+(?:coins?|tokens?|cryptos?|one)\b|\b(?:all|"
    r"every)\s+(?:of\s+)?(?:the\s+)?(?:coins?|tokens?)\b|\bcoins?\b"
    r"|\b(?:biggest|top)\s+(?:\d+\s+)?(?:gainers?|losers?|movers?)\b",
    re.IGNORECASE,
)
NOW = re.compile(
    r"\b(?:now|current(?:ly)?|at\s+the\s+moment|right\s+now|latest|newest|at\s+present|present|live)\b", re.IGNORECASE
)
ORDER = re.compile(
    r"\b(?:ascending|descending|in\s+order|(?:worst|best|highest|lowest|largest|smallest|"
    r"weakest|strongest|most|least)(?:\s+\w+)?\s+first|"
    r"from\s+(?:worst|best|highest|lowest|largest|smallest)\s+to\s+\w+|(?:worst|best|highest|"
    r"lowest|largest|smallest)\s+to\s+\w+)\b",
    re.IGNORECASE,
)
FILING = re.compile(
    r"\bfil(?:e|ed|es|ing|ings)\b|\blodge[sd]?\b|\bdocuments?\b|\bsubmit(?:ted|s)?\b|\breport(?:s|ed)?\b|\bsec\b",
    re.IGNORECASE,
)
SETTING = re.compile(
    r"\bwilder'?s?\b|\bbands?\b|\bwindow\b|\bsettings?\b|\blengths?\b|\bover(?:bought|sold)\b|\b(?:signal|histogram|lines?)\b",
    re.IGNORECASE,
)
TONE = re.compile(r"\b(?:tone|positive|negative|bullish|bearish|neutral|scores?)\b", re.IGNORECASE)
CROSSING = re.compile(r"\b(?:above|below|over|under|cross\w*)\b", re.IGNORECASE)
INVEST = re.compile(
    r"\bif\s+(?:i|you|someone|one|we)\s+(?:had|have|would\s+have|'d)?\b|\binvest(?:ed|ing|"
    r"ment|ments|s)?\b|\bput\b|\bb(?:ought|uy|uying)\b|\bsp(?:ent|end|ending)\b"
    r"|\b(?:be\s+)?worth\b|\bbecome?\b|\bturned?\b|\bgr(?:ow|ew|own)\b|\bhold(?:ing)?\b|"
    r"\bheld\b|\bamount(?:ed)?\b|\bsold\b|\bprofits?\b|\bgains?\b|\bmade?\b|\bmoney\b",
    re.IGNORECASE,
)
HELP = re.compile(
    r"^\W*(?:hi|hello|hey|yo|good\s+(?:morning|evening|day|afternoon)|help|thanks?(?:\s+you)?|"
    r"thank\s+you|cheers|ok(?:ay)?|test|start)\b[\s!.,?]*(?:there|you|a\s+lot|so\s+much|"
    r"very\s+much)?[\s!.,?]*$"
    r"|\bwhat\s+(?:can|could|do)\s+(?:you|i)\s+(?:do|ask|help|answer|offer)\b|\bwho\s+(?:are|"
    r"made)\s+you\b|\bwhat\s+are\s+you\b|\bhow\s+do(?:es)?\s+(?:you|this|it)\s+work\b|"
    r"\bare\s+you\s+(?:an?\s+)?(?:ai|bot|human|llm|real|chatgpt)\b|\bhelp\s+me\b\s*\W*$|"
    r"\bhow\s+are\s+you\b",
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
        (
            r"\b(?:1|one|single)[\s-]?h(?:ou)?r(?:ly)?\b|\b1h\b|\bhourly\b|\b(?:worst|"
            r"best)\s+(?:single\s+)?hour\b|\bin\s+(?:an|a\s+single)\s+hour\b|\bwhich\s+hour\b|\b(?:at\s+)?what\s+time\b"
        ),
    ),
    ("1w", r"\b(?:1|one|single)[\s-]week\b|\bweekly\b|\b(?:worst|best)\s+week\b"),
    (
        "1d",
        r"\b(?:1|one|single)[\s-]day\b|\bdaily\b|\b1d\b|\b(?:worst|best|which|what)\s+(?:single\s+)?day\b|\bper\s+day\b",
    ),
)
FRAMES = [(frame, re.compile(pattern, re.IGNORECASE)) for frame, pattern in _FRAMES]


_INDEX = re.compile(r"\bfear|\bgreed|\bheadlines\s+and\b", re.IGNORECASE)


def topics(text: str) -> tuple[str, ...]:
    """The topics of the message, price apart, in the order in which they appear."""
    found = sorted((match.start(), name) for name, pattern in TOPICS.items() if (match := pattern.search(text)))
    names = [name for _, name in found]
    if "catalysts" in names and ("filings" in names or "news" in names[: names.index("catalysts")]):
        names.remove("catalysts")  # they are what the filing or the news is about
    if {"sentiment", "news"} <= set(names) and not re.search(
        r"\bfear|\bgreed|\bheadlines\s+and\b", text, re.IGNORECASE
    ):
        names.remove("news")  # their tone is asked for, not what they say
    return tuple(names)


def timeframe(text: str) -> str | None:
    """The bar length asked for, such as 1h."""
    return next((frame for frame, pattern in FRAMES if pattern.search(text)), None)
