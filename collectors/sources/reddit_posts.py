"""Reddit: new posts of eight communities. Score and number of comments change and are kept as revisions."""

import base64
from datetime import timedelta
from typing import Any, Final

from collectors.classify import coins_in, sentiment
from collectors.errors import SourceChanged
from collectors.reading import each, epoch, expect, json_of, number, text, whole
from collectors.source import Parsed, Reply, Request, Row, Source, SourceContext
from ledgers.human import SocialPost

CHANNELS: Final = (
    "CryptoCurrency",
    "Bitcoin",
    "ethereum",
    "CryptoMarkets",
    "altcoin",
    "solana",
    "defi",
    "BitcoinMarkets",
)
BODY_CHARACTERS: Final = 2000


def requests(context: SourceContext) -> list[Request]:
    """The token first; it is good for the listings that follow."""
    pair = f"{context.keys.get('reddit_client_id', '')}:{context.keys.get('reddit_client_secret', '')}"
    return [
        Request(
            f"{context.base_url.replace('//oauth.', '//www.')}/api/v1/access_token",
            method="POST",
            headers={
                "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
                "Content-Type": "application/x-www-form-urlencoded",
            },
            body=b"grant_type=client_credentials",
            context={"base_url": context.base_url},
        )
    ]


def parse(reply: Reply) -> Parsed:
    """The token's reply leads on to one listing per community; a listing has up to a hundred posts.

    Source: github.com/reddit-archive/reddit/wiki/OAuth2 and reddit.com/dev/api, GET /r/{subreddit}/new.
    """
    document = expect(json_of(reply), dict, "the reply")
    if "error" in document:
        raise SourceChanged(f"Reddit says {document['error']}: {str(document.get('message'))[:80]}")
    if "channel" not in reply.request.context:
        token = expect(document.get("access_token"), str, "access_token")
        return Parsed(follow=[listing(reply.request.context["base_url"], token, channel) for channel in CHANNELS])
    children = expect(expect(document.get("data"), dict, "data").get("children"), list, "children")
    return each((c for c in children if not stuck(c)), lambda child: post(child["data"]))


def listing(base_url: str, token: str, channel: str) -> Request:
    """The newest posts of one community."""
    return Request(
        f"{base_url}/r/{channel}/new",
        params={"limit": "100", "raw_json": "1"},
        headers={"Authorization": f"Bearer {token}"},
        context={"channel": channel},
    )


def stuck(child: Any) -> bool:
    """Whether a post is a moderators' notice, pinned for everyone."""
    return isinstance(child, dict) and isinstance(child.get("data"), dict) and bool(child["data"].get("stickied"))


def post(item: Any) -> Row:
    """One post."""
    title, body = text(item["title"], "title"), (item.get("selftext") or "").strip()[:BODY_CHARACTERS]
    score, method = sentiment(f"{title}. {body}")
    return Row(
        SocialPost,
        {
            "external_id": text(item["id"], "id"),
            "channel": text(item["subreddit"], "subreddit"),
            "title": title,
            "body": body or None,
            "author": item.get("author"),
            "score": int(number(item["score"], "score")),
            "comments": whole(item["num_comments"], "num_comments"),
            "symbols": coins_in(f"{title}. {body}"),
            "sentiment": score,
            "sentiment_method": method,
            "observed_at": epoch(item["created_utc"], "created_utc"),
            "url": f"https://www.reddit.com{text(item['permalink'], 'permalink')}",
        },
    )


SOURCES = (
    Source(
        name="reddit_posts",
        ledger="human",
        base_url="https://oauth.reddit.com",
        requests=requests,
        parse=parse,
        every=timedelta(minutes=15),
        publication_lag=timedelta(minutes=15),
        warn_after=timedelta(hours=1),
        error_after=timedelta(hours=4),
        keys=("reddit_client_id", "reddit_client_secret"),
        requests_per_minute=60,
        attribution="Posts: Reddit; not to be redistributed",
    ),
)
