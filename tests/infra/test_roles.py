import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

ROOT = Path(__file__).parents[2]
ACCOUNT = "123456789012"
REGION = "ap-southeast-2"
ARTIFACTS = f"omc-staging-artifacts-{ACCOUNT}-{REGION}"
LOGS = f"omc-staging-logs-{ACCOUNT}-{REGION}"
STATE = f"omc-terraform-state-{ACCOUNT}-{REGION}"
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"}
OURS = ("execution", "task", "restart", "vpc-flow", "rds-monitoring")

# A call by a role, with what it is asked for; True where it must be let through.
MATRIX: list[tuple[str, str, str, dict[str, Any], bool]] = [
    ("staging-execution", "secretsmanager", "get_secret_value", {"SecretId": "omc-staging/openai/api_key"}, True),
    ("staging-execution", "secretsmanager", "get_secret_value", {"SecretId": "omc-staging/collector/keys"}, True),
    ("staging-execution", "secretsmanager", "get_secret_value", {"SecretId": "omc-staging/app/encryption_key"}, False),
    (
        "staging-execution",
        "secretsmanager",
        "get_secret_value",
        {"SecretId": "omc-staging/database/credentials"},
        False,
    ),
    (
        "staging-execution",
        "secretsmanager",
        "put_secret_value",
        {"SecretId": "omc-staging/openai/api_key", "SecretString": "x"},
        False,
    ),
    ("staging-execution", "ecr", "get_authorization_token", {}, True),
    (
        "staging-execution",
        "ecr",
        "batch_get_image",
        {"repositoryName": "omc-staging", "imageIds": [{"imageTag": "none"}]},
        True,
    ),
    ("staging-execution", "ecr", "describe_images", {"repositoryName": "omc-staging"}, False),
    ("staging-execution", "s3", "list_objects_v2", {"Bucket": ARTIFACTS}, False),
    ("staging-execution", "ecs", "describe_clusters", {}, False),
    ("staging-task", "s3", "list_objects_v2", {"Bucket": ARTIFACTS}, True),
    ("staging-task", "s3", "list_objects_v2", {"Bucket": LOGS}, False),
    ("staging-task", "s3", "list_objects_v2", {"Bucket": STATE}, False),
    ("staging-task", "s3", "delete_bucket", {"Bucket": ARTIFACTS}, False),
    ("staging-task", "secretsmanager", "get_secret_value", {"SecretId": "omc-staging/openai/api_key"}, False),
    ("staging-task", "ecs", "update_service", {"cluster": "omc-staging", "service": "omc-staging-chat"}, False),
    ("staging-task", "rds", "describe_db_instances", {}, False),
    (
        "staging-restart",
        "ecs",
        "update_service",
        {"cluster": "omc-staging", "service": "omc-staging-chat", "forceNewDeployment": True},
        True,
    ),
    (
        "staging-restart",
        "ecs",
        "update_service",
        {"cluster": "omc-production", "service": "omc-production-chat"},
        False,
    ),
    (
        "staging-restart",
        "ecs",
        "describe_services",
        {"cluster": "omc-staging", "services": ["omc-staging-chat"]},
        False,
    ),
    ("staging-restart", "secretsmanager", "get_secret_value", {"SecretId": "omc-staging/openai/api_key"}, False),
    ("staging-deploy", "ecs", "describe_services", {"cluster": "omc-staging", "services": ["omc-staging-chat"]}, True),
    ("staging-deploy", "ecs", "update_service", {"cluster": "omc-staging", "service": "omc-staging-chat"}, True),
    ("staging-deploy", "ecs", "update_service", {"cluster": "omc-production", "service": "omc-production-chat"}, False),
    ("staging-deploy", "ecs", "describe_task_definition", {"taskDefinition": "omc-staging-chat"}, True),
    ("staging-deploy", "ecs", "delete_service", {"cluster": "omc-staging", "service": "omc-staging-chat"}, False),
    ("staging-deploy", "ecr", "describe_repositories", {"repositoryNames": ["omc-staging"]}, True),
    ("staging-deploy", "ecr", "delete_repository", {"repositoryName": "omc-staging"}, False),
    ("staging-deploy", "rds", "describe_db_instances", {}, True),
    ("staging-deploy", "secretsmanager", "get_secret_value", {"SecretId": "omc-staging/openai/api_key"}, False),
    ("staging-deploy", "rds", "delete_db_instance", {"DBInstanceIdentifier": "omc-staging"}, False),
    ("staging-deploy", "iam", "create_user", {"UserName": "intruder"}, False),
    ("staging-deploy", "s3", "list_objects_v2", {"Bucket": STATE}, False),
    ("plan", "ec2", "describe_vpcs", {}, True),
    ("plan", "s3", "get_object", {"Bucket": ARTIFACTS, "Key": "one"}, False),
    ("plan", "secretsmanager", "get_secret_value", {"SecretId": "omc-staging/openai/api_key"}, False),
    ("plan", "ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16"}, False),
    ("plan", "ecs", "update_service", {"cluster": "omc-staging", "service": "omc-staging-chat"}, False),
]

pytestmark = pytest.mark.simulated


@pytest.fixture(scope="module")
def keys(staging, simulation) -> dict[str, dict[str, str]]:
    """Keys of each role, taken before the policies are enforced."""
    sts, found = simulation.client("sts"), {}
    for role in sorted({row[0] for row in MATRIX}):
        arn = f"arn:aws:iam::{ACCOUNT}:role/omc-{role}"
        given = sts.assume_role(RoleArn=arn, RoleSessionName="tried")["Credentials"]
        found[role] = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
    return found


