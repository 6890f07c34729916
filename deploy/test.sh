#!/usr/bin/env bash
# Builds Muster and runs all its tests: test.sh [--long] [--filter PATTERN]
#   --long            the long forms too: more seeds, more hosts, 500 faults
#   --filter PATTERN  only tests whose name matches (as in swift test)
# As root it makes real Debian hosts for the tests that need them; otherwise those are skipped and say so.
. "$(dirname "$0")/lib.sh"

arguments=() pattern=
while [ $# -gt 0 ]; do
    case $1 in
        --long) export MUSTER_LONG_TESTS=1 ;;
        --filter) [ $# -ge 2 ] || fail "--filter needs a pattern"; pattern=$2; arguments+=(--filter "$2"); shift ;;
        -h | --help) sed -n '2,5s/^# //p' "$0"; exit 0 ;;
        *) fail "'$1' is not an option; there are --long and --filter PATTERN" ;;
    esac
    shift
done

need_swift
install_missing "${build_packages[@]}" busybox-static fish csh openssh-server openssh-client sudo python3 procps binutils
say "building"
build --build-tests

cd "$top"
# Thousands of lines: what failed is told once more at the end, where it is found.
log=$(mktemp -d)
trap 'rm -rf "$log"' EXIT
status=0
# tests NAME COMMAND...: the cases of a test are in the log only; their values can be long.
tests() {
    local name=$1 codes
    shift
    set +e
    "$@" </dev/null 2>&1 | tee "$log/$name" | grep --line-buffered -v '^◇ Test case'
    codes=("${PIPESTATUS[@]}")
    set -e
    [ "${codes[0]}" = 0 ] || status=1
}
# One after the other: tests that wait for processes and deadlines would starve each other on two cores.
all=(swift test --skip-build --no-parallel)
if can_make_hosts; then
    export TESTHOSTS_LAB=${TESTHOSTS_LAB:-tests}
    chaos=${TESTHOSTS_LAB:0:7}x
    trap 'rm -rf "$log"; "$hosts/down.sh" >/dev/null 2>&1 || true; TESTHOSTS_LAB=$chaos "$hosts/down.sh" >/dev/null 2>&1 || true' EXIT
    # Faults of hosts need the namespaces that this script runs in.
    export MUSTER_TEST_OUTSIDE=$$
else
    say "not root: tests on real hosts are skipped"
fi
# Chaos needs hosts that nobody else uses, and the control groups, which are not seen from the controller's side.
if [[ -z $pattern || $pattern == *[Cc]haos* ]]; then
    if can_make_hosts; then
        say "making 20 Debian hosts for chaos"
        TESTHOSTS_LAB=$chaos "$hosts/up.sh" 20 || fail "the hosts for chaos did not start (Tests/Hosts/README.md)"
        export MUSTER_CHAOS_LAB=${TESTHOSTS_DIR:-/var/tmp/testhosts}/labs/$chaos
    fi
    tests chaos "${all[@]}" --filter '^ChaosTests[.]'
    ! can_make_hosts || TESTHOSTS_LAB=$chaos "$hosts/down.sh" >/dev/null || fail "the hosts for chaos did not go away"
fi
run=()
if can_make_hosts; then
    say "making 6 Debian hosts"
    "$hosts/up.sh" 6 || fail "the test hosts did not start (Tests/Hosts/README.md)"
    export MUSTER_TEST_LAB=${TESTHOSTS_DIR:-/var/tmp/testhosts}/labs/$TESTHOSTS_LAB
    run=("$hosts/in.sh" ctl)
fi
say "testing"
tests all ${run[@]+"${run[@]}"} "${all[@]}" --skip '^ChaosTests[.]' ${arguments[@]+"${arguments[@]}"}
if [ "$status" != 0 ]; then
    say "what failed:"
    grep -hE '^✘|^error: |recorded an issue' "$log"/* | cut -c1-800 | awk '!seen[$0]++' | head -n 80 || true
    grep -hE '^(.*: )?Fatal error|unexpected signal' "$log"/* | head -n 10 || true
fi
say "done, exit $status"
exit "$status"
