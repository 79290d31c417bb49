"""ElastiCache: parameter groups, the members of a replication group, deletion that ends."""

from collections.abc import Iterator
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult
from moto.elasticache.models import ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse as Calls

_create_group = ElastiCacheBackend.create_replication_group
_delete_group = ElastiCacheBackend.delete_replication_group
_describe_clusters = Calls.describe_cache_clusters
_modify_group = Calls.modify_replication_group
_list_tags = Calls.list_tags_for_resource
_parameter_groups: dict[str, dict[str, Any]] = {}


class CacheParameterGroupNotFound(ServiceException):
    code = "CacheParameterGroupNotFound"


def extend() -> None:
    """Put these calls in the place of moto's."""
    Calls.create_cache_parameter_group = create_cache_parameter_group
    Calls.describe_cache_parameter_groups = describe_cache_parameter_groups
    Calls.describe_cache_parameters = describe_cache_parameters
    Calls.modify_cache_parameter_group = modify_cache_parameter_group
    Calls.reset_cache_parameter_group = reset_cache_parameter_group
    Calls.delete_cache_parameter_group = delete_cache_parameter_group
    Calls.delete_cache_subnet_group = delete_cache_subnet_group
    Calls.modify_replication_group = modify_replication_group
    Calls.list_tags_for_resource = list_tags_for_resource
    Calls.describe_cache_clusters = describe_cache_clusters
    ElastiCacheBackend.create_replication_group = create_replication_group
    ElastiCacheBackend.delete_replication_group = delete_replication_group


def create_cache_parameter_group(self: Calls) -> ActionResult:
    name = self._get_param("CacheParameterGroupName")
    _parameter_groups[name] = {
        "view": {
            "CacheParameterGroupName": name,
            "CacheParameterGroupFamily": self._get_param("CacheParameterGroupFamily"),
            "Description": self._get_param("Description"),
            "IsGlobal": False,
            "ARN": f"arn:aws:elasticache:{self.region}:{self.current_account}:parametergroup:{name}",
        },
        "parameters": {},
        "tags": self._get_param("Tags") or [],
    }
    return ActionResult({"CacheParameterGroup": _parameter_groups[name]["view"]})


def _parameter_group(self: Calls) -> dict[str, Any]:
    name = self._get_param("CacheParameterGroupName")
    if name not in _parameter_groups:
        raise CacheParameterGroupNotFound(f"CacheParameterGroup not found: {name}")
    return _parameter_groups[name]


def describe_cache_parameter_groups(self: Calls) -> ActionResult:
    return ActionResult({"CacheParameterGroups": [_parameter_group(self)["view"]]})


def describe_cache_parameters(self: Calls) -> ActionResult:
    described = [
        {"ParameterName": name, "ParameterValue": value, "Source": "user", "DataType": "string", "IsModifiable": True}
        for name, value in _parameter_group(self)["parameters"].items()
    ]
    return ActionResult({"Parameters": described})


def modify_cache_parameter_group(self: Calls) -> ActionResult:
    for parameter in self._get_param("ParameterNameValues", []):
        _parameter_group(self)["parameters"][parameter["ParameterName"]] = parameter["ParameterValue"]
    return ActionResult({"CacheParameterGroupName": self._get_param("CacheParameterGroupName")})


def reset_cache_parameter_group(self: Calls) -> ActionResult:
    for parameter in self._get_param("ParameterNameValues", []):
        _parameter_group(self)["parameters"].pop(parameter["ParameterName"], None)
    return ActionResult({"CacheParameterGroupName": self._get_param("CacheParameterGroupName")})


def delete_cache_parameter_group(self: Calls) -> EmptyResult:
    _parameter_group(self)
    del _parameter_groups[self._get_param("CacheParameterGroupName")]
    return EmptyResult()


def delete_cache_subnet_group(self: Calls) -> EmptyResult:
    self.elasticache_backend.cache_subnet_groups.pop(self._get_param("CacheSubnetGroupName"), None)
    return EmptyResult()


def list_tags_for_resource(self: Calls) -> ActionResult:
    resource = self._get_param("ResourceName") or ""
    if ":parametergroup:" not in resource:
        return _list_tags(self)
    return ActionResult({"TagList": _parameter_groups.get(resource.split(":")[-1], {}).get("tags", [])})


def describe_cache_clusters(self: Calls) -> ActionResult:
    wanted = self._get_param("CacheClusterId")
    for name, member in _members(self):
        if name == wanted:
            return ActionResult({"CacheClusters": [member]})
    return _describe_clusters(self)


def _members(self: Calls) -> Iterator[tuple[str, dict[str, Any]]]:
    for group in self.elasticache_backend.replication_groups.values():
        for index, name in enumerate(group.member_clusters):
            yield name, _member(self, group, index, name)


def _member(self: Calls, group: Any, index: int, name: str) -> dict[str, Any]:
    return {
        "CacheClusterId": name,
        "CacheClusterStatus": "available",
        "Engine": getattr(group, "engine", None) or "redis",
        "EngineVersion": getattr(group, "engine_version", None) or "7.1.0",
        "CacheNodeType": group.cache_node_type,
        "NumCacheNodes": 1,
        "ReplicationGroupId": group.replication_group_id,
        "CacheSubnetGroupName": group.cache_subnet_group_name,
        "CacheParameterGroup": {
            "CacheParameterGroupName": group.cache_parameter_group_name or "default.redis7",
            "ParameterApplyStatus": "in-sync",
        },
        "SecurityGroups": [{"SecurityGroupId": i, "Status": "active"} for i in group.security_group_ids or []],
        "PreferredMaintenanceWindow": getattr(group, "preferred_maintenance_window", None) or "sun:05:00-sun:06:00",
        "SnapshotRetentionLimit": group.snapshot_retention_limit,
        "SnapshotWindow": group.snapshot_window,
        "AutoMinorVersionUpgrade": str(group.auto_minor_version_upgrade).lower() != "false",
        "PreferredAvailabilityZone": f"{self.region}{'abc'[index % 3]}",
        "AtRestEncryptionEnabled": group.at_rest_encryption_enabled,
        "AuthTokenEnabled": group.auth_token_enabled,
        "TransitEncryptionEnabled": group.transit_encryption_enabled,
        "TransitEncryptionMode": group.transit_encryption_mode,
        "CacheNodes": [{"CacheNodeId": "0001", "CacheNodeStatus": "available"}],
        "ARN": f"arn:aws:elasticache:{self.region}:{self.current_account}:cluster:{name}",
    }


def create_replication_group(self: ElastiCacheBackend, **wanted: Any) -> Any:
    """The moto one ignores num_cache_clusters where cluster mode is off."""
    if (wanted.get("num_cache_clusters") or 0) > 1 and not wanted.get("replicas_per_node_group"):
        wanted["replicas_per_node_group"] = wanted["num_cache_clusters"] - 1
    return _create_group(self, **wanted)


def modify_replication_group(self: Calls) -> ActionResult:
    """The moto one takes no token."""
    answer = _modify_group(self)
    if self._get_param("AuthToken"):
        self.elasticache_backend.replication_groups[self._get_param("ReplicationGroupId")].auth_token_enabled = True
    return answer


def delete_replication_group(self: ElastiCacheBackend, replication_group_id: str, *rest: Any, **more: Any) -> Any:
    """The moto one leaves the group in state deleting for ever."""
    group = _delete_group(self, replication_group_id, *rest, **more)
    self.replication_groups.pop(replication_group_id, None)
    return group
