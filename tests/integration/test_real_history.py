"""The recorded history, every file of it, by the recipe."""

import csv
import hashlib
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text

from ledgers.base import record_models
from ledgers.catalyst import CatalystEvent
from ledgers.glass import Candle, OnchainMetric, ProtocolMetric
from ledgers.health import Reject
from ledgers.human import NewsItem, SentimentReading

pytestmark = [pytest.mark.integration, pytest.mark.real_data]


def manifest(history):
    with (history / "MANIFEST.csv").open(newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def test_the_recipe_names_every_file_of_the_manifest(real_import):
    assert {entry["name"] for entry in real_import.recipe} == set(manifest(real_import.history))


def test_the_files_are_those_the_recipe_was_written_for(real_import):
    for name, row in manifest(real_import.history).items():
        assert hashlib.sha256((real_import.history / name).read_bytes()).hexdigest() == row["sha256"], name


def test_every_row_of_the_manifest_is_read_and_accounted_for(real_import):
    for name, row in manifest(real_import.history).items():
        report = real_import.reports[name]
        assert report.read == int(row["rows"]), name
        assert report.records == report.inserted + report.duplicate + report.revised + report.rejected, name


def test_each_file_gives_what_the_recipe_says(real_import):
    for entry in real_import.recipe:
        report = real_import.reports[entry["name"]]
        expected = (entry["inserted"], entry.get("duplicate", 0), 0, entry.get("rejected", 0))
        assert (report.inserted, report.duplicate, report.revised, report.rejected) == expected, entry["name"]


def test_a_second_import_inserts_and_revises_nothing(real_import):
    for name, report in real_import.again.items():
        assert (report.inserted, report.revised) == (0, 0), name
        assert report.duplicate == report.records - report.rejected, name


def test_rejects_are_kept_once_with_their_payload(real_import, real_history):
    with real_history.session() as session:
        reasons = dict(session.execute(select(Reject.reason, func.count()).group_by(Reject.reason)).all())
        payload = session.scalars(select(Reject.payload).where(Reject.reason == "title is empty")).first()
    assert reasons == {"title is empty": 28, "contradicts an earlier row of the file": 2}
    assert '"polarity"' in payload


def test_nothing_imported_is_simulated_or_superseded(real_history):
    with real_history.session() as session:
        for model in record_models():
            table = model.__tablename__
            assert session.scalar(text(f"SELECT count(*) FROM {table} WHERE simulated")) == 0
            curated = "source = 'curated'"  # ships with the product: what was expected, then what happened
            assert session.scalar(text(f"SELECT count(*) FROM {table}_history WHERE NOT {curated}")) == 0


def test_a_candle_is_known_at_its_close(real_history):
    opened = datetime(2024, 4, 1, 12, tzinfo=UTC)
    with real_history.session() as session:
        bar = session.get_one(Candle, ("BTC", "1h", "USDT", "BINANCE", opened))
    assert bar.observed_at == bar.known_at == datetime(2024, 4, 1, 13, tzinfo=UTC)
    assert (bar.low <= bar.close <= bar.high, bar.source) == (True, "binance_candles")


def test_a_file_without_volumes_leaves_the_stored_ones_alone(real_history):
    with real_history.session() as session:
        in_2024 = Candle.open_time.between(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 9, 7, tzinfo=UTC))
        hourly = (Candle.symbol == "SOL", Candle.interval == "1h")
        empty = select(func.count()).where(*hourly, in_2024, Candle.volume.is_(None))
        later = select(func.count()).where(*hourly, Candle.open_time > datetime(2025, 1, 1, tzinfo=UTC))
        assert session.scalar(empty) == 0
        assert session.scalar(later) > 9_000


