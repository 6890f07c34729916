/// Services, power and machine settings.
enum ServicePrograms {
    private static let unitOptions =
        "-p/--property= -t/--type= --state= -H/--host= -M/--machine= -n/--lines= -o/--output= -s/--signal= --kill-who= --kill-whom= --what= --root= --job-mode= --preset-mode= --image= --when= --message= --check-inhibitors= --drop-in= -P= --timestamp= -q/--quiet -a/--all -l/--full --now -f/--force --user --system --no-pager --no-block --plain --no-legend --runtime --no-reload --no-wall --wait --recursive -r --global -i --value"

    static let table: [ProgramSpec] = [
        ProgramSpec(
            "systemctl", options: unitOptions,
            examples: ["systemctl stop sshd -> stop sshd", "systemctl --now disable auditd.service -> disable auditd.service", "systemctl status sshd ->", "systemctl reboot -> power"]
        ) { $0.systemctl() },
        ProgramSpec("service invoke-rc.d", options: "--status-all --quiet --force --try-anyway") { r in
            if r.has("--status-all") { return }
            guard let unit = r.operands.first else { return }
            r.serviceVerb(r.word(1), [unit])
        },
        ProgramSpec("rc-service", options: "-s -i -N -S -Z -v -q -c -e= -l -r=") { r in if r.operands.count > 1 { r.serviceVerb(r.word(1), [r.operands[0]]) } },
        ProgramSpec(
            "rc-update update-rc.d chkconfig insserv sv s6-rc s6-svc initctl start stop restart status rcctl runsvchdir dinitctl monit supervisorctl pm2 circusctl forever",
            options: "-f -n --level= --list -r -a -s -v -c="
        ) { r in
            switch r.call.program {
            case "rc-update":
                if r.word(0) == "del" || r.word(0) == "delete" {
                    r.add(.service(r.operands.dropFirst().first ?? .unknown, verb: "disable"))
                } else if r.word(0) == "add" {
                    r.add(.service(r.operands.dropFirst().first ?? .unknown, verb: "enable"))
                }
            case "s6-rc":
                if r.hasWord("-d", "stop") { for unit in r.operands.dropFirst() { r.add(.service(unit, verb: "stop")) } } else if r.verb != "list" { r.add(.change(what: "s6-rc changes services")) }
            case "s6-svc": r.add(.service(Value(r.operands.last?.lastName ?? "?"), verb: r.words.contains { $0.hasPrefix("-") && $0.contains { "dxkOQ".contains($0) } } ? "stop" : "start"))
            case "update-rc.d", "chkconfig":
                guard r.operands.count > 1 || r.hasWord("--del", "--add") else { return }
                let off = ["remove", "disable", "off", "stop"].contains(r.word(1)) || r.hasWord("--del")
                r.add(.service(r.operands[0], verb: off ? "disable" : "enable"))
            case "start", "stop", "restart", "status": if let unit = r.operands.first { r.serviceVerb(r.call.program, [unit]) }
            case "sv", "initctl", "dinitctl", "monit", "supervisorctl", "pm2", "circusctl", "forever", "rcctl":
                let verbs = ["down": "stop", "d": "stop", "exit": "stop", "x": "stop", "force-stop": "stop", "up": "start", "u": "start", "unmonitor": "disable", "delete": "disable"]
                if r.call.program == "pm2", ["list", "ls", "logs", "show", "describe", "jlist", "prettylist", "monit"].contains(r.verb) { return }
                r.serviceVerb(r.verb.map { verbs[$0] ?? $0 }, r.operands.dropFirst().isEmpty ? [Value("all")] : Array(r.operands.dropFirst()))
            default: if !r.operands.isEmpty { r.add(.change(what: "\(r.call.program) changes services")) }
            }
        },
        ProgramSpec("systemd-run", options: "") { r in
            if r.operands.isEmpty { return }; r.add(.change(what: "starts a unit"))
        },
        ProgramSpec(
            "reboot poweroff halt shutdown", options: "-c -k -w/--wtmp-only -f/--force -n -p -P -r -h -H --no-wall --show --message=",
            examples: ["reboot -> power", "shutdown -P now -> power", "shutdown -c ->"]
        ) { r in
            if r.call.program == "shutdown", r.has("-c", "--show") && !r.has("-r", "-h", "-P", "-H") || r.call.program != "shutdown" && r.has("-w") { return }
            r.add(.power(what: "\(r.call.program) takes the machine down"))
        },
        ProgramSpec("init telinit", options: "-t= -e=") { r in
            guard let level = r.word(0) else { return r.operands.isEmpty ? () : r.add(.power(what: "the run level can't be told")) }
            if ["0", "1", "6", "s", "S", "a", "b", "c"].contains(level) {
                r.add(.power(what: "\(r.call.program) \(level) changes the run level"))
            } else if ["q", "Q"].contains(level) {
                r.add(.change(what: "init reads its table"))
            } else {
                r.add(.power(what: "\(r.call.program) \(level) changes the run level"))
            }
        },
        ProgramSpec(
            "pm-suspend pm-hibernate pm-suspend-hybrid rtcwake systemctl-suspend openrc-shutdown molly-guard zzz acpitool uswsusp s2ram s2disk   kexec-reboot openrc",
            options: "-m/--mode= -s= -t= -l -u"
        ) { r in
            if r.call.program == "rtcwake", ["no", "show", "disable"].contains(r.value("-m")?.known) { return }
            if r.call.program == "openrc" { return r.operands.isEmpty ? () : r.add(.power(what: "openrc changes the run level")) }
            r.add(.power(what: "\(r.call.program) takes the machine down"))
        },
        ProgramSpec("hostname domainname dnsdomainname nisdomainname", options: "-F/--file= -b -f/--fqdn -i/--ip-address -I/--all-ip-addresses -s/--short -d/--domain -A/--all-fqdns -a -y") { r in
            if !r.operands.isEmpty || r.has("-F") { r.add(.change(what: "sets the host's name")) }
        },
        ProgramSpec("hostnamectl localectl", options: "--static --transient --pretty -H= -M= --no-convert") { r in
            if let verb = r.verb, verb.hasPrefix("set-") || r.operands.count > 1 && ["hostname", "chassis", "deployment", "location", "icon-name"].contains(verb) {
                r.add(.change(what: "\(r.call.program) \(verb)"))
            }
        },
        ProgramSpec("timedatectl", options: "-H= -M= -p= -a --no-pager --value --adjust-system-clock --monitor") { r in
            switch r.verb {
            case "set-timezone", "set-ntp", "set-local-rtc", "ntp-servers", "revert": r.add(.change(what: "timedatectl \(r.verb ?? "")"))
            case "set-time": r.add(.change(what: "sets the clock"))
            default: break
            }
        },
        ProgramSpec("hwclock ntpdate chronyd ntpd sntp rdate tzselect ", options: "-s/--hctosys -w/--systohc -r/--show --set --date= -q -d -u", looks: "-r -q") { r in
            r.add(.change(what: "sets the clock"))
        },
        ProgramSpec("chronyc", options: "-h= -p= -n -a -c") { r in
            if ["makestep", "burst", "add", "delete", "online", "offline", "settime", "shutdown"].contains(r.verb) { r.add(.change(what: "sets the clock's sources")) }
        },
        ProgramSpec("loginctl", options: "-H= -M= -p= --no-pager -l -s= --kill-who= --kill-whom= -a --value --no-legend -n= -o=") { r in
            switch r.verb {
            case "terminate-user", "kill-user", "terminate-session", "kill-session", "terminate-seat": for user in r.operands.dropFirst() { r.add(.account(user, what: "end-login")) }
            case "enable-linger", "disable-linger", "lock-session", "unlock-session", "lock-sessions", "activate", "attach", "flush-devices": r.add(.change(what: "loginctl \(r.verb ?? "")"))
            case "poweroff", "reboot", "suspend", "hibernate": r.add(.power(what: "loginctl \(r.verb ?? "")"))
            default: break
            }
        },
        ProgramSpec(
            "machinectl portablectl homectl busctl userdbctl coredumpctl  udevadm systemd-sysext importctl  systemd-notify  systemd-ask-password systemd-creds systemd-id128 systemd-mount systemd-nspawn systemd-sysusers systemd-umount systemd-stdio-bridge systemd-firstboot systemd-machine-id-setup",
            options: "-M= -H= -p= -s= -t= -n= -D= --no-pager"
        ) { r in
            let verb = r.verb ?? "?"
            if [
                "list", "status", "show", "info", "get-property", "introspect", "tree", "monitor", "list-images", "test", "settle", "capture", "has-tpm2", "new", "machine-id", "user", "group", "dump",
                "inspect", "list-transfers", "list-jobs", "",
            ].contains(verb) {
                return
            }
            switch r.call.program {
            case "busctl", "gdbus", "dbus-send":
                let text = r.wholeText
                if ["PowerOff", "Reboot", "Halt", "Suspend", "Hibernate"].contains(where: text.contains) {
                    r.add(.power(what: "busctl asks for it"))
                } else if ["StopUnit", "MaskUnitFiles", "DisableUnitFiles", "KillUnit", "Exit"].contains(where: text.contains) {
                    r.add(.runUnknown(source: "busctl calls '\(text.prefix(80))'"))
                } else {
                    r.add(.runUnknown(source: "busctl calls a service"))
                }
            case "machinectl": r.add(.container(what: "machinectl \(verb)", isDestructive: ["remove", "terminate", "poweroff", "kill", "clean"].contains(verb)))
            case "homectl": if verb == "remove" { r.add(.account(r.operands.dropFirst().first ?? .unknown, what: "delete")) } else { r.add(.change(what: "homectl \(verb)")) }
            case "udevadm": r.add(.change(what: "udevadm \(verb)"))
            case "systemd-mount": if let at = r.operands.last { r.add(.mount(at: at, source: nil, options: "")) }
            default: r.add(.change(what: "\(r.call.program) \(verb)"))
            }
        },
        ProgramSpec("dbus-send gdbus qdbus", options: "") { r in
            let text = r.wholeText
            if ["PowerOff", "Reboot", "Halt", "Suspend", "Hibernate"].contains(where: text.contains) {
                r.add(.power(what: "\(r.call.program) asks for it"))
            } else {
                r.add(.runUnknown(source: "\(r.call.program) calls a service"))
            }
        },
        ProgramSpec("dbus-monitor", options: ""),
        ProgramSpec(
            "tuned-adm powerprofilesctl cpufreq-set  irqbalance numactl x86_energy_perf_policy swapon nvidia-settings vbetool cloud-init  snapper timeshift tlp",
            options: "-p= -s/--show --show -a -c=", looks: "-s --show"
        ) { r in
            if ["list", "active", "get", "status", "query", "recommend", "schema", "verify", ""].contains(r.verb ?? "") && r.call.program != "swapon" { return }
            if r.call.program == "cloud-init", r.hasWord("clean") {
                r.add(r.hasWord("-r", "--reboot") ? .power(what: "cloud-init clean restarts the machine") : .change(what: "cloud-init clean"))
            } else if ["snapper", "timeshift"].contains(r.call.program), r.hasWord("delete", "--delete", "--delete-all", "rollback", "--restore") {
                r.add(.container(what: "\(r.call.program) removes or restores snapshots", isDestructive: true))
            } else {
                r.add(.change(what: "\(r.call.program) sets up the machine"))
            }
        },
    ]
}

