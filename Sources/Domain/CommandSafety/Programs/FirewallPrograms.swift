/// Packet filters.
enum FirewallPrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec(
            "iptables ip6tables iptables-nft iptables-legacy ip6tables-legacy ip6tables-nft ebtables", options: tableOptions,
            examples: ["iptables --policy INPUT DROP -> firewall!", "iptables -nvL INPUT ->", "iptables -A INPUT -p tcp --dport 443 -j ACCEPT -> firewall", "iptables -F -> firewall!"]
        ) { $0.iptables() },
        ProgramSpec("iptables-save ip6tables-save ebtables-save ipset-save", options: "-t= -c -f:writes"),
        ProgramSpec("iptables-restore ip6tables-restore iptables-apply ebtables-restore", options: "-n/--noflush -t/--test -T= -w= -c", looks: "-t") { r in
            if r.call.input == .file(Value("/dev/null")) { return r.add(.firewall(what: "\(r.call.program) empties the rules", isLockout: true)) }
            r.ruleset(r.inputText ?? r.printedBefore, file: r.operands.first)
        },
        ProgramSpec(
            "netfilter-persistent firewall-offline-cmd shorewall shorewall6 shorewall-lite csf ferm pfctl fwconsole apf ipfw SuSEfirewall2 rcSuSEfirewall2 arno-iptables-firewall awall firehol fwbuilder vuurmuur",
            options: "-f= -x -r -e -l -s="
        ) { r in
            let words = Set(r.words)
            if !words.isDisjoint(with: ["status", "show", "check", "-l", "-s", "list", "--list-all", "save"]) { return words.contains("save") ? r.add(.change(what: "saves the rules")) : () }
            r.add(
                .firewall(
                    what: "\(r.call.program) changes the firewall",
                    isLockout: !words.isDisjoint(with: ["flush", "stop", "clear", "-x", "-f", "-F", "disable", "--disabled", "-d", "off", "close", "panic", "block", "stopped", "reset"])))
        },
        ProgramSpec("nft", options: "-f/--file= -c/--check -a -n -s -j -e -i -I= -D=", looks: "-c", examples: ["nft list tables ->", "nft flush ruleset -> firewall!"]) { $0.nft() },
        ProgramSpec("ufw", options: "--force --dry-run", looks: "--dry-run", examples: ["ufw deny 22 -> firewall!", "ufw status ->", "ufw allow 443/tcp -> firewall"]) { $0.ufw() },
        ProgramSpec(
            "firewall-cmd",
            options:
                "--zone= --add-port= --remove-port= --add-service= --remove-service= --add-rich-rule= --remove-rich-rule= --set-default-zone= --change-interface= --remove-interface= --add-interface= --set-target= --add-source= --remove-source= --query-port= --query-service= --timeout= --add-icmp-block= --delete-zone= --new-zone= --info-zone= --info-service= --policy= --add-masquerade --panic-on --panic-off --permanent --reload --complete-reload --list-all --state --direct --runtime-to-permanent --reset-to-defaults --lockdown-on"
        ) { $0.firewallCommand() },
        ProgramSpec("ipset", options: "-!/--exist -o= -q -f= -s") { r in
            if ["list", "test", "save", "help", "version", "", "-L"].contains(r.verb) { return }
            r.add(.firewall(what: "ipset \(r.verb ?? "?")", isLockout: ["flush", "destroy", "-F", "-X"].contains(r.verb)))
        },
        ProgramSpec("fail2ban-client", options: "-s= -p= -c=") { r in
            switch r.verb {
            case "status", "ping", "version", "get", "banned", "-d", "-t", "", "--version": break
            case "stop": r.add(.security(what: "fail2ban-client stops it"))
            case "set":
                r.add(
                    r.hasWord("banip")
                        ? .firewall(what: "bans an address", isLockout: false) : r.hasWord("unbanip") ? .change(what: "lets an address in") : .security(what: "fail2ban-client weakens a jail"))
            case "unban": r.add(.change(what: "lets addresses in"))
            default: r.add(.change(what: "fail2ban-client \(r.verb ?? "")"))
            }
        },
        ProgramSpec("cscli crowdsec", options: "") { r in if r.hasWord("delete", "remove") { r.add(.security(what: "cscli takes protection away")) } },
    ]

    private static let tableOptions =
        "-t/--table= -A/--append= -I/--insert= -D/--delete= -R/--replace= -P/--policy= -N/--new-chain= -X/--delete-chain -F/--flush -Z/--zero -L/--list -S/--list-rules -C/--check= -E= -p/--protocol= -s/--source= -d/--destination= -i/--in-interface= -o/--out-interface= -j/--jump= -m/--match= --dport/--destination-port= --sport/--source-port= --dports= --sports= --state= --ctstate= -n/--numeric -v/--verbose -w/--wait --comment= --limit= --limit-burst= --to-destination= --to-source= --to-ports= --icmp-type= --tcp-flags= --reject-with= --log-prefix= --mac-source= --line-numbers --src-range= --hitcount= --seconds= --name= --uid-owner="
}

