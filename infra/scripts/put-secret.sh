#!/usr/bin/env bash
# Puts a value into one of an environment's secrets. The value is read from standard input, never from an argument.
#
#   put-secret.sh staging|production NAME [KEY] < file
#
#   NAME    openai/api_key, or collector/keys with a KEY: coingecko_key, cryptopanic_key, nansen_key, quality_webhook,
#           reddit_client_id, reddit_client_secret
#   --help  this text
#
# Tasks read secrets when they start: deploy, or start them anew, for the value to count.
# Exit codes: 0 done; 1 something else failed; 2 wrong arguments; 3 a prerequisite is missing.
set -euo pipefail
# shellcheck source=infra/scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

main() {
  [ "${1:-}" != --help ] || { help; exit 0; }
  [ $# -le 3 ] || usage_error "too many arguments"
  is_environment "${1:-}"
  local name=${2:-} key=${3:-} value
  case $name in
    openai/api_key) [ -z "$key" ] || usage_error "$name has no keys" ;;
    collector/keys) [ -n "$key" ] || usage_error "$name needs a key" ;;
    *) usage_error "'$name' is not put in by hand: openai/api_key or collector/keys" ;;
  esac
  need aws jq
  signed_in >/dev/null
  secret_id=$(secret_prefix "$1")/$name
  [ ! -t 0 ] || say "The value, then Enter and Ctrl-D:"
  value=$(cat)
  [ -n "${value//[[:space:]]/}" ] || usage_error "the value is empty"
  if [ -n "$key" ]; then value=$(with_key "$key" "$value"); fi
  put_secret "$secret_id" "$value"
  say "$secret_id is set; tasks read it when they start"
}

# The feeds' keys as they are, with one of them changed.
with_key() {
  local kept
  kept=$(aws secretsmanager get-secret-value --secret-id "$secret_id" --query SecretString --output text)
  jq -e --arg key "$1" 'has($key)' >/dev/null <<<"$kept" || usage_error "$secret_id has no key '$1': $(jq -r 'keys | join(", ")' <<<"$kept")"
  jq -c --arg key "$1" --rawfile value <(printf %s "$2") '.[$key] = $value' <<<"$kept"
}

main "$@"
