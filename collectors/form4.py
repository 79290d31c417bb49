"""A Form 4 of the SEC: what an insider bought, sold or was given, line by line."""

from datetime import date
from typing import Any
from xml.etree.ElementTree import Element

from collectors.errors import SourceChanged
from collectors.reading import Unreadable, each, not_negative, text, xml_of
from collectors.source import Parsed, Reply, Row
from ledgers.catalyst import InsiderTransaction

LINES = (("nonDerivativeTable/nonDerivativeTransaction", False), ("derivativeTable/derivativeTransaction", True))
YES = {"1", "true"}


def parse_form4(reply: Reply) -> Parsed:
    """The transactions of one Form 4; holdings without a transaction are passed over.

    Source: sec.gov, "EDGAR Ownership XML Technical Specification".
    """
    root = xml_of(reply)
    if root.tag != "ownershipDocument":
        raise SourceChanged(f"a <{root.tag}> instead of an ownership document")
    told = reply.request.context
    owners = root.findall("reportingOwner")
    filed = {
        "accession": told["accession"],
        "issuer": (value(root, "issuer/issuerTradingSymbol") or told["ticker"]).upper(),
        "insider": "; ".join(filter(None, (value(owner, "reportingOwnerId/rptOwnerName") for owner in owners))),
        "role": "; ".join(filter(None, (role_of(owner) for owner in owners))) or None,
        "observed_at": told["accepted"],
    }
    lines = [(line, derivative) for path, derivative in LINES for line in root.findall(path)]
    return each(enumerate(lines, 1), lambda numbered: transaction(numbered[1][0], numbered[0], numbered[1][1], filed))


def transaction(line: Element, number: int, derivative: bool, filed: dict[str, Any]) -> Row:
    """One line; a price or an amount that only a footnote explains is None."""
    acquired = value(line, "transactionAmounts/transactionAcquiredDisposedCode/value")
    if acquired not in {"A", "D"}:
        raise Unreadable(f"acquired or disposed is {acquired!r}")
    return Row(
        InsiderTransaction,
        {
            **filed,
            "line": number,
            "code": text(value(line, "transactionCoding/transactionCode"), "transactionCode"),
            "security": text(value(line, "securityTitle/value"), "securityTitle"),
            "transacted_on": day(value(line, "transactionDate/value")),
            "acquired": acquired == "A",
            "shares": amount(line, "transactionAmounts/transactionShares/value"),
            "price_usd": amount(line, "transactionAmounts/transactionPricePerShare/value"),
            "shares_after": amount(line, "postTransactionAmounts/sharesOwnedFollowingTransaction/value"),
            "derivative": derivative,
        },
    )


def role_of(owner: Element) -> str | None:
    """What the owner is to the company."""
    place = owner.find("reportingOwnerRelationship")
    if place is None:
        return None
    roles = []
    if is_yes(place, "isDirector"):
        roles.append("Director")
    if is_yes(place, "isOfficer"):
        roles.append(value(place, "officerTitle") or "Officer")
    if is_yes(place, "isTenPercentOwner"):
        roles.append("10% owner")
    if is_yes(place, "isOther"):
        roles.append(value(place, "otherText") or "Other")
    return ", ".join(roles) or None


def is_yes(place: Element, path: str) -> bool:
    """Whether a flag is set."""
    return (value(place, path) or "").lower() in YES


def value(place: Element, path: str) -> str | None:
    """The text at a path, trimmed; None where there is none."""
    return (place.findtext(path) or "").strip() or None


def amount(line: Element, path: str) -> float | None:
    """A number of shares or dollars."""
    written = value(line, path)
    return None if written is None else not_negative(written, path.split("/")[-2])


def day(written: str | None) -> date:
    """A date; some filers add a time zone to it."""
    return date.fromisoformat(text(written, "transactionDate")[:10])
