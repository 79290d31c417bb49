"""SEC EDGAR: filings of listed companies that hold or trade crypto, and the transactions their insiders report.

EDGAR asks for a contact in the User-Agent (OMC_CONTACT) and allows ten requests a second.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from collectors.errors import SourceChanged
from collectors.form4 import parse_form4
from collectors.reading import Unreadable, each, expect, json_of, moment, text
from collectors.source import Parsed, Reply, Request, Row, Source, SourceContext
from ledgers.catalyst import CatalystEvent

NEW_YORK: Final = ZoneInfo("America/New_York")
OPENS, CLOSES = 6, 22  # EDGAR takes filings from 6 to 22 h, New York time
FORM4_DEPTH: Final = timedelta(days=730)
COLUMNS: Final = ("accessionNumber", "form", "filingDate", "acceptanceDateTime", "items", "primaryDocument")
HOLDS_BITCOIN: Final = ("MSTR", "MARA", "RIOT")
FORMS: Final = {
    "4": ("low", "an insider's transaction"),
    "144": ("low", "an insider's notice of a sale"),
    "8-K": ("medium", "a current report"),
    "10-K": ("medium", "an annual report"),
    "10-Q": ("medium", "a quarterly report"),
    "S-1": ("medium", "a registration of securities"),
    "SC 13D": ("medium", "an active holder of over 5 %"),
    "SC 13G": ("low", "a passive holder of over 5 %"),
    "SCHEDULE 13D": ("medium", "an active holder of over 5 %"),
    "SCHEDULE 13G": ("low", "a passive holder of over 5 %"),
}
ITEMS: Final = {  # of an 8-K; the grave ones make it of high impact
    "1.01": "Material agreement entered",
    "1.02": "Material agreement ended",
    "1.03": "Bankruptcy",
    "1.05": "Cybersecurity incident",
    "2.01": "Acquisition or disposal completed",
    "2.02": "Results of operations",
    "2.03": "Financial obligation",
    "2.04": "Obligation accelerated",
    "3.01": "Notice of delisting",
    "3.02": "Unregistered sale of equity",
    "4.02": "Earlier statements not to be relied on",
    "5.02": "Directors or officers change",
    "5.03": "Articles amended",
    "5.07": "Shareholder vote",
    "7.01": "Regulation FD disclosure",
    "8.01": "Other events",
    "9.01": "Exhibits",
}
GRAVE: Final = frozenset({"1.03", "1.05", "2.04", "3.01", "4.02"})


def requests(context: SourceContext) -> list[Request]:
    """The submissions of each filer that OMC_SEC_FILERS names, such as MSTR=1050446."""
    archives = context.base_url.replace("//data.sec.gov", "//www.sec.gov")
    made = []
    for pair in context.keys["sec_filers"].split(","):
        ticker, _, cik = pair.strip().partition("=")
        since = context.cursor.get(f"form4 {int(cik)}")
        told = {
            "ticker": ticker.upper(),
            "cik": int(cik),
            "archives": archives,
            "first": since is None,
            "since": since or (context.now - FORM4_DEPTH).isoformat(),
        }
        made.append(Request(f"{context.base_url}/submissions/CIK{int(cik):010}.json", context=told))
    return made


def parse(reply: Reply) -> Parsed:
    """A filer's submissions, an older part of them, or one Form 4.

    Source: sec.gov, "EDGAR Application Programming Interfaces".
    """
    if "accession" in reply.request.context:
        return parse_form4(reply)
    document = expect(json_of(reply), dict, "the reply")
    filings = expect(document["filings"], dict, "filings") if "filings" in document else {"recent": document}
    recent = expect(filings.get("recent"), dict, "recent")
    columns = [expect(recent.get(name), list, name) for name in COLUMNS]
    if len({len(column) for column in columns}) != 1:
        raise SourceChanged("the columns of the filings differ in length")
    items = [dict(zip(COLUMNS, values, strict=True)) for values in zip(*columns, strict=True)]
    wanted = [item for item in items if base_form(item["form"]) in FORMS]
    zone = zone_of([item["acceptanceDateTime"] for item in items])
    parsed = each(wanted, lambda item: filing(item, reply, zone))
    if "part" not in reply.request.context:
        add_follow_ups(parsed, filings, reply)
    return parsed


def base_form(form: Any) -> str:
    """The form that an amendment amends."""
    return str(form).removesuffix("/A")


def zone_of(stamps: list[Any]) -> ZoneInfo | None:
    """Which clock `acceptanceDateTime` follows: None for UTC, as it says, else New York's.

    It ends in Z, but recorded documents carry New York time there, and others true UTC. EDGAR is closed at night:
    the reading that puts more filings into the night is wrong.
    """
    hours = [int(str(stamp)[11:13]) for stamp in stamps if str(stamp)[11:13].isdigit()]
    as_local = sum(not OPENS <= hour < CLOSES for hour in hours)
    as_utc = sum(not OPENS <= at.astimezone(NEW_YORK).hour < CLOSES for at in stamps_read(stamps))
    return NEW_YORK if as_local < as_utc else None


def stamps_read(stamps: list[Any]) -> list[datetime]:
    """The stamps that can be read, as they are written."""
    read = []
    for stamp in stamps:
        try:
            read.append(moment(stamp, "acceptanceDateTime"))
        except Unreadable:
            continue
    return read


def filing(item: dict[str, Any], reply: Reply, zone: ZoneInfo | None) -> Row:
    """One filing; an 8-K names its items."""
    told = reply.request.context
    accepted = moment(item["acceptanceDateTime"], "acceptanceDateTime")
    accepted = accepted.replace(tzinfo=zone).astimezone(UTC) if zone else accepted
    accession, form = text(item["accessionNumber"], "accessionNumber"), text(item["form"], "form")
    items = re.findall(r"\d+(?:\.\d+)?", expect_text(item["items"], "items"))
    document, filed = expect_text(item["primaryDocument"], "primaryDocument"), text(item["filingDate"], "filingDate")
    impact, reason = FORMS[base_form(form)]
    if grave := sorted(GRAVE.intersection(items)):
        impact, reason = "high", f"item {grave[0]}: {ITEMS[grave[0]]}"
    subjects = ", ".join(f"{number} {ITEMS[number]}" if number in ITEMS else number for number in items)
    folder = f"{told['archives']}/Archives/edgar/data/{told['cik']}/{accession.replace('-', '')}"
    return Row(
        CatalystEvent,
        {
            "external_id": accession,
            "event_type": "filing",
            "title": f"{told['ticker']} {form}" + (f": {subjects}" if subjects else ""),
            "entity": told["ticker"],
            "form": form,
            "items": items,
            "symbols": ["BTC"] if told["ticker"] in HOLDS_BITCOIN else [],
            "observed_at": accepted,
            "impact": impact,
            "impact_reason": reason,
            "details": {"filed": filed, "document": document},
            "url": f"{folder}/{document}",
        },
    )


def expect_text(value: Any, name: str) -> str:
    """A string that may be empty: old filings have no document of their own, most forms no items."""
    if not isinstance(value, str):
        raise Unreadable(f"{name} is {type(value).__name__}, not text")
    return value


def add_follow_ups(parsed: Parsed, filings: dict[str, Any], reply: Reply) -> None:
    """Ask for each Form 4 that is new, and at the first start for the older parts of the list."""
    told = reply.request.context
    since = datetime.fromisoformat(told["since"])
    form4 = [row.values for row in parsed.rows if base_form(row.values["form"]) == "4"]
    for values in (v for v in form4 if v["observed_at"] > since):
        folder, _, document = str(values["url"]).partition("/xsl")
        raw = f"{folder}/{document.rpartition('/')[2]}" if document else folder
        context = {"accession": values["external_id"], "accepted": values["observed_at"], "ticker": told["ticker"]}
        parsed.follow.append(Request(raw, context=context))
    newest = max((values["observed_at"] for values in form4), default=since)
    parsed.cursor[f"form4 {told['cik']}"] = max(newest, since).isoformat()
    if told["first"]:
        base = reply.request.url.rpartition("/")[0]
        for part in expect(filings.get("files", []), list, "files"):
            name = expect(expect(part, dict, "a part").get("name"), str, "its name")
            parsed.follow.append(Request(f"{base}/{name}", context={**told, "part": True}))


SOURCES = (
    Source(
        name="sec_filings",
        ledger="catalyst",
        base_url="https://data.sec.gov",
        requests=requests,
        parse=parse,
        every=timedelta(seconds=20),
        publication_lag=timedelta(minutes=1),
        warn_after=timedelta(days=1),
        error_after=timedelta(days=3),
        keys=("contact", "sec_filers"),
        requests_per_minute=300,
        max_requests=2000,
        attribution="Filings: U.S. Securities and Exchange Commission, EDGAR",
    ),
)
