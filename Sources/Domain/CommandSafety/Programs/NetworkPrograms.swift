/// Addresses, links, routes.
enum NetworkPrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec("ip", options: "-n/-netns/--netns= -f/-family= -b/-batch:runs -l=", longDashes: true, examples: ["ip link set ens18 down -> network!", "ip addr show ->", "ip -br a ->"]) {
            $0.ip()
        },
        ProgramSpec("ifconfig ipmaddr", options: "-a -s") { r in
            guard r.operands.count > 1 else { return }
            let name = r.operands[0]
            if r.hasWord("down", "0.0.0.0", "0", "del", "delete", "-arp") {
                r.add(.network(what: "ifconfig takes \(name.display) down", isCut: !Links.isVirtual(name)))
            } else {
                r.add(.network(what: "ifconfig sets \(name.display)", isCut: false))
            }
        },
        ProgramSpec("ifdown ifup", options: "-a/--all -i= -f/--force -v -n/--no-act --exclude=", looks: "-n") { r in
            let name = r.operands.first ?? .unknown
            r.add(.network(what: "\(r.call.program) \(name.display)", isCut: r.call.program == "ifdown" && !Links.isVirtual(name) || r.call.program == "ifdown" && r.has("-a")))
        },
        ProgramSpec("route", options: "-n -A= -e -F -C -4 -6") { r in
            switch r.verb {
            case "del", "delete", "flush": r.add(.network(what: "route takes a route away", isCut: r.hasWord("default", "0.0.0.0", "0.0.0.0/0") || r.verb == "flush" || r.operands.count < 3))
            case "add": r.addRoute()
            default: break
            }
        },
        ProgramSpec("nmcli", options: "-t/--terse -f/--fields= -g/--get-values= -m= -c= -w/--wait= -a -s/--show-secrets -p -e=") { r in
            if r.has("-s"), r.hasWord("show") { r.add(.secret(what: "nmcli prints the network's passwords")) }
            r.nmcli()
        },
        ProgramSpec("nmtui systemd-network-generator", options: "") { r in r.add(.network(what: "\(r.call.program) sets up the network", isCut: false)) },
        ProgramSpec("netplan", options: "--timeout= --state= --root-dir= --debug") { r in
            if ["apply", "try", "set", "rebind", "migrate"].contains(r.verb) { r.add(.network(what: "netplan \(r.verb ?? "")", isCut: false)) }
        },
        ProgramSpec("networkctl", options: "--no-pager -a -l -s -n=") { r in
            if let verb = r.verb, ["down", "delete", "reconfigure", "renew", "forcerenew", "reload", "up"].contains(verb) {
                r.add(.network(what: "networkctl \(verb)", isCut: (verb == "down" || verb == "delete") && !Links.isVirtual(r.operands.last ?? .unknown)))
            }
        },
        ProgramSpec("resolvectl systemd-resolve resolvconf", options: "-i= --interface= --set-dns= --set-domain= --flush-caches --status --statistics -4 -6 -p= -t= -d= -a= -u") { r in
            let verb = r.verb ?? ""
            if ["dns", "domain", "dnssec", "dnsovertls", "llmnr", "mdns", "revert", "nta"].contains(verb), r.operands.count > 2 || verb == "revert" || r.has("--set-dns") {
                r.add(.environment(name: "resolver", value: r.operands.last ?? .unknown))
            } else if verb == "flush-caches" || r.has("--flush-caches") {
                r.add(.change(what: "empties the resolver's cache"))
            }
        },
        ProgramSpec("tc", options: "-s -d -n= -b= -j") { r in
            let words = Set(r.words)
            guard !words.isDisjoint(with: ["add", "del", "delete", "change", "replace", "link"]) else { return }
            let cuts =
                words.contains("loss") && (r.wholeText.contains("loss 100") || r.wholeText.contains("loss 9") || r.wholeText.contains("100%")) || words.contains("drop") || words.contains("blackhole")
                || words.contains("corrupt") && r.wholeText.contains("100%")
            r.add(.network(what: "tc shapes the traffic", isCut: cuts))
        },
        ProgramSpec("ethtool", longDashes: true) { r in
            guard let option = r.words.first, option.hasPrefix("-") else { return }
            if ["-s", "--change", "-r", "--negotiate", "--reset", "-f", "--flash", "-E", "--change-eeprom", "-p"].contains(option) {
                r.add(.network(what: "ethtool changes the link", isCut: !["-p"].contains(option)))
            } else if ["-K", "-G", "-C", "-A", "-L", "-N", "-X", "-U"].contains(option) {
                r.add(.network(what: "ethtool sets the link", isCut: false))
            }
        },
        ProgramSpec("rfkill iw iwconfig wpa_cli iwctl bluetoothctl mii-tool", options: "-i= -r -R -F=") { r in
            let words = Set(r.words)
            if r.call.program == "rfkill", words.contains("block") {
                r.add(.network(what: "rfkill turns radios off", isCut: true))
            } else if !words.isDisjoint(with: ["disconnect", "down", "del", "terminate", "disable_network", "remove_network", "off", "-F"]) {
                r.add(.network(what: "\(r.call.program) cuts a link", isCut: true))
            } else if !words.isDisjoint(with: ["unblock", "connect", "set", "add", "power", "reconfigure", "txpower", "essid"]) {
                r.add(.network(what: "\(r.call.program) sets a link", isCut: false))
            }
        },
        ProgramSpec("brctl ovs-vsctl ovs-ofctl bridge vconfig teamdctl teamd ifenslave tunctl ip-link vtysh birdc", options: "-c= -t=") { r in
            let words = Set(r.words)
            if !words.isDisjoint(with: ["show", "list-br", "list-ports", "showmacs", "showstp", "monitor", "dump-flows"]) { return }
            if r.call.program == "vtysh", !r.wholeText.contains("conf") { return }
            let cuts =
                !words.isDisjoint(with: ["del-br", "delbr", "delif", "del-port", "del-flows", "rem", "del-controller", "emer-reset", "shutdown", "remove"])
                && !(r.hasWord("delif", "del-port") ? r.operands.suffix(1) : r.operands[...]).contains(where: Links.isVirtual)
                || words.contains("-d") && r.call.program == "ifenslave" || words.contains("disable")
            r.add(.network(what: "\(r.call.program) changes bridges", isCut: cuts))
        },
        ProgramSpec("dhclient dhcpcd udhcpc pump", options: "-r -x -k -v -i= -n -sf= -pf= -lf= -cf= -s= -1 -4 -6 -d -t=") { r in
            r.add(.network(what: "\(r.call.program) asks for an address", isCut: r.has("-r", "-x", "-k")))
        },
        ProgramSpec("arp ipneigh arping arptables", options: "-d -s -a -n -i= -I= -c= -e -v -f=") { r in
            if r.has("-d", "-s") && r.call.program == "arp" {
                r.add(.network(what: "arp changes neighbours", isCut: false))
            } else if r.call.program == "arptables" {
                r.add(.firewall(what: "arptables", isLockout: !r.hasWord("-L")))
            }
        },
        ProgramSpec(
            "ping ping6 fping traceroute traceroute6 tracepath mtr dig host nslookup drill whois ss netstat nstat lnstat ipcalc sipcalc tcptraceroute iftop nethogs bmon vnstat nload iptraf-ng dnstracer delv kdig resolveip arp-scan ethstats ifstat rtmon masscan zmap speedtest speedtest-cli iperf iperf3 ab wrk hey siege httping sslscan testssl.sh",
            options: "-c= -i= -W= -w= -p= -s= -I= -t= -o:writes -oN:writes -oX:writes --script="
        ) { r in
            if r.call.program.hasPrefix("iperf"), r.has("-s") || r.hasWord("-s", "--server") { r.add(.listen(port: Value("5201"))) }
            if r.call.program.hasPrefix("ping"), r.hasWord("-f") { r.add(.change(what: "floods a host")) }
        },
        ProgramSpec("tcpdump tshark dumpcap wireshark ngrep", options: "-i= -w:writes -c= -r:prints -s= -C= -W= -G= -z:code -Z= -F= -n -f= -T= -e= -Y=", changes: nil),
        ProgramSpec("wg wg-quick openvpn tailscale zerotier-cli ipsec swanctl strongswan", options: "-c=") { r in
            let words = Set(r.words)
            if r.call.program == "wg", words.contains("genkey") || words.contains("pubkey") || words.contains("genpsk") || words.contains("show") && !words.contains("private-key") || words.isEmpty {
                return
            }
            if words.contains("private-key") || words.contains("showconf") { return r.add(.secret(what: "wg prints a private key")) }
            if ["status", "netcheck", "ip", "ping", "version", "listnetworks", "statusall", "--list-sas"].contains(where: words.contains) { return }
            r.add(.network(what: "\(r.call.program) changes a tunnel", isCut: words.contains("down") || words.contains("logout")))
        },
    ]
}

