"""ECS: services keep what they were given, deployments finish or are rolled back, one-off tasks end."""

from typing import Any

from moto.core.utils import camelcase_to_underscores, utcnow
from moto.ecs.models import EC2ContainerServiceBackend as Backend
from moto.ecs.responses import EC2ContainerServiceResponse as Calls

BROKEN = "broken"
"""An image whose tag has this never becomes healthy; the circuit breaker rolls it back, as in AWS."""
UNMIGRATABLE = "unmigratable"
"""A one-off task of an image whose tag has this exits with 1."""

_KEPT = (
    "capacityProviderStrategy",
    "enableECSManagedTags",
    "healthCheckGracePeriodSeconds",
    "enableExecuteCommand",
    "deploymentConfiguration",
    "placementStrategy",
    "placementConstraints",
    "availabilityZoneRebalancing",
)
_create_service = Calls.create_service
_update_service = Backend.update_service
_run_task = Backend.run_task


def extend() -> None:
    """Put these calls in the place of moto's."""
    Calls.create_service = create_service
    Backend.update_service = update_service
    Backend.run_task = run_task


def create_service(self: Calls) -> Any:
    answer = _create_service(self)
    service = answer.result["service"]
    for name in _KEPT:
        if (value := self._get_param(name)) is not None:
            setattr(service, camelcase_to_underscores(name), value)
            setattr(service, name, value)
    if getattr(service, "availability_zone_rebalancing", None) is None:
        service.availability_zone_rebalancing = "DISABLED"
    if self._get_param("capacityProviderStrategy"):
        service.launch_type = None
    service.running_count, service.pending_count = service.desired_count, 0
    for deployment in service.deployments:
        deployment.update(runningCount=service.desired_count, pendingCount=0, rolloutState="COMPLETED")
    return answer


def update_service(self: Backend, wanted: dict[str, Any]) -> Any:
    cluster, name = wanted.get("cluster", "default"), wanted["service"].split("/")[-1]
    before = self._get_service(cluster, name).task_definition
    definition = wanted.get("task_definition")
    service = _update_service(self, dict(wanted))
    if definition:
        _deploy(self, service, before, self.describe_task_definition(definition))
    return service


def _deploy(self: Backend, service: Any, before: str, definition: Any) -> None:
    failed = any(BROKEN in container["image"] for container in definition.container_definitions)
    breaker = (getattr(service, "deployment_configuration", None) or {}).get("deploymentCircuitBreaker") or {}
    rolled_back = failed and breaker.get("enable") and breaker.get("rollback")
    service.task_definition = before if rolled_back else definition.arn
    count = service.desired_count
    service.deployments = [
        {
            **service.deployments[0],
            "taskDefinition": service.task_definition,
            "status": "PRIMARY",
            "desiredCount": count,
            "runningCount": count,
            "pendingCount": 0,
            "updatedAt": utcnow(),
            "failedTasks": 3 if failed else 0,
            "rolloutState": "FAILED" if failed and not rolled_back else "COMPLETED",
            "rolloutStateReason": "circuit breaker: rolling back" if rolled_back else "completed",
        }
    ]


def run_task(self: Backend, *given: Any, **more: Any) -> Any:
    """Tasks end at once: nothing else would end them."""
    tasks = _run_task(self, *given, **more)
    for task in tasks:
        for container in task.containers:
            container.exitCode = 1 if UNMIGRATABLE in container.image else 0
            container.last_status = "STOPPED"
        task._status = task.desired_status = "STOPPED"
        task.stop_code, task.stopped_reason = "EssentialContainerExited", "Essential container in task exited"
    return tasks
