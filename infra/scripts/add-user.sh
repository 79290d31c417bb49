#!/usr/bin/env bash
# Adds a person who signs in by name and password. The password is read from standard input, never from an argument.
#
#   add-user.sh staging|production NAME < file
#
#   --help  this text
#
# A one-off task does it, with the newest image: the password goes to it through a secret that is emptied afterwards.
# Exit codes: 0 done; 1 something else failed; 2 wrong arguments; 3 a prerequisite is missing; 5 the task failed.
set -euo pipefail
# shellcheck source=infra/scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

main() {
  [ "${1:-}" != --help ] || { help; exit 0; }
  [ $# -le 2 ] || usage_error "too many arguments"
  is_environment "${1:-}"
  local name=${2:-}
  [[ $name =~ ^[A-Za-z0-9._@+-]{1,64}$ ]] || usage_error "'$name' is no name: letters, digits and . _ @ + -"
  names_of "$1"
  need aws jq
  signed_in >/dev/null
  [ ! -t 0 ] || say "The password, then Enter and Ctrl-D:"
  secret_id=$(secret_prefix "$1")/app/new_user_password
  trap 'put_secret "$secret_id" " "; rm -rf "$scratch"' EXIT
  put_secret "$secret_id" "$(cat)"
  describe_services >"$scratch/services.json"
  run_task "$NAME-migrate" "printf '%s\n' \"\$NEW_USER_PASSWORD\" | omc user add --live --password-stdin $name"
  say "$name can sign in"
}

main "$@"
