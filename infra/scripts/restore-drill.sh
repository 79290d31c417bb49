#!/usr/bin/env bash
# Proves that a backup can be lived on: dumps a database, restores it into an empty place, compares every table, opens a
# conversation that waits for an answer and answers it there, and checks every artifact by its hash. Prints the times.
#
#   restore-drill.sh [options]
#
#   --demo                  the demo database instead of the live one
#   --into URL              restore on this Postgres, into a database made for it and dropped afterwards; default: an
#                           embedded one in a temporary folder
#   --without-question      pass also where no conversation waits for an answer
#   --without-conversation  compare and check only: where no model of the conversations' may be called
#   --help                  this text
#
# Reads the program's own settings (OMC_HOME, OMC_POSTGRES_URL, OMC_ARTIFACTS_BUCKET, ...) and changes nothing there.
# Exit codes: 0 all of it holds; 1 something does not, or could not be tried; 2 wrong arguments.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
case " $* " in *" --help "*) sed -n '2,/^set /{/^set /d;s/^#\{1,\} \{0,1\}//p}' "$0"; exit 0 ;; esac
exec "$root/.venv/bin/python" "$root/infra/scripts/restore_drill.py" "$@"
