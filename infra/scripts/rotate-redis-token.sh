#!/usr/bin/env bash
# Gives Redis a new token: both tokens are good while the tasks start anew, then the new one alone.
#
#   rotate-redis-token.sh staging|production [--first] [--yes]
#
#   --first  the first token, before the first deployment: there are no tasks to start anew
#   --yes    do not ask before production
#   --help   this text
#
# The token is drawn by Secrets Manager, and kept nowhere but in the secret redis/connection_string.
# Exit codes: 0 done; 1 something else failed; 2 wrong arguments; 3 a prerequisite is missing; 6 the tasks did not
#   become stable with the new token, both tokens are still good: run it again; 7 not confirmed.
set -euo pipefail
# shellcheck source=infra/scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

environment='' first=false yes=false

main() {
  read_arguments "$@"
  names_of "$environment"
  need aws jq
  signed_in >/dev/null
  endpoint=$(aws elasticache describe-replication-groups --replication-group-id "$NAME" \
    --query 'ReplicationGroups[0].NodeGroups[0].PrimaryEndpoint.[Address, Port]' --output text) ||
    stop "$EXIT_PREREQUISITE" "there is no Redis $NAME: apply Terraform first"
  $yes || confirm "$environment"
  token=$(aws secretsmanager get-random-password --password-length 64 --exclude-punctuation --query RandomPassword --output text)
  say "== Redis takes the new token beside the old one"
  set_token ROTATE
  put_secret "$(secret_prefix "$environment")/redis/connection_string" "rediss://:$token@${endpoint/$'\t'/:}/0"
  $first || restart
  say "== Redis takes the new token only"
  set_token SET
  say "done"
}

read_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --help) help; exit 0 ;;
      --first) first=true ;;
      --yes) yes=true ;;
      -*) usage_error "unknown option $1" ;;
      *) [ -z "$environment" ] || usage_error "one environment only, not also '$1'"
         environment=$1 ;;
    esac
    shift
  done
  is_environment "$environment"
}

# The token goes in by a file of ours alone: arguments can be read by everybody on the machine.
set_token() {
  jq -n --arg group "$NAME" --rawfile token <(printf %s "$token") --arg strategy "$1" \
    '{ReplicationGroupId: $group, AuthToken: $token, AuthTokenUpdateStrategy: $strategy, ApplyImmediately: true}' \
    >"$scratch/token.json"
  aws elasticache modify-replication-group --cli-input-json "file://$scratch/token.json" >/dev/null
  aws elasticache wait replication-group-available --replication-group-id "$NAME"
}

restart() {
  local role
  say "== tasks start anew"
  for role in chat collector; do
    aws ecs update-service --cluster "$CLUSTER" --service "$NAME-$role" --force-new-deployment >/dev/null
  done
  aws ecs wait services-stable --cluster "$CLUSTER" --services "$NAME-chat" "$NAME-collector" ||
    stop "$EXIT_NOT_STABLE" "the tasks did not become stable; both tokens are still good"
}

main "$@"
