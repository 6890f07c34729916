#!/usr/bin/env bash
# muster.sh HOST...   puts the programs that were built (.build/debug), their libraries and deploy/ on test hosts, and installs them
#                     there with deploy/install.sh. Safe to repeat.
. "$(dirname "$0")/lib.sh"
require_root; check_name
[ $# -ge 1 ] || { sed -n '2,3s/^# //p' "$0" >&2; exit 2; }
top=$(cd "$(dirname "$0")/../.." && pwd)
built=${MUSTER_BUILT:-$top/.build/debug}
parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
chmod 755 "$parts"
mkdir -p "$parts/opt/muster/bin" "$parts/opt/muster/lib" "$parts/etc/ld.so.conf.d"
for program in muster muster-coordinator muster-worker; do
    strip -o "$parts/opt/muster/bin/$program" "$built/$program"
    # The C library and its loader are the host's own.
    ldd "$built/$program" | awk '$3 ~ /^\// { print $3 }' | grep -vE '/(libc|libm|libpthread|libdl|librt|libresolv|ld-linux[^/]*)\.so' | xargs -r cp -Lnt "$parts/opt/muster/lib"
done
echo /opt/muster/lib >"$parts/etc/ld.so.conf.d/muster-test.conf"
cp -r "$top/deploy" "$top/config" "$parts/opt/muster/"
mkdir -p "$parts/opt/muster/Tests/Hosts"
for host in "$@"; do
    tar -C "$parts" -c . | host_exec "$host" tar -C / --no-same-owner -x
    host_exec "$host" sh -c 'ldconfig && /opt/muster/deploy/install.sh --from /opt/muster/bin' >/dev/null
done
