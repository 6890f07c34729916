import Testing

@Suite("The evaluator finds the program behind its wrappers")
struct EvaluatorWrapperTests {
    typealias Row = (script: String, seen: [String])

    static let wrappers: [Row] = [
        ("sudo rm -rf /etc", ["rm -rf /etc [via sudo] as root"]),
        ("sudo -u www-data -- rm -rf /srv", ["rm -rf /srv [via sudo] as www-data"]),
        ("sudo -i mkfs.ext4 /dev/vda1", ["mkfs.ext4 /dev/vda1 [via sudo] as root in ~"]),
        ("sudo $OPTS rm -rf /etc", ["rm -rf /etc [via sudo] as root", "(unknown code: the program …)"]),
        ("sudo --chdir=/var rm -rf log", ["rm -rf log [via sudo] as root in /var"]),
        ("sudo -l", ["sudo -l"]),
        ("sudo su -", ["su - [via sudo] as root in ~"]),
        ("doas rm a", ["rm a [via doas] as root"]),
        ("env -i A=b rm a", ["rm a with A=b [via env]"]),
        ("/usr/bin/env rm -rf /etc", ["rm -rf /etc [via env]"]),
        ("env 'BASH_FUNC_ls%%=() { rm -rf /etc; }' bash -c ls", ["(environment BASH_FUNC_ls%%=() { rm -rf /etc; })", "ls [via env, bash]", "rm -rf /etc"]),
        ("env -S 'rm -rf /etc'", ["rm -rf /etc [via env]"]),
        ("env -S'rm -rf' /etc", ["rm -rf /etc [via env]"]),
        ("nice -n 5 ionice -c3 timeout -s KILL 10 nohup rm a", ["rm a [via nice, ionice, timeout, nohup] &"]),
        ("nice -10 rm -rf /etc", ["rm -rf /etc [via nice]"]),
        ("taskset -c 0,1 rm -rf /etc", ["rm -rf /etc [via taskset]"]),
        ("setpriv --reuid 1000 rm -rf /etc", ["rm -rf /etc [via setpriv] as 1000"]),
        ("strace -f -o /tmp/o rm -rf /etc", ["(write /tmp/o replace)", "rm -rf /etc [via strace]"]),
        ("unshare --mount --fork rm -rf /etc", ["rm -rf /etc [via unshare]"]),
        ("chroot /mnt rm -rf /etc", ["rm -rf /etc [via chroot]"]),
        ("nsenter -t 1 -m -u rm -rf /etc", ["rm -rf /etc [via nsenter]"]),
        ("setsid -f rm a", ["rm a [via setsid] &"]),
        ("flock -n /tmp/l rm -rf /etc", ["(write /tmp/l touch)", "rm -rf /etc [via flock]"]),
        ("flock /tmp/l -c 'rm -rf /etc'", ["(write /tmp/l touch)", "rm -rf /etc [via flock]"]),
        ("script -qc 'rm -rf /etc' /dev/null", ["rm -rf /etc [via script]"]),
        ("watch -n1 rm -rf /etc", ["rm -rf /etc [via watch] forever"]),
        ("systemd-run --on-active=10 rm -rf /etc", ["rm -rf /etc [via systemd-run] &"]),
        ("start-stop-daemon --start --exec /bin/rm -- -rf /etc", ["start-stop-daemon --start --exec /bin/rm -- -rf /etc", "/bin/rm -rf /etc [via start-stop-daemon] &"]),
        ("busybox rm -rf /etc", ["rm -rf /etc [via busybox]"]),
        ("/lib64/ld-linux-x86-64.so.2 /bin/rm -rf /etc", ["/bin/rm -rf /etc [via ld-linux-x86-64.so.2]"]),
        ("command rm -rf /etc", ["rm -rf /etc [via command]"]),
        ("exec -a x rm -rf /etc", ["rm -rf /etc [via exec]"]),
        ("builtin eval 'rm -rf /etc'", ["rm -rf /etc"]),
        ("su - postgres -c 'rm -rf /srv'", ["rm -rf /srv [via su] as postgres in ~"]),
        ("su -c 'rm -rf /etc' root", ["rm -rf /etc [via su] as root"]),
        ("runuser -u www -- rm -rf /x", ["rm -rf /x [via runuser] as www"]),
        (#"sudo env X=1 nice timeout 5 bash -lc "cd /var && rm -rf *""#, ["rm -rf * [via sudo, env, nice, timeout, bash] as root in /var"]),
    ]
    @Test("Wrappers come off, whatever their options", arguments: wrappers)
    func seesWrappers(row: Row) { #expect(observed(row.script) == row.seen) }

    static let shells: [Row] = [
        (#"bash -c "rm -rf /etc""#, ["rm -rf /etc [via bash]"]),
        (#"sh -ec 'rm -rf "$1"' x /etc"#, ["rm -rf /etc [via sh]"]),
        ("sh -c 'rm -rf $0' /etc", ["rm -rf /etc [via sh]"]),
        (#"bash -c 'rm -rf "$@"' _ -v /etc"#, ["rm -rf -v /etc [via bash]"]),
        (#"bash -c 'bash -c "bash -c \"rm -rf /etc\""'"#, ["rm -rf /etc [via bash, bash, bash]"]),
        (#"sh -c "systemctl restart $SVC""#, ["systemctl restart [via sh]", "(unknown code: sh -c)", "systemctl restart …+ [via sh]"]),
        ("bash -s /etc <<< 'rm -rf $1'", ["rm -rf /etc [via bash]"]),
        ("bash -n /opt/x.sh", ["bash -n /opt/x.sh"]),
        ("bash /opt/x.sh", ["bash /opt/x.sh"]),
        ("bash -O extglob -c 'rm -rf /!(x)'", ["rm -rf /* [via bash]"]),
        ("bash --rcfile /tmp/x", ["(run file /tmp/x)", "bash --rcfile /tmp/x"]),
        ("fish -c 'rm -rf /etc'", ["(unknown code: the code of fish)", "rm -rf /etc [via fish]"]),
        ("./install.sh", ["./install.sh"]),
        (". /dev/stdin <<< 'rm -rf /etc'", [#"rm -rf /etc <<<rm -rf /etc\n"#]),
        ("sudo -s <<< 'rm -rf /etc'", ["rm -rf /etc [via sudo, sh] as root"]),
        (#"su postgres <<EOF\#nrm -rf /srv\#nEOF"#, [#"su postgres <<<rm -rf /srv\n as postgres"#, "rm -rf /srv [via su] as postgres"]),
    ]
    @Test("Shells run texts, files and their input", arguments: shells)
    func seesShells(row: Row) { #expect(observed(row.script) == row.seen) }

    static let feeding: [Row] = [
        ("find /etc -type f -exec rm -f {} +", ["find /etc -type f -exec rm -f {} +", "rm -f /etc/… [via find]"]),
        (#"find . -name node_modules -exec rm -rf {} \;"#, ["find . -name node_modules -exec rm -rf {} ;", "rm -rf ./…node_modules [via find]"]),
        (#"find /srv -type f -exec sh -c 'rm -rf "$1"' _ {} \;"#, [#"find /srv -type f -exec sh -c rm -rf "$1" _ {} ;"#, "rm -rf /srv/… [via find, sh]"]),
        (#"find / -name x -execdir rm {} \;"#, ["find / -name x -execdir rm {} ;", "rm /…x [via find] in OWN or /…x"]),
        (#"find / -exec rm -rf + {} \;"#, ["find / -exec rm -rf + {} ;", "rm -rf + {/|/…} [via find]"]),
        ("find $D -exec rm -rf {} +", ["find {''|…}+ -exec rm -rf {} +", "rm -rf {.|./…|…|…/…} [via find]"]),
        ("find /etc | xargs rm -rf", ["find /etc", "rm -rf {/etc|/etc/…}+ [via xargs]"]),
        ("find /srv -name '*.tmp' -print0 | xargs -0 rm", ["find /srv -name *.tmp -print0", "rm /srv/…*.tmp+ [via xargs]"]),
        ("echo /etc | xargs rm -rf", ["echo /etc", "rm -rf /etc [via xargs]"]),
        ("echo --help /etc | xargs -n1 rm", ["echo --help /etc", "rm --help [via xargs]", "rm /etc [via xargs]"]),
        (#"printf '%s\n' 'a b' /etc | xargs -L1 rm"#, [#"printf %s\n a b /etc"#, "rm a b [via xargs]", "rm /etc [via xargs]"]),
        (#"echo "'/etc'" | xargs -I{} rm {}"#, ["echo '/etc'", "rm /etc [via xargs]"]),
        ("echo /etc /v* | xargs -n1 rm", ["echo /etc /v*", "rm /etc [via xargs]", "rm /v* [via xargs]"]),
        (#"echo "rm -rf /etc" | xargs -I{} sh -c '{}'"#, ["echo rm -rf /etc", "rm -rf /etc [via xargs, sh]"]),
        ("echo /etc | xargs -I X rm -rf X/y", ["echo /etc", "rm -rf /etc/y [via xargs]"]),
        (#"printf '%s\n' rm -rf /etc | xargs env"#, [#"printf %s\n rm -rf /etc"#, "rm -rf /etc [via xargs, env]"]),
        ("ls | xargs rm", ["ls", "rm …+ [via xargs]"]),
        ("xargs -a /tmp/list rm", ["rm …+ [via xargs]"]),
        ("parallel rm -rf ::: /etc /var", ["rm -rf /etc [via parallel]", "rm -rf /var [via parallel]"]),
        ("parallel 'rm -rf {}/x' ::: /etc", ["rm -rf /etc/x [via parallel]"]),
    ]
    @Test("xargs, find and parallel feed what they know", arguments: feeding)
    func seesFeeding(row: Row) { #expect(observed(row.script) == row.seen) }

    static let elsewhere: [Row] = [
        (#"ssh app01 "sudo rm -rf /var/lib""#, ["ssh app01 sudo rm -rf /var/lib", "rm -rf /var/lib [via ssh, sudo] as root in ~ elsewhere"]),
        ("ssh -p 22 u@h rm -rf /etc", ["ssh -p 22 u@h rm -rf /etc", "rm -rf /etc [via ssh] in ~ elsewhere"]),
        (#"ssh -t u@h -- sudo bash -c "'rm -rf /etc'""#, ["ssh -t u@h -- sudo bash -c 'rm -rf /etc'", "rm -rf /etc [via ssh, sudo, bash] as root in ~ elsewhere"]),
        (#"ssh h "ssh g 'rm -rf /etc'""#, ["ssh h ssh g 'rm -rf /etc'", "ssh g rm -rf /etc [via ssh] in ~ elsewhere", "rm -rf /etc [via ssh, ssh] in ~ elsewhere"]),
        ("ssh -o ProxyCommand='rm -rf /etc' h true", ["rm -rf /etc", "ssh -o ProxyCommand=rm -rf /etc h true", "true [via ssh] in ~ elsewhere"]),
        (
            "ssh h 'echo cm0gLXJmIC9ldGM= | base64 -d | bash'",
            [
                "ssh h echo cm0gLXJmIC9ldGM= | base64 -d | bash", "echo cm0gLXJmIC9ldGM= [via ssh] in ~ elsewhere", #"base64 -d <<<cm0gLXJmIC9ldGM=\n [via ssh] in ~ elsewhere"#,
                "rm -rf /etc [via ssh, bash] in ~ elsewhere",
            ]
        ),
        (#"ssh h <<EOF\#nrm -rf /etc\#nEOF"#, [#"ssh h <<<rm -rf /etc\n"#, "rm -rf /etc [via ssh] in ~ elsewhere"]),
        ("ssh h 'bash -s' < /tmp/local.sh", ["ssh h bash -s </tmp/local.sh", "bash -s </tmp/local.sh [via ssh] in ~ elsewhere", "(run file /tmp/local.sh)"]),
        ("docker exec -it web rm -rf /etc", ["docker exec -it web rm -rf /etc", "rm -rf /etc [via docker] in / elsewhere"]),
        ("docker run --rm -v /:/host alpine sh -c 'rm -rf /host/etc'", ["docker run --rm -v /:/host alpine sh -c rm -rf /host/etc", "rm -rf /host/etc [via docker, sh] in / elsewhere"]),
        ("docker run --entrypoint rm x -rf /etc", ["docker run --entrypoint rm x -rf /etc", "rm -rf /etc [via docker] in / elsewhere"]),
        ("docker compose exec -T db psql -c 'select 1'", ["docker compose exec -T db psql -c select 1", "psql -c select 1 [via docker] in / elsewhere"]),
        ("kubectl exec -n x pod -- rm -rf /data", ["kubectl exec -n x pod -- rm -rf /data", "rm -rf /data [via kubectl] in / elsewhere"]),
        ("lxc exec c1 -- rm -rf /x", ["lxc exec c1 -- rm -rf /x", "rm -rf /x [via lxc] in / elsewhere"]),
    ]
    @Test("Other machines and containers are judged as this one", arguments: elsewhere)
    func seesElsewhere(row: Row) { #expect(observed(row.script) == row.seen) }
}
