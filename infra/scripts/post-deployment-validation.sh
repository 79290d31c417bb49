#!/usr/bin/env bash
# Looks whether what was deployed works: in ECS, behind the load balancer, and from outside. Reads only.
#
#   post-deployment-validation.sh staging|production --url URL
#
#   --url URL  where people reach the chat, such as https://coins.example.com
#   --help     this text
#
# Exit codes: 0 it works; 1 something does not, each is named; 2 wrong arguments; 3 a prerequisite is missing.
set -euo pipefail
# shellcheck source=infra/scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

environment='' url=''

main() {
  read_arguments "$@"
  names_of "$environment"
  need aws jq curl
  local account
  account=$(signed_in)
  say "account $account, environment $NAME, $url"
  check "services run as many tasks as they should" services_complete
  check "one deployment is left in each service" one_deployment
  check "the load balancer finds healthy replicas" replicas_healthy
  check "no alarm rings" no_alarm
  check "/health answers" answers 200 /health
  check "/ready answers that every part is ready" answers 200 /ready
  check "/metrics is closed" answers 404 /metrics
  check "a page needs signing in" needs_sign_in
  if [[ $url == https://* ]]; then check "http is sent on to https" redirected; fi
  verdict
}

read_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --help) help; exit 0 ;;
      --url)
        [ $# -ge 2 ] || usage_error "$1 needs a value"
        url=${2%/}
        shift ;;
      -*) usage_error "unknown option $1" ;;
      *) [ -z "$environment" ] || usage_error "one environment only, not also '$1'"
         environment=$1 ;;
    esac
    shift
  done
  is_environment "$environment"
  [[ $url =~ ^https?://[^/]+$ ]] || usage_error "--url must look like https://coins.example.com"
}

one_deployment() {
  describe_services | jq -e 'all(.services[]; (.deployments | length) == 1 and .deployments[0].rolloutState == "COMPLETED")' >/dev/null
}

replicas_healthy() {
  local group
  group=$(aws elbv2 describe-target-groups --names "$NAME-chat" --query 'TargetGroups[0].TargetGroupArn' --output text)
  aws elbv2 describe-target-health --target-group-arn "$group" --output json | jq -e '
    [.TargetHealthDescriptions[].TargetHealth.State] | length > 0 and all(. == "healthy" or . == "draining") and any(. == "healthy")' \
    >/dev/null
}

code() { curl --silent --show-error --max-time 10 --output /dev/null --write-out '%{http_code}' "$@"; }

answers() {
  local got
  got=$(code "$url$2") || return 1
  [ "$got" = "$1" ] || { echo "$2 answers $got"; return 1; }
}

needs_sign_in() { [[ $(code "$url/project/threads" -X POST) == 4?? ]]; }

redirected() { [[ $(code "http://${url#https://}/") == 30[1278] ]]; }

main "$@"
