"""One or two calls each: autoscaling tags, alarm actions, rule descriptions, log buckets, RDS details, secrets."""

import json
import uuid
from types import SimpleNamespace
from typing import Any

from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse as Scaling
from moto.cloudwatch.models import CloudWatchBackend
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.rds.models import DBInstance, DBParameterGroup
from moto.s3.models import FakeBucket
from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend
from moto.sns.models import sns_backends

_register = Scaling.register_scalable_target
_set_state = CloudWatchBackend.set_alarm_state
_update_parameters = DBParameterGroup.update_parameters
_make_instance = DBInstance.__init__
_may_log = FakeBucket._log_permissions_enabled_policy
_cancel_rotation = SecretsManagerBackend.cancel_rotate_secret
_rotate_secret = SecretsManagerBackend.rotate_secret
_secret_as_dict = FakeSecret.to_dict
_scaling_tags: dict[str, dict[str, str]] = {}


def extend() -> None:
    """Put these calls in the place of moto's."""
    Scaling.register_scalable_target = register_scalable_target
    Scaling.list_tags_for_resource = list_scaling_tags
    CloudWatchBackend.set_alarm_state = set_alarm_state
    SecurityGroupRule.description = property(rule_description)
    FakeBucket._log_permissions_enabled_policy = staticmethod(may_log)
    DBParameterGroup.update_parameters = update_parameters
    DBInstance.__init__ = make_instance
    SecretsManagerBackend.rotate_secret = rotate_secret
    SecretsManagerBackend.cancel_rotate_secret = cancel_rotate_secret
    FakeSecret.to_dict = secret_as_dict


def register_scalable_target(self: Scaling) -> str:
    answer = _register(self)
    if arn := json.loads(answer).get("ScalableTargetARN"):
        _scaling_tags.setdefault(arn, {}).update(self._get_param("Tags") or {})
    return answer


def list_scaling_tags(self: Scaling) -> str:
    return json.dumps({"Tags": _scaling_tags.get(self._get_param("ResourceARN"), {})})


def set_alarm_state(self: CloudWatchBackend, alarm_name: str, reason: str, data: str, state: str) -> None:
    """Changes the state as moto does, and then publishes to the alarm's topics as CloudWatch does."""
    before = self.alarms[alarm_name].state_value
    _set_state(self, alarm_name, reason, data, state)
    alarm = self.alarms[alarm_name]
    if before == state or not alarm.actions_enabled:
        return
    message = {"AlarmName": alarm_name, "NewStateValue": state, "OldStateValue": before, "NewStateReason": reason}
    for topic in (alarm.alarm_actions if state == "ALARM" else alarm.ok_actions) or []:
        topics = sns_backends[self.account_id][self.region_name]
        topics.publish(message=json.dumps(message), arn=topic, subject=f'{state}: "{alarm_name}"')


def rule_description(self: SecurityGroupRule) -> str | None:
    """The moto one forgets it where the rule refers to a group."""
    return (self.ip_range or {}).get("Description") or (self.source_group or {}).get("Description")


def may_log(target_bucket: FakeBucket, target_prefix: str | None) -> bool:
    """The moto one cannot read a policy in which a statement is for everybody ("*")."""
    policy = json.loads(target_bucket.policy or '{"Statement": []}')
    policy["Statement"] = [said for said in policy["Statement"] if isinstance(said.get("Principal"), dict)]
    bucket = SimpleNamespace(
        policy=json.dumps(policy).encode(), partition=target_bucket.partition, name=target_bucket.name
    )
    return _may_log(bucket, target_prefix)


def update_parameters(self: DBParameterGroup, parameters: list[dict[str, Any]]) -> None:
    _update_parameters(self, [{"Source": "user", "IsModifiable": True, **given} for given in parameters])


def make_instance(self: DBInstance, *given: Any, **wanted: Any) -> None:
    """Each instance has an id of its own, and keeps what was said about Performance Insights."""
    _make_instance(self, *given, **wanted)
    self.dbi_resource_id = "db-" + uuid.uuid4().hex[:26].upper()
    self.performance_insights_enabled = wanted.get("enable_performance_insights") or False
    self.performance_insights_kms_key_id = wanted.get("performance_insights_kms_key_id")
    self.performance_insights_retention_period = wanted.get("performance_insights_retention_period")


def rotate_secret(self: SecretsManagerBackend, secret_id: str, *given: Any, **wanted: Any) -> str:
    """The moto one forgets rules that are a schedule."""
    answer = _rotate_secret(self, secret_id, *given, **wanted)
    self.secrets[secret_id].kept_rules = wanted.get("rotation_rules")
    return answer


def cancel_rotate_secret(self: SecretsManagerBackend, secret_id: str) -> str:
    """The moto one knows rotation by a function only, not by the service that owns the secret."""
    secret = self.secrets[secret_id]
    if not secret.owning_service:
        return _cancel_rotation(self, secret_id)
    secret.kept_rules, secret.rotation_enabled = None, False
    return secret.to_short_dict()


def secret_as_dict(self: FakeSecret) -> dict[str, Any]:
    described = _secret_as_dict(self)
    if rules := getattr(self, "kept_rules", None):
        described |= {"RotationEnabled": True, "RotationRules": rules}
    return described
