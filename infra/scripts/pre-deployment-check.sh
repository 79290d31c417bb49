#!/usr/bin/env bash
# Looks whether an environment is fit to be deployed to. Reads only; no value of a secret is read.
#
#   pre-deployment-check.sh staging|production [--image-tag TAG]
#
#   --image-tag TAG  this image must be in the repository
#   --help           this text
#
# Exit codes: 0 fit; 1 something is not, each is named; 2 wrong arguments; 3 a prerequisite is missing.
set -euo pipefail
# shellcheck source=infra/scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

environment='' image_tag=''

main() {
  read_arguments "$@"
  names_of "$environment"
  need aws jq
  local account
  account=$(signed_in)
  say "account $account, region ${AWS_REGION:-$AWS_DEFAULT_REGION}, environment $NAME"
  check "services run as many tasks as they should" services_complete
  check "no alarm rings" no_alarm
  check "secrets that a person puts in are set" secrets_set
  check "database is available and backed up" database_fit
  check "Redis is available, with a token" redis_fit
  check "certificate is good for 30 days" certificate_good
  check "somebody confirmed to get the alarms" alarms_confirmed
  if [ -n "$image_tag" ]; then check "image $image_tag is in the repository" image_there; fi
  verdict
}

read_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --help) help; exit 0 ;;
      --image-tag)
        [ $# -ge 2 ] || usage_error "$1 needs a value"
        image_tag=$2
        shift ;;
      -*) usage_error "unknown option $1" ;;
      *) [ -z "$environment" ] || usage_error "one environment only, not also '$1'"
         environment=$1 ;;
    esac
    shift
  done
  is_environment "$environment"
}

# A secret that only Terraform has written to holds no value yet: the ids of its versions begin with terraform-.
secrets_set() {
  local unset
  unset=$(aws secretsmanager list-secrets --filters "Key=name,Values=$(secret_prefix "$environment")/" --output json |
    jq -r --arg prefix "$(secret_prefix "$environment")/" --arg wanted "${WANTED_SECRETS:-redis/connection_string}" '
      [.SecretList[] | {key: (.Name | ltrimstr($prefix)),
        value: ([.SecretVersionsToStages // {} | to_entries[] | select(.value | index("AWSCURRENT")) | .key][0] // "none")}]
      | from_entries as $current
      | $wanted | split(" ")[] | select(($current[.] // "none") | test("^(none$|terraform-)"))')
  [ -z "$unset" ] || { echo "not set: $unset"; return 1; }
}

database_fit() {
  aws rds describe-db-instances --db-instance-identifier "$NAME" --output json | jq -e --arg environment "$environment" '
    .DBInstances[0] | .DBInstanceStatus == "available" and .StorageEncrypted and .BackupRetentionPeriod >= 7
      and ($environment != "production" or (.MultiAZ and .DeletionProtection))' >/dev/null
}

redis_fit() {
  aws elasticache describe-replication-groups --replication-group-id "$NAME" --output json |
    jq -e '.ReplicationGroups[0] | .Status == "available" and .TransitEncryptionEnabled and .AuthTokenEnabled' >/dev/null
}

certificate_good() {
  local balancer certificate
  balancer=$(aws elbv2 describe-load-balancers --names "$NAME" --query 'LoadBalancers[0].LoadBalancerArn' --output text)
  certificate=$(aws elbv2 describe-listeners --load-balancer-arn "$balancer" --output json |
    jq -r '.Listeners[] | select(.Port == 443) | .Certificates[0].CertificateArn')
  # Version 1 of the AWS CLI writes times as numbers, version 2 as ISO 8601.
  aws acm describe-certificate --certificate-arn "$certificate" --output json | jq -e '
    def seconds: if type == "number" then . else .[0:19] + "Z" | fromdateiso8601 end;
    .Certificate | .Status == "ISSUED" and (.NotAfter | seconds) > now + 30 * 86400' >/dev/null
}

alarms_confirmed() {
  local topic
  topic=$(aws cloudwatch describe-alarms --alarm-names "$NAME-5xx-rate" --query 'MetricAlarms[0].AlarmActions[0]' --output text)
  aws sns list-subscriptions-by-topic --topic-arn "$topic" --output json |
    jq -e '[.Subscriptions[] | select(.SubscriptionArn != "PendingConfirmation")] | length > 0' >/dev/null
}

image_there() {
  aws ecr describe-images --repository-name "$NAME" --image-ids "imageTag=$image_tag" >/dev/null 2>&1
}

main "$@"
