"""alternative.me: the Crypto Fear & Greed index, one reading a day from 0 (extreme fear) to 100 (extreme greed)."""

from datetime import timedelta
from typing import Any

from collectors.errors import SourceUnavailable
from collectors.reading import Unreadable, each, epoch, expect, json_of, not_negative, text
from collectors.source import Parsed, Reply, Request, Row, Source, SourceContext
from ledgers.human import SentimentReading

TOP = 100
RECENT_DAYS = "10"


def requests(context: SourceContext) -> list[Request]:
    """Every day there is at the first start, the last days from then on."""
    limit = RECENT_DAYS if context.cursor.get("complete") else "0"
    return [Request(f"{context.base_url}/fng/", params={"limit": limit})]


def parse(reply: Reply) -> Parsed:
    """`data` holds one reading per day, newest first, all strings; `timestamp` is the day's beginning in seconds.

    Source: alternative.me/crypto/fear-and-greed-index, "API".
    """
    document = expect(json_of(reply), dict, "the reply")
    if error := expect(document.get("metadata", {}), dict, "metadata").get("error"):
        raise SourceUnavailable(f"alternative.me says {str(error)[:80]!r}")
    parsed = each(expect(document.get("data"), list, "data"), reading)
    parsed.cursor = {"complete": bool(parsed.rows)}
    return parsed


def reading(item: Any) -> Row:
    """One day."""
    value = not_negative(item["value"], "value")
    if value > TOP:
        raise Unreadable(f"value is above {TOP}")
    return Row(
        SentimentReading,
        {
            "index": "fear_greed",
            "symbol": "*",
            "observed_at": epoch(item["timestamp"], "timestamp"),
            "value": value,
            "label": text(item["value_classification"], "value_classification"),
        },
    )


SOURCES = (
    Source(
        name="alternative_fear_greed",
        ledger="human",
        base_url="https://api.alternative.me",
        requests=requests,
        parse=parse,
        every=timedelta(hours=6),
        publication_lag=timedelta(minutes=10),
        warn_after=timedelta(hours=26),
        error_after=timedelta(hours=50),
        requests_per_minute=20,
        attribution="Crypto Fear & Greed Index: alternative.me",
    ),
)
