"""CryptoPanic: news posts with the community's votes, which change and are kept as revisions."""

from datetime import timedelta
from typing import Any

from collectors.classify import canonical, coins_in, sentiment, story_of
from collectors.reading import each, expect, json_of, moment, text, whole
from collectors.source import Parsed, Reply, Request, Row, Source, SourceContext
from ledgers.human import NewsItem

VOTES = ("positive", "negative", "important", "liked", "disliked", "lol", "toxic", "saved", "comments")


def requests(context: SourceContext) -> list[Request]:
    """The newest posts on the followed coins; the plan is part of the path."""
    plan = context.keys.get("cryptopanic_plan", "developer")
    return [
        Request(
            f"{context.base_url}/api/{plan}/v2/posts/",
            params={
                "auth_token": context.keys.get("cryptopanic_key", ""),
                "currencies": ",".join(context.symbols),
                "public": "true",
            },
        )
    ]


def parse(reply: Reply) -> Parsed:
    """`results` has the posts; `next` carries the key, so it is not followed: the next poll brings what is new.

    Source: cryptopanic.com/developers/api, v2 posts.
    """
    document = expect(json_of(reply), dict, "the reply")
    return each(expect(document.get("results"), list, "results"), post)


def post(item: Any) -> Row:
    """One post. Its coins are the provider's, and those its title names."""
    title = text(item["title"], "title")
    votes = {name: whole(item["votes"].get(name) or 0, name) for name in VOTES} if item.get("votes") else None
    summary = (item.get("description") or "").strip() or None
    score, method = sentiment(f"{title}. {summary or ''}", votes)
    named = [text(coin["code"], "code").upper() for coin in item.get("instruments") or ()]
    source = item.get("source") or {}
    return Row(
        NewsItem,
        {
            "external_id": str(whole(item["id"], "id")),
            "story": story_of(title),
            "title": title,
            "summary": summary,
            "publisher": source.get("title") or source.get("domain"),
            "author": None,
            "symbols": sorted({*named, *coins_in(title)}),
            "topics": [text(item["kind"], "kind")] if item.get("kind") else [],
            "votes": votes,
            "sentiment": score,
            "sentiment_method": method,
            "observed_at": moment(item["published_at"], "published_at"),
            "url": canonical(text(item["url"], "url")),
        },
    )


SOURCES = (
    Source(
        name="cryptopanic_posts",
        ledger="human",
        base_url="https://cryptopanic.com",
        requests=requests,
        parse=parse,
        every=timedelta(minutes=15),
        publication_lag=timedelta(minutes=15),
        warn_after=timedelta(hours=1),
        error_after=timedelta(hours=4),
        keys=("cryptopanic_key",),
        optional_keys=("cryptopanic_plan",),
        requests_per_minute=10,
        attribution="News and votes: CryptoPanic",
    ),
)