@pytest.fixture
def enforced(keys, simulation) -> Iterator[None]:
    """Policies count for as long as the test lasts."""

    def after(calls: bytes) -> None:
        told = Request(f"{simulation.url}/moto-api/reset-auth", calls, {"Content-Type": "text/plain"}, method="POST")  # noqa: S310
        urlopen(told).close()  # noqa: S310

    after(b"0")
    yield
    after(b"inf")


@pytest.mark.parametrize(
    "case", MATRIX, ids=[f"{role}-{service}-{call}-{number}" for number, (role, service, call, *_) in enumerate(MATRIX)]
)
def test_a_role_may_do_its_work_and_nothing_else(simulation, keys, enforced, case):
    role, service, call, asked, allowed = case
    client = simulation.client(service, **keys[role])
    assert let_through(lambda: getattr(client, call)(**asked)) is allowed


def let_through(call: Callable[[], object]) -> bool:
    try:
        call()
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            raise
        return error.response["Error"]["Code"] not in DENIED
    return True


@pytest.fixture(scope="module")
def policies(staging, simulation) -> dict[str, list[dict[str, Any]]]:
    """The statements of each role that Terraform made."""
    iam = simulation.client("iam")
    statements: dict[str, list[dict[str, Any]]] = {}
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        if name.startswith("omc-"):
            kept = (
                iam.get_role_policy(RoleName=name, PolicyName=policy)
                for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
            )
            statements[name] = [said for policy in kept for said in as_list(policy["PolicyDocument"]["Statement"])]
    return statements


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_no_role_may_do_everything_and_few_actions_go_without_a_resource(policies):
    without_resource = {
        "ecr:GetAuthorizationToken",
        "ecs:RegisterTaskDefinition",
        "ecs:DescribeTaskDefinition",
        "secretsmanager:ListSecrets",
        "sns:ListSubscriptionsByTopic",
    }
    for role, statements in policies.items():
        for said in statements:
            actions = as_list(said["Action"])
            if said["Effect"] == "Deny":
                continue
            assert not any("*" in action for action in actions), f"{role}: {actions}"
            if "*" in as_list(said.get("Resource", [])):
                wide = {action for action in actions if ":Describe" not in action} - without_resource
                assert wide == set(), f"{role}: {wide} on every resource"


def test_only_the_two_task_roles_are_passed_and_only_to_tasks(policies):
    for environment in ("staging", "production"):
        passing = [said for said in policies[f"omc-{environment}-deploy"] if "iam:PassRole" in as_list(said["Action"])]
        assert [set(said["Resource"]) for said in passing] == [
            {f"arn:aws:iam::{ACCOUNT}:role/omc-{environment}-{role}" for role in ("execution", "task")}
        ]
        assert passing[0]["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


def test_the_execution_role_reads_what_is_injected_and_not_a_secret_more(policies, simulation):
    injected = set()
    for role in ("chat", "collector", "migrate"):
        described = simulation.client("ecs").describe_task_definition(taskDefinition=f"omc-staging-{role}:1")
        for secret in described["taskDefinition"]["containerDefinitions"][0]["secrets"]:
            injected.add(":".join(secret["valueFrom"].split(":")[:7]))
    statements = policies["omc-staging-execution"]
    readable = [
        set(said["Resource"]) for said in statements if "secretsmanager:GetSecretValue" in as_list(said["Action"])
    ]
    assert readable == [injected]


def test_keys_are_used_through_their_service_only(policies):
    for role in ("omc-staging-execution", "omc-staging-task", "omc-plan"):
        for said in policies[role]:
            if any(action.startswith("kms:") for action in as_list(said["Action"])):
                assert len(as_list(said["Condition"]["StringEquals"]["kms:ViaService"])) == 1


@pytest.mark.parametrize("name", OURS)
def test_a_service_takes_a_role_for_this_account_only(simulation, staging, name):
    trust = simulation.client("iam").get_role(RoleName=f"omc-staging-{name}")["Role"]["AssumeRolePolicyDocument"]
    for said in as_list(trust["Statement"]):
        assert set(said["Principal"]) == {"Service"}
        assert said["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


@pytest.mark.parametrize(
    ("role", "subject"),
    [
        ("staging-deploy", "repo:example/oh-my-coins:environment:staging"),
        ("production-deploy", "repo:example/oh-my-coins:environment:production"),
        ("plan", "repo:example/oh-my-coins:pull_request"),
    ],
)
def test_github_takes_a_role_for_one_purpose_of_one_repository_only(simulation, staging, role, subject):
    trust = simulation.client("iam").get_role(RoleName=f"omc-{role}")["Role"]["AssumeRolePolicyDocument"]
    issuer = "token.actions.githubusercontent.com"
    assert [said["Condition"] for said in as_list(trust["Statement"])] == [
        {"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com", f"{issuer}:sub": subject}}
    ]


def test_every_action_that_a_policy_names_exists(policies):
    named = {action for statements in policies.values() for said in statements for action in as_list(said["Action"])}
    exact = sorted(action for action in named if "*" not in action)
    known = (
        "import json; from policy_sentry.querying.all import get_all_actions; print(json.dumps([*get_all_actions()]))"
    )
    python = ROOT / ".venv-infra/bin/python"
    listed = subprocess.run([python, "-W", "ignore", "-c", known], capture_output=True, text=True, check=True).stdout
    every = {action.lower() for action in json.loads(listed)}
    assert [action for action in exact if action.lower() not in every] == []
