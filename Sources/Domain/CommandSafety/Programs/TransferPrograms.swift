/// Copying to and from other hosts, mail, and sockets.
enum TransferPrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec(
            "scp pscp", options: "-P= -i= -F= -o= -S:code -c= -J= -l= -r -p -q -C -3 -v -B -O", examples: ["scp /etc/shadow h:/x -> send /etc/shadow", "scp h:/x /etc/passwd -> write /etc/passwd"]
        ) { r in
            r.sshOptions()
            var sources = r.operands
            guard let target = sources.popLast() else { return }
            if Reading.isRemote(target) {
                for source in sources where !Reading.isRemote(source) { r.add(.send(source, to: target)) }; if sources.allSatisfy(Reading.isRemote) { r.add(.change(what: "copies between hosts")) }
            } else {
                for source in sources {
                    let name = source.known?.split { $0 == "/" || $0 == ":" }.last.map(String.init)
                    if let name, KnownDirectories.contains(target) || target.known?.hasSuffix("/") ?? false {
                        r.add(.write(target.child(name), .replace, content: nil))
                    } else {
                        r.add(.write(target, .replace, content: nil))
                    }
                }
            }
        },
        ProgramSpec("sftp ftp lftp tftp ncftp ncftpput ncftpget smbclient", options: "-b:runs -P= -i= -F= -o= -S:code -e= -c= -u= -p= -n -v -U= -A= -N", stopsAtOperand: true) { r in
            r.sshOptions()
            let text = (r.values("-e") + r.values("-c")).map(\.display).joined(separator: "\n") + "\n" + (r.inputText?.known ?? "")
            for line in text.split(whereSeparator: { $0 == "\n" || $0 == ";" }) {
                let words = line.split(separator: " ").map(String.init)
                if let verb = words.first, ["put", "mput", "reput"].contains(verb), words.count > 1 { r.add(.send(Value(words[1]), to: r.operands.first ?? .unknown)) }
                if line.trimmingPrefix(" ").hasPrefix("!") { r.addShell(Value(String(line.drop { $0 == " " || $0 == "!" })), by: r.call.program) }
            }
            for word in r.words where word.contains("put ") {
                for part in word.split(separator: ";") {
                    if let place = part.firstRange(of: "put ") { r.add(.send(Value(String(part[place.upperBound...].prefix { $0 != " " })), to: r.operands.first ?? .unknown)) }
                }
            }
            for file in r.operands.dropFirst() where file.prefix.hasPrefix("/") { r.add(.send(file, to: r.operands[0])) }
            r.add(.change(what: "transfers files"))
        },
        ProgramSpec(
            "ssh mosh slogin dbclient plink sshpass",
            options: "-p= -i= -l= -F= -o= -J= -L= -R= -D= -W= -b= -c= -e= -m= -E:appends -S= -w= -I= -Q= -O= -B= -N -f -n -T -t -q -v -A -X -Y -C -g -k -K -a -x -4 -6 -V -G -M", stopsAtOperand: true
        ) { r in
            r.sshOptions()
            if r.has("-R"), r.has("-N", "-f") || !r.operands.isEmpty { r.add(.backdoor(what: "ssh -R opens a way in from \(r.operands.first?.display ?? "another host")")) }
            if r.has("-L", "-D"), r.has("-g") || r.value("-D", "-L")?.prefix.hasPrefix("0.0.0.0") ?? false { r.add(.listen(port: r.value("-L", "-D") ?? .unknown)) }
            if r.operands.count > 1 || r.hasInput { r.sendsInput(to: r.operands.first ?? .unknown) }
        },
        ProgramSpec("ssh-copy-id", options: "-i= -p= -o= -f -n -s", looks: "-n") { r in
            r.add(.change(what: "puts a key on another host")); r.add(.grant(what: "a key that may log in", to: r.operands.last ?? .unknown))
        },
        ProgramSpec(
            "mail mailx s-nail mutt sendmail msmtp swaks ssmtp exim exim4 postsend telegram-send",
            options: "-s= -a= -A= -r= -c= -b= -t -f= -F= -S= -x -e= -H --attach= --to= --from= --server= --body= -i= -o= -n -v -bp -q -bt -Mrm -M= -Mvl="
        ) { r in
            for file in r.values("-a") + r.values("-A") + r.values("--attach") { r.add(.send(file, to: r.operands.last ?? .unknown)) }
            r.sendsInput(to: r.operands.last ?? .unknown)
            r.add(.change(what: "sends mail"))
        },
        ProgramSpec(
            "nc ncat netcat nc.traditional nc.openbsd",
            options:
                "-e/--exec= -c/--sh-exec= -l/--listen -p/--source-port= -w/--wait= -s= -x= -X= -q= -i= -k/--keep-open -n -v -z -u -U -d -N -C -4 -6 -o:writes --lua-exec:code -g= -G= -I= -O= -T= -V= --ssl --proxy= --allow= -m=",
            examples: ["nc -z 127.0.0.1 5432 -> connect", "ncat -lvp 9001 -e /bin/bash -> backdoor"]
        ) { r in
            if let program = r.value("-e", "--lua-exec")
                ?? (r.call.program == "ncat"
                    || r.value("-c") != nil && r.value("-c")?.known.map({ Programs.knows(String($0.prefix { $0 != " " }.split(separator: "/").last ?? "")) || $0.contains("sh") }) ?? false
                    ? r.value("-c") : nil)
            {
                return r.add(.backdoor(what: "\(r.call.program) connects \(program.display) to a socket"))
            }
            if r.has("-l") { return r.add(.listen(port: r.value("-p") ?? r.operands.last ?? .unknown)) }
            if r.has("-z") { return r.add(.connect(to: r.operands.first ?? .unknown)) }
            if r.hasInput {
                let text = (r.inputText ?? r.printedBefore)?.allText.lowercased() ?? ""
                if ["flush_all", "flushall", "flushdb", "shutdown", "config set", "slaveof", "replicaof", "drop "].contains(where: text.contains) {
                    r.add(.database(what: "\(r.call.program) sends '\(text.prefix(40))'", isDestructive: true))
                }
                r.sendsInput(to: r.operands.first ?? .unknown)
                if r.inputCalls.contains(where: { ShellPrograms.isShell($0.program) }) { return r.add(.backdoor(what: "a shell's output goes to \(r.operands.first?.display ?? "a socket")")) }
            }
            r.add(.connect(to: r.operands.first ?? .unknown))
        },
        ProgramSpec("socat", options: "-d -v -x -u -U -t= -T= -b= -L= -lf= -ly -lm", longDashes: true, examples: ["socat TCP-LISTEN:9001 EXEC:/bin/sh -> backdoor"]) { r in
            let addresses = r.operands.map { $0.display.uppercased() }
            let runs = addresses.contains { $0.hasPrefix("EXEC:") || $0.hasPrefix("SYSTEM:") || $0.hasPrefix("SHELL:") || $0.hasPrefix("EXEC-") }
            if runs { return r.add(.backdoor(what: "socat connects a program to a socket")) }
            // Where it goes to, unless it only reads.
            let writes = r.hasWord("-U") ? r.operands.prefix(1) : r.operands.suffix(1)
            for address in writes where !address.prefix.lowercased().contains("rdonly") {
                let text = address.prefix.prefix { $0 != "," }
                let path = text.hasPrefix("/") ? String(text) : ["FILE:", "OPEN:", "GOPEN:", "CREAT:"].contains(where: text.uppercased().hasPrefix) ? String(text.drop { $0 != ":" }.dropFirst()) : ""
                if path.hasPrefix("/"), path != "/dev/null" { r.add(.write(Value(path), .replace, content: nil)) }
            }
            for address in r.operands {
                for scheme in ["FILE:", "OPEN:", "GOPEN:", "CREATE:", "file:", "open:", "create:"] where address.prefix.hasPrefix(scheme) {
                    let path = Value(String(address.prefix.dropFirst(scheme.count).prefix { $0 != "," }))
                    if address.prefix.contains("wronly") || scheme.uppercased() == "CREATE:" {
                        r.add(.write(path, .replace, content: nil))
                    } else {
                        r.add(.send(path, to: r.operands.last ?? .unknown))
                    }
                }
            }
            let local = addresses.contains { $0.contains("BIND=127.") || $0.contains("BIND=LOCALHOST") || $0.hasPrefix("UNIX-LISTEN") }
            if addresses.contains(where: { $0.contains("LISTEN") || $0.hasPrefix("TCP-L:") || $0.hasPrefix("TCP4-L:") }) {
                return r.add(local ? .change(what: "listens on this host only") : .listen(port: r.operands.first ?? .unknown))
            }
            r.add(.connect(to: r.operands.last ?? .unknown))
        },
        ProgramSpec(
            "telnet openssl-s_client gsocket gs-netcat chisel ngrok frpc frps cloudflared bore pwncat msfconsole msfvenom sshuttle localtunnel lt serveo ttyd gotty shellinabox wetty xfreerdp",
            options: "-R= -L= -s= -l= -p= -i -e= -c= --config="
        ) { r in
            if r.call.program == "telnet" {
                if r.inputCalls.contains(where: { ShellPrograms.isShell($0.program) }) || r.call.outputs.isEmpty && false { return r.add(.backdoor(what: "a shell talks to telnet")) }
                if r.hasInput { r.sendsInput(to: r.operands.first ?? .unknown) }
                return r.add(.connect(to: r.operands.first ?? .unknown))
            }
            if r.hasWord("--version", "version", "help", "config") { return }
            if r.call.program == "sshuttle" || r.call.program == "xfreerdp" { return r.add(.change(what: "opens a tunnel")) }
            r.add(.backdoor(what: "\(r.call.program) opens a way in"))
        },
        ProgramSpec("xinetd inetd tcpserver tcpsvd ucspi-tcp sshd-bind dropbear sshd", options: "-p= -f= -o= -h= -E= -C= -t -T -D -d -e -q -G", looks: "-t -T -G", examples: ["sshd -t ->"]) { r in
            if r.call.program == "sshd" || r.call.program == "dropbear" { return r.add(.backdoor(what: "\(r.call.program) is started by hand, as a second way in")) }
            if r.operands.contains(where: { ShellPrograms.isShell($0.lastName ?? "") }) { return r.add(.backdoor(what: "\(r.call.program) connects a shell to a socket")) }
            r.add(.listen(port: r.operands.first ?? .unknown))
        },
    ]
}

extension Reading {
    private static let codeKeys = ["proxycommand", "localcommand", "knownhostscommand", "match", "permitlocalcommand"]

    /// `-o ProxyCommand=…`.
    mutating func sshOptions() {
        for option in values("-o") {
            let text = option.display.lowercased()
            if Self.codeKeys.contains(where: text.hasPrefix), !text.hasPrefix("permitlocalcommand") {
                addShell(Value(String(option.display.drop { $0 != "=" && $0 != " " }.dropFirst())), by: call.program)
            }
        }
        if let file = value("-F"), file.known != "/dev/null", file.known != "none" { add(.runUnknown(source: "\(call.program) reads its settings from \(file.display)")) }
    }
}
