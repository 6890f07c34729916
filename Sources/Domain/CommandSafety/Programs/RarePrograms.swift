/// Programs that one meets seldom, and that can do much harm in few words.
enum RarePrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec("gio gvfs-trash gvfs-rm kioclient kioclient5 exo-open", options: "-f/--force -r") { r in
            switch r.call.program == "gio" ? r.verb : String(r.call.program.split(separator: "-").last ?? "") {
            case "trash", "remove", "rm", "del", "move": for operand in r.operands.dropFirst(r.call.program.hasPrefix("gvfs") ? 0 : 1) { r.add(.delete(operand, .tree)) }
            case "copy", "save": for operand in r.operands.dropFirst(2) { r.add(.write(operand, .replace, content: nil)) }
            case "cat": for operand in r.operands.dropFirst() { r.add(.read(operand, prints: true)) }
            case "open", "launch": r.add(.runUnknown(source: "gio opens \(r.operands.last?.display ?? "a file")"))
            default: break
            }
        },
        ProgramSpec("rclone", options: "-v -P --config= --transfers= --exclude= --include= --max-age= --min-age= -n/--dry-run", looks: "-n") { r in
            let verb = r.verb ?? "?"
            if ["ls", "lsl", "lsd", "lsf", "lsjson", "size", "about", "version", "check", "listremotes", "tree", "md5sum", "sha1sum", "help", "cryptcheck", "genautocomplete", "obscure"].contains(verb)
            {
                return
            }
            let places = Array(r.operands.dropFirst())
            if ["purge", "delete", "rmdirs", "rmdir", "deletefile", "cleanup"].contains(verb) {
                for place in places where place.prefix.hasPrefix("/") { r.add(.delete(place, .tree)) }
                if verb == "purge" || !places.contains(where: { $0.prefix.hasPrefix("/") }) && r.value("--min-age") == nil { r.add(.database(what: "rclone removes data", isDestructive: true)) }
            } else if verb == "config", r.hasWord("show", "dump", "userinfo") {
                r.add(.secret(what: "rclone prints its passwords"))
            } else if verb == "cat" {
                for place in places { r.add(.read(place, prints: true)) }
            } else if places.count > 1 {
                if places[1].prefix.contains(":") { r.add(.send(places[0], to: places[1])) } else { r.add(.write(places[1], .replace, content: nil)) }
                if verb == "move" || verb == "moveto" { r.add(places[0].prefix.contains(":") ? .database(what: "rclone moves data away", isDestructive: true) : .move(places[0], to: places[1])) }
                // What is not in the source is deleted in the target.
                if verb == "sync" {
                    if places[1].prefix.hasPrefix("/") { r.add(.delete(places[1], .below(isFiltered: false))) }
                    if places[0].prefix.hasPrefix("/dev/null") || places[0].prefix.contains("empty") { r.add(.database(what: "rclone empties \(places[1].display)", isDestructive: true)) }
                }
            }
            if r.effects.isEmpty { r.add(.change(what: "rclone \(verb)")) }
        },
        ProgramSpec("wicked ifreload rcnetwork connmanctl nmstatectl networksetup netsh ovs-ctl lldpad mstpctl ifslave", options: "-a -f --all") { r in
            let words = Set(r.words)
            if !words.isDisjoint(with: ["ifstatus", "show", "show-config", "ethtool", "status", "services", "technologies", "state"]) { return }
            let cuts = !words.isDisjoint(with: ["ifdown", "stop", "down", "disable", "disconnect", "off", "offline", "remove", "rollback"])
            r.add(.network(what: "\(r.call.program) changes the network", isCut: cuts && !r.operands.dropFirst().contains(where: Links.isVirtual)))
        },
        ProgramSpec("xtables-nft-multi xtables-legacy-multi xtables-multi busybox-extras lvm.static nft-multi", options: "", stopsAtOperand: true) { r in
            guard let name = r.verb, let spec = Programs.spec(of: name) else { return r.add(.runUnknown(source: "\(r.call.program) runs what can't be told")) }
            var inner = r.call
            inner.program = name
            inner.path = name
            inner.arguments = Array(r.call.arguments.drop { $0.known != name }.dropFirst())
            let read = spec.read(inner)
            r.effects += read.effects
            r.shellCode += read.shellCode
        },
        ProgramSpec(
            "start-stop-daemon",
            options:
                "-K/--stop -S/--start -T/--status -x/--exec= -n/--name= -p/--pidfile= -u/--user= -c/--chuid= -s/--signal= -R/--retry= -o/--oknodo -q -b/--background -m -a/--startas= -d= -g= -k= -N= -t/--test -1= -2=",
            looks: "-t -T"
        ) { r in
            guard r.has("-K") else { return }
            let name = r.value("-x")?.lastName ?? r.value("-n")?.known ?? r.value("-p")?.lastName.map { $0.replacing(".pid", with: "") }
            if name == nil, r.value("-u")?.known == "root" { return r.add(.signal(what: Value("root's processes"), isMass: true)) }
            r.add(.signal(what: name.map { Value($0) } ?? .unknown, isMass: false))
        },
        ProgramSpec("conntrack conntrackd", options: "-L/--dump -D/--delete -F/--flush -C/--count -E/--event -S/--stats -G -p= -s= -d= --dport= --sport= --state= -o= -f=") { r in
            if r.has("-D", "-F") { r.add(.firewall(what: "conntrack forgets connections", isLockout: false)) }
        },
        ProgramSpec("rake thor invoke inv fab2 mage mask earthly dagger doit scons2 waf pydoit grunt gulp jake nx turbo lerna", options: "-f:runs -T -n -C=") { r in
            if r.has("-T", "-n") || ["--version", "list", "--list", "-l"].contains(r.words.first ?? "") { return }
            let text = r.wholeText
            if ["db:drop", "db:reset", "db:purge", "db:schema:load", "db:truncate", "migrate:reset"].contains(where: text.contains) {
                return r.add(.database(what: "\(r.call.program) \(text.prefix(40))", isDestructive: true))
            }
            r.add(.runUnknown(source: "\(r.call.program) runs what its file says"))
        },
        ProgramSpec("hyperfine", options: "-w= -r= -p:code -c:code -s= -n= -N -i -u= -m= -M=  --export-json:writes --prepare:code --cleanup:code --warmup= --runs=") { r in
            for code in r.operands { r.shellCode.append(code) }
        },
        ProgramSpec("aideinit aide.wrapper tripwire-setup-keyfiles samhain", options: "-y -f") { r in r.add(.change(what: "makes the data base of check sums anew")) },
        ProgramSpec("efivar efi-updatevar efi-readvar sbsign sbverify sbvarsign sbkeysync", options: "-n/--name= -w/--write -p/--print -l/--list -a -f/--datafile= -e -c -d") { r in
            if r.call.program == "efi-updatevar" || r.call.program == "sbkeysync" || r.has("-w", "-a") {
                r.add(.kernel(what: "\(r.call.program) writes firmware variables"))
            } else if r.call.program == "sbsign" {
                r.add(.change(what: "signs a file"))
            }
        },
        ProgramSpec(
            "patchelf execstack prelink chrpath elfedit",
            options: "--set-rpath= --set-interpreter= --add-needed= --replace-needed= --remove-needed= --print-rpath --print-interpreter --print-needed --output= -s -c -q -r=",
            looks: "--print-rpath --print-interpreter --print-needed -q"
        ) { r in
            for operand in r.operands where operand.prefix.hasPrefix("/") || operand.known == nil { r.add(.write(operand, .edit, content: nil)) }
            r.add(.change(what: "\(r.call.program) changes a program"))
        },
        ProgramSpec("m4", options: "-D= -I= -U= -P -s -G -E -g") { r in
            let text = r.inputText?.allText ?? ""
            for call in ["syscmd(", "esyscmd("] {
                for part in text.components(between: call, and: ")") { r.addShell(Value(part.filter { $0 != "`" && $0 != "'" }), by: "m4") }
            }
            if !r.operands.isEmpty || r.hasInput && r.inputText == nil { r.add(.runUnknown(source: "m4 runs what its files say")) }
        },
        ProgramSpec(
            "nmap", options: "-p= -o= -oN:writes -oX:writes -oG:writes -oA:writes -iL:prints -T= -s= --script= --script-args= --datadir= --resume= -e= -D= -S= -g= --top-ports= -P=", longDashes: true
        ) { r in
            if r.words.contains("--interactive") { r.add(.runUnknown(source: "nmap runs commands")) }
            for (index, word) in r.words.enumerated() where word.hasPrefix("--script") || word == "--datadir" {
                let value = word.contains("=") ? String(word.drop { $0 != "=" }.dropFirst()) : index + 1 < r.words.count ? r.words[index + 1] : ""
                if value.contains("/") { r.add(.runUnknown(source: "nmap runs the script \(value)")) }
            }
            if r.hasUnknownWord, r.wholeText.contains("--script") { r.add(.runUnknown(source: "nmap runs a script that can't be told")) }
        },
        ProgramSpec("memcached-tool memcadmin memccat memcstat memcflush memcrm mcrouter", options: "") { r in
            if r.call.program == "memcflush" || r.call.program == "memcrm" || r.hasWord("flush_all") { r.add(.database(what: "\(r.call.program) empties the cache", isDestructive: true)) }
        },
        ProgramSpec(
            "shadowconfig authconfig kpasswd ldappasswd kadmin kadmin.local sss_override", options: "-r -q -s= -D= -w= -W -H= -S -A -x --update --updateall --disableshadow --test", looks: "--test"
        ) { r in
            switch r.call.program {
            case "shadowconfig": r.add(r.hasWord("on") ? .change(what: "turns shadow passwords on") : .security(what: "shadowconfig turns shadow passwords off"))
            case "authconfig": r.add(r.hasWord("--disableshadow") ? .security(what: "authconfig turns shadow passwords off") : .write(Value("/etc/pam.d/x"), .edit, content: nil))
            case "kadmin", "kadmin.local":
                if ["del", "ktadd", "cpw", "change_password", "modprinc", "addprinc"].contains(where: r.wholeText.contains) { r.add(.account(Value("a principal"), what: "password")) }
            default: r.add(.account(r.operands.last ?? Value("an account"), what: "password"))
            }
        },
        ProgramSpec("newuidmap newgidmap lid libuser-lid lusermod lpasswd lchage userhelper", options: "-L/--lock -G= -p= -d -n") { r in
            switch r.call.program {
            case "luserdel": r.add(.account(r.operands.last ?? .unknown, what: "delete"))
            case "lgroupdel": r.add(.account(r.operands.last ?? .unknown, what: "group-delete"))
            case "lusermod", "lpasswd": r.add(.account(r.operands.last ?? .unknown, what: r.has("-L") ? "lock" : "password"))
            case "lid", "libuser-lid": break
            default: r.add(.change(what: "\(r.call.program) changes accounts"))
            }
        },
    ]
}

extension String {
    /// What stands between these two, each time.
    fileprivate func components(between start: String, and end: Character) -> [String] {
        split(separator: start, omittingEmptySubsequences: false).dropFirst().map { part in String(part.prefix { $0 != end }) }
    }
}
