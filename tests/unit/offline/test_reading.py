from datetime import UTC, datetime

import pytest

from agents.offline import subjects
from agents.offline.coins import mentioned
from agents.offline.indicators import indicators
from agents.offline.reading import read

CLOCK = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "coins"),
    [
        ("How did BTC move", ("BTC",)),
        ("bitcoin and Ethereum", ("BTC", "ETH")),
        ("btc, eth and sol", ("BTC", "ETH", "SOL")),
        ("what's bitcoin's price", ("BTC",)),
        ("bitcoin cash price", ("BCH",)),
        ("$link today", ("LINK",)),
        ("price of dot", ("DOT",)),
        ("how did uni do", ("UNI",)),
        ("ETH vs near", ("ETH", "NEAR")),
        ("compare btc, link and dot", ("BTC", "LINK", "DOT")),
        ("BTCUSDT 5m candles", ("BTC",)),
        ("SOL/USDT volume", ("SOL",)),
        ("how is luna doing", ("luna",)),
        ("how did corn do last month", ("corn",)),
        ("XYZQ price", ("XYZQ",)),
        ("compare corn and btc", ("corn", "BTC")),
    ],
)
def test_coins_are_read_by_name_ticker_and_place(words, coins):
    assert mentioned(words) == coins


@pytest.mark.parametrize(
    "words",
    [
        "send me a link to the news",
        "its 20-day Bollinger Bands",
        "connect the dots near the top one",
        "how is the market doing",
        "the 14-day RSI of it",
        "what is the price",
        "SEC filings and ETF news",
        "a solid ethereal solution",
        "how did that do",
    ],
)
def test_everyday_words_are_no_coins(words):
    assert mentioned(words) == ()


@pytest.mark.parametrize(
    ("message", "topics"),
    [
        ("How did BTC move in March 2024, and what was the fear and greed index then?", ("price", "sentiment")),
        ("What was the 14-day RSI (Wilder) of ETH on 2024-05-01?", ("indicators",)),
        ("How many 8-Ks did MSTR file in March 2024?", ("filings",)),
        ("Compare BTC, ETH and SOL since the halving", ("compare",)),
        ("which coin did best last week", ("compare",)),
        ("news headlines about ETFs in March 2024", ("news",)),
        ("any news about the halving?", ("news",)),
        ("chart BTC for the last 90 days", ("chart",)),
        ("bitcoin hash rate in 2023", ("onchain",)),
        ("Solana's TVL since January", ("fundamentals",)),
        ("BTC funding rate last week", ("funding",)),
        ("what's my P&L", ("positions",)),
        ("show my orders this month", ("orders",)),
        ("which coins do you know?", ("coins",)),
        ("what data do you have on ADA?", ("coverage",)),
        ("export hourly ETH candles for yesterday as csv", ("price", "export")),
        ("should I buy SOL?", ("advice",)),
        ("will bitcoin reach 100k", ("advice",)),
        ("sell 2 ETH", ("advice",)),
        ("hello!", ("help",)),
        ("what can you do?", ("help",)),
        ("call bitcoin corn", ("alias",)),
        ("write me a poem", ("outside",)),
        ("BTC", ("price",)),
        ("Why did bitcoin fall on 13 April 2024?", ("price", "why")),
        ("upcoming listings", ("catalysts",)),
        ("how is the market doing?", ("market",)),
        ("what happened lately that could move prices?", ("news", "catalysts")),
        ("did anything happen with ETH last week?", ("price", "news", "catalysts")),
        ("how was ETH in May? How many 8-Ks did MSTR file? How many bars?", ("price", "filings")),
        ("thanks a lot!", ("thanks",)),
        ("most volatile coin this month", ("compare",)),
        ("Top 3 gainers in March", ("compare",)),
        ("Which had the larger drawdown in April, BTC or ETH?", ("compare",)),
        ("ETH/BTC ratio on 1 May 2024", ("ratio",)),
        ("how many BTC was one ETH worth on 1 May 2024", ("ratio",)),
        ("is your BTC data complete?", ("quality",)),
        ("which feeds are stale?", ("quality",)),
        ("What was known about MSTR on 10 April 2024?", ("known",)),
        ("sentiment of news about BTC in April", ("sentiment",)),
        ("export news in March as CSV", ("export",)),
        ("highest ETH price in April and its RSI 14 on the 30th", ("price", "indicators")),
        ('from now on "digital gold" means BTC', ("alias",)),
    ],
)
def test_a_message_is_read_into_its_topics(message, topics):
    assert read(message, CLOCK).topics() == topics


