"""News feeds in RSS: CoinDesk, Cointelegraph, Decrypt, CryptoSlate, NewsBTC, each a source of its own."""

from datetime import timedelta
from typing import Final
from xml.etree.ElementTree import Element

from collectors.classify import canonical, coins_in, sentiment, story_of
from collectors.errors import SourceChanged
from collectors.reading import each, moment, plain, text, xml_of
from collectors.source import Parsed, Reply, Request, Row, Source, SourceContext
from ledgers.human import NewsItem

CREATOR: Final = "{http://purl.org/dc/elements/1.1/}creator"
SUMMARY_CHARACTERS: Final = 1000
FEEDS: Final = {  # source: publisher, base URL, path
    "coindesk_news": ("CoinDesk", "https://www.coindesk.com", "/arc/outboundfeeds/rss/"),
    "cointelegraph_news": ("Cointelegraph", "https://cointelegraph.com", "/rss"),
    "decrypt_news": ("Decrypt", "https://decrypt.co", "/feed"),
    "cryptoslate_news": ("CryptoSlate", "https://cryptoslate.com", "/feed/"),
    "newsbtc_news": ("NewsBTC", "https://www.newsbtc.com", "/feed/"),
}


def parse(reply: Reply) -> Parsed:
    """An RSS 2.0 channel of items.

    Source: rssboard.org/rss-specification; the publisher travels in the request's context.
    """
    root = xml_of(reply)
    channel = root.find("channel")
    if root.tag != "rss" or channel is None:
        raise SourceChanged(f"no RSS channel, but <{root.tag[:40]}>")
    return each(channel.findall("item"), lambda item: news(item, reply.request.context["publisher"]))


def news(item: Element, publisher: str) -> Row:
    """One item; where it has no guid, its link without tracking words identifies it."""
    title = plain(text(item.findtext("title"), "title"))
    link = canonical(text(item.findtext("link"), "link"))
    summary = plain(item.findtext("description") or "")[:SUMMARY_CHARACTERS]
    score, method = sentiment(f"{title}. {summary}")
    return Row(
        NewsItem,
        {
            "external_id": (item.findtext("guid") or link).strip(),
            "story": story_of(title),
            "title": title,
            "summary": summary or None,
            "publisher": publisher,
            "author": (item.findtext(CREATOR) or item.findtext("author") or "").strip() or None,
            "symbols": coins_in(f"{title}. {summary}"),
            "topics": [word.strip().lower() for tag in item.findall("category") if (word := tag.text or "").strip()],
            "votes": None,
            "sentiment": score,
            "sentiment_method": method,
            "observed_at": moment(item.findtext("pubDate"), "pubDate"),
            "url": link,
        },
    )


def feed(name: str) -> Source:
    """One publisher's feed."""
    publisher, base_url, path = FEEDS[name]

    def requests(context: SourceContext) -> list[Request]:
        return [Request(f"{context.base_url}{path}", context={"publisher": publisher})]

    return Source(
        name=name,
        ledger="human",
        base_url=base_url,
        requests=requests,
        parse=parse,
        every=timedelta(minutes=5),
        publication_lag=timedelta(minutes=5),
        warn_after=timedelta(minutes=30) if name != "newsbtc_news" else timedelta(hours=3),
        error_after=timedelta(hours=2) if name != "newsbtc_news" else timedelta(hours=12),
        requests_per_minute=6,
        attribution=f"News: {publisher}",
    )


SOURCES = tuple(feed(name) for name in FEEDS)
