#!/usr/bin/env bash
# Shows Muster at work: three real Debian hosts, one sentence, PostgreSQL on each. Needs root; about two minutes, more
# the first time. Everything it makes goes away at the end; installed packages and the build stay.
. "$(dirname "$0")/lib.sh"

[ $# = 0 ] || { sed -n '2,3s/^# //p' "$0"; exit 2; }
[ "$(id -u)" = 0 ] || fail "the demo makes machines of its own: run it as root"
can_make_hosts || fail "this machine lets nobody make control groups, which the demo's hosts need"
task="Install and configure PostgreSQL on the servers"

need_swift
install_missing "${build_packages[@]}" openssh-client python3
say "building muster (the first time this takes a minute or two)"
build --product muster
muster=$(cd "$top" && swift build --show-bin-path)/muster

export TESTHOSTS_LAB=demo
work=$(mktemp -d)
trap '"$hosts/down.sh" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
say "making three Debian hosts (the first time their file system is built, a minute more)"
"$hosts/up.sh" 3 || fail "the hosts did not start (Tests/Hosts/README.md)"
"$hosts/inventory.sh" >"$work/inventory.yaml"

say "muster run \"$task\""
"$hosts/in.sh" ctl "$muster" run "$task" --inventory "$work/inventory.yaml" --yes || fail "the run failed with exit code $?"

say "asking each server"
for name in h01 h02 h03; do
    answer=$("$hosts/in.sh" ssh "$name" "cd / && sudo -u postgres psql -XAtc 'SHOW server_version' -c 'SHOW server_encoding'") \
        || fail "$name does not answer as PostgreSQL"
    echo "$name  PostgreSQL $(tr '\n' ' ' <<<"$answer")"
    grep -qx UTF8 <<<"$answer" || fail "$name: the encoding is not UTF8"
done

say "the same again: nothing may change"
"$hosts/in.sh" ctl "$muster" run "$task" --inventory "$work/inventory.yaml" --yes --json >"$work/second.ndjson" \
    || fail "the second run failed with exit code $?"
python3 - "$work/second.ndjson" <<'PYTHON' || fail "the second run was not free of changes"
import json, sys
finished = [e for e in map(json.loads, open(sys.argv[1])) if e.get("event") == "finished"]
other = [e for e in finished if e["status"] != "skipped"]
for e in other: print(e)
print(f"{len(finished)} subtasks, {len(finished) - len(other)} skipped by their guards")
sys.exit(1 if other or not finished else 0)
PYTHON
say "done"