extension Reading {
    private static let looking: Set<String> = [
        "status", "show", "is-active", "is-enabled", "is-failed", "is-system-running", "list-units", "list-unit-files", "list-timers", "list-sockets", "list-dependencies", "cat", "get-default",
        "show-environment", "help",
        "list-jobs", "list-machines", "list-automounts", "list-paths", "whoami", "service-log-level", "log-level", "configtest", "config-test", "fullstatus", "--status-all", "version", "check",
        "avail", "tail", "summary", "report", "procmatch", "validate", "fg", "describe", "checkconfig", "condstatus", "service-watchdogs",
    ]

    fileprivate mutating func systemctl() {
        guard let verb else { return serviceVerb(nil, Array(operands.dropFirst())) }
        if verb.isEmpty { return }
        let units = Array(operands.dropFirst())
        switch verb {
        case "reboot", "poweroff", "halt", "kexec", "suspend", "hibernate", "hybrid-sleep", "suspend-then-hibernate", "rescue", "emergency", "soft-reboot", "exit", "switch-root", "isolate", "default",
            "sleep":
            add(verb == "kexec" ? .kernel(what: "systemctl kexec") : .power(what: "systemctl \(verb) takes the machine down"))
        case "set-default":
            if ["rescue", "emergency", "poweroff", "reboot", "halt", "kexec"].contains(where: units.first?.prefix.hasPrefix ?? { _ in false }) {
                add(.power(what: "systemctl set-default \(units[0].display)"))
            } else {
                add(.change(what: "sets the default target"))
            }
        case "set-environment", "import-environment":
            for word in units {
                if let text = word.known, let equals = text.firstIndex(of: "=") { add(.environment(name: String(text[..<equals]), value: Value(String(text[text.index(after: equals)...])))) }
            }
            add(.change(what: "sets variables of services"))
        case "edit": for unit in units { add(.service(unit, verb: "edit")) }
        case "daemon-reload", "daemon-reexec", "reset-failed", "preset-all", "unset-environment", "cancel", "preset": add(.change(what: "systemctl \(verb)"))
        case "mount-image", "bind": add(.runUnknown(source: "systemctl \(verb)"))
        default: serviceVerb(verb, units, isNow: has("--now"))
        }
    }

    mutating func serviceVerb(_ verb: String?, _ units: [Value], isNow: Bool = false) {
        guard let verb else {
            for unit in units { add(.service(unit, verb: "?")) }
            if units.isEmpty { add(.runUnknown(source: "what \(call.program) would do can't be told")) }
            return
        }
        if Self.looking.contains(verb) { return }
        for unit in units { add(.service(unit, verb: verb)) }
        if units.isEmpty { add(.change(what: "\(call.program) \(verb)")) }
    }
}
