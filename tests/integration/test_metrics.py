"""What /metrics shows and what CloudWatch is told, held to the alarms that read it."""

import json
import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from agents.tally import Tally
from chat_app.config import ChatSettings
from chat_app.metrics import NAMESPACE, ChatMeter, CollectionGauges, CollectorMeter, emf, every_minute
from collectors.config import CollectSettings
from ledgers import collecting
from ledgers.health import CollectorRun
from ledgers.store import Ledger

pytestmark = pytest.mark.integration

MONITORING = Path(__file__).parents[2] / "infra" / "modules" / "monitoring" / "main.tf"
ECS = Path(__file__).parents[2] / "infra" / "modules" / "ecs" / "main.tf"


def values(page):
    samples = (sample for family in text_string_to_metric_families(page.decode()) for sample in family.samples)
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


def told(capsys):
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def answered(**more):
    return Tally("r1", outcome="answered", seconds=2.5, first_token_seconds=0.5, **more)


def test_parts_of_runs_are_counted_as_prometheus_reads_them():
    meter = ChatMeter(emf(None))
    meter.part(answered(tool_calls=3, tool_errors=1, input_tokens=100, output_tokens=20, cost_usd=0.01))
    meter.part(Tally("r2", outcome="failed", seconds=9.0))
    found = values(meter.page())
    assert found["omc_answer_seconds_count",] == 1
    assert found["omc_answer_seconds_sum",] == 2.5
    assert found["omc_first_token_seconds_sum",] == 0.5
    assert found["omc_run_parts_total", "answered"] == found["omc_run_parts_total", "failed"] == 1
    assert (found["omc_tool_calls_total", "ok"], found["omc_tool_calls_total", "error"]) == (2, 1)
    assert (found["omc_model_tokens_total", "in"], found["omc_model_tokens_total", "out"]) == (100, 20)
    assert found["omc_model_cost_usd_total",] == 0.01
    assert found["process_resident_memory_bytes",] > 0


def test_how_the_collecting_stands_is_read_from_the_ledgers(ledger):
    claim_and_finish(ledger, "coinspot_quotes", rejected=4)
    meter = ChatMeter(emf(None))
    meter.registry.register(CollectionGauges(ledger, CollectSettings()))
    found = values(meter.page())
    assert found["omc_ledgers_up",] == 1
    assert found["omc_source_stale", "coinspot_quotes"] == 0
    assert found["omc_source_stale", "alternative_fear_greed"] == 1
    assert found["omc_collected_slots_last_hour", "coinspot_quotes"] == 1
    assert found["omc_rejected_items_last_hour", "coinspot_quotes"] == 4
    assert found["omc_last_collection_timestamp_seconds",] > 1e9


def test_ledgers_that_do_not_answer_are_told_and_the_rest_is_shown():
    away = Ledger("postgresql://u:p@127.0.0.1:1/live")
    meter = ChatMeter(emf(None))
    meter.registry.register(CollectionGauges(away, CollectSettings()))
    found = values(meter.page())
    away.close()
    assert found["omc_ledgers_up",] == 0
    assert ("omc_answer_seconds_count",) in found


@pytest.mark.parametrize(
    ("local", "token", "sent", "status"),
    [
        (True, None, None, 200),
        (False, None, None, 404),
        (False, "t" * 32, None, 404),
        (False, "t" * 32, "Bearer wrong", 404),
        (False, "t" * 32, f"Bearer {'t' * 32}", 200),
        (True, "t" * 32, None, 404),
    ],
)
def test_metrics_are_shown_on_this_machine_or_to_who_has_the_token(local, token, sent, status):
    from chat_app.routes import router

    app = FastAPI()
    settings = ChatSettings(metrics_token=token)
    site = SimpleNamespace(settings=settings, checks={}, local=False, meter=ChatMeter(emf(None)))
    app.include_router(router(site, None))
    site.local = local
    with TestClient(app) as client:
        reply = client.get("/metrics", headers={"authorization": sent} if sent else {})
    assert reply.status_code == status
    assert ("omc_answer_seconds" in reply.text) is (status == 200)


def test_cloudwatch_is_told_of_each_part_in_its_own_format(capsys):
    ChatMeter(emf("omc-staging")).part(answered(cost_usd=0.25, tool_errors=1, tool_calls=1))
    line = told(capsys)[0]
    directive = line["_aws"]["CloudWatchMetrics"][0]
    assert (directive["Namespace"], directive["Dimensions"]) == (NAMESPACE, [["Environment"]])
    assert {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]}["AnswerSeconds"] == "Seconds"
    assert all(isinstance(line[metric["Name"]], float) for metric in directive["Metrics"])
    assert (line["Environment"], line["AnswerSeconds"], line["FailedRuns"]) == ("omc-staging", 2.5, 0)
    assert (line["ModelCostUsd"], line["ToolErrors"]) == (0.25, 1)


def test_nothing_is_told_where_no_environment_is_named(capsys):
    ChatMeter(emf(None)).part(answered())
    assert told(capsys) == []


async def test_every_metric_that_an_alarm_a_widget_or_the_scaling_reads_is_told(ledger, capsys):
    emit = emf("omc-staging")
    chat, collector = ChatMeter(emit), CollectorMeter(emit, ledger, CollectSettings())
    chat.part(answered())
    collector.run(CollectorRun(status="succeeded", rejected=2))
    collector.stale()
    async with chat.watching(lambda: 3):
        active = await next_line(capsys)
    lines = [*active, *told(capsys)]
    names = {metric["Name"] for line in lines for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    wanted = set(re.findall(r'local\.namespace, "(\w+)"', MONITORING.read_text()))
    wanted |= set(re.findall(r'namespace\s+= "OhMyCoins"\s+metric_name\s+= "(\w+)"', ECS.read_text()))
    assert {"ActiveRuns", "SuccessfulCollections", "ModelCostUsd"} <= wanted
    assert wanted <= names
    assert f'"{NAMESPACE}"' in MONITORING.read_text()


async def next_line(capsys):
    import asyncio

    found = []
    async with asyncio.timeout(20):
        while not any("ActiveRuns" in line for line in found):
            found += told(capsys)
            await asyncio.sleep(0.01)
    return found


def test_collections_are_counted_by_how_they_ended(ledger, capsys):
    meter = CollectorMeter(emf("omc-staging"), ledger, CollectSettings())
    for status in ("succeeded", "partial", "failed", "abandoned"):
        meter.run(CollectorRun(status=status, rejected=1))
    lines = told(capsys)
    assert [line["SuccessfulCollections"] for line in lines] == [1, 1, 0, 0]
    assert sum(line["RejectedItems"] for line in lines) == 4


async def test_ledgers_that_are_away_do_not_end_the_measuring(capsys):
    import asyncio

    away, asked = Ledger("postgresql://u:p@127.0.0.1:1/live"), asyncio.Event()
    meter = CollectorMeter(emf("omc-staging"), away, CollectSettings())
    loop = asyncio.get_running_loop()

    def work():
        try:
            meter.stale()
        finally:
            loop.call_soon_threadsafe(asked.set)

    async with every_minute(work):
        async with asyncio.timeout(20):
            await asked.wait()
    away.close()
    assert told(capsys) == []


def claim_and_finish(ledger, source, *, rejected):
    with ledger.session() as session:
        now = collecting.clock(session)
        mine = collecting.claim(session, source=source, slot=now, worker="w", dead_after=timedelta(seconds=6))
        collecting.count(session, mine, rejected=rejected)
        collecting.finish(session, mine, "succeeded")
        collecting.remember(session, source, last_success_at=now)
