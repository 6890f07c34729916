#!/usr/bin/env bash
# Prints commands per second and CPU per command for warm `true` on 1, 20 and 100 hosts: our frames beside bare libssh2, a wrapper
# with the same guarantees and OpenSSH's client. Needs root and openssh-server; takes two to three minutes after the build.
#   run.sh [--hosts 1,20,100] [--jobs N] [--rounds N]
#   run.sh dispatch      jobs per second with the journal, without it, and of bare libzmq; seconds of a replay
#   run.sh guard         verdicts per second and core of the command guard, and how long one takes; needs neither root nor sshd
#   run.sh rollout [N]   one worker and two on N hosts (200): how they share them, and where the client's CPU goes
set -euo pipefail
[ "${1:-}" != -h ] && [ "${1:-}" != --help ] || { sed -n '2,7s/^# *//p' "$0"; exit 0; }
cd "$(dirname "$0")/../.."
TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
product=Benchmarks
enter=()
if [ "${1:-}" = dispatch ]; then
    product=DispatchBenchmark
    shift
elif [ "${1:-}" = guard ]; then
    product=GuardBenchmark
    shift
elif [ "${1:-}" = rollout ]; then
    product=RolloutBenchmark
    shift
    # A network of its own: its hosts are addresses of the loopback interface, and the sshd behind them is nobody else's.
    enter=(unshare --net -- sh -c 'ip link set lo up && exec "$@"' rollout)
    for program in muster muster-coordinator muster-worker; do
        swift build -c release --product "$program" >"$TMPDIR/log" 2>&1 || { cat "$TMPDIR/log" >&2; exit 1; }
    done
fi
swift build -c release --product "$product" >"$TMPDIR/log" 2>&1 || { cat "$TMPDIR/log" >&2; exit 1; }
program=$(swift build -c release --show-bin-path)/$product
# A hang ends too.
timeout -k 10 600 ${enter[@]+"${enter[@]}"} "$program" "$@"
