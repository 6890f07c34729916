/// Users, groups, passwords.
enum AccountPrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec(
            "passwd", options: "-l/--lock -u/--unlock -d/--delete -e/--expire -S/--status -a/--all -i/--inactive= -n/--mindays= -x/--maxdays= -w/--warndays= -r= -R/--root= -k -q --stdin -f",
            looks: "-S", examples: ["passwd --lock root -> account root lock", "passwd -d bob -> account bob blank"]
        ) { r in
            let who = r.operands.first ?? Value("root")
            r.add(.account(who, what: r.has("-l") ? "lock" : r.has("-d") ? "blank" : r.has("-e", "-i", "-x") ? "expire" : r.has("-u") ? "unlock" : "password"))
        },
        ProgramSpec("chpasswd newusers chgpasswd", options: "-e/--encrypted -c/--crypt-method= -s= -R= -m", examples: ["chpasswd -> account ? password"]) { r in
            // The name is known where only the password is not: `echo "root:$NEW" | chpasswd`.
            let input = r.inputText ?? r.printedBefore ?? .empty
            let text = input.known ?? input.texts.map(\.prefix).filter { $0.contains(":") }.joined(separator: "\n")
            let names = text.split(separator: "\n").compactMap { $0.split(separator: ":", omittingEmptySubsequences: false).first.map(String.init) }
            if names.isEmpty || input.known == nil { r.add(.account(.unknown, what: "password")) }
            for name in names { r.add(.account(Value(name), what: "password")) }
            if r.call.program == "newusers", text.contains(":0:") { r.add(.grant(what: "an account with uid 0", to: .unknown)) }
        },
        ProgramSpec(
            "usermod",
            options:
                "-a/--append -G/--groups= -g/--gid= -L/--lock -U/--unlock -e/--expiredate= -f/--inactive= -s/--shell= -p/--password= -l/--login= -u/--uid= -o/--non-unique -d/--home= -m/--move-home -c/--comment= -R= -r/--remove -v= -V= -w= -W= -Z=",
            examples: ["usermod -aG wheel bob -> grant wheel bob", "usermod -L root -> account root lock", "usermod -aG adm promtail -> change"]
        ) { $0.usermod() },
        ProgramSpec(
            "useradd adduser luseradd",
            options:
                "-G/--groups= -g/--gid/--ingroup= -u/--uid= -o/--non-unique -s/--shell= -d/--home-dir/--home= -c/--comment/--gecos= -p/--password= -e/--expiredate= -f/--inactive= -k= -K= -b= -r/--system -m/--create-home -M/--no-create-home -N -U -D/--defaults -h= -S -H --disabled-password --disabled-login -R= --firstuid= --lastuid= --conf= -l -Z=",
            changes: "adds an account", examples: ["useradd -r -s /bin/false metrics -> change", "useradd -ou 0 x -> grant uid x", "adduser bob sudo -> grant sudo bob"]
        ) { r in
            let who = r.operands.first ?? .unknown
            if let uid = r.value("-u"), uid.known == "0" || uid.known == nil { r.add(.grant(what: "uid \(uid.display)", to: who)) }
            r.grants(r.value("-G"), to: who)
            r.grants(r.value("-g"), to: who)
            if r.call.program == "adduser", r.operands.count == 2 { r.grants(r.operands[1], to: who) }
        },
        ProgramSpec(
            "userdel deluser luserdel", options: "-r/--remove -f/--force --remove-home --remove-all-files --backup --backup-to= -Z -R= --system --group",
            examples: ["userdel -r root -> account root delete", "deluser bob sudo -> account bob leave"]
        ) { r in
            if r.call.program == "deluser", r.operands.count == 2 {
                r.add(.account(r.operands[0], what: Groups.isPowerful(r.operands[1]) ? "leave" : "groups"))
                return
            }
            if r.has("--group") { return r.add(.account(r.operands.last ?? .unknown, what: "group-delete")) }
            for who in r.operands.isEmpty ? [Value.unknown] : r.operands { r.add(.account(who, what: "delete")) }
        },
        ProgramSpec("groupdel delgroup lgroupdel", options: "-f -R= --system --only-if-empty") { r in
            if r.call.program == "delgroup", r.operands.count == 2 { return r.add(.account(r.operands[0], what: Groups.isPowerful(r.operands[1]) ? "leave" : "groups")) }
            for who in r.operands.isEmpty ? [Value.unknown] : r.operands { r.add(.account(who, what: "group-delete")) }
        },
        ProgramSpec("groupadd addgroup lgroupadd", options: "-g/--gid= -r/--system -o -f -K= -p= -R= -U= -S", changes: "adds a group") { r in
            if r.call.program == "addgroup", r.operands.count == 2 { r.grants(r.operands[1], to: r.operands[0]) }
            if r.value("-g")?.known == "0" { r.add(.grant(what: "a group with gid 0", to: r.operands.first ?? .unknown)) }
        },
        ProgramSpec("groupmems", options: "-g/--group= -a/--add= -d/--delete= -p/--purge -l/--list -R=", looks: "-l") { r in
            if let who = r.value("-a") { r.grants(r.value("-g"), to: who) }
            if r.has("-d", "-p"), Groups.isPowerful(r.value("-g") ?? .unknown) { r.add(.account(r.value("-d") ?? Value("root"), what: "leave")) }
            if r.effects.isEmpty { r.add(.change(what: "changes a group")) }
        },
        ProgramSpec(
            "groupmod lgroupmod", options: "-g/--gid= -n/--new-name= -o/--non-unique -a/--append -U/--users= -p/--password= -R/--root= -P/--prefix= -A= -M= -m=",
            examples: ["groupmod -aU bob sudo -> grant sudo bob"]
        ) { r in
            let group = r.operands.last ?? .unknown
            for who in r.values("-U") + r.values("-M") {
                r.grants(group, to: who)
                // Without `-a` those are all that it has.
                if !r.has("-a"), Groups.isPowerful(group) { r.add(.account(Value("root"), what: "leave")) }
            }
            if r.effects.isEmpty || r.has("-n", "-g") { r.add(.account(group, what: r.has("-n", "-g") ? "group-delete" : "groups")) }
        },
        ProgramSpec(
            "gpasswd", options: "-a/--add= -d/--delete= -M/--members= -A/--administrators= -r/--remove-password -R/--restrict",
            examples: ["gpasswd -a bob sudo -> grant sudo bob", "gpasswd -d bob wheel -> account bob leave"]
        ) { r in
            let group = r.operands.last ?? .unknown
            if let who = r.value("-a") ?? r.value("-A") {
                r.grants(group, to: who)
                if r.effects.isEmpty { r.add(.change(what: "adds to a group")) }
            } else if let who = r.value("-d") {
                r.add(.account(who, what: Groups.isPowerful(group) ? "leave" : "groups"))
            } else if r.has("-M") {
                r.grants(group, to: r.value("-M") ?? .unknown)
                r.add(.account(Value("root"), what: Groups.isPowerful(group) ? "leave" : "groups"))
            } else {
                r.add(.account(.unknown, what: "groups"))
            }
        },
        ProgramSpec("chage", options: "-l/--list -E/--expiredate= -d/--lastday= -I/--inactive= -M/--maxdays= -m/--mindays= -W/--warndays= -R= -i", looks: "-l") { r in
            let harmless =
                r.has("-W", "-m") && !r.has("-E", "-d", "-I", "-M") || r.value("-E")?.known == "-1"
                || !r.has("-E", "-d", "-I") && r.value("-M").map { $0.known == "-1" || (Int($0.known ?? "") ?? 0) >= 30 } ?? false
            r.add(.account(r.operands.last ?? .unknown, what: harmless ? "ageing" : "expire"))
        },
        ProgramSpec("chsh chfn", options: "-s/--shell= -l/--list-shells -f= -R=", looks: "-l") { r in
            if r.call.program == "chfn" { return r.add(.change(what: "changes a name")) }
            let shell = r.value("-s")?.known ?? "?"
            r.add(.account(r.operands.last ?? Value("root"), what: Shells.logsIn(shell) ? "login-shell" : "shell"))
        },
        ProgramSpec("vipw vigr", options: "-g -s -p") { r in r.add(.write(Value("/etc/passwd"), .edit, content: nil)) },
        ProgramSpec("pwconv pwunconv grpconv grpunconv", options: "") { r in
            if r.call.program.hasSuffix("unconv") { r.add(.write(Value("/etc/shadow"), .empty, content: nil)) } else { r.add(.change(what: "makes the shadow file anew")) }
        },
        ProgramSpec("pwck grpck", options: "-r/--read-only -q -s", looks: "-r") { r in r.add(.change(what: "repairs account files")) },
        ProgramSpec("faillock pam_tally2 faillog", options: "--user= --reset -u= -r", changes: "resets failed logins") { r in
            if r.call.program == "faillog", r.hasWord("-r", "--reset", "-m") { return r.add(.logs(what: "faillog forgets failed logins", isKept: true)) }
            if !r.hasWord("--reset", "-r") { r.effects = [.read(Value("/run/faillock"), prints: false)] }
        },
        ProgramSpec("visudo", options: "-c/--check -f/--file= -q -s -x=", looks: "-c", examples: ["visudo -cf /etc/sudoers.d/x ->"]) { r in
            r.add(.write(r.value("-f") ?? Value("/etc/sudoers"), .edit, content: nil))
        },
        ProgramSpec(
            "pam-auth-update pam-config realm sssctl adcli net wbinfo kinit kdestroy klist ldapadd ldapmodify ldapdelete ldapsearch ipa samba-tool pdbedit smbpasswd htpasswd mkpasswd saslpasswd2 doveadm google-authenticator",
            options: "-b= -D= -w= -H= -f= -c -n -B -m= -u= -x= -s --remove= --enable= --force"
        ) { r in
            switch r.call.program {
            case "pam-auth-update", "pam-config": r.add(.write(Value("/etc/pam.d"), .edit, content: nil))
            case "realm" where ["leave", "deny"].contains(r.verb): r.add(.account(.unknown, what: "expire"))
            case "ldapsearch", "klist", "wbinfo", "mkpasswd": break
            case "ldapdelete": r.add(.account(r.operands.last ?? .unknown, what: "delete"))
            default: r.add(.change(what: "\(r.call.program) changes accounts of a service"))
            }
        },
    ]
}

