"""What venues announce: listings, delistings, maintenance. CoinSpot's help centre, Binance's news pages."""

import re
from datetime import datetime, timedelta
from typing import Any

from collectors.classify import coins_in, event_kind
from collectors.errors import SourceChanged
from collectors.reading import each, epoch, expect, json_of, moment, plain, text, whole
from collectors.source import Parsed, Reply, Request, Row, Source, SourceContext
from ledgers.catalyst import CatalystEvent

ANNOUNCEMENTS = "115000579994"  # CoinSpot's category
CATALOGUES = {"48": "listing", "161": "delisting"}  # Binance's
SUMMARY_CHARACTERS = 1000


def coinspot_requests(context: SourceContext) -> list[Request]:
    """The newest articles, by the time of their last edit."""
    path = f"/api/v2/help_center/en-us/categories/{ANNOUNCEMENTS}/articles.json"
    params = {"per_page": "50", "sort_by": "updated_at", "sort_order": "desc"}
    return [Request(f"{context.base_url}{path}", params=params)]


def parse_coinspot(reply: Reply) -> Parsed:
    """`articles` of a Zendesk help centre; drafts are passed over.

    Source: developer.zendesk.com, help centre articles.
    """
    document = expect(json_of(reply), dict, "the reply")
    articles = expect(document.get("articles"), list, "articles")
    return each((a for a in articles if not (isinstance(a, dict) and a.get("draft"))), article)


def article(item: Any) -> Row:
    """One article, published when it was made; what is edited later is a revision."""
    title, body = text(item["title"], "title"), plain(item.get("body") or "")
    return announcement(
        external_id=str(whole(item["id"], "id")),
        entity="COINSPOT",
        title=title,
        summary=body[:SUMMARY_CHARACTERS] or None,
        observed_at=moment(item["created_at"], "created_at"),
        url=text(item["html_url"], "html_url"),
    )


def binance_requests(context: SourceContext) -> list[Request]:
    """The newest articles on listings and on delistings."""
    path = "/bapi/composite/v1/public/cms/article/list/query"
    params = {"type": "1", "pageNo": "1", "pageSize": "20"}
    return [Request(f"{context.base_url}{path}", params={**params, "catalogId": number}) for number in CATALOGUES]


def parse_binance(reply: Reply) -> Parsed:
    """`data.catalogs[].articles` with id, code, title and releaseDate (ms).

    Source: the public list behind binance.com/en/support/announcement; it is not documented and may close.
    """
    document = expect(json_of(reply), dict, "the reply")
    if document.get("code") != "000000":
        raise SourceChanged(f"Binance says {document.get('code')}: {str(document.get('message'))[:80]}")
    catalogues = expect(expect(document.get("data"), dict, "data").get("catalogs"), list, "catalogs")
    articles = [a for c in catalogues for a in expect(expect(c, dict, "a catalogue").get("articles"), list, "articles")]
    return each(articles, release)


def release(item: Any) -> Row:
    """One article; its code is part of its address."""
    code = text(item["code"], "code")
    return announcement(
        external_id=code,
        entity="BINANCE",
        title=text(item["title"], "title"),
        summary=None,
        observed_at=epoch(item["releaseDate"], "releaseDate"),
        url=f"https://www.binance.com/en/support/announcement/{code}",
    )


def announcement(
    *, external_id: str, entity: str, title: str, summary: str | None, observed_at: datetime, url: str
) -> Row:
    """A venue's announcement, its kind read from the title."""
    kind = event_kind(title)
    return Row(
        CatalystEvent,
        {
            "external_id": external_id,
            "event_type": kind.event_type,
            "title": title,
            "summary": summary,
            "entity": entity,
            "form": None,
            "items": [],
            "symbols": sorted({*coins_in(title), *re.findall(r"\(([A-Z0-9]{2,10})\)", title)}),
            "observed_at": observed_at,
            "occurs_at": None,
            "impact": kind.impact,
            "impact_reason": kind.reason,
            "details": None,
            "url": url,
        },
    )


SOURCES = (
    Source(
        name="coinspot_announcements",
        ledger="catalyst",
        base_url="https://coinspot.zendesk.com",
        requests=coinspot_requests,
        parse=parse_coinspot,
        every=timedelta(seconds=15),
        publication_lag=timedelta(minutes=1),
        warn_after=timedelta(hours=24),
        error_after=timedelta(days=3),
        requests_per_minute=30,
        attribution="Announcements: CoinSpot",
    ),
    Source(
        name="binance_announcements",
        ledger="catalyst",
        base_url="https://www.binance.com",
        requests=binance_requests,
        parse=parse_binance,
        every=timedelta(seconds=15),
        publication_lag=timedelta(minutes=1),
        warn_after=timedelta(hours=24),
        error_after=timedelta(days=3),
        requests_per_minute=30,
        attribution="Announcements: Binance",
    ),
)
