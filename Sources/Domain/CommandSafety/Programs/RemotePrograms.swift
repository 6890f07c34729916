/// Programs that run text on many machines at once.
enum RemotePrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec(
            "pssh parallel-ssh pdsh clush dsh mussh ansible-console fab cssh clusterssh mcollective mco bolt rundeck rexec rsh psexec winexe tentakel",
            options: "-h= -H= -w= -x= -l= -p= -t= -o= -e= -g= -f= -R= -i -A -a -b -P -v -q -u= -n= -t= -c:code -m= -M", stopsAtOperand: true
        ) { r in
            let code = r.operands.map(\.display).joined(separator: " ")
            if code.isEmpty, r.value("-c") == nil { return r.hasInput ? r.add(.runUnknown(source: "\(r.call.program) runs what comes in on other machines")) : () }
            r.addShell(Value(code), by: r.call.program)
        },
        ProgramSpec("pscp.pssh parallel-scp prsync parallel-rsync pdcp rpdcp clush-copy pnuke parallel-nuke pslurp", options: "-h= -H= -l= -w= -r") { r in
            if r.call.program.hasSuffix("nuke") { return r.add(.signal(what: r.operands.last ?? .unknown, isMass: true)) }
            for source in r.operands.dropLast() { r.add(.send(source, to: Value("other machines"))) }
            r.add(.change(what: "copies to other machines"))
        },
        ProgramSpec("ssh-import-id ssh-import-id-gh ssh-import-id-lp", options: "-o= -r -u=") { r in
            r.add(r.has("-r") ? .write(Value("~/.ssh/authorized_keys"), .empty, content: nil) : .grant(what: "a key that may log in", to: r.operands.first ?? .unknown))
        },
        ProgramSpec("systemd-socket-activate", options: "-l/--listen= -E= --fdname= -a --inetd -d") { r in
            let isShell = r.operands.first.map { ShellPrograms.isShell($0.lastName ?? "sh") } ?? true
            if isShell || r.has("--inetd") {
                r.add(.backdoor(what: "systemd-socket-activate connects \(r.operands.first?.display ?? "a program") to a socket"))
            } else {
                r.add(.listen(port: r.value("-l") ?? .unknown))
            }
        },
        ProgramSpec(
            "xterm rxvt urxvt konsole gnome-terminal xfce4-terminal alacritty kitty st terminator Xnest Xvfb x11vnc vncserver Xvnc tigervncserver xrdp wayvnc x0vncserver vino-server",
            options: "-display= -e= -geometry=",
            longDashes: true
        ) { r in
            let name = r.call.program
            if name.contains("vnc") || name.contains("rdp") || name == "Xvfb" || name == "Xnest" {
                return r.add(name == "Xvfb" ? .change(what: "starts a display") : .listen(port: Value("a screen")))
            }
            if let display = r.value("-display")?.display, !display.hasPrefix(":") { return r.add(.backdoor(what: "\(name) opens a terminal on \(display)")) }
            if let at = r.words.firstIndex(where: { ["-e", "--", "-x"].contains($0) }), at + 1 < r.words.count { r.addShell(Value(r.words[(at + 1)...].joined(separator: " ")), by: name) }
            r.add(.change(what: "opens a terminal"))
        },
        ProgramSpec(
            "telnetd in.telnetd rshd in.rshd rlogind in.rlogind rexecd utelnetd fingerd ftpd tftpd in.tftpd pure-ftpd tinysshd icmpsh dnscat dnscat2 iodine iodined ptunnel pingtunnel revsocks ligolo ligolo-ng sliver-client meterpreter nishang evil-winrm weevely webshell tsh rpivot earthworm proxytunnel stunnel stunnel4 corkscrew redsocks 3proxy microsocks dante tor ssf pwnat gost v2ray xray cryptcat sbd dbd prism rathole tunnelto pagekite inlets wstunnel reptyr powercat",
            options: "-l= -p= -F -b="
        ) { r in
            if ["--version", "-v", "version"].contains(r.words.first ?? "") { return }
            r.add(.backdoor(what: "\(r.call.program) opens a way in"))
        },
        ProgramSpec("autossh", options: "-M= -p= -i= -l= -F= -o= -L= -R= -D= -S= -J= -N -f -n -T -q", stopsAtOperand: true) { r in
            r.sshOptions()
            if r.has("-R") { r.add(.backdoor(what: "autossh -R keeps a way in open from \(r.operands.first?.display ?? "another host")")) }
            r.add(.connect(to: r.operands.first ?? .unknown))
        },
        ProgramSpec("zmodload ztcp zsocket zselect zpty", options: "-l -a -u") { r in
            if r.hasWord("zsh/net/tcp", "zsh/net/socket") || r.call.program == "ztcp" || r.call.program == "zsocket" { r.add(.backdoor(what: "\(r.call.program) opens a socket in the shell")) }
        },
        ProgramSpec(
            "ansible-vault eyaml git-crypt.key transcrypt credstash chamber envchain gopass secret-tool kwallet-query berglas", options: "--vault-password-file= --vault-id= --output= -o:writes"
        ) { r in
            if !r.words.isEmpty,
                Set(r.words).isDisjoint(with: ["encrypt", "create", "edit", "rekey", "encrypt_string", "list", "ls", "version", "--version", "--help", "write", "put", "insert", "store", "init"])
            {
                r.add(.secret(what: "\(r.call.program) prints secrets"))
            } else {
                r.add(.change(what: "\(r.call.program) keeps secrets"))
            }
        },
        ProgramSpec(
            "unshadow john hashcat hydra medusa mimipenguin lazagne linpeas linpeas.sh linenum pspy responder ettercap bettercap aircrack-ng crackmapexec impacket-secretsdump secretsdump.py kerbrute enum4linux keyctl.dump truffleHog gitleaks.print",
            "prints*", options: "--wordlist= --format="
        ) { r in
            if !r.hasWord("--version", "--help") { r.add(.secret(what: "\(r.call.program) looks for passwords")) }
        },
    ]
}