extension Reading {
    private static func isManagement(_ ports: String?) -> Bool {
        guard let ports else { return true }
        return ports.split { ",/ {}".contains($0) }.contains { part in
            if part == "22" || part == "ssh" || part == "OpenSSH" || part == "2222" { return true }
            let ends = part.split { $0 == ":" || $0 == "-" }.compactMap { Int($0) }
            return ends.count == 2 && ends[0] <= 22 && ends[1] >= 22 || part == "1:65535"
        }
    }

    fileprivate mutating func iptables() {
        if has("-L", "-S", "-C") && !has("-F", "-X", "-P", "-D", "-A", "-I", "-Z") { return }
        if has("-F", "-X") { return add(.firewall(what: "\(call.program) flushes rules", isLockout: true)) }
        if let chain = value("-P") {
            let target = operands.first?.known
            return add(.firewall(what: "\(call.program) sets the policy of \(chain.display) to \(target ?? "…")", isLockout: target != "ACCEPT"))
        }
        let target = value("-j")?.known
        let chain = value("-A", "-I", "-R")?.known
        let ports = value("--dport", "--dports")?.known
        if has("-A", "-I", "-R") {
            let blocks = value("-j") != nil && (target == nil || ["DROP", "REJECT", "TARPIT", "STEAL"].contains(target ?? ""))
            let isNarrow =
                has("-s") && value("-s")?.known.map { !$0.hasSuffix("/0") && $0 != "0.0.0.0" } ?? false || has("-i") && value("-i")?.known != nil && Links.isVirtual(value("-i") ?? .unknown)
                || has("--dport", "--dports") && !Self.isManagement(ports) || has("-d") && chain == "OUTPUT" || has("--ctstate", "--state") && value("--ctstate", "--state")?.known == "INVALID"
                || has("-p") && value("-p")?.known == "icmp" || has("--hitcount")
            let isInput = chain.map { ["INPUT", "OUTPUT", "PREROUTING"].contains($0) } ?? true
            return add(
                .firewall(what: "\(call.program) \(target ?? "adds a rule") in \(chain ?? "…")", isLockout: blocks && isInput && !isNarrow || hasWord("!") && blocks && Self.isManagement(ports)))
        }
        if has("-D") {
            return add(
                .firewall(
                    what: "\(call.program) takes a rule away",
                    isLockout: Self.isManagement(ports) && has("--dport", "--dports") || hasWord("ESTABLISHED,RELATED", "RELATED,ESTABLISHED", "ESTABLISHED")
                        || value("-D")?.known == "INPUT" && operands.count == 1 && !has("-j")))
        }
        if has("-N", "-E", "-Z") { return add(.firewall(what: "\(call.program) changes chains", isLockout: false)) }
        if isUncertain || hasUnknownWord { add(.firewall(what: "what \(call.program) would do can't be told", isLockout: false)) }
    }

    /// A whole set of rules that is loaded at once.
    fileprivate mutating func ruleset(_ text: Value?, file: Value?) {
        guard let rules = text?.known else {
            return add(.firewall(what: "\(call.program) replaces all rules by others that are not seen", isLockout: call.program.contains("restore") && file == nil && !hasInput))
        }
        let lines = rules.lowercased()
        let drops = lines.contains("policy drop") || lines.contains(":input drop") || lines.contains(" drop [") || lines.contains("-p input drop") || lines.contains("input drop")
        let lets =
            lines.contains("established")
            && (lines.contains("dport 22") || lines.contains("dport { 22") || lines.contains("dport {22") || lines.contains("dport ssh") || lines.contains("22,") || lines.contains(", 22"))
        let isEmpty = call.program.hasSuffix("tables-restore") && !has("-n") && !lines.contains("-a ") && !lines.contains("-i ")
        let flushesOnly = isEmpty || lines.contains("flush ruleset") && !lines.contains("chain ")
        let blocks = lines.contains("drop") || lines.contains("reject")
        add(.firewall(what: "\(call.program) loads a whole ruleset", isLockout: flushesOnly || drops && !lets || !drops && blocks && !lets))
    }

    fileprivate mutating func nft() {
        if let file = value("-f") {
            if file.known == "-" || file.known == "/dev/stdin" { return ruleset(inputText ?? printedBefore, file: nil) }
            return add(.firewall(what: "nft loads the rules in \(file.display)", isLockout: false))
        }
        let text = operands.map(\.display).joined(separator: " ")
        for statement in text.split(separator: ";") where !text.contains("{") || statement.contains("flush") || statement.contains("delete") {
            nftStatement(statement.split(whereSeparator: \.isWhitespace).map(String.init))
        }
        if text.contains("{") { ruleset(Value(text), file: nil) }
    }

