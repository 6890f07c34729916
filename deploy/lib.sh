# Shared by the scripts of this folder: messages with the time they took, packages, test hosts. Source it from bash.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(dirname "$here")
hosts=$top/Tests/Hosts
started=$SECONDS

# say TEXT: what is done now, with the seconds since the start.
say() { printf '[%4d s] %s\n' "$((SECONDS - started))" "$*"; }

# fail TEXT: one clear line, and the end.
fail() {
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

# The libraries that Muster is built on, all from Debian.
build_packages=(pkg-config libzmq3-dev libssh2-1-dev libcurl4-openssl-dev libyaml-dev libssl-dev libsqlite3-dev)

# install_missing PACKAGE...: asks apt only for what is not there.
install_missing() {
    local missing=() package
    for package in "$@"; do
        # shellcheck disable=SC2016 # the format is dpkg-query's own
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    [ "$(id -u)" = 0 ] || fail "these Debian packages are missing: ${missing[*]} — install them, or run this as root"
    say "installing ${missing[*]}"
    local log
    log=$(mktemp)
    if ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        tail -n 15 "$log" >&2
        rm -f "$log"
        fail "apt could not install ${missing[*]}"
    fi
    rm -f "$log"
}

need_swift() {
    command -v swift >/dev/null || fail "swift is not in the PATH — install Swift 6.2 or newer from swift.org"
}

# build ARGUMENTS...: swift build, quiet unless it fails.
build() {
    local log
    log=$(mktemp)
    if ! (cd "$top" && swift build "$@") >"$log" 2>&1; then
        grep -E 'error|warning' "$log" >&2 || tail -n 30 "$log" >&2
        rm -f "$log"
        fail "the build failed (swift build $*)"
    fi
    # What SwiftPM has against a file of somebody else's package is none of ours.
    if grep 'warning:' "$log" | grep -qvE "^warning: '[a-z0-9-]+': found [0-9]+ file"; then
        grep 'warning:' "$log" >&2
        rm -f "$log"
        fail "the build gave warnings"
    fi
    rm -f "$log"
}

# Whether real test hosts can be made here: root with control groups and network namespaces.
can_make_hosts() { [ "$(id -u)" = 0 ] && [ -d /sys/fs/cgroup ] && [ -w /sys/fs/cgroup ] && [ -w /run ]; }