/// Names of network devices.
enum Links {
    private static let virtual = [
        "br-", "br0", "br1", "virbr", "docker", "veth", "dummy", "lxc", "lxd", "tap", "tun", "cni", "flannel", "cali", "vxlan", "vnet", "ifb", "wg", "macvlan", "ipvlan", "kube", "cilium", "podman",
        "nodelocal", "lo.", "gre", "test", "vmbr", "bridge", "sit",
    ]
    static func isVirtual(_ name: Value) -> Bool {
        guard let known = name.known else { return false }
        return virtual.contains(where: known.hasPrefix)
    }
}

extension Reading {
    fileprivate mutating func ip() {
        guard let object = verb else { return add(.runUnknown(source: "what ip would do can't be told")) }
        guard !object.isEmpty else { return }
        let action = operands.count > 1 ? word(1) : "show"
        guard let action else { return add(.network(what: "what ip \(object) would do can't be told", isCut: false)) }
        func isA(_ full: String, _ least: Int = 1) -> Bool { action.count >= least && full.hasPrefix(action) }
        let rest = operands.dropFirst(2).map { $0.known ?? "?" }
        let device = rest.firstIndex(of: "dev").flatMap { $0 + 1 < rest.count ? Value(rest[$0 + 1]) : nil } ?? operands.dropFirst(2).first ?? .unknown
        if "netns".hasPrefix(object), object.count > 3 {
            if action == "exec" {
                add(.change(what: "runs in another network namespace"))
                if let place = call.arguments.firstIndex(where: { $0.known.map { $0.hasPrefix("e") && "exec".hasPrefix($0) } ?? false }), place + 2 < call.arguments.count {
                    let line = call.arguments[(place + 2)...].map { $0.known ?? "?" }
                    shellCode.append(Value(line.map { "'" + $0.replacing("'", with: "'\\''") + "'" }.joined(separator: " ")))
                }
            } else if ["del", "delete"].contains(action) {
                add(.network(what: "ip netns delete", isCut: false))
            } else if action == "add" {
                add(.change(what: "adds a network namespace"))
            }
            return
        }
        if isA("show", 2) || isA("list") || action == "s" && object.first != "l" || action == "get" || action == "save" || action == "help" || isA("monitor", 2) { return }
        if "link".hasPrefix(object) {
            if isA("set") {
                let name = rest.first == "dev" ? device : operands.dropFirst(2).first ?? .unknown
                let cuts =
                    rest.contains("down") || rest.contains("nomaster") || rest.contains("netns") || rest.contains("address") || rest.contains("arp") && rest.contains("off")
                    || rest.contains("mtu") && (rest.last.flatMap { Int($0) } ?? 1500) < 1000 || rest.contains("xdp")
                add(.network(what: "ip link set \(name.display)", isCut: cuts && !Links.isVirtual(name)))
            } else {
                let name = rest.first == "dev" ? device : operands.dropFirst(2).first ?? .unknown
                add(.network(what: "ip link \(action) \(name.display)", isCut: isA("delete") && !Links.isVirtual(name)))
            }
            return
        }
        if "address".hasPrefix(object) || object == "addr" {
            let removes = isA("delete") || isA("flush")
            add(.network(what: "ip address \(action) \(device.display)", isCut: removes && !Links.isVirtual(device)))
            return
        }
        if "route".hasPrefix(object) || object == "ro" {
            if isA("delete") || isA("flush") {
                add(.network(what: "ip route \(action)", isCut: isA("flush") || rest.contains("default") || rest.contains("0.0.0.0/0") || rest.contains { $0.hasPrefix("0/") } || rest.contains("?")))
            } else {
                addRoute()
            }
            return
        }
        if "rule".hasPrefix(object) {
            return add(
                .network(
                    what: "ip rule \(action)",
                    isCut: isA("flush") || isA("delete") && (rest.isEmpty || rest.contains("main") || rest.contains("32766"))
                        || rest.contains { ["prohibit", "blackhole", "unreachable"].contains($0) }))
        }
        if "neighbor".hasPrefix(object) || "neighbour".hasPrefix(object) { return add(.network(what: "ip neighbour \(action)", isCut: false)) }
        add(.network(what: "ip \(object) \(action)", isCut: isA("flush") || object.hasPrefix("x") && isA("delete")))
    }

