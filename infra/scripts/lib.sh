# Shared by the scripts beside it: names, prerequisites, messages. Sourced, not run.
# shellcheck shell=bash

PREFIX=${PREFIX:-omc}
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck disable=SC2034 # used by the scripts that source this
readonly PREFIX ROOT EXIT_USAGE=2 EXIT_PREREQUISITE=3 EXIT_TASK=5 EXIT_NOT_STABLE=6 EXIT_NOT_CONFIRMED=7

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

say() { printf '%s\n' "$*"; }

stop() {
  local code=$1
  shift
  printf 'error: %s\n' "$*" >&2
  exit "$code"
}

usage_error() { stop "$EXIT_USAGE" "$*; see --help"; }

# The comment at the head of a script is its help.
help() { sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"; }

is_environment() {
  case $1 in
    staging | production) ;;
    '') usage_error "which environment: staging or production" ;;
    *) usage_error "'$1' is no environment: staging or production" ;;
  esac
}

# Everything in an environment is named after it, and so is its cluster.
names_of() {
  NAME="$PREFIX-$1"
  # shellcheck disable=SC2034 # used by the scripts that source this
  CLUSTER="$NAME"
}

need() {
  local tool
  for tool in "$@"; do
    command -v "$tool" >/dev/null || stop "$EXIT_PREREQUISITE" "$tool is not installed"
  done
}

signed_in() {
  [ -n "${AWS_REGION:-${AWS_DEFAULT_REGION:-}}" ] || stop "$EXIT_PREREQUISITE" "no region: set AWS_REGION"
  aws sts get-caller-identity --query Account --output text ||
    stop "$EXIT_PREREQUISITE" "not signed in to AWS: aws sts get-caller-identity fails"
}

describe_services() {
  aws ecs describe-services --cluster "$CLUSTER" --services "$NAME-chat" "$NAME-collector" --output json
}

# A field of a service, as it was described last.
service() { jq -r --arg name "$NAME-$1" ".services[] | select(.serviceName == \$name) | $2" "$scratch/services.json"; }

# Runs a one-off task where the collector runs, with another command for a shell where one is given, and sees how it ends.
run_task() {
  local definition=$1 command=${2:-} task overrides='{}'
  [ -z "$command" ] || overrides=$(jq -nc --arg command "$command" \
    '{containerOverrides: [{name: "migrate", command: ["sh", "-c", $command]}]}')
  task=$(aws ecs run-task --cluster "$CLUSTER" --task-definition "$definition" --launch-type FARGATE --count 1 \
    --overrides "$overrides" --network-configuration "$(service collector '.networkConfiguration | tojson')" \
    --query 'tasks[0].taskArn' --output text) && [ "$task" != None ] || stop "$EXIT_TASK" "the task could not be started"
  aws ecs wait tasks-stopped --cluster "$CLUSTER" --tasks "$task" || stop "$EXIT_TASK" "the task does not end: $task"
  aws ecs describe-tasks --cluster "$CLUSTER" --tasks "$task" --output json >"$scratch/task.json"
  jq -e '.tasks[0].containers[0].exitCode == 0' "$scratch/task.json" >/dev/null || stop "$EXIT_TASK" "the task failed: $(
    jq -r '.tasks[0] | "exit code \(.containers[0].exitCode), \(.stoppedReason)"' "$scratch/task.json"
  ); its log is in /$NAME/migrate"
}

confirm() {
  local answer=''
  [ "$1" = production ] || return 0
  read -r -p "Type production to go on: " answer || true
  [ "$answer" = production ] || stop "$EXIT_NOT_CONFIRMED" "not confirmed, nothing was changed"
}

# First part of the secrets' names: production's have none but the prefix.
secret_prefix() { if [ "$1" = production ]; then echo "$PREFIX"; else echo "$PREFIX-$1"; fi; }

# The value goes in by a file of ours alone: arguments can be read by everybody on the machine.
put_secret() {
  jq -n --arg id "$1" --rawfile value <(printf %s "$2") '{SecretId: $id, SecretString: $value}' >"$scratch/secret.json"
  aws secretsmanager put-secret-value --cli-input-json "file://$scratch/secret.json" >/dev/null
}

# --- Checks: each is run, each is named, and the verdict is given at the end.

failed=0

check() {
  local name=$1 said
  shift
  if said=$("$@" 2>&1); then
    say "ok    $name"
  else
    say "FAIL  $name${said:+: $said}"
    failed=$((failed + 1))
  fi
}

verdict() {
  [ "$failed" -eq 0 ] || stop 1 "$failed of the checks failed"
  say "all checks passed"
}

services_complete() {
  describe_services | jq -e '(.services | length) == 2 and all(.services[]; .runningCount == .desiredCount and .desiredCount > 0)' >/dev/null
}

no_alarm() {
  local ringing
  ringing=$(aws cloudwatch describe-alarms --alarm-name-prefix "$NAME-" --output json |
    jq -r '[.MetricAlarms[] | select(.StateValue == "ALARM") | .AlarmName] | join(", ")')
  [ -z "$ringing" ] || { echo "$ringing"; return 1; }
}
