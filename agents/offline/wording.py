"""Numbers, dates and windows as the answers write them: rounded sensibly, with units, in UTC."""

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from agents.offline.turn import Result
from agents.offline.vocabulary import words
from agents.offline.windows import EVER

_MONTHS = words(
    """
    January February March April May June July August September October November December
    """
)
_LARGE = ((1e12, "trillion"), (1e9, "billion"), (1e6, "million"))


def number(value: float) -> str:
    """A number with the digits a reader needs: 64,940.59, 0.1234, 12."""
    size = abs(value)
    if float(value).is_integer() and size < 1e15:  # noqa: PLR2004 - beyond it a float has no units place
        return f"{value:,.0f}"
    if size >= 1e15:  # noqa: PLR2004 - as above
        return f"{value:.4g}"
    if size >= 1:
        return f"{value:,.2f}"
    decimals = 3 - math.floor(math.log10(size)) if size else 0
    return f"{value:.{decimals}f}".rstrip("0")


def amount(value: float, unit: str = "") -> str:
    """A number with its unit; large sums of money in words too long to misread: 9.41 billion USD."""
    unit = "" if unit in {"count", "index", "points"} else unit
    if unit == "%":
        return percent(value).removeprefix("+")
    for size, word in _LARGE:
        if abs(value) >= size and abs(value) < 1e18 and unit:  # noqa: PLR2004 - beyond it scientific notation serves
            return f"{value / size:,.2f} {word} {unit}"
    return f"{number(value)} {unit}".rstrip()


def percent(value: float) -> str:
    """A change in percent with its sign."""
    return f"{value:+.2f} %"


def unsigned(value: float) -> str:
    """The size of a change in percent, where the words say the direction."""
    return f"{abs(value):.2f} %"


def figure(of: dict[str, Any]) -> str:
    """A finding's figure as written."""
    return amount(float(of["value"]), str(of.get("unit") or ""))


def moment(iso: str | None) -> datetime | None:
    """An ISO 8601 time as aware UTC."""
    if not iso:
        return None
    try:
        parsed = datetime.fromisoformat(str(iso))
    except ValueError:
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def day(of: datetime) -> str:
    """14 March 2024."""
    return f"{of.day} {_MONTHS[of.month - 1]} {of.year}"


def at(iso: str | None, bar: timedelta = timedelta(days=1)) -> str:
    """When a bar opened: the day, and the hour where bars are shorter than a day."""
    found = moment(iso)
    if found is None:
        return ""
    return day(found) if bar >= timedelta(days=1) else f"{day(found)} at {found:%H:%M} UTC"


def span(args: dict[str, Any]) -> str:
    """The window of a call in words: on 1 May 2024; from 1 to 20 April 2024; since 20 April 2024."""
    start, end = moment(args.get("start")), moment(args.get("end"))
    if start is None:
        return f"over the last {args['days']} days" if args.get("days") else ""
    if start <= EVER:
        return f"up to {day(end)}" if end else "in all that is stored"
    timed = "T" in str(args.get("start"))
    if end is None:
        return f"since {_stamp(start, timed=timed)}"
    if start == end and not timed:
        return f"on {day(start)}"
    if not timed and start.day == 1 and (end + timedelta(days=1)).day == 1:
        return _whole_months(start, end)
    return f"from {_stamp(start, timed=timed)} to {_stamp(end, timed=timed)}"


def covered(result: Result) -> str:
    """The window of a call in words, ended where the bars it rests on end when that is earlier than asked."""
    newest = (result.figure("latest_price") or {}).get("evidence")  # it is no part of the period
    cited = (e for e in result.evidence if "candle:" in str(e.get("key")) and e.get("key") != newest)
    closes = max((at for e in cited if (at := moment(e.get("observed_to")))), default=None)
    end, asked = moment(result.args.get("end")), str(result.args.get("end"))
    if closes is None or end is None:
        return span(result.args)
    last = closes if "T" in asked else closes - timedelta(microseconds=1)
    if last >= end:
        return span(result.args)
    return span({**result.args, "end": last.isoformat() if "T" in asked else f"{last:%Y-%m-%d}"})


def _whole_months(start: datetime, end: datetime) -> str:
    first, last = _MONTHS[start.month - 1], _MONTHS[end.month - 1]
    if (start.year, start.month) == (end.year, end.month):
        return f"in {first} {start.year}"
    if start.year == end.year and (start.month, end.month) == (1, 12):
        return f"in {start.year}"
    return f"from {first}{'' if start.year == end.year else f' {start.year}'} to {last} {end.year}"


def _stamp(of: datetime, *, timed: bool) -> str:
    return f"{day(of)} {of:%H:%M} UTC" if timed else day(of)


def bar_name(timeframe: str) -> str:
    """A bar length in words: daily, hourly, 5-minute."""
    known = {"1d": "daily", "1h": "hourly", "1w": "weekly", "1m": "1-minute"}
    parts = re.fullmatch(r"(\d+)([mhdw])", timeframe)
    if timeframe in known or parts is None:
        return known.get(timeframe, timeframe)
    return f"{parts[1]}-{ {'m': 'minute', 'h': 'hour', 'd': 'day', 'w': 'week'}[parts[2]] }"


def bar_length(timeframe: str) -> timedelta:
    """A bar length in time."""
    parts = re.fullmatch(r"(\d+)([mhdw])", timeframe)
    units = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
    return int(parts[1]) * units[parts[2]] if parts else timedelta(days=1)


def named(label: str) -> str:
    """rsi_14 -> RSI (14); bollinger_upper_20_2 -> Bollinger (20, 2) upper."""
    words_of = [part for part in label.split("_") if not re.fullmatch(r"[\d.]+", part)]
    numbers = [part for part in label.split("_") if re.fullmatch(r"[\d.]+", part)]
    short = {"rsi", "macd", "sma", "ema", "atr", "adx", "obv", "vwap", "roc"}
    called = " ".join(
        word.upper() if word in short else word.capitalize() if not place else word
        for place, word in enumerate(words_of)
    )
    first, _, rest = called.partition(" ")
    return f"{first} ({', '.join(numbers)}) {rest}".rstrip() if numbers else called


def joined(parts: list[str]) -> str:
    """a, b and c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def sentence(text: str) -> str:
    """With a capital at the start and a full stop at the end."""
    text = text.strip()
    if "_" in text.partition(" ")[0]:  # a name, such as rsi_14
        return text if text.endswith(".") else f"{text}."
    return text if not text else text[0].upper() + text[1:] + ("" if text.endswith((".", "!", "?", ":")) else ".")


def plain(text: str) -> str:
    """A tool's own words without evidence keys in square brackets."""
    return " ".join(re.sub(r"\s*\[[^\]]*\]", "", text).split())
