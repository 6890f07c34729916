#!/usr/bin/env bash
# Installs Muster on this machine: install.sh [--from DIRECTORY] [--root DIRECTORY]
#                                  install.sh --uninstall [--root DIRECTORY]
#   --from DIRECTORY  where the programs lie; without it they are built (release)
#   --root DIRECTORY  put everything below this directory, for packages; makes no user and starts nothing
#   --uninstall       takes programs and units away; leaves /etc/muster, /var/lib/muster-coordinator and the user muster
# Programs go to /usr/local/bin, units to /etc/systemd/system, an example configuration to /etc/muster (nothing there is replaced).
. "$(dirname "$0")/lib.sh"

programs=(muster muster-coordinator muster-worker)
units=(muster-coordinator.service muster-worker@.service)
from='' root='' uninstall=''
while [ $# -gt 0 ]; do
    case $1 in
        --from) [ $# -ge 2 ] || fail "--from needs a directory"; from=$2; shift ;;
        --root) [ $# -ge 2 ] || fail "--root needs a directory"; root=${2%/}; shift ;;
        --uninstall) uninstall=1 ;;
        -h | --help) sed -n '2,7s/^# //p' "$0"; exit 0 ;;
        *) fail "'$1' is not an option; there are --from, --root and --uninstall" ;;
    esac
    shift
done
[ -n "$root" ] || [ "$(id -u)" = 0 ] || fail "only root can install; --root DIRECTORY puts everything elsewhere"

# has_systemd: whether this machine's own systemd is there to be told.
has_systemd() { [ -z "$root" ] && [ -d /run/systemd/system ]; }

if [ -n "$uninstall" ]; then
    if has_systemd; then
        mapfile -t running < <(systemctl list-units --plain --no-legend 'muster-worker@*' muster-coordinator.service | awk '{ print $1 }')
        [ ${#running[@]} = 0 ] || systemctl disable --now "${running[@]}" >/dev/null 2>&1 || true
    fi
    for unit in "${units[@]}"; do rm -f "$root/etc/systemd/system/$unit"; done
    for program in "${programs[@]}"; do rm -f "$root/usr/local/bin/$program"; done
    ! has_systemd || systemctl daemon-reload
    say "uninstalled; $root/etc/muster, $root/var/lib/muster-coordinator and the user muster are still there"
    exit 0
fi

if [ -z "$from" ]; then
    need_swift
    install_missing "${build_packages[@]}"
    say "building"
    build -c release --product muster
    build -c release --product muster-coordinator
    build -c release --product muster-worker
    from=$(cd "$top" && swift build -c release --show-bin-path)
fi
for program in "${programs[@]}"; do
    [ -x "$from/$program" ] || fail "there is no program $from/$program"
    missing=$(ldd "$from/$program" | awk '/not found/ { print $1 }')
    [ -z "$missing" ] || fail "$program needs libraries that are not here: ${missing//$'\n'/, } — install libzmq5 libssh2-1 libcurl4 libyaml-0-2 libsqlite3-0, and Swift's own"
done

if [ -z "$root" ] && ! id muster >/dev/null 2>&1; then
    useradd --system --user-group --home-dir /var/lib/muster-coordinator --no-create-home --shell /usr/sbin/nologin muster
fi
mkdir -p "$root/usr/local/bin" "$root/etc/systemd/system"
for program in "${programs[@]}"; do
    # A rename: a program that runs keeps its own file.
    install -m 755 "$from/$program" "$root/usr/local/bin/.$program.new"
    mv -f "$root/usr/local/bin/.$program.new" "$root/usr/local/bin/$program"
done
for unit in "${units[@]}"; do install -m 644 "$top/deploy/systemd/$unit" "$root/etc/systemd/system/$unit"; done
install -d -m 755 "$root/etc/muster" "$root/etc/muster/runbooks"
install -d -m 755 "$root/etc/muster/keys"
for file in inventory.yaml agent_config.yaml policy.yaml; do
    [ -e "$root/etc/muster/$file" ] || install -m 644 "$top/config/$file" "$root/etc/muster/$file.example"
done
! has_systemd || systemctl daemon-reload
say "installed; what comes next:"
cat <<TEXT
  /etc/muster/inventory.yaml               your hosts (inventory.yaml.example shows how)
  muster keys generate coordinator --directory /etc/muster/keys
  muster keys generate worker w1 --directory /etc/muster/keys
  systemctl enable --now muster-coordinator muster-worker@w1
  usermod -aG muster YOU                   who is in this group may use the coordinator
  muster --coordinator unix:/run/muster/coordinator.sock hosts
TEXT
