import Foundation
import TestSupport
import Testing

extension OnHosts {
    @Suite("Hosts with something wrong")
    struct TroubleTests {
        @Test("each get a line of their own, and the others go on")
        func hosts() async throws {
            let address = try Lab.address("h02"), mark = Lab.mark()
            let known = try String(contentsOfFile: "\(Lab.directory)/known_hosts", encoding: .utf8).split(separator: "\n")
            let files = try TemporaryDirectory()
            // The key of another host under this one's address.
            let other = try Lab.address("h01")
            let wrong = known.filter { $0.contains(other) }.map { address + $0.drop { $0 != " " } }.joined(separator: "\n")
            let revoked = known.filter { $0.contains(address) }.map { "@revoked " + $0 }.joined(separator: "\n")
            let wrongKeys = try files.write("wrong", wrong + "\n"), noKeys = try files.write("none", ""), noGoodKeys = try files.write("revoked", revoked + "\n")
            let lab = try Lab(
                hosts: ["h01"],
                more: [
                    "badpassword: {address: \(address), auth_method: password, password: 'env:MUSTER_TEST_PASSWORD'}",
                    "gone: {address: 10.77.0.99, timeout: 2}",
                    "refused: {address: \(address), port: 2222}",
                    "changed: {address: \(address), known_hosts: \(wrongKeys)}",
                    "unknown: {address: \(address), known_hosts: \(noKeys)}",
                    "revoked: {address: \(address), known_hosts: \(noGoodKeys), host_keys: accept-new}",
                    "nameless: {address: nowhere.invalid}",
                    "notallowed: {address: \(address), user: guest}",
                ])
            let ended = try await lab.muster(
                ["run", "Count slowly", "--set", "mark=\(mark)", "--yes"], environment: ["MUSTER_TEST_PASSWORD": "wrong"])
            #expect(ended.status == 1, "\(ended.text)")
            for expected in [
                "badpassword: login as 'deploy' with a password was refused; the server offers publickey, password",
                "gone: 10.77.0.99:22 did not answer within 2 s", "refused: \(address):2222 refused the connection",
                "changed: the host key of \(address):22 has changed: known ssh-ed25519 SHA256:", "unknown: the host key of \(address):22 is not known: ssh-ed25519 SHA256:",
                "revoked: the host showed ssh-ed25519 SHA256:", "nameless: the name 'nowhere.invalid' can't be resolved", "notallowed: sudo asks for a password",
            ] {
                #expect(ended.lines.contains { $0.contains(expected) }, "\(expected)")
            }
            #expect(ended.has("1 of 9 hosts done: 3 subtasks changed something"), "\(ended.text)")
            #expect(try await Lab.on("h01", "cat", "/var/tmp/count-\(mark)") == ["one", "two", "three"])
        }

        @Test("say what is wrong with the account, before anything is started")
        func accounts() async throws {
            let host = "h02", address = try Lab.address("h02")
            try await Lab.on(
                host, "sh", "-c",
                """
                set -e
                for name in nologin forced expired; do
                    id acc$name >/dev/null 2>&1 || useradd -m -s /bin/sh acc$name
                    install -d -m 700 -o acc$name /home/acc$name/.ssh
                    install -m 600 -o acc$name /home/deploy/.ssh/authorized_keys /home/acc$name/.ssh/authorized_keys
                done
                usermod -s /usr/sbin/nologin accnologin
                sed -i 's/^/command="echo forced" /' /home/accforced/.ssh/authorized_keys
                chage -d 0 accexpired
                printf 'Defaults:ops requiretty\\nops ALL=(ALL) NOPASSWD: ALL\\n' > /etc/sudoers.d/ops-tty
                """)
            let ended = try await Lab(
                hosts: [],
                more: ["nologin", "forced", "expired"].map { "\($0): {address: \(address), user: acc\($0)}" } + ["terminal: {address: \(address), user: ops}"]
            ).muster(["hosts"])
            for expected in [
                "nologin   UNREACHABLE  the account has no usable shell (it said: This account is currently not available.)",
                "forced    UNREACHABLE  the account has no usable shell (it said: forced)", "expired   UNREACHABLE  the account's password has expired",
                "no root: sudo demands a terminal — remove requiretty",
            ] {
                #expect(ended.has(expected), "\(expected)\n\(ended.text)")
            }
            try await Lab.on(host, "rm", "/etc/sudoers.d/ops-tty")
        }

        @Test("can't take over the terminal with what their commands print")
        func escapes() async throws {
            let ended = try await Lab(hosts: ["h01"]).muster(["run", "Shout at the terminal", "--yes"])
            #expect(ended.status == 1)
            #expect(ended.has("| \\x1b[2J\\x1b]0;owned\\x07\\rgone"), "\(ended.text)")
            #expect(!ended.text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        }

        @Test("that are all out of reach give exit code 8")
        func nothingReachable() async throws {
            let ended = try await Lab(hosts: [], more: ["gone: {address: 10.77.0.99, timeout: 1}"]).muster(["run", "Count slowly", "--yes"])
            #expect(ended.status == 8, "\(ended.text)")
        }

        @Test("are shown by 'muster hosts' beside the good ones")
        func facts() async throws {
            let ended = try await Lab(more: ["gone: {address: 10.77.0.99, timeout: 1}"]).muster(["hosts"])
            #expect(ended.status == 1)
            for host in Lab.hosts { #expect(ended.lines.contains { $0.hasPrefix("\(host) ") && $0.contains("Debian GNU/Linux 12 (bookworm)") && $0.hasSuffix("root") }, "\(ended.text)") }
            #expect(ended.lines.contains { $0.hasPrefix("gone  UNREACHABLE  10.77.0.99:22 did not answer") }, "\(ended.text)")
        }

        @Test("whose inventory has mistakes: every mistake at its place, exit code 2")
        func mistakes() async throws {
            let files = try TemporaryDirectory()
            let path = try files.write("inventory.yaml", "defaults:\n  usr: deploy\nhosts:\n  h01: {port: 99999}\n")
            let child = try ChildProcess("\(Lab.binaries)/muster", ["run", "Count slowly", "--yes", "--inventory", path, "--runbooks", Lab.runbooks])
            #expect(try await end(child, within: .seconds(30)) == 2)
            #expect(
                child.output == [
                    "\(path):2:3: unknown key 'usr' in defaults — did you mean 'user'?",
                    "\(path):4:15: hosts.h01.port is 99999 — it must be from 1 to 65535",
                ])
        }
    }
}
