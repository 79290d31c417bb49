"""Production is not applied here; what it would be is read from its plan."""

import json
from typing import Any

import pytest

pytestmark = pytest.mark.simulated

STACK = "module.stack."


@pytest.fixture(scope="module")
def plan(environment) -> dict[str, Any]:
    shown: dict[str, Any] = environment("production").plan("production.plan")
    return shown


@pytest.fixture(scope="module")
def planned(plan) -> dict[str, dict[str, Any]]:
    """What each resource would be, by its address; what AWS decides is left out."""
    return {
        change["address"].removeprefix(STACK): change["change"]["after"]
        for change in plan["resource_changes"]
        if change["mode"] == "managed"
    }


def of(planned: dict[str, dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [values for address, values in planned.items() if f"{kind}." in address]


def test_everything_is_made_anew_and_nothing_else_is_touched(plan):
    changes = [change for change in plan["resource_changes"] if change["mode"] == "managed"]
    assert {tuple(change["change"]["actions"]) for change in changes} == {("create",)}
    assert len(changes) > 120


def test_a_zone_can_fail(planned):
    assert len(of(planned, "aws_nat_gateway")) == 3
    assert len(of(planned, "aws_subnet")) == 9
    assert planned["module.rds.aws_db_instance.this"]["multi_az"]
    redis = planned["module.redis.aws_elasticache_replication_group.this"]
    assert redis["multi_az_enabled"]
    assert redis["automatic_failover_enabled"]
    assert redis["num_cache_clusters"] == 2
    assert planned["module.ecs.aws_appautoscaling_target.chat"]["min_capacity"] == 2


def test_nothing_that_holds_data_is_deleted_by_mistake(planned):
    database = planned["module.rds.aws_db_instance.this"]
    assert database["deletion_protection"]
    assert not database["skip_final_snapshot"]
    assert database["backup_retention_period"] == 30
    assert planned["module.alb.aws_lb.this"]["enable_deletion_protection"]
    assert not any(bucket["force_destroy"] for bucket in of(planned, "aws_s3_bucket"))
    assert not planned["module.ecr.aws_ecr_repository.this"]["force_delete"]


def test_every_secret_can_be_brought_back_and_none_is_in_the_plan(planned, plan):
    secrets = of(planned, "aws_secretsmanager_secret")
    names = {secret["name"] for secret in secrets}
    assert {"omc/openai/api_key", "omc/database/credentials", "omc/redis/connection_string"} <= names
    assert all(secret["recovery_window_in_days"] == 30 for secret in secrets)
    written = of(planned, "aws_secretsmanager_secret_version")
    assert len(written) == len(secrets)
    assert all(version.get("secret_string") is None and version.get("secret_string_wo") is None for version in written)


def test_every_alarm_has_its_word_on_missing_data_and_actions_for_both_ways(plan, planned):
    alarms = [change for change in plan["resource_changes"] if change["type"] == "aws_cloudwatch_metric_alarm"]
    assert len(alarms) > 20
    for alarm in alarms:
        assert alarm["change"]["after"]["treat_missing_data"] in {"breaching", "notBreaching"}
        for actions in ("alarm_actions", "ok_actions"):
            assert alarm["change"]["after_unknown"][actions], "the topic's address is known after the apply only"


def test_the_dashboard_sessions_logs_and_key_are_as_in_staging(planned):
    assert len(of(planned, "aws_cloudwatch_dashboard")) == 1
    assert planned["module.alb.aws_lb_target_group.chat"]["stickiness"][0]["type"] == "lb_cookie"
    assert all(group["retention_in_days"] == 365 for group in of(planned, "aws_cloudwatch_log_group"))
    assert planned["module.secrets.aws_kms_key.this"]["enable_key_rotation"]


def test_no_task_of_production_runs_on_spot(planned):
    strategies = planned["module.ecs.aws_ecs_service.chat"]["capacity_provider_strategy"]
    assert [said["capacity_provider"] for said in strategies] == ["FARGATE"]


def test_both_environments_can_live_side_by_side(plan, staging):
    taken = {value for name, value in _names(json.loads(staging("show", "-json"))["values"]["root_module"])}
    wanted = {value for name, value in _names(plan["planned_values"]["root_module"])}
    assert taken & wanted == set()


def _names(module: dict[str, Any]) -> list[tuple[str, str]]:
    """The names that are unique in an account."""
    keys = ("name", "identifier", "bucket", "dashboard_name", "alarm_name", "replication_group_id")
    found = [
        (resource["address"], f"{resource['type']}:{resource['values'][key]}")
        for resource in module.get("resources", [])
        if resource["mode"] == "managed" and resource["type"] != "aws_iam_role_policy"
        for key in keys
        if resource.get("values", {}).get(key)
    ]
    return found + [name for child in module.get("child_modules", []) for name in _names(child)]
