/// The options of a program that runs another one, as far as it takes to find that program.
struct WrapperGrammar: Sendable {
    /// Options that take the next word when nothing is attached to them.
    let valued: Set<String>
    /// Words of its own between its options and the program.
    var ownWords = 0
    /// `NAME=value` may stand before the program.
    var takesAssignments = false
    /// Its words are put together and read by a shell, except with these options.
    var joinsWords = false
    var joinsNotWith: Set<String> = []
    /// Without a program it opens a shell.
    var opensShell = false
    /// With these it runs nothing.
    var onlyLooks: Set<String> = []
    /// Options whose value is the account, the directory, a file that is written, a variable.
    var user: Set<String> = [], directory: Set<String> = [], writes: Set<String> = [], environment: Set<String> = []
    var isBackground = false
    /// With these nobody waits for it.
    var backgroundOptions: Set<String> = []
    var isUnbounded = false
    var isElsewhere = false

    init(_ valued: String = "", _ change: (inout WrapperGrammar) -> Void = { _ in }) {
        self.valued = Set(valued.split(separator: " ").map(String.init))
        change(&self)
    }

    struct Option {
        var name: String
        var attached: String?
        var takesNext: Bool
    }

    /// Reads one word of options: of several short ones in a word, up to the first that takes a value.
    func read(_ text: String) -> [Option] {
        if text.hasPrefix("--") {
            let name = String(text.prefix { $0 != "=" })
            if name.utf8.count < text.utf8.count { return [Option(name: full(name), attached: String(text.dropFirst(name.count + 1)), takesNext: false)] }
            let option = full(name)
            return [Option(name: option, attached: nil, takesNext: valued.contains(option))]
        }
        // Such as `-user` of a program with long options behind one dash.
        if valued.contains(text) { return [Option(name: text, attached: nil, takesNext: true)] }
        var options: [Option] = []
        for (index, letter) in text.enumerated().dropFirst() {
            let name = "-\(letter)"
            guard valued.contains(name) else {
                options.append(Option(name: name, attached: nil, takesNext: false))
                continue
            }
            let attached = String(text.dropFirst(index + 1))
            options.append(Option(name: name, attached: attached.isEmpty ? nil : attached, takesNext: attached.isEmpty))
            break
        }
        return options
    }

    /// GNU programs take any beginning of a long option for it.
    private func full(_ name: String) -> String {
        if valued.contains(name) || onlyLooks.contains(name) { return name }
        let longer = valued.filter { $0.hasPrefix(name) }
        return longer.min() ?? name
    }

