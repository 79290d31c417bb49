"""Names that hold digits but state no figure: 8-K, Form 4, top-10, 14-day, RSI 14, S&P 500, list numbers."""

import re

BLANK = "\x00"

_INDICATOR = (
    r"(?:rsi|sma|ema|wma|dema|tema|hma|ma|macd|atr|adx|cci|roc|mfi|obv|vwap|bollinger(?:\s+bands?)?|stochastics?|stoch|"
    r"z-?score|momentum|williams\s+%r|keltner|donchian|volatility)"
)
_UNIT = r"(?:second|minute|min|hour|hr|day|week|month|quarter|year|period|bar|candle|block|point|coin|sigma)"
_LINE = r"(?:threshold|territory|zone|line)"
_CONVENTION = r"(?:20|30|50|70|80)\b(?![.,]?\d)"

PATTERNS = (
    r"https?://\S+|www\.\S+",
    r"`[^`\n]*`",
    r"!?\[[^\]\n]*\]\([^)\n]*\)(?=)",
    # A list number or a heading's, at the start of a line; a footnote.
    r"(?m:^[ \t]*(?:[-*>]\s+)?(?:\*\*)?#?\d{1,3}[.)](?=\s|\*))",
    r"(?m:^[ \t]*#{1,6}\s+\d+[.)]\s)",
    r"\[\d{1,3}(?:\s*,\s*\d{1,3})*\]",
    r"#\d+\b",
    # Forms and rules of regulators.
    (
        r"(?<![\w.,$€£])(?:8-K|10-[KQ]|20-F|6-K|40-F|(?-i:8K|10K|10Q|6K|20F)(?=s?\s+filing)|N-\d+|S-\d+|F-\d+|13-?[FDG](?:-HR)?|424B\d?|485BPOS|DEF\s?14A|19b-4)"
        r"(?:/A)?s?\b"
    ),
    (
        r"\b(?:form|forms|schedule|rule|item|section|regulation|article|chapter|note|step|phase|tier|layer|level|grade|"
        r"version|act\s+of|no\.|page|figure|table|option|point)\s+\d+[\w.()-]*(?:\s*(?:,|and|or|/)\s*\d+[\w.()-]*)*"
    ),
    r"\b10b5-1\b",
    r"(?<=8-K \()\d\.\d\d(?:, \d\.\d\d)*(?=\))",
    # Names of indices and of indicators with their periods.
    (
        r"\b(?:S&P|S&amp;P|SPX|Nasdaq|Dow(?:\s+Jones)?|Russell|Fortune|FTSE|Nikkei|DAX|CAC|ASX|Stoxx|Euro\s?Stoxx|CRIX)"
        r"[\s-]?\d+\b"
    ),
    rf"\b{_INDICATOR}[\s_-]*(?:\(\s*\d+(?:\.\d+)?(?:\s*[,;/]\s*\d+(?:\.\d+)?)*\s*\)|[_-]\d+(?:[_-]\d+(?:\.\d+)?)*)",
    rf"\b{_INDICATOR}\s+\d{{1,3}}\b(?![.,]\d)(?!\s*%)",
    rf"\b\d{{1,4}}[\s-]{_INDICATOR}\b",
    # 14-day, 30-day, 1-hour, 50-period; 24h, 1d, 4h, 7d; top-10, top 10, bottom 5.
    rf"\b\d+(?:\.\d+)?-{_UNIT}s?(?:-\w+)?\b",
    r"(?<![\w.,$€£])\d{1,3}(?:m|min|h|hr|d|w|mo|y|yr)\b(?![.,]\d)",
    r"\b(?:top|bottom)[\s-]\d+\b",
    # Names joined of letters and digits: ERC-20, COVID-19, SHA-256, EIP-1559, C98, 1INCH, v3, Web3, 0x, L2.
    r"\b[A-Za-z][A-Za-z]*-\d+(?:[A-Za-z]+)?\b(?![.,]\d)",
    r"\b(?=\w*\d)[A-Za-z_]\w*\b",
    r"(?<![\w.,$€£])(?!\d+(?:[.,]\d+)*(?:k|m|mn|mm|b|bn|t|tn|x|e[-+]?\d+|am|pm|bps|pp|pps|usd|usdt|aud)\b)\d+[A-Za-z]\w*\b",
    # Fixed phrases.
    r"\b24\s?/\s?7\b|\b50\s?[/-]\s?50\b|\b51\s?%\s+attacks?\b|\b\d+-(?:for|to|in|on|by)-\d+\b",
    r"(?<=\d)\s?/\s?(?:5|10|100)\b(?![.,]?\d)|\bout\s+of\s+(?:5|10|100)\b",
    r"\b(?:scale|range|runs|ranging|goes|from)\s+(?:of\s+|from\s+)?0\s*(?:-|–|to)\s*(?:1|5|10|100)\b",
    r"\b0\s*[-–]\s*100\b|\b0\s+(?:to|and)\s+100\b|\b0\s*\([^)]*\)\s*(?:to|and|-|–)\s*100\b",
    rf"(?:\bover(?:bought|sold)\b[^.\n\d]{{0,40}}|\b{_LINE}\b[^.\n\d]{{0,20}})\b{_CONVENTION}",
    rf"\b{_CONVENTION}(?!\s*%)(?=[^.\n\d]{{0,40}}\b(?:over(?:bought|sold)|{_LINE})\b)",
    # Ordinals are ranks; decades are no years.
    r"\b\d+(?:st|nd|rd|th)\b",
    r"\b(?:19|20)\d0s\b",
)
_NAMES = re.compile("|".join(f"(?:{pattern})" for pattern in PATTERNS), re.IGNORECASE)


def without_names(text: str) -> str:
    """The text with every name blanked out, so that places in it stay the same."""
    return _NAMES.sub(lambda match: BLANK * len(match.group()), text)
