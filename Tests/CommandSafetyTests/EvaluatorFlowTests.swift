import Testing

@Suite("The evaluator goes every way a script may take")
struct EvaluatorFlowTests {
    typealias Row = (script: String, seen: [String])

    static let directories: [Row] = [
        ("cd /var && rm -rf *", ["rm -rf * in /var"]),
        ("cd /var; rm -rf *", ["rm -rf * in /var or OWN"]),
        ("cd /var || exit 1; rm -rf *", ["rm -rf * in /var"]),
        ("cd /srv/x || { echo fail; exit 1; }; rm -rf *", ["echo fail", "rm -rf * in /srv/x"]),
        ("set -e; cd /var; rm -rf *", ["rm -rf * in /var"]),
        ("cd .. && rm -rf *", ["rm -rf * in /"]),
        ("cd; rm -rf *", ["rm -rf * in ~ or OWN"]),
        ("(cd /var && rm -rf log); rm x", ["rm -rf log in /var", "rm x"]),
        ("cd /srv/app && git pull && cd releases && rm -rf old", ["git pull in /srv/app", "rm -rf old in /srv/app/releases"]),
        ("pushd /etc; rm -rf *; popd; rm -rf x", ["rm -rf * in /etc or OWN", "rm -rf x in OWN or /etc"]),
        (#"cd "$X" && rm -rf *"#, ["rm -rf * in OWN or …"]),
        ("if cd /srv/x; then rm -rf *; else rm y; fi", ["rm -rf * in /srv/x", "rm y"]),
        ("x=/var; cd $x/../etc && rm -rf *", ["rm -rf * in /etc"]),
        ("env -C /var rm -rf log", ["rm -rf log [via env] in /var"]),
    ]
    @Test("Where a command may stand is known", arguments: directories)
    func seesDirectories(row: Row) { #expect(observed(row.script) == row.seen) }

    static let lists: [Row] = [
        ("d=/tmp; (d=/etc); rm -rf $d", ["rm -rf /tmp"]),
        ("d=/tmp; echo x | d=/etc; rm -rf $d", ["echo x", "rm -rf /tmp"]),
        ("rm -rf /etc & wait", ["rm -rf /etc &"]),
        ("! rm -rf /etc", ["rm -rf /etc"]),
        ("false && rm -rf /etc", ["false", "rm -rf /etc"]),
        ("X=/tmp/a; [ -d /x ] && X=/etc; rm -rf $X", ["[ -d /x ]", "rm -rf {/etc|/tmp/a}"]),
        ("true || rm -rf /etc", ["true", "rm -rf /etc"]),
        ("time { rm -rf /etc; }", ["rm -rf /etc"]),
        ("coproc rm -rf /etc", ["rm -rf /etc from ? &"]),
    ]
    @Test("Lists, pipes and the background have a state of their own where the shell gives them one", arguments: lists)
    func seesLists(row: Row) { #expect(observed(row.script) == row.seen) }

    static let branches: [Row] = [
        ("if false; then rm -rf /etc; fi", ["false", "rm -rf /etc"]),
        ("if x; then D=/etc; else D=/tmp; fi; rm -rf $D", ["x", "rm -rf {/etc|/tmp}"]),
        ("case $X in a) Y=/etc;; *) Y=/tmp;; esac; rm -rf $Y", ["rm -rf {/etc|/tmp}"]),
        ("X=a; case $X in a) Y=/etc;; b) Y=/tmp;; esac; rm -rf $Y", ["rm -rf /etc"]),
        ("case $1 in start) rm -rf /etc;; *) echo no;; esac", ["rm -rf /etc", "echo no"]),
        (#"[ -n "$1" ] && rm -rf "/srv/$1""#, ["[ -n {''|…} ]", "rm -rf /srv/…"]),
        (#"[ -z "$X" ] && exit 1; rm -rf "/srv/$X""#, ["[ -z {''|…} ]", "rm -rf /srv/…"]),
        (#"if [[ -n "$X" ]]; then rm -rf "/srv/$X"; fi"#, ["rm -rf /srv/…"]),
        (#"x=${1:?need}; rm -rf "/srv/$x""#, ["rm -rf /srv/…"]),
        ("exit 0; rm -rf /etc", ["rm -rf /etc"]),
        (#"set -u; rm -rf "/srv/$X""#, ["rm -rf /srv/…"]),
    ]
    @Test("All branches are judged, and where they meet all that may hold is kept", arguments: branches)
    func seesBranches(row: Row) { #expect(observed(row.script) == row.seen) }

    static let loops: [Row] = [
        ("for p in /bin /sbin; do rm -rf $p; done", ["rm -rf /bin", "rm -rf /sbin"]),
        (
            "for i in {1..26}; do rm /tmp/f$i; done",
            [
                "rm {/tmp/f1|/tmp/f2|/tmp/f3|/tmp/f4|/tmp/f5|/tmp/f6|/tmp/f7|/tmp/f8|/tmp/f9|/tmp/f10|/tmp/f11|/tmp/f12|/tmp/f13|/tmp/f14|/tmp/f15|/tmp/f16|/tmp/f17|/tmp/f18|/tmp/f19|/tmp/f20|/tmp/f21|/tmp/f22|/tmp/f23|/tmp/f24}",
                "rm {/tmp/f25|/tmp/f26}",
            ]
        ),
        ("for ((i=0;i<3;i++)); do rm /tmp/$i; done", ["rm /tmp/0", "rm /tmp/1", "rm /tmp/2"]),
        ("for x; do rm -rf $x; done", ["rm -rf …+"]),
        ("for x in; do rm -rf /etc; done", ["rm -rf /etc"]),
        ("select x in /etc /var; do rm -rf $x; done", ["rm -rf /etc", "rm -rf /var"]),
        ("while true; do rm x; sleep 1; done", ["true forever", "rm x forever", "sleep 1 forever"]),
        ("while true; do rm x && break; done", ["true", "rm x"]),
        ("until false; do rm -rf /tmp/x; done", ["false forever", "rm -rf /tmp/x forever"]),
        ("p=/; while [ -e x ]; do p=$p..; done; rm -rf $p", ["[ -e x ]", "[ -e x ]", "rm -rf {/|/..|/....|/…|/…..}+"]),
        ("i=0; while [ $i -lt 5 ]; do rm /tmp/f$i; i=$((i+1)); done", ["[ 0 -lt 5 ]", "rm /tmp/f0", "[ {0|NAME|1} -lt 5 ]", "rm {/tmp/f0|/tmp/fNAME|/tmp/f1}"]),
        (#"set -- /a /b; while [ $# -gt 0 ]; do rm -rf "$1"; shift; done"#, ["[ 2 -gt 0 ]", "rm -rf /a", "[ NAME -gt 0 ]", "rm -rf {/a|/b}"]),
        ("while :; do X=/etc; break; X=/tmp; done; rm -rf $X", [":", ":", "rm -rf {/tmp|''|/etc|…}+"]),
    ]
    @Test("Loops are unrolled, and widened where their end is not known", arguments: loops)
    func seesLoops(row: Row) { #expect(observed(row.script) == row.seen) }

    static let functions: [Row] = [
        (#"f(){ rm -rf "$1"; }; f /etc"#, ["rm -rf /etc"]),
        ("f(){ rm -rf /etc; }", ["rm -rf /etc"]),
        ("function foo { rm -rf /etc; }; foo", ["rm -rf /etc"]),
        (#"x() { y "$@"; }; y() { rm -rf "$1"; }; x /etc"#, ["rm -rf /etc"]),
        ("d=/tmp; f(){ d=/etc; }; f; rm -rf $d", ["rm -rf /etc"]),
        ("d=/etc; g(){ local d=/tmp/x; rm -rf $d; }; g; rm -rf $d", ["rm -rf /tmp/x", "rm -rf /etc"]),
        (#"f(){ local d=$1; [ -n "$d" ] || return 1; rm -rf "$d"; }; f /etc"#, ["[ -n /etc ]", "rm -rf /etc"]),
        (#"f() { echo "rm -rf $1"; }; f /etc | sh"#, ["echo rm -rf /etc", "rm -rf /etc [via sh]"]),
        ("f(){ rm -rf /etc; }; export -f f; bash -c f", ["rm -rf /etc [via bash]"]),
        (":(){ :|:& };:", ["(environment function :=…)", "deny resource-exhaustion", "deny resource-exhaustion"]),
        ("bomb(){ bomb|bomb& };bomb", ["deny resource-exhaustion", "deny resource-exhaustion"]),
        ("retry() { curl x || retry; }; retry", ["curl x", "curl x", "curl x"]),
        ("ls() { echo hi; }", ["(environment function ls=…)", "echo hi"]),
        ("alias x='rm -rf'; x /etc", ["rm -rf", "rm -rf /etc"]),
        ("alias rm='rm -i'", ["(environment alias rm=rm -i)", "rm -i"]),
    ]
    @Test("Functions are inlined with their arguments", arguments: functions)
    func seesFunctions(row: Row) { #expect(observed(row.script) == row.seen) }

    static let reading: [Row] = [
        (#"read a b <<< "x /etc"; rm -rf "$b""#, ["rm -rf /etc"]),
        (#"IFS=/ read -ra p <<< "a/etc/b"; rm -rf "/${p[1]}""#, ["rm -rf /etc"]),
        (#"while read x; do rm -rf "$x"; done <<< /etc"#, ["rm -rf /etc <<<''"]),
        (#"while read -r a b; do rm -rf "$b"; done <<EOF\#nx /etc\#ny /var\#nEOF"#, [#"rm -rf /etc <<<y /var\n"#, "rm -rf /var <<<''"]),
        (#"find /etc -print0 | while IFS= read -r -d '' f; do rm -rf "$f"; done"#, ["find /etc -print0", "rm -rf {/etc|/etc/…} from find", "rm -rf {/etc|/etc/…} from find"]),
        ("ls /etc | while read f; do rm -rf /etc/$f; done", ["ls /etc", "rm -rf /etc/…+ from ls", "rm -rf /etc/…+ from ls"]),
        ("IFS= read -r l < /etc/shadow; echo $l", ["(read /etc/shadow)", "echo …+"]),
        (#"while read l; do echo "$l"; done < /etc/shadow"#, ["(read /etc/shadow)", "echo … </etc/shadow", "echo … </etc/shadow"]),
        ("echo $(</etc/shadow)", ["(read /etc/shadow)", "echo …+"]),
        ("readarray -d' ' a <<< 'rm -rf /etc'; ${a[*]}", ["rm -rf /etc"]),
        (#"exec 3<<EOF\#nrm -rf /etc\#nEOF\#n. /dev/fd/3"#, ["rm -rf /etc"]),
        (#"getopts a o; rm -rf "$OPTARG""#, ["rm -rf …"]),
    ]
    @Test("What is read becomes variables", arguments: reading)
    func seesReading(row: Row) { #expect(observed(row.script) == row.seen) }

    static let traps: [Row] = [
        ("trap 'rm -rf /etc' EXIT", ["rm -rf /etc"]),
        (#"tmp=$(mktemp -d); trap 'rm -rf "$tmp"' EXIT"#, ["mktemp -d", "rm -rf /tmp/NAME"]),
        (#"trap 'rm -rf "$d"' EXIT; d=/etc"#, ["rm -rf /etc"]),
        ("trap 'rm -rf /etc' DEBUG", ["rm -rf /etc", "rm -rf /etc"]),
    ]
    @Test("Traps run with what is set at the end", arguments: traps)
    func seesTraps(row: Row) { #expect(observed(row.script) == row.seen) }

    static let redirections: [Row] = [
        ("> /etc/passwd", ["(write /etc/passwd empty{''})"]),
        (": > /etc/passwd", [": >/etc/passwd{''}"]),
        (#"echo "" > /etc/passwd"#, [#"echo '' >/etc/passwd{\n}"#]),
        ("echo x >> /etc/fstab 2>/dev/null", [#"echo x >>/etc/fstab{x\n} 2 >/dev/null"#]),
        ("{ echo a; echo b; } > /etc/hosts", ["echo a", "echo b", #"(write /etc/hosts replace{a\nb\n})"#]),
        ("if x; then echo a; fi > /dev/sda", ["x", "echo a", "(write /dev/sda replace)"]),
        ("cd /etc && echo x > passwd", [#"echo x >passwd{x\n} in /etc"#]),
        ("exec > /etc/passwd; echo x", ["(write /etc/passwd replace)", "echo x"]),
        ("f=/etc/passwd; cat x > $f", ["cat x >/etc/passwd"]),
        ("yes > /srv/fill", [#"yes >/srv/fill{y\n…}"#]),
        ("sudo bash -c 'cat > /etc/sudoers.d/x' <<< 'a ALL=(ALL) ALL'", [#"cat <<<a ALL=(ALL) ALL\n >/etc/sudoers.d/x{a ALL=(ALL) ALL\n} [via sudo, bash] as root"#]),
        ("sudo sh -c 'echo b > /proc/sysrq-trigger'", [#"echo b >/proc/sysrq-trigger{b\n} [via sudo, sh] as root"#]),
    ]
    @Test("Redirections are told with what they write", arguments: redirections)
    func seesRedirections(row: Row) { #expect(observed(row.script) == row.seen) }
}
