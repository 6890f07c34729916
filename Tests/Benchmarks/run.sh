#!/usr/bin/env bash
# Prints commands per second and CPU per command for warm `true` on 1, 20 and 100 hosts: our frames beside bare libssh2, a wrapper
# with the same guarantees and OpenSSH's client. Needs root and openssh-server; takes two to three minutes after the build.
#   run.sh [--hosts 1,20,100] [--jobs N] [--rounds N]
#   run.sh dispatch      jobs per second with the journal, without it, and of bare libzmq; seconds of a replay
set -euo pipefail
[ "${1:-}" != -h ] && [ "${1:-}" != --help ] || { sed -n '2,5s/^# *//p' "$0"; exit 0; }
cd "$(dirname "$0")/../.."
TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
product=Benchmarks
if [ "${1:-}" = dispatch ]; then
    product=DispatchBenchmark
    shift
fi
swift build -c release --product "$product" >"$TMPDIR/log" 2>&1 || { cat "$TMPDIR/log" >&2; exit 1; }
program=$(swift build -c release --show-bin-path)/$product
# A hang ends too.
timeout -k 10 300 "$program" "$@"