@pytest.mark.parametrize(
    ("message", "statistics"),
    [
        ("highest price of BTC in March", ("high",)),
        ("largest one-hour fall of SOL in April", ("largest_fall",)),
        ("biggest five-minute jump in XRP in April", ("largest_rise",)),
        ("on which day did ETH lose the most in April", ("largest_fall",)),
        ("what did ether close at on 15 March", ("close",)),
        ("total BTC volume in May", ("volume",)),
        ("how much did doge drop yesterday", ("change",)),
        ("BTC's worst single hour in April", ("largest_fall",)),
        ("the best one day of ETH in April", ("largest_rise",)),
        ("how much BTC changed hands in April", ("volume",)),
        ("how many ETH were traded in April", ("volume",)),
        ("SOL's turnover in April", ("volume",)),
    ],
)
def test_the_statistic_asked_for_is_read(message, statistics):
    assert read(message, CLOCK).asks[0].statistics == statistics


@pytest.mark.parametrize(("words", "frame"), [("worst single hour", "1h"), ("single worst day", "1d")])
def test_the_worst_hour_or_day_is_looked_for_among_bars_of_that_length(words, frame):
    (ask,) = read(f"BTC's {words} in April 2024", CLOCK).asks
    assert (ask.statistics, ask.timeframe) == (("largest_fall",), frame)


def test_documents_lodged_are_documents_filed():
    reading = read("How many documents did MSTR lodge, and which were lodged last in March 2024?", CLOCK)
    assert set(reading.topics()) == {"filings"}
    assert reading.unread == ()


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("14-day RSI of ETH", ("rsi_14",)),
        ("RSI(21)", ("rsi_21",)),
        ("50 and 200 day simple moving averages", ("sma_50", "sma_200")),
        ("20 day EMA", ("ema_20",)),
        ("exponential moving average", ("ema",)),
        ("MACD and Bollinger bands", ("macd", "bollinger")),
        ("average true range", ("atr",)),
        ("MACD (12,26,9)", ("macd_12_26_9",)),
        ("MACD(5, 35, 5) and RSI (14)", ("rsi_14", "macd_5_35_5")),
        ("Bollinger Bands (20, 2.5)", ("bollinger_20_2.5",)),
        ("20-day, 2 standard deviation Bollinger Bands", ("bollinger_20_2",)),
        ("20-day Bollinger bands", ("bollinger_20",)),
        ("30-day realised volatility", ("volatility_30",)),
        ("EMA12 and EMA26", ("ema_12", "ema_26")),
        ("was it overbought? use a 7 day RSI", ("rsi_7",)),
    ],
)
def test_indicators_are_read_with_their_lengths(words, names):
    assert indicators(words) == names


def test_the_width_of_bollinger_bands_is_no_statistic_of_them():
    (ask,) = read("20-day, 2 standard deviation Bollinger Bands of BTC on 1 May 2024", CLOCK).asks
    assert (ask.topic, ask.indicators, ask.statistics) == ("indicators", ("bollinger_20_2",), ())


@pytest.mark.parametrize(
    ("words", "metric"),
    [
        ("Foundry USA pool's hash rate", "pool_hash_rate_foundryusa"),
        ("the hash rate of bitcoin", "hash_rate"),
        ("the AntPool hash rate", "pool_hash_rate_antpool"),
        ("bitcoin mining pool hash rate", "hash_rate"),
    ],
)
def test_the_hash_rate_of_a_mining_pool_is_a_metric_of_its_own(words, metric):
    reading = read(f"What was {words} in May 2024?", CLOCK)
    assert subjects.metric(words) == metric
    assert reading.topics() == ("onchain",)
    assert set(reading.coins) <= {"BTC"}


