"""What a call is about, for the roles' policies to be held against: moto says "*" and so denies what is scoped."""

from typing import Any

from moto.ecr.responses import ECRResponse
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.secretsmanager.responses import SecretsManagerResponse

_permitted = IAMPolicyStatement.is_action_permitted


def extend() -> None:
    """Put these in the place of moto's "*"."""
    IAMPolicyStatement.is_action_permitted = is_action_permitted
    SecretsManagerResponse._determine_resource = secret
    EC2ContainerServiceResponse._determine_resource = container_service
    ECRResponse._determine_resource = repository


def is_action_permitted(self: IAMPolicyStatement, action: str, resource: str = "*", *more: Any) -> PermissionResult:
    """The moto one takes a statement with NotResource for a trust policy's, and lets everything through."""
    if "NotResource" in self._statement and self._check_element_matches("NotResource", resource):
        return PermissionResult.NEUTRAL
    answer = _permitted(self, action, resource, *more)
    allowed_by_deny = answer is PermissionResult.PERMITTED and self._statement["Effect"] == "Deny"
    return PermissionResult.DENIED if allowed_by_deny else answer


def secret(self: SecretsManagerResponse) -> str:
    name = self._get_param("SecretId")
    return self.backend.describe_secret(name).arn if name else "*"


def container_service(self: EC2ContainerServiceResponse) -> str:
    cluster = (self._get_param("cluster") or "default").split("/")[-1]
    service = self._get_param("service") or (self._get_param("services") or [None])[0]
    task = (self._get_param("tasks") or [None])[0]
    match self._get_action():
        case "UpdateService" | "DescribeServices":
            return _arn(self, "ecs", f"service/{cluster}/{service.split('/')[-1]}")
        case "RunTask":
            definition = self._get_param("taskDefinition")
            return self.ecs_backend.describe_task_definition(definition).arn
        case "DescribeTasks":
            return _arn(self, "ecs", f"task/{cluster}/{task.split('/')[-1]}")
        case _:
            return "*"


def repository(self: ECRResponse) -> str:
    name = self._get_param("repositoryName") or (self._get_param("repositoryNames") or [None])[0]
    return _arn(self, "ecr", f"repository/{name}") if name else "*"


def _arn(self: Any, service: str, rest: str) -> str:
    return f"arn:aws:{service}:{self.region}:{self.current_account}:{rest}"