/// Groups whose members may do what root may.
enum Groups {
    private static let powerful: Set<String> = [
        "sudo", "wheel", "docker", "root", "admin", "disk", "lxd", "lxc", "shadow", "libvirt", "podman", "incus-admin", "incus", "sudoers", "0", "27", "10", "kmem", "microk8s",
    ]

    static func isPowerful(_ group: Value) -> Bool {
        guard let known = group.known else { return true }
        return known.split(separator: ",").contains { powerful.contains(String($0)) }
    }
}

/// Shells of accounts.
enum Shells {
    static func logsIn(_ path: String) -> Bool { ["bash", "sh", "zsh", "dash", "fish", "ksh", "ash"].contains(path.split(separator: "/").last.map(String.init) ?? "") }
}

extension Reading {
    mutating func grants(_ groups: Value?, to who: Value) {
        guard let groups, Groups.isPowerful(groups) else { return }
        add(.grant(what: "membership of \(groups.display)", to: who))
    }

    fileprivate mutating func usermod() {
        let who = operands.last ?? .unknown
        if let uid = value("-u"), uid.known == "0" || uid.known == nil { add(.grant(what: "uid \(uid.display)", to: who)) }
        if let group = value("-G") {
            grants(group, to: who)
            // Without -a it leaves all groups that are not named.
            if !has("-a"), !Groups.isPowerful(group) || group.known == "" { add(.account(who, what: "leave")) }
            if has("-r"), Groups.isPowerful(group) { add(.account(who, what: "leave")) }
        }
        grants(value("-g"), to: who)
        if has("-L") { add(.account(who, what: "lock")) }
        if has("-U") { add(.account(who, what: "unlock")) }
        if let date = value("-e"), date.known != "", date.known != "-1" { add(.account(who, what: "expire")) }
        if has("-f"), value("-f")?.known != "-1" { add(.account(who, what: "expire")) }
        if has("-p") { add(.account(who, what: "password")) }
        if let shell = value("-s") { add(.account(who, what: Shells.logsIn(shell.known ?? "?") ? "login-shell" : "shell")) }
        if has("-l") { add(.account(who, what: "name")) }
        if has("-u"), !effects.contains(where: { if case .grant = $0 { true } else { false } }) { add(.account(who, what: "uid")) }
        if has("-d") { add(.account(who, what: "home")) }
        if effects.isEmpty { add(.change(what: "changes the account \(who.display)")) }
    }
}
