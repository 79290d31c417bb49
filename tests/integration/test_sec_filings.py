"""SEC filings: only what is new is added, clocks are told apart, and Form 4 figures are the document's own."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from replay import PAYLOADS, replay
from sqlalchemy import func, select

from collectors.catalogue import sources_of
from collectors.config import CollectSettings
from collectors.form4 import parse_form4
from collectors.http import Fetcher
from collectors.runner import Runner
from collectors.source import Reply, Request
from collectors.sources.sec_filings import NEW_YORK, parse, zone_of
from ledgers.catalyst import CatalystEvent, InsiderTransaction

REAL_DATA = Path(os.environ.get("OMC_REAL_DATA") or Path(__file__).parents[3] / "shared" / "data")
RECORDED = REAL_DATA / "payloads" / "sec"
real_data = pytest.mark.real_data
NOW = datetime(2026, 1, 20, 16, 0, tzinfo=UTC)


def test_stamps_that_put_filings_into_edgars_night_are_read_as_the_other_clock():
    as_new_york = [f"2026-01-20T{hour:02}:15:00.000Z" for hour in (6, 7, 8, 16, 17, 21)]
    as_utc = [f"2026-01-20T{hour:02}:15:00.000Z" for hour in (11, 12, 13, 21, 22, 1)]
    assert zone_of(as_new_york) == NEW_YORK
    assert zone_of(as_utc) is None
    assert zone_of([]) is None


@pytest.mark.integration
async def test_a_later_list_adds_only_the_filings_that_are_new(ledger, redis_url):
    source = sources_of(simulated=False)["sec_filings"]
    with replay() as server:
        settings = CollectSettings(
            contact="someone@example.org", sec_filers="MSTR=1050446", source_urls=server.urls(["sec_filings"])
        )
        async with Fetcher(redis_url) as fetcher:
            runner = Runner(ledger, fetcher, settings)
            first = await runner.run(source, NOW)
            asked = server.asked["sec_filings"]
            later = json.loads((PAYLOADS / "sec_filings" / "mstr.json").read_text())
            for column in later["filings"]["recent"].values():
                column.insert(0, column[0])
            later["filings"]["recent"]["accessionNumber"][0] = "0000900001-26-000011"
            later["filings"]["recent"]["acceptanceDateTime"][0] = "2026-01-20T09:30:00.000Z"
            server.bodies["sec_filings"] = json.dumps(later).encode()
            again = await runner.run(source, NOW + timedelta(minutes=10))
    assert (first.status, first.inserted) == ("succeeded", 7 + 3)
    assert (again.status, again.inserted, again.revised) == ("succeeded", 1, 0)
    assert server.asked["sec_filings"] == asked + 1, "older parts and known Form 4s are not asked for again"
    with ledger.session() as session:
        eight = session.execute(select(CatalystEvent).where(CatalystEvent.external_id == "0000900001-26-000007"))
        (filing,) = eight.scalars()
        assert filing.observed_at == datetime(2026, 1, 20, 13, 0, 31, tzinfo=UTC)
        assert (filing.form, filing.items, filing.entity, filing.symbols) == ("8-K", ["7.01", "8.01"], "MSTR", ["BTC"])
        sold = session.execute(select(InsiderTransaction).where(InsiderTransaction.code == "S")).scalar_one()
        assert (sold.insider, sold.role) == ("Doe Jane", "Director, Chief Financial Officer")
        assert (sold.shares, sold.price_usd, sold.shares_after, sold.acquired) == (2500, 301.2575, 10000, False)
        events = session.execute(select(func.count()).where(CatalystEvent.source == "sec_filings")).scalar_one()
        assert events == 8


def recorded_reply(name: str, **context) -> Reply:
    if not (path := RECORDED / name).exists():
        pytest.skip(f"the recorded payloads are not here: {path}")
    return Reply(
        Request("https://data.sec.gov/submissions/x.json", context=context), 200, {}, path.read_bytes(), NOW, NOW
    )


@real_data
def test_the_recorded_list_of_mstr_is_read_without_a_reject():
    told = {"ticker": "MSTR", "cik": 1050446, "archives": "https://a.example", "first": True}
    parsed = parse(
        recorded_reply("CIK0001050446_submissions_2026-01-20.json", since="2024-01-20T00:00:00+00:00", **told)
    )
    assert parsed.rejects == []
    forms = [row.values["form"] for row in parsed.rows]
    assert (forms.count("8-K"), forms.count("4"), forms.count("144")) == (210, 415, 118)
    newest = parsed.rows[0].values
    assert newest["observed_at"] == datetime(2026, 1, 20, 13, 0, 28, tzinfo=UTC)
    assert newest["items"] == ["7.01", "8.01"]
    assert parsed.follow[0].url == "https://a.example/Archives/edgar/data/1050446/000119312526010377/ownership.xml"
    assert parsed.follow[-1].url == "https://data.sec.gov/submissions/CIK0001050446-submissions-001.json"


@real_data
@pytest.mark.integration
async def test_of_a_file_later_than_the_recorded_one_only_the_new_filings_are_added(ledger, redis_url):
    source = replace(sources_of(simulated=False)["sec_filings"], requests_per_minute=60_000)
    recorded = recorded_reply("CIK0001050446_submissions_2026-01-20.json").body
    form4 = recorded_reply("edgartools_form4.snow.xml").body
    lines = len(parse_form4(recorded_reply("edgartools_form4.snow.xml", accession="x", accepted=NOW, ticker="x")).rows)
    later = json.loads(recorded)
    recent = later["filings"]["recent"]
    empty = json.dumps({column: [] for column in recent}).encode()
    for number, form in ((901, "8-K"), (902, "4"), (903, "DEF 14A")):
        like = recent["form"].index("4" if form == "4" else "8-K")
        for column in recent.values():
            column.insert(0, column[like])
        recent["form"][0], recent["accessionNumber"][0] = form, f"0001050446-26-000{number}"
        recent["acceptanceDateTime"][0] = "2026-01-20T09:30:00.000Z"
    with replay() as server:
        server.pages = {
            "sec_filings/submissions/CIK0001050446.json": recorded,
            "sec_filings/submissions/*": empty,
            "sec_filings/Archives/*": form4,
        }
        settings = CollectSettings(
            contact="someone@example.org", sec_filers="MSTR=1050446", source_urls=server.urls(["sec_filings"])
        )
        async with Fetcher(redis_url) as fetcher:
            runner = Runner(ledger, fetcher, settings)
            first = await runner.run(source, NOW)
            asked = server.asked["sec_filings"]
            server.pages["sec_filings/submissions/CIK0001050446.json"] = json.dumps(later).encode()
            again = await runner.run(source, NOW + timedelta(minutes=10))
    assert (first.status, first.rejected) == ("succeeded", 0)
    assert first.inserted > 1000
    assert (again.status, again.inserted, again.revised) == ("succeeded", 2 + lines, 0)
    assert server.asked["sec_filings"] == asked + 2, "the list and the one new Form 4"


@real_data
@pytest.mark.parametrize("name", ["edgartools_form4.snow.xml", "edgartools_374WaterForm4.xml"])
def test_the_figures_of_a_recorded_form_4_are_the_documents_own(name):
    reply = recorded_reply(name, accession="0000000000-22-000001", accepted=NOW, ticker="SNOW")
    parsed = parse_form4(reply)
    assert parsed.rejects == []
    lines = [
        line
        for path in (".//nonDerivativeTransaction", ".//derivativeTransaction")
        for line in ET.fromstring(reply.body).findall(path)  # noqa: S314 - a recorded document
    ]
    written = [
        tuple(
            float(found) if (found := line.findtext(f"transactionAmounts/{part}/value")) else None
            for part in ("transactionShares", "transactionPricePerShare")
        )
        for line in lines
    ]
    assert [(row.values["shares"], row.values["price_usd"]) for row in parsed.rows] == written
    assert len(written) > 0
