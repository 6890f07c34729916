#!/bin/bash
# Usage: inventory.sh [NAME...] — prints a muster inventory of this lab's hosts (all of them, or those named).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
lab=${TESTHOSTS_DIR:-/var/tmp/testhosts}/labs/${TESTHOSTS_LAB:-lab}
[ -s "$lab/inventory.tsv" ] || { echo "inventory.sh: no lab at $lab: run $here/up.sh first" >&2; exit 1; }
cat <<TEXT
defaults:
  user: deploy
  auth_method: key
  key_path: $lab/keys/id_ed25519
  known_hosts: $lab/known_hosts
hosts:
TEXT
while IFS=$'\t' read -r name address port user _; do
    [ $# = 0 ] || case " $* " in *" $name "*) ;; *) continue ;; esac
    printf '  %s: {address: %s, port: %s, user: %s}\n' "$name" "$address" "$port" "$user"
done <"$lab/inventory.tsv"
