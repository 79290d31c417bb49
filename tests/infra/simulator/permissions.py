"""What a call is about, for the roles' policies to be held against: moto says "*" and so denies what is scoped."""

from typing import Any

from moto.ecr.responses import ECRResponse
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.secretsmanager.responses import SecretsManagerResponse


def extend() -> None:
    """Put these in the place of moto's "*"."""
    SecretsManagerResponse._determine_resource = secret
    EC2ContainerServiceResponse._determine_resource = container_service
    ECRResponse._determine_resource = repository


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