    static let table: [String: WrapperGrammar] = [
        "sudo": WrapperGrammar(
            "-u -g -p -C -h -r -t -T -U -D -R -c -a --user --group --prompt --close-from --host --role --type --command-timeout --other-user --chdir --chroot --login-class"
        ) {
            $0.takesAssignments = true
            $0.onlyLooks = ["-l", "--list", "-V", "--version", "-v", "--validate", "-K", "--remove-timestamp"]
            $0.user = ["-u", "--user"]
            $0.directory = ["-D", "--chdir"]
            $0.backgroundOptions = ["-b", "--background"]
        },
        "doas": WrapperGrammar("-u -C -a") {
            $0.takesAssignments = true
            $0.user = ["-u"]
            $0.opensShell = true
        },
        "pkexec": WrapperGrammar("--user -u") {
            $0.user = ["--user", "-u"]
            $0.opensShell = true
        },
        "run0": WrapperGrammar("-u -g -D --user --group --chdir --nice --unit --property --description --slice --setenv --background") {
            $0.user = ["-u", "--user"]
            $0.opensShell = true
        },
        "env": WrapperGrammar("-u -C -S --unset --chdir --split-string --block-signal --default-signal --ignore-signal -a --argv0") {
            $0.takesAssignments = true
            $0.directory = ["-C", "--chdir"]
        },
        "nice": WrapperGrammar("-n --adjustment"),
        "ionice": WrapperGrammar("-c -n -p -P -u --class --classdata --pid --pgid --uid"),
        "chrt": WrapperGrammar("-T -P -D --sched-runtime --sched-period --sched-deadline") {
            $0.ownWords = 1
            $0.onlyLooks = ["-p", "--pid", "-m", "--max"]
        },
        "timeout": WrapperGrammar("-s -k --signal --kill-after") { $0.ownWords = 1 },
        "gtimeout": WrapperGrammar("-s -k --signal --kill-after") { $0.ownWords = 1 },
        "nohup": WrapperGrammar { $0.isBackground = true },
        "setsid": WrapperGrammar { $0.backgroundOptions = ["-f", "--fork"] },
        "time": WrapperGrammar("-f -o --format --output") { $0.writes = ["-o", "--output"] },
        "stdbuf": WrapperGrammar("-i -o -e --input --output --error"),
        "unbuffer": WrapperGrammar(),
        "setpriv": WrapperGrammar(
            "--reuid --regid --groups --bounding-set --inh-caps --ambient-caps --securebits --pdeathsig --selinux-label --apparmor-profile --ruid --euid --rgid --egid --landlock-access --landlock-rule"
        ) { $0.user = ["--reuid", "--ruid", "--euid"] },
        "setuidgid": WrapperGrammar { $0.ownWords = 1 }, "gosu": WrapperGrammar { $0.ownWords = 1 }, "su-exec": WrapperGrammar { $0.ownWords = 1 },
        "capsh": WrapperGrammar("") { $0.onlyLooks = ["--print"] },
        "taskset": WrapperGrammar {
            $0.ownWords = 1
            $0.onlyLooks = ["-p", "--pid"]
        },
        "unshare": WrapperGrammar("-S -G -R -w --setuid --setgid --root --wd --map-user --map-group --map-users --map-groups --propagation --setgroups --boottime --monotonic") {
            $0.opensShell = true
            $0.directory = ["-w", "--wd"]
        },
        "nsenter": WrapperGrammar("-t -S -G --target --setuid --setgid -W --wdns --env") { $0.opensShell = true },
        "chroot": WrapperGrammar("--userspec --groups") {
            $0.ownWords = 1
            $0.opensShell = true
        },
        "strace": WrapperGrammar("-e -o -p -s -u -E -a -I -O -P -S -X -b -U --trace --output --attach --string-limit --user --env --columns") {
            $0.writes = ["-o", "--output"]
            $0.user = ["-u", "--user"]
            $0.environment = ["-E", "--env"]
        },
        "ltrace": WrapperGrammar("-e -o -p -s -u -l -n -a -x -F -A -D -w --output") { $0.writes = ["-o", "--output"] },
        "valgrind": WrapperGrammar("--tool --log-file"), "perf": WrapperGrammar("-o -e -p --output --event") { $0.ownWords = 1 },
        "watch": WrapperGrammar("-n -q -s --interval --equexit --shotsdir") {
            $0.joinsWords = true
            $0.joinsNotWith = ["-x", "--exec"]
            $0.isUnbounded = true
        },
        "systemd-run": WrapperGrammar(
            """
            -u -p -E -H -M --unit --property --setenv --uid --gid --slice --nice --on-calendar --on-active --on-boot --on-startup --on-unit-active --on-unit-inactive \
            --working-directory --description --service-type --host --machine --timer-property --path-property --socket-property --background --job-mode
            """
        ) {
            $0.isBackground = true
            $0.user = ["--uid"]
            $0.directory = ["--working-directory"]
            $0.environment = ["-E", "--setenv"]
        },
        "systemd-inhibit": WrapperGrammar("--what --who --why --mode") { $0.onlyLooks = ["--list"] },
        "systemd-cat": WrapperGrammar("-t -p --identifier --priority --stderr-priority --level-prefix"),
        "catchsegv": WrapperGrammar(), "eatmydata": WrapperGrammar(), "faketime": WrapperGrammar("-f --date-prog") { $0.ownWords = 1 },
        "fakeroot": WrapperGrammar("-l -s -i -b --lib --faked"), "proot": WrapperGrammar("-r -b -w -S -R -q -k -i"), "firejail": WrapperGrammar(),
        "bwrap": WrapperGrammar("--uid --gid --hostname --chdir --setenv --bind --ro-bind --dev --proc --tmpfs"),
        "chpst": WrapperGrammar("-u -U -b -e -n -l -L -m -d -o -p -f -c -t -/") { $0.user = ["-u"] },
        "softlimit": WrapperGrammar("-a -c -d -f -l -m -o -p -r -s -t"), "envdir": WrapperGrammar { $0.ownWords = 1 }, "envuidgid": WrapperGrammar { $0.ownWords = 1 },
        "cgexec": WrapperGrammar("-g"), "numactl": WrapperGrammar("-i -N -m -C -p -P --interleave --cpunodebind --membind --physcpubind --preferred --localalloc"),
        "setarch": WrapperGrammar(), "linux32": WrapperGrammar { $0.opensShell = true }, "linux64": WrapperGrammar { $0.opensShell = true },
        "i386": WrapperGrammar { $0.opensShell = true }, "x86_64": WrapperGrammar { $0.opensShell = true },
        "prlimit": WrapperGrammar("-p -o --pid --output"), "choom": WrapperGrammar("-n -p --adjust --pid") { $0.onlyLooks = ["-p", "--pid"] },
        "cpulimit": WrapperGrammar("-l -p -e --limit --pid --exe"), "trickle": WrapperGrammar("-d -u -w -t -l -n"),
        "dbus-run-session": WrapperGrammar("--config-file --dbus-daemon"), "dbus-launch": WrapperGrammar(), "caffeinate": WrapperGrammar("-t -w"),
        "ip-netns-exec": WrapperGrammar { $0.ownWords = 1 }, "setlock": WrapperGrammar { $0.ownWords = 1 }, "lockrun": WrapperGrammar(),
        "chronic": WrapperGrammar(), "ts": WrapperGrammar(), "errno": WrapperGrammar(), "pipexec": WrapperGrammar(), "ifne": WrapperGrammar(),
        "tini": WrapperGrammar("-p"), "dumb-init": WrapperGrammar("-r"), "s6-setuidgid": WrapperGrammar { $0.ownWords = 1 }, "exec-with-env": WrapperGrammar(),
        "ssh-agent": WrapperGrammar("-a -E -t -P"), "xvfb-run": WrapperGrammar("-e -f -n -p -s -w --error-file --auth-file --server-num --server-args"),
        "proxychains": WrapperGrammar("-f"), "proxychains4": WrapperGrammar("-f"), "torsocks": WrapperGrammar("-u -p -a -P"), "tsocks": WrapperGrammar(),
        "aa-exec": WrapperGrammar("-p -n --profile --namespace"), "runcon": WrapperGrammar("-t -u -r -l --type --user --role --range") { $0.ownWords = 0 },
        "sshpass": WrapperGrammar("-p -f -d -P"), "retry": WrapperGrammar("-t -d --times --delay"), "gdbserver": WrapperGrammar { $0.ownWords = 1 },
        "ld.so": WrapperGrammar("--library-path --preload --audit --argv0 --inhibit-rpath --glibc-hwcaps-prepend --glibc-hwcaps-mask") {
            $0.onlyLooks = ["--list", "--verify", "--help", "--version", "--list-tunables", "--list-diagnostics"]
        },
    ]
}
