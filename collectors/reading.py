"""Plain validators that parsers read replies with: a document, a number, a moment, a text, item by item."""

import html
import json
import math
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from collectors.errors import SourceChanged
from collectors.source import BadItem, Parsed, Reply, Row

NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
MILLISECONDS_FROM = 1e11  # an epoch stamp above this is in milliseconds: in seconds it would be the year 5138
PAYLOAD_CHARACTERS = 2000


class Unreadable(ValueError):
    """One item cannot be taken; the message is the reason."""


def json_of(reply: Reply) -> Any:
    """The JSON document of a reply; a byte order mark is passed over. SourceChanged where there is none."""
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        kind = "HTML or XML" if reply.body.lstrip()[:1] == b"<" else "no valid JSON"
        raise SourceChanged(f"{kind} instead of JSON: {excerpt(reply.body)}") from error


def xml_of(reply: Reply) -> Element:
    """The XML document of a reply, without entities or external references. SourceChanged where it is broken."""
    try:
        root: Element = fromstring(reply.body)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise SourceChanged(f"broken XML ({error}): {excerpt(reply.body)}") from error
    return root


def excerpt(body: bytes, characters: int = 80) -> str:
    """The beginning of a body, for an error message."""
    return repr(body[:characters].decode(errors="replace"))


def expect(value: Any, kind: type | tuple[type, ...], name: str) -> Any:
    """The value, where it is of the kind a document must have there; else the shape is lost: SourceChanged."""
    if not isinstance(value, kind):
        raise SourceChanged(f"{name} is {type(value).__name__}, not what it used to be")
    return value


def number(value: Any, name: str) -> float:
    """A finite number from a JSON number or a plain decimal string."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Unreadable(f"{name} is {'null' if value is None else type(value).__name__}, not a number")
    if isinstance(value, str) and not NUMBER.fullmatch(value.strip()):
        raise Unreadable(f"{name} is {value[:40]!r}, not a number")
    try:
        result = float(value)
    except OverflowError:
        result = math.inf
    if not math.isfinite(result):
        raise Unreadable(f"{name} is not finite")
    return result


def positive(value: Any, name: str) -> float:
    """A finite number above zero."""
    result = number(value, name)
    if result <= 0:
        raise Unreadable(f"{name} is {'zero' if result == 0 else 'negative'}")
    return result


def not_negative(value: Any, name: str) -> float:
    """A finite number, zero or above."""
    result = number(value, name)
    if result < 0:
        raise Unreadable(f"{name} is negative")
    return result


def whole(value: Any, name: str) -> int:
    """A whole number, zero or above."""
    result = not_negative(value, name)
    if result != int(result):
        raise Unreadable(f"{name} is not whole")
    return int(value)


def epoch(value: Any, name: str) -> datetime:
    """A moment from seconds or milliseconds since 1970, as a number or a string."""
    seconds = positive(value, name)
    seconds = seconds / 1000 if seconds >= MILLISECONDS_FROM else seconds
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise Unreadable(f"{name} is no date: {value!r}") from error


def moment(value: Any, name: str) -> datetime:
    """A moment from an ISO 8601 or RFC 822 string; one without an offset is UTC."""
    written = text(value, name)
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            result = read(written)
            return result.replace(tzinfo=UTC) if result.tzinfo is None else result.astimezone(UTC)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    raise Unreadable(f"{name} is no date: {written[:40]!r}")


def text(value: Any, name: str) -> str:
    """A string that is not empty, trimmed, which a database can hold."""
    if not isinstance(value, str) or not value.strip():
        raise Unreadable(f"{name} is {'empty' if isinstance(value, str) else type(value).__name__}, not text")
    return value.strip()


def plain(markup: str) -> str:
    """Text without tags and entities, white space folded."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())


def each(items: Iterable[Any], read: Callable[[Any], Row | Iterable[Row]]) -> Parsed:
    """Read items one by one: what fails with a lookup or value error becomes a BadItem and costs no other."""
    parsed = Parsed()
    for item in items:
        try:
            made = read(item)
            parsed.rows.extend([made] if isinstance(made, Row) else made)
        except Unreadable as error:
            parsed.rejects.append(bad(str(error), item))
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            parsed.rejects.append(bad(f"wrong shape: {type(error).__name__} {error}", item))
    return parsed


def bad(reason: str, item: Any) -> BadItem:
    """A refused item, its payload as text of bounded length."""
    payload = item if isinstance(item, str) else repr(item)
    return BadItem(reason[:300], payload[:PAYLOAD_CHARACTERS])
