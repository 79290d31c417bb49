import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ROLES = ("chat", "collector", "migrate")
SECRETS = {
    "app/auth_secret",
    "app/encryption_key",
    "app/new_user_password",
    "database/credentials",
    "openai/api_key",
    "redis/connection_string",
    "collector/keys",
}

COLLECTING = "the default collects what the product promises"
JUDGING = "the default judges as docs/reference.md says"
ALERTS = "tasks reach HTTPS only: quality alerts go by OMC_QUALITY_WEBHOOK, the operator's by SNS"
BOUNDS = "the default bounds suit a task of this size"
DEFAULTED = {
    "OMC_COINS": COLLECTING,
    "OMC_DEFILLAMA_PROTOCOLS": COLLECTING,
    "OMC_SEC_FILERS": COLLECTING,
    "OMC_SOURCE_URLS": COLLECTING,
    "OMC_CRYPTOPANIC_PLAN": COLLECTING,
    "OMC_COINSPOT_KEY": "a person's own account belongs to a person's own machine",
    "OMC_COINSPOT_SECRET": "as OMC_COINSPOT_KEY",
    "OMC_QUALITY_EVERY_SECONDS": JUDGING,
    "OMC_QUALITY_FRESHNESS": JUDGING,
    "OMC_QUALITY_SLOT_HOURS": JUDGING,
    "OMC_QUALITY_BAR_DAYS": JUDGING,
    "OMC_QUALITY_QUOTE_HOURS": JUDGING,
    "OMC_QUALITY_COMPLETENESS_WEIGHT": JUDGING,
    "OMC_QUALITY_TIMELINESS_WEIGHT": JUDGING,
    "OMC_QUALITY_ACCURACY_WEIGHT": JUDGING,
    "OMC_QUALITY_WARNING_BELOW": JUDGING,
    "OMC_QUALITY_HIGH_BELOW": JUDGING,
    "OMC_QUALITY_JUMP_PCT": JUDGING,
    "OMC_QUALITY_FROZEN_ROWS": JUDGING,
    "OMC_QUALITY_DIVERGENCE_PCT": JUDGING,
    "OMC_QUALITY_TOLERATED_SHARE": JUDGING,
    "OMC_QUALITY_KEPT_MINUTES": JUDGING,
    "OMC_QUALITY_RUN_DAYS": JUDGING,
    "OMC_QUALITY_VERDICT_DAYS": JUDGING,
    "OMC_QUALITY_EMAIL": ALERTS,
    "OMC_SMTP_HOST": ALERTS,
    "OMC_SMTP_PORT": ALERTS,
    "OMC_SMTP_STARTTLS": ALERTS,
    "OMC_SMTP_USER": ALERTS,
    "OMC_SMTP_PASSWORD": ALERTS,
    "OMC_SMTP_SENDER": ALERTS,
    "OMC_PORT": "the task's command names the port",
    "OMC_METRICS_TOKEN": "CloudWatch reads the log; /metrics stays closed",
    "OMC_READY_COLLECTION_MINUTES": "a collector that stands still rings an alarm, and must not take the chat away",
    "OPENAI_BASE_URL": "the model is OpenAI's own; others are named by OMC_MODEL",
    "OMC_MODEL_SECONDS": BOUNDS,
    "OMC_MODEL_PRICES": "nothing: until an operator adds it to the tasks, cost is unknown and its alarm cannot ring",
    "OMC_RUN_MODEL_CALLS": BOUNDS,
    "OMC_RUN_SECONDS": BOUNDS,
    "OMC_RUN_QUESTIONS": BOUNDS,
}
OF_OTHERS = {"PGUSER", "PGPASSWORD", "AWS_REGION", "NEW_USER_PASSWORD"}  # read by libpq, boto3 and add-user.sh

pytestmark = pytest.mark.simulated


@pytest.fixture(scope="module")
def outputs(staging) -> dict[str, Any]:
    return json.loads(staging("output", "-json"))["stack"]["value"]


@pytest.fixture(scope="module")
def containers(staging, simulation) -> dict[str, dict[str, Any]]:
    ecs = simulation.client("ecs")
    described = (ecs.describe_task_definition(taskDefinition=f"omc-staging-{role}:1") for role in ROLES)
    return {
        role: said["taskDefinition"]["containerDefinitions"][0] for role, said in zip(ROLES, described, strict=True)
    }


