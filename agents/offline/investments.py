"""Reads what an investment would be worth: how much of what, bought when, valued when."""

import re
from dataclasses import replace

from agents.offline import topics
from agents.offline.asked import Ask
from agents.offline.clauses import Message, meant_as_coins
from agents.offline.windows import DAY, Period

_PUT = re.compile(
    r"\binvest\w*|\bput\b|\bb(?:ought|uying)\b|\bspen[td]\b|\bworth\b|\bheld\b|\bhold\b|\bhad\b", re.IGNORECASE
)
_ASKED = re.compile(
    (
        r"\bworth\b|\bvalued?\b|\bbecome?\b|\bturn(?:ed)?\s+into\b|\bhow\s+much\b|\bprofits?\b|"
        r"\bgain(?:ed)?\b|\bmade?\b|\bgr(?:ow|ew|own)\b|\bhave\s+now\b"
    ),
    re.IGNORECASE,
)
_BUYS = re.compile(r"\bb(?:ought|uy\w*)\b|\binvest\w*|\bput\b|\bsince\b|\bheld\b|\bif\s+i\b", re.IGNORECASE)
_INTO = re.compile(r"⟪\d+⟫\s+(?:in|into|of|worth\s+of)\s+[A-Za-z]", re.IGNORECASE)
_LEVEL = re.compile(r"\b(?:above|below|over|under|than|least|most|hit|reach\w*|cross\w*|between)\s+⟪", re.IGNORECASE)
_UNITS = re.compile(r"⟪(\d+)⟫\s+([A-Za-z]+)")


def investment(message: Message) -> Ask | None:
    """The investment a whole message asks about; None where it asks about none."""
    text = message.marked
    amounts = [amount for amount in message.quantities if amount.unit != "%"]
    plain = (_PUT.search(text) or _INTO.search(text)) and _ASKED.search(text) and not _LEVEL.search(text)
    if not (plain and amounts and message.coins) or topics.TRADE.search(text):
        return None
    of_coins = _of_coins(text, message)
    amount = amounts[0]
    if not of_coins and not amount.unit:
        amount = replace(amount, unit="USD")
    return Ask(
        "investment",
        re.sub(r"⟦\d+⟧", " ; ", text),
        coins=message.coins,
        periods=message.periods[:1] if of_coins and not _BUYS.search(text) else _window(message.periods),
        quantity=amount if not of_coins else replace(amount, unit="coins"),
    )


def _of_coins(text: str, message: Message) -> bool:
    """Whether the amount counts coins: 2 BTC, not 1000 in BTC."""
    found = _UNITS.search(text)
    return found is not None and not message.quantities[int(found[1])].unit and bool(meant_as_coins(found[2]))


def _window(periods: tuple[Period, ...]) -> tuple[Period, ...]:
    """From the first day named to the last one; a single day reaches to the newest price."""
    if not periods:
        return ()
    first, last = periods[0], periods[-1]
    if len(periods) == 1:
        day = first.end is not None and first.end - first.start <= DAY
        return (replace(first, end=None) if day else first,)
    ends = [period.end for period in periods if period.end is not None]
    open_ended = len(ends) < len(periods)
    words = f"{first.words} … {last.words}"
    return (Period(min(period.start for period in periods), None if open_ended else max(ends), words),)