@pytest.mark.parametrize(
    ("words", "subject"),
    [
        ("headlines about ETFs", "ETF"),
        ("ETF news", "ETF"),
        ("news on the halving", "halving"),
        ("What was the press writing about Grayscale", "Grayscale"),
        ("latest news", None),
        ("what was in the news that day", None),
    ],
)
def test_the_subject_of_news_is_read(words, subject):
    assert subjects.subject(words) == subject


def test_what_a_follow_up_leaves_out_is_taken_from_the_message_before():
    first = read("How did BTC do in February 2024?", CLOCK)
    coin = read("and litecoin?", CLOCK, first)
    period = read("what about last month?", CLOCK, coin)
    chart = read("chart it", CLOCK, period)
    assert (coin.topics(), coin.coins, coin.periods) == (("price",), ("LTC",), first.periods)
    assert (period.topics(), period.coins) == (("price",), ("LTC",))
    assert period.periods[0].arguments() == {"start": "2024-05-01", "end": "2024-05-31"}
    assert (chart.topics(), chart.coins, chart.periods) == (("chart",), ("LTC",), period.periods)


@pytest.mark.parametrize(
    ("words", "start"),
    [
        ("and a month later?", "2024-02-29"),
        ("and the previous week?", "2024-01-24"),
        ("two days earlier?", "2024-01-29"),
    ],
)
def test_a_shift_moves_the_window_of_the_message_before(words, start):
    later = read(words, CLOCK, read("RSI of BTC on 31 January 2024", CLOCK))
    assert (later.topics(), later.coins) == (("indicators",), ("BTC",))
    assert later.asks[0].periods[0].arguments() == {"start": start, "end": start}


def test_a_question_about_now_does_not_take_an_old_period():
    first = read("How did BTC do in February 2024?", CLOCK)
    assert read("what is its current price?", CLOCK, first).periods == ()


@pytest.mark.parametrize(
    "message",
    [
        "add alias corn for BTC",
        "call BTC corn",
        "add corn as a nickname for BTC",
        "when I say corn I mean BTC",
        'please use "corn" for BTC',
    ],
)
def test_a_wish_for_an_alias_is_read(message):
    alias = read(message, CLOCK).alias
    assert alias is not None
    assert (alias.name, alias.symbol) == ("corn", "BTC")


def test_a_financial_year_is_said_to_run_from_july_to_june():
    notes = read("BTC volume in FY24", CLOCK).notes
    assert notes == ("FY24 is the Australian financial year, 1 July 2023 to 30 June 2024.",)


@pytest.mark.parametrize(
    ("words", "start"),
    [
        ("at 3pm Sydney time on 20 April 2024", "2024-04-20T05:00:00Z"),
        ("at 3 pm Sydney time on 20 January 2024", "2024-01-20T04:00:00Z"),
        ("on 20 April 2024 at 09:00 AEST", "2024-04-19T23:00:00Z"),
        ("on 20 January 2024, 12am AEDT", "2024-01-19T13:00:00Z"),
        ("at 10:30 pm New York time on 5 March 2024", "2024-03-06T03:30:00Z"),
        ("at 12pm UTC on 2024-04-20", "2024-04-20T12:00:00Z"),
        ("at 9am Perth time on 20 April 2024", "2024-04-20T01:00:00Z"),
        ("at 9am London time on 20 April 2024", "2024-04-20T08:00:00Z"),
    ],
)
def test_a_time_of_day_is_read_in_its_zone_and_said_in_utc_too(words, start):
    reading = read(f"BTC price {words}", CLOCK)
    (span,) = reading.periods
    assert span.arguments()["start"] == start
    assert reading.unread == ()
    (note,) = reading.notes
    assert span.words in note
    assert f"{span.start:%H:%M UTC on %-d %B %Y}" in note