def test_a_second_plan_finds_nothing_to_do(staging):
    staging("plan", "-no-color", "-detailed-exitcode", "-lock=false")


def test_every_secret_is_there_readable_and_under_the_environments_own_key(outputs, simulation):
    secrets = simulation.client("secretsmanager")
    key = simulation.client("kms").describe_key(KeyId="alias/omc-staging")["KeyMetadata"]["Arn"]
    assert set(outputs["secret_arns"]) == SECRETS
    for name, arn in outputs["secret_arns"].items():
        described = secrets.describe_secret(SecretId=arn)
        assert described["Name"] == f"omc-staging/{name}"
        assert described["KmsKeyId"] == key
        assert secrets.get_secret_value(SecretId=arn)["SecretString"]


def test_no_generated_value_is_in_the_state(outputs, staging, simulation):
    secrets = simulation.client("secretsmanager")
    state = staging("state", "pull")
    for name in ("app/auth_secret", "app/encryption_key"):
        value = secrets.get_secret_value(SecretId=outputs["secret_arns"][name])["SecretString"]
        assert len(value) >= 32
        assert value not in state


def test_rds_keeps_and_rotates_the_databases_password(simulation, outputs):
    secrets = simulation.client("secretsmanager")
    where = json.loads(
        secrets.get_secret_value(SecretId=outputs["secret_arns"]["database/credentials"])["SecretString"]
    )
    kept = secrets.describe_secret(SecretId=where["master_secret_arn"])
    assert kept["OwningService"] == "rds"
    assert kept["RotationRules"]["ScheduleExpression"] == "cron(0 18 ? * SUN *)"
    assert "password" not in where


def test_the_tasks_start_anew_after_the_password_was_rotated(simulation, staging):
    scheduler = simulation.client("scheduler")
    for role in ("chat", "collector"):
        schedule = scheduler.get_schedule(Name=f"omc-staging-{role}-restart")
        assert schedule["ScheduleExpression"] == "cron(15 18,19 ? * SUN *)"
        wanted = {"Cluster": "omc-staging", "Service": f"omc-staging-{role}", "ForceNewDeployment": True}
        assert json.loads(schedule["Target"]["Input"]) == wanted


@pytest.mark.parametrize("role", ROLES)
def test_what_is_injected_into_a_task_is_there_to_be_read(containers, simulation, role):
    secrets = simulation.client("secretsmanager")
    assert {"PGUSER", "PGPASSWORD", "OMC_REDIS_URL"} <= {injected["name"] for injected in containers[role]["secrets"]}
    for injected in containers[role]["secrets"]:
        arn, key = re.fullmatch(r"(arn:(?:[^:]+:){5}[^:]+)(?::(\w+)::)?", injected["valueFrom"]).groups()
        value = secrets.get_secret_value(SecretId=arn)["SecretString"]
        assert key is None or key in json.loads(value), injected


def test_every_setting_the_program_reads_is_given_to_a_task_or_left_alone_for_a_reason(containers):
    """The template is held equal to the settings classes by tests/unit/test_settings.py."""
    read = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.template").read_text(), re.MULTILINE))
    given = {said["name"] for task in containers.values() for kind in ("environment", "secrets") for said in task[kind]}
    assert given - OF_OTHERS <= read, "the tasks are given what nothing reads"
    assert given & set(DEFAULTED) == set(), "given, so it needs no reason to be left alone"
    assert read - given == set(DEFAULTED), "inject it in infra/modules/stack, or say here why not"


@pytest.mark.parametrize("role", ROLES)
def test_a_tasks_command_is_one_that_the_program_knows(containers, role):
    program, *arguments = containers[role]["command"]
    known = subprocess.run(
        [ROOT / ".venv/bin" / program, *arguments, "--help"], capture_output=True, text=True, check=False
    )
    assert known.returncode == 0, known.stderr