def test_five_minute_bars_add_up_to_the_hour(real_history):
    with real_history.session() as session:
        hour = session.get_one(Candle, ("ETH", "1h", "USDT", "BINANCE", datetime(2024, 5, 1, 8, tzinfo=UTC)))
        parts = session.scalars(
            select(Candle)
            .where(Candle.symbol == "ETH", Candle.interval == "5m")
            .where(Candle.open_time >= hour.open_time, Candle.open_time < hour.observed_at)
            .order_by(Candle.open_time)
        ).all()
    assert len(parts) == 12
    assert (parts[0].open, max(p.high for p in parts), min(p.low for p in parts), parts[-1].close) == (
        (hour.open, hour.high, hour.low, hour.close)
    )


def test_fear_and_greed_is_known_the_same_day(real_history):
    day = datetime(2024, 4, 20, tzinfo=UTC)
    with real_history.session() as session:
        reading = session.get_one(SentimentReading, ("fear_greed", "*", "alternative_fear_greed", day))
    assert (reading.value, reading.label, reading.known_at.date()) == (66.0, "Greed", day.date())


def test_a_filing_is_known_when_it_was_accepted(real_history):
    with real_history.session() as session:
        filing = session.get_one(CatalystEvent, ("sec_filings", "0001050446-26-000012"))
    assert filing.observed_at == filing.known_at == datetime(2026, 2, 5, 21, 14, 51, tzinfo=UTC)
    assert (filing.event_type, filing.entity, filing.form) == ("filing", "MSTR", "8-K")
    assert filing.items == ["2.02", "7.01", "8.01", "9.01"]
    assert filing.details["filed"] == "2026-02-05"


def test_filings_stamped_in_new_york_time_are_taken_so_and_told(real_import, real_history):
    with real_history.session() as session:
        filing = session.get_one(CatalystEvent, ("sec_filings", "0001790565-22-000015"))
    assert filing.observed_at == datetime(2022, 11, 30, 21, 42, 36, tzinfo=UTC)
    assert any("America/New_York" in note for note in real_import.reports["sec_filings_TSLA.csv"].notes)


def test_headlines_are_tagged_with_the_coins_they_name(real_history):
    with real_history.session() as session:
        tagged = session.scalars(select(NewsItem).where(NewsItem.symbols.contains(["BTC"]))).all()
        first = session.scalars(select(NewsItem).where(NewsItem.title.like("bitcoin: what has caused%"))).one()
    assert first.symbols == ["BTC"]
    assert len(tagged) > 2_000


def test_the_hash_rate_of_one_pool_is_not_called_the_networks(real_history):
    with real_history.session() as session:
        metrics = session.scalars(select(OnchainMetric.metric).where(OnchainMetric.symbol == "BTC").distinct()).all()
    assert sorted(metrics) == ["blocks_seen", "mean_block_interval", "pool_hash_rate_foundryusa"]


def test_a_daily_figure_is_known_when_its_day_is_over(real_history):
    with real_history.session() as session:
        row = session.get_one(
            OnchainMetric, ("BTC", "blocks_seen", "vostrnad_node1", datetime(2023, 3, 11, tzinfo=UTC))
        )
    assert (row.value, row.unit, row.known_at) == (165, "count", datetime(2023, 3, 12, 1, tzinfo=UTC))


def test_a_chains_locked_value_is_a_protocol_fundamental(real_history):
    with real_history.session() as session:
        row = session.get_one(ProtocolMetric, ("solana", "tvl", "defillama_chains", datetime(2024, 12, 6, tzinfo=UTC)))
    assert (row.value, row.unit, row.kind, row.symbol) == (19412167823.0, "USD", "chain", "SOL")


def test_labels_votes_and_scores_of_news_are_kept(real_history):
    with real_history.session() as session:
        labels = dict(
            session.execute(
                select(NewsItem.label, func.count()).where(NewsItem.source == "crypto-news").group_by(NewsItem.label)
            ).all()
        )
        voted = session.scalars(select(NewsItem).where(NewsItem.title.like("TON Blockchain Outage%"))).one()
        scored = session.scalars(select(NewsItem).where(NewsItem.source == "crypto-sentiment-tracker")).first()
    assert set(labels) == {"positive", "neutral", "negative"}
    assert voted.votes["important"] == 10
    assert voted.sentiment_method == "votes"
    assert -1 <= scored.sentiment <= 1
