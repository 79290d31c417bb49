#!/usr/bin/env bash
# Makes the secrets that infra/compose.yml reads, once: files in infra/.secrets, which git ignores. What is there stays.
#
#   compose-secrets.sh [FOLDER]      FOLDER instead of infra/.secrets
#
# The key of the model is left blank: write it into openai_api_key, or leave it for the offline analyst.
set -euo pipefail

case ${1:-} in
  --help) sed -n '2,6s/^#\{1,\} \{0,1\}//p' "$0"; exit 0 ;;
  -*) echo "compose-secrets.sh: unknown option $1, see --help" >&2; exit 2 ;;
esac
folder=${1:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/.secrets}

drawn() { head -c 36 /dev/urandom | base64 | tr -d '\n' | tr '+/' '-_'; }

keep() {
  [ -e "$folder/$1" ] || printf '%s\n' "$2" >"$folder/$1"
  chmod 0644 "$folder/$1" # the containers' users read it; the folder keeps everybody else out
}

mkdir -p "$folder"
chmod 0700 "$folder"
keep postgres_password "$(drawn)"
keep valkey_password "$(drawn)"
keep omc_postgres_url "postgresql://omc:$(cat "$folder/postgres_password")@postgres:5432/live"
keep omc_redis_url "redis://:$(cat "$folder/valkey_password")@valkey:6379/0"
keep omc_auth_secret "$(drawn)"
keep omc_metrics_token "$(drawn)"
keep openai_api_key " "
echo "secrets for infra/compose.yml: $folder"