def test_every_metric_of_ours_that_is_watched_is_one_that_the_program_emits(simulation, staging):
    emitted = set(re.findall(r'"([A-Z][A-Za-z]+)"', (ROOT / "chat_app/metrics.py").read_text()))
    watching = simulation.client("cloudwatch")
    alarms = watching.describe_alarms(AlarmNamePrefix="omc-staging-")["MetricAlarms"]
    watched = {alarm["MetricName"] for alarm in alarms if alarm.get("Namespace") == "OhMyCoins"}
    widgets = json.loads(watching.get_dashboard(DashboardName="omc-staging")["DashboardBody"])["widgets"]
    shown = (metric for widget in widgets for metric in widget["properties"]["metrics"])
    watched |= {metric[1] for metric in shown if metric[0] == "OhMyCoins"}
    scaling = simulation.client("application-autoscaling").describe_scaling_policies(ServiceNamespace="ecs")
    for policy in scaling["ScalingPolicies"]:
        followed = policy["TargetTrackingScalingPolicyConfiguration"].get("CustomizedMetricSpecification", {})
        watched |= {followed["MetricName"]} if followed else set()
    assert "ActiveRuns" in watched
    assert watched <= emitted


def test_the_image_gives_its_user_every_folder_that_a_task_mounts(containers):
    dockerfile = (ROOT / "infra/Dockerfile").read_text()
    volumes = set(re.findall(r'"(/[^"]+)"', " ".join(re.findall(r"^VOLUME (.+)$", dockerfile, re.MULTILINE))))
    for container in containers.values():
        assert {mount["containerPath"] for mount in container["mountPoints"]} <= volumes
        assert container["readonlyRootFilesystem"]
        assert re.search(rf"^USER {container['user'].split(':')[0]}", dockerfile, re.MULTILINE)


def test_every_alarm_tells_somebody_of_both_ways_and_what_missing_data_means(simulation, outputs):
    alarms = simulation.client("cloudwatch").describe_alarms(AlarmNamePrefix="omc-staging-")["MetricAlarms"]
    assert {alarm["AlarmName"] for alarm in alarms} == set(outputs["alarm_names"])
    for alarm in alarms:
        assert alarm["AlarmActions"] == alarm["OKActions"] == [outputs["alarm_topic_arn"]]
        assert alarm["TreatMissingData"] in {"breaching", "notBreaching"}


@pytest.mark.parametrize(
    ("name", "threshold"),
    [
        ("chat-cpu", 80),
        ("chat-memory", 80),
        ("collector-cpu", 80),
        ("collector-memory", 80),
        ("failed-checks", 0),
        ("5xx-rate", 5),
        ("unhealthy-tasks", 1),
        ("missing-chat", 1),
        ("missing-collector", 1),
        ("database-connected", 150),
        ("database-cpu", 80),
        ("database-disk", 8 * 1024**3),
        ("cache-evictions-omc-staging-001", 0),
        ("cache-hit-rate-omc-staging-001", 50),
        ("no-collection", 1),
        ("daily-model-cost", 25),
    ],
)
def test_each_alarm_that_is_wanted_is_set_to_its_threshold(simulation, staging, name, threshold):
    found = simulation.client("cloudwatch").describe_alarms(AlarmNames=[f"omc-staging-{name}"])["MetricAlarms"]
    assert [alarm["Threshold"] for alarm in found] == [threshold]


def test_every_alarm_says_where_its_response_is_written(simulation, staging):
    handbook = (ROOT / "docs/operations.md").read_text()
    for alarm in simulation.client("cloudwatch").describe_alarms(AlarmNamePrefix="omc-staging-")["MetricAlarms"]:
        name = re.search(r"docs/operations.md, alarm ([\w-]+)", alarm["AlarmDescription"])[1]
        assert f"`{name}`" in handbook, f"docs/operations.md does not say what to do about {name}"


def test_the_dashboard_shows_every_part(simulation, staging):
    body = json.loads(simulation.client("cloudwatch").get_dashboard(DashboardName="omc-staging")["DashboardBody"])
    assert len(body["widgets"]) >= 6
    shown = json.dumps(body)
    for metric in (
        "RunningTaskCount",
        "p50",
        "p95",
        "p99",
        "FreeStorageSpace",
        "ReadLatency",
        "CacheHitRate",
        "Evictions",
    ):
        assert metric in shown
    for metric in ("AnswerSeconds", "FirstTokenSeconds", "FailedRuns", "StaleSources", "RejectedItems", "ModelCostUsd"):
        assert metric in shown