    private mutating func nftStatement(_ words: [String]) {
        guard let verb = words.first, !["list", "monitor", "describe", "get", "export"].contains(verb) else { return }
        switch verb {
        case "flush": add(.firewall(what: "nft flush", isLockout: !words.contains("set") && !words.contains("map")))
        case "delete", "destroy", "reset": add(.firewall(what: "nft \(verb)", isLockout: verb != "reset" && (words.contains("table") || words.contains("chain") || words.contains("rule"))))
        case "add", "insert", "replace", "create":
            let blocks = words.contains("drop") || words.contains("reject")
            let port = words.firstIndex(of: "dport").flatMap { $0 + 1 < words.count ? words[($0 + 1)...].joined(separator: " ") : nil }
            let isNarrow = words.contains("saddr") || port != nil && !Self.isManagement(port) || words.contains("invalid") || words.contains("forward")
            add(.firewall(what: "nft \(verb)", isLockout: blocks && !isNarrow))
        case "-f", "include": add(.firewall(what: "nft loads a file", isLockout: false))
        default: add(.firewall(what: "nft \(verb)", isLockout: false))
        }
    }

    fileprivate mutating func ufw() {
        let words = operands.map { ($0.known ?? "?").lowercased() }
        guard let verb = words.first else { return }
        switch verb {
        case "status", "show", "version", "help": break
        case "app": if words.contains("update") || words.contains("default") { add(.firewall(what: "ufw app", isLockout: false)) }
        case "disable", "reset": add(.firewall(what: "ufw \(verb)", isLockout: true))
        case "default":
            let isIn = !words.contains("outgoing") && !words.contains("routed")
            add(.firewall(what: "ufw default \(words.dropFirst().joined(separator: " "))", isLockout: words.contains("deny") || words.contains("reject") ? isIn || words.contains("outgoing") : false))
        case "delete":
            let rest = words.dropFirst()
            add(
                .firewall(
                    what: "ufw takes a rule away",
                    isLockout: rest.contains { $0.allSatisfy(\.isNumber) && rest.count == 1 }
                        ? false
                        : rest.contains("allow") && rest.contains { Self.isManagement($0) || $0 == "openssh" || $0 == "22/tcp" } || rest.contains("limit") && rest.contains { Self.isManagement($0) }))
        case "deny", "reject", "insert", "prepend", "route", "limit", "allow", "rule":
            let blocks = words.contains("deny") || words.contains("reject")
            let port = words.first { Self.isManagement($0) || $0 == "openssh" }
            let fromOne = words.firstIndex(of: "from").map { $0 + 1 < words.count && words[$0 + 1] != "any" && words[$0 + 1] != "0.0.0.0/0" } ?? false
            let named = words.dropFirst().filter { !["in", "out", "on", "proto", "tcp", "udp", "from", "to", "any", "port", "deny", "reject", "comment"].contains($0) }
            let toAll = words.contains("from") && !fromOne && !words.contains("port") || named.isEmpty || words.contains("any") && !words.contains("port")
            add(.firewall(what: "ufw \(words.joined(separator: " "))", isLockout: blocks && !fromOne && (port != nil || toAll) && verb != "route"))
        case "enable", "reload", "logging": add(.firewall(what: "ufw \(verb)", isLockout: false))
        default: add(.firewall(what: "ufw \(verb)", isLockout: false))
        }
    }

    fileprivate mutating func firewallCommand() {
        let looks = options.allSatisfy {
            $0.name.hasPrefix("--list") || $0.name.hasPrefix("--get") || $0.name.hasPrefix("--query") || $0.name.hasPrefix("--info")
                || ["--state", "--zone", "--permanent", "--version", "--help", "--check-config", "-q", "--policy"].contains($0.name)
        }
        if looks { return }
        let isSSH = [value("--remove-service")?.known, value("--remove-port")?.known].contains { $0.map { Self.isManagement($0) } ?? false }
        let rich = value("--add-rich-rule")?.known?.lowercased() ?? ""
        let richBlocks = (rich.contains("drop") || rich.contains("reject")) && (rich.contains("ssh") || rich.contains("\"22\"") || !rich.contains("source address") && !rich.contains("port"))
        let zone = value("--set-default-zone", "--change-interface")?.known ?? ""
        let target = value("--set-target")?.known?.lowercased() ?? ""
        let toBlock = zone == "drop" || zone == "block" || ["drop", "%%reject%%", "reject"].contains(target) || has("--change-interface") && ["drop", "block"].contains(value("--zone")?.known ?? "")
        let direct = has("--direct") && (hasWord("DROP") || hasWord("REJECT"))
        add(
            .firewall(
                what: "firewall-cmd changes the firewall",
                isLockout: isSSH || richBlocks || toBlock || direct || has("--panic-on", "--reset-to-defaults", "--remove-interface", "--delete-zone", "--lockdown-on")))
        if has("--reload", "--runtime-to-permanent"), options.count == 1 { effects = [.change(what: "loads the firewall's settings")] }
    }
}