    fileprivate mutating func addRoute() {
        let text = words
        let isDefault = text.contains("default") || text.contains("0.0.0.0/0") || text.contains("0.0.0.0") && !text.contains("netmask")
        let drops = text.contains { ["blackhole", "unreachable", "prohibit", "reject", "throw"].contains($0) }
        if isDefault {
            add(.network(what: "\(call.program) changes the default route", isCut: drops || text.contains("replace") || text.contains("change") || text.contains("127.0.0.1") || text.contains("lo")))
        } else if drops {
            add(.network(what: "\(call.program) drops traffic", isCut: text.contains { $0.hasSuffix("/1") || $0.hasSuffix("/0") }))
        } else {
            add(.change(what: "\(call.program) adds a route"))
        }
    }

    fileprivate mutating func nmcli() {
        let words = operands.map { $0.known ?? "?" }
        guard let object = words.first, words.count > 1 else { return }
        let action = words[1]
        func isA(_ full: String) -> Bool { full.hasPrefix(action) }
        let name = operands.count > 2 ? operands.last ?? .unknown : .unknown
        switch object.first {
        case "n":
            if action == "off" || action == "?" || words.contains("off") {
                add(.network(what: "nmcli networking off", isCut: true))
            } else if action == "on" {
                add(.network(what: "nmcli networking on", isCut: false))
            }
        case "r": if words.contains("off") { add(.network(what: "nmcli radio off", isCut: true)) }
        case "c":
            if isA("down") || isA("delete") {
                add(.network(what: "nmcli connection \(action) \(name.display)", isCut: !Links.isVirtual(name)))
            } else if isA("modify") || isA("add") || isA("up") || isA("reload") || isA("load") || isA("edit") || isA("import") || isA("clone") {
                add(.network(what: "nmcli connection \(action)", isCut: isA("modify") && words.contains("connection.autoconnect") && words.contains("no") || words.contains("disabled")))
            }
        case "d":
            if isA("disconnect") || isA("delete") || isA("down") {
                add(.network(what: "nmcli device \(action) \(name.display)", isCut: !Links.isVirtual(name)))
            } else if isA("set") || isA("modify") || isA("reapply") || isA("connect") {
                add(.network(what: "nmcli device \(action)", isCut: words.contains("managed") && words.contains("no")))
            }
        case "g": if action == "hostname", words.count > 2 { add(.change(what: "sets the host's name")) }
        default: break
        }
    }
}