def test_a_session_sticks_to_its_replica(simulation, staging):
    balancer = simulation.client("elbv2")
    group = balancer.describe_target_groups(Names=["omc-staging-chat"])["TargetGroups"][0]
    described = balancer.describe_target_group_attributes(TargetGroupArn=group["TargetGroupArn"])["Attributes"]
    attributes = {attribute["Key"]: attribute["Value"] for attribute in described}
    assert attributes["stickiness.enabled"] == "true"
    assert attributes["stickiness.type"] == "lb_cookie"
    assert group["HealthCheckPath"] == "/ready"


def test_every_log_group_ends_and_is_encrypted(simulation, staging):
    groups = simulation.client("logs").describe_log_groups()["logGroups"]
    assert {group["logGroupName"] for group in groups} == {
        "/omc-staging/chat",
        "/omc-staging/collector",
        "/omc-staging/migrate",
        "/omc-staging/vpc-flow",
        "/aws/ecs/containerinsights/omc-staging/performance",
        "/aws/rds/instance/omc-staging/postgresql",
        "/aws/rds/instance/omc-staging/upgrade",
    }
    assert all(group["retentionInDays"] == 90 and group["kmsKeyId"] for group in groups)


def test_the_key_rotates_and_lets_alarms_and_logs_use_it(simulation, staging):
    kms = simulation.client("kms")
    key = kms.describe_key(KeyId="alias/omc-staging")["KeyMetadata"]["KeyId"]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    services = {said["Principal"].get("Service") for said in policy["Statement"]}
    assert {"cloudwatch.amazonaws.com", "logs.ap-southeast-2.amazonaws.com"} <= services


def test_an_alarm_reaches_who_listens(simulation, outputs):
    queues, topics = simulation.client("sqs"), simulation.client("sns")
    queue = queues.create_queue(QueueName="listener")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topics.subscribe(TopicArn=outputs["alarm_topic_arn"], Protocol="sqs", Endpoint=arn)
    alarms = simulation.client("cloudwatch")
    for state in ("ALARM", "OK"):
        alarms.set_alarm_state(AlarmName="omc-staging-no-collection", StateValue=state, StateReason="tried")
        body = queues.receive_message(QueueUrl=queue, WaitTimeSeconds=5)["Messages"][0]
        queues.delete_message(QueueUrl=queue, ReceiptHandle=body["ReceiptHandle"])
        said = json.loads(json.loads(body["Body"])["Message"])
        assert (said["AlarmName"], said["NewStateValue"]) == ("omc-staging-no-collection", state)


def test_the_topic_tells_the_given_address_and_takes_word_from_cloudwatch(simulation, outputs):
    topics = simulation.client("sns")
    listed = topics.list_subscriptions_by_topic(TopicArn=outputs["alarm_topic_arn"])["Subscriptions"]
    assert {said["Endpoint"] for said in listed if said["Protocol"] == "email"} == {"operations@example.com"}
    attributes = topics.get_topic_attributes(TopicArn=outputs["alarm_topic_arn"])["Attributes"]
    assert attributes["KmsMasterKeyId"]
    assert "cloudwatch.amazonaws.com" in attributes["Policy"]


def test_staging_has_as_much_of_everything_as_it_should(simulation, staging):
    ec2, ecs = simulation.client("ec2"), simulation.client("ecs")
    tagged = [{"Name": "tag:Environment", "Values": ["staging"]}]
    assert len(ec2.describe_subnets(Filters=tagged)["Subnets"]) == 6
    assert len(ec2.describe_nat_gateways(Filters=tagged)["NatGateways"]) == 1
    named = ["omc-staging-chat", "omc-staging-collector"]
    services = ecs.describe_services(cluster="omc-staging", services=named)["services"]
    assert {service["serviceName"]: service["runningCount"] for service in services} == dict.fromkeys(named, 1)
    chat = services[0]["capacityProviderStrategy"]
    assert {said["capacityProvider"]: said["weight"] for said in chat} == {"FARGATE": 1, "FARGATE_SPOT": 3}
    assert all(service["deploymentConfiguration"]["deploymentCircuitBreaker"]["rollback"] for service in services)


def test_the_number_of_chats_follows_cpu_and_active_runs(simulation, staging):
    scaling = simulation.client("application-autoscaling")
    target = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"][0]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 3)
    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert {policy["PolicyName"] for policy in policies} == {"omc-staging-chat-cpu", "omc-staging-chat-active-runs"}
