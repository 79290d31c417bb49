import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.classify import canonical, coins_in, event_kind, sentiment, story_of


@pytest.mark.parametrize(
    ("text", "coins"),
    [
        ("Bitcoin and Ethereum rally", ["BTC", "ETH"]),
        ("BTC dominance grows", ["BTC"]),
        ("Households belong to buyers", []),
        ("click the link, one dot at a time", []),
        ("Chainlink (LINK) jumps", ["LINK"]),
        ("why $dot and $uni are down", ["DOT", "UNI"]),
        ("Follow this LINK to the near future", []),
        ("Solana's outage", ["SOL"]),
        ("Bitcoin Cash forks", ["BCH"]),
        ("EVERYTHING IS UP ETH", []),
        ("Shiba Inu and dogwifhat", ["SHIB", "WIF"]),
        ("", []),
    ],
)
def test_coins_are_found_by_whole_words_and_tickers_by_case(text, coins):
    assert coins_in(text) == coins


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Binance Will List Ethena (ENA)", "listing"),
        ("Notice of Removal of Spot Trading Pairs", "delisting"),
        ("CoinSpot delisting of XYZ", "delisting"),
        ("SOL deposits unavailable", "maintenance"),
        ("Scheduled maintenance on new wallet", "maintenance"),
        ("Suspension of Gifto (GFT) Deposits", "maintenance"),
        ("Ethereum network upgrade", "network"),
        ("Happy holidays", "announcement"),
    ],
)
def test_an_announcement_is_what_its_title_says_and_the_rule_is_kept(title, kind):
    found = event_kind(title)
    assert found.event_type == kind
    assert found.reason


def test_votes_judge_where_there_are_some_and_words_where_not():
    assert sentiment("crash", {"positive": 6, "negative": 2}) == (0.5, "votes")
    score, method = sentiment("Bitcoin crashes as exchange is hacked", {"positive": 1})
    assert score < -0.5
    assert method == "vader+crypto"
    assert sentiment("Bitcoin soars to new all-time high")[0] > 0.5


@given(st.text(max_size=200))
def test_no_text_breaks_a_rule_and_sentiment_stays_within_its_range(text):
    assert -1 <= sentiment(text)[0] <= 1
    assert coins_in(text) == sorted(set(coins_in(text)))
    assert event_kind(text).reason
    assert len(story_of(text)) == 24


def test_the_same_story_from_two_feeds_has_one_key():
    assert story_of("SEC approves the spot Bitcoin ETF!") == story_of("SEC Approves Spot Bitcoin ETF")
    assert story_of("SEC approves spot Bitcoin ETF") != story_of("SEC rejects spot Bitcoin ETF")


def test_a_link_loses_what_tracks_the_reader_and_nothing_else():
    url = "https://Example.com/news/1/?utm_source=rss&id=7#top"
    assert canonical(url) == "https://example.com/news/1?id=7"
