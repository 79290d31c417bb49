#!/usr/bin/env bats
# The scripts beside deploy-ecs.sh, against the simulated AWS in which staging is applied. PAGE is a server that answers
# as the chat does to somebody who has not signed in.

bats_require_minimum_version 1.5.0
load asking

setup() {
  SCRIPTS="$BATS_TEST_DIRNAME/../../infra/scripts"
  # restore-drill.sh knows no environments and has tests of its own.
  ours=(add-user deploy-ecs estimate-costs post-deployment-validation pre-deployment-check put-secret rotate-redis-token)
}

refused() {
  local code=$1 said=$2
  shift 2
  run --separate-stderr "$@"
  [ "$status" -eq "$code" ] || { echo "exit $status: $stderr"; return 1; }
  [[ $stderr == *"$said"* ]] || { echo "said: $stderr"; return 1; }
}

passes() {
  run --separate-stderr "$@"
  [ "$status" -eq 0 ] || { echo "exit $status: $output $stderr"; return 1; }
}

@test "--help of every script tells its arguments and its exit codes" {
  for script in "${ours[@]/%/.sh}"; do
    passes "$SCRIPTS/$script" --help
    [[ $output == *"$script"* && $output == *--help* && $output == *"Exit codes: 0"* ]] || { echo "$script"; return 1; }
  done
}

@test "every wrong argument of every script is refused with exit code 2, and says what is wrong" {
  for script in "${ours[@]/%/.sh}"; do
    refused 2 "which environment" "$SCRIPTS/$script"
    refused 2 "'mars' is no environment" "$SCRIPTS/$script" mars
  done
  refused 2 "too many arguments" "$SCRIPTS/put-secret.sh" staging collector/keys nansen_key value
  refused 2 "not put in by hand" "$SCRIPTS/put-secret.sh" staging app/auth_secret
  refused 2 "needs a key" "$SCRIPTS/put-secret.sh" staging collector/keys
  refused 2 "has no keys" "$SCRIPTS/put-secret.sh" staging openai/api_key nansen_key
  refused 2 "unknown option --force" "$SCRIPTS/rotate-redis-token.sh" staging --force
  refused 2 "unknown option --force" "$SCRIPTS/pre-deployment-check.sh" staging --force
  refused 2 "--image-tag needs a value" "$SCRIPTS/pre-deployment-check.sh" staging --image-tag
  refused 2 "--url must look like" "$SCRIPTS/post-deployment-validation.sh" staging
  refused 2 "--url must look like" "$SCRIPTS/post-deployment-validation.sh" staging --url coins.example.com
  refused 2 "one environment only" "$SCRIPTS/post-deployment-validation.sh" staging production
  refused 2 "unknown option --force" "$SCRIPTS/estimate-costs.sh" staging --force
}

@test "before anything is set up the check says what is missing" {
  run "$SCRIPTS/pre-deployment-check.sh" staging --image-tag never-pushed
  [ "$status" -eq 1 ]
  [[ $output == *"ok    services run"* ]]
  [[ $output == *"FAIL  secrets that a person puts in are set: not set: redis/connection_string"* ]]
  [[ $output == *"FAIL  Redis is available, with a token"* ]]
  [[ $output == *"FAIL  image never-pushed"* ]]
}

@test "a secret is put in from standard input, and an empty one is refused" {
  passes "$SCRIPTS/put-secret.sh" staging openai/api_key <<<"sk-tried"
  [ "$(secret openai/api_key)" = sk-tried ]
  refused 2 "the value is empty" "$SCRIPTS/put-secret.sh" staging openai/api_key <<<" "
}

@test "a feed's key is put beside the others, and an unknown one is refused" {
  passes "$SCRIPTS/put-secret.sh" staging collector/keys nansen_key <<<'one "quoted"'
  [ "$(secret collector/keys | jq -r .nansen_key)" = 'one "quoted"' ]
  [ "$(secret collector/keys | jq -r .coingecko_key)" = "" ]
  refused 2 "has no key 'other_key'" "$SCRIPTS/put-secret.sh" staging collector/keys other_key <<<"two"
}

@test "a person is added by a one-off task, and the password is left nowhere" {
  refused 2 "is no name" "$SCRIPTS/add-user.sh" staging 'ann; rm -rf /'
  passes "$SCRIPTS/add-user.sh" staging ann <<<"correct horse battery"
  [[ $output == *"ann can sign in"* ]]
  [ "$(secret app/new_user_password)" = " " ]
}

@test "Redis gets its first token, which is told to nobody" {
  passes "$SCRIPTS/rotate-redis-token.sh" staging --first
  [[ $(secret redis/connection_string) =~ ^rediss://:[A-Za-z0-9]{64}@[^:]+:6379/0$ ]]
  [[ $output != *"$(secret redis/connection_string | cut -c 11-74)"* ]]
}

@test "a later token is another one, and the tasks start anew" {
  local before
  before=$(secret redis/connection_string)
  passes "$SCRIPTS/rotate-redis-token.sh" staging
  [ "$(secret redis/connection_string)" != "$before" ]
  [[ $output == *"tasks start anew"* ]]
}

@test "production's token is not touched without a yes" {
  aws elasticache create-replication-group --replication-group-id omc-production \
    --replication-group-description tried --engine redis --transit-encryption-enabled >/dev/null
  run "$SCRIPTS/rotate-redis-token.sh" production </dev/null
  [ "$status" -eq 7 ]
}

@test "once everything is set up the check passes" {
  passes "$SCRIPTS/pre-deployment-check.sh" staging
  [[ $output == *"all checks passed"* ]]
}

@test "an alarm that rings is named by the checks" {
  aws cloudwatch set-alarm-state --alarm-name omc-staging-chat-cpu --state-value ALARM --state-reason tried
  run "$SCRIPTS/pre-deployment-check.sh" staging
  aws cloudwatch set-alarm-state --alarm-name omc-staging-chat-cpu --state-value OK --state-reason tried
  [ "$status" -eq 1 ]
  [[ $output == *"FAIL  no alarm rings: omc-staging-chat-cpu"* ]]
}

@test "without a healthy replica the validation fails, and names what does not work" {
  run "$SCRIPTS/post-deployment-validation.sh" staging --url "$PAGE/broken"
  [ "$status" -eq 2 ]
  run "$SCRIPTS/post-deployment-validation.sh" staging --url "$BROKEN_PAGE"
  [ "$status" -eq 1 ]
  [[ $output == *"FAIL  the load balancer finds healthy replicas"* && $output == *"FAIL  /ready answers"*"/ready answers 503"* ]]
}

@test "with one the validation passes" {
  local group
  group=$(aws elbv2 describe-target-groups --names omc-staging-chat --query 'TargetGroups[0].TargetGroupArn' --output text)
  aws elbv2 register-targets --target-group-arn "$group" --targets Id=10.41.64.9,Port=8000
  passes "$SCRIPTS/post-deployment-validation.sh" staging --url "$PAGE"
  aws elbv2 deregister-targets --target-group-arn "$group" --targets Id=10.41.64.9,Port=8000
}

@test "the costs are estimated from a plan, part by part, with their sum" {
  passes "$SCRIPTS/estimate-costs.sh" staging --plan "$PLAN"
  [[ $output == *"NAT gateways"*"1.00 x nat-gateway"* && $output == *"a month"* ]]
  [[ $(tail -n 1 <<<"$output") =~ ^total\ +[0-9]+ ]]
}
