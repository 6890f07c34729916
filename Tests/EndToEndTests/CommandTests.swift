import TestSupport
import Testing

extension OnHosts {
    @Suite("Commands on a host")
    struct CommandTests {
        @Test("that read their input swallow nothing of the runner's stream")
        func input() async throws {
            let ended = try await Lab(hosts: ["h01", "h02"]).muster(["run", "Swallow the input", "--yes"])
            #expect(ended.status == 0 && ended.has("2 of 2 hosts done: 10 subtasks changed something"), "\(ended.text)")
        }

        @Test("out of time are ended with everything they started, also root's; what depends on them does not run")
        func deadline() async throws {
            let ended = try await Lab(hosts: ["h01"]).muster(["run", "Overstay the deadline", "--yes"])
            #expect(ended.status == 1, "\(ended.text)")
            #expect(ended.has("not run: depends on overstay"), "\(ended.text)")
            #expect(try await Lab.on("h01", "sh", "-c", "ps -e -o args= | grep -c '^sleep 600' || true") == ["0"])
            #expect(try await Lab.on("h01", "sh", "-c", "test -e /var/tmp/muster-reached && echo reached || echo not") == ["not"])
        }

        @Test("work under noisy profiles and the login shells fish and csh", arguments: ["/bin/bash", "/usr/bin/fish", "/bin/csh"])
        func loginShells(shell: String) async throws {
            let name = shell.split(separator: "/").last.map(String.init) ?? "sh", host = "h03"
            if name != "bash" { try await Lab.on(host, "sh", "-c", "test -x \(shell) || { apt-get update -q && apt-get install -y -q --no-install-recommends \(name); }") }
            let home = "/home/t\(name)"
            try await Lab.on(
                host, "sh", "-c",
                """
                id t\(name) 2>/dev/null || useradd -m -s \(shell) t\(name)
                install -d -m 700 -o t\(name) \(home)/.ssh && install -m 600 -o t\(name) /home/deploy/.ssh/authorized_keys \(home)/.ssh/authorized_keys
                echo 't\(name) ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/t\(name)
                for file in .bashrc .profile .bash_profile .cshrc; do echo 'echo noise from a profile' > \(home)/$file; done
                mkdir -p \(home)/.config/fish && echo 'echo noise from a profile' > \(home)/.config/fish/config.fish; chown -R t\(name) \(home)
                """)
            let mark = Lab.mark()
            let lab = try Lab(hosts: [], more: ["shell: {address: \(try Lab.address(host)), user: t\(name)}"])
            let ended = try await lab.muster(["run", "Count slowly", "--set", "mark=\(mark)", "--yes"])
            #expect(ended.status == 0, "\(ended.text)")
            #expect(try await Lab.on(host, "cat", "/var/tmp/count-\(mark)") == ["one", "two", "three"])
        }
    }

    @Suite("Ctrl-C")
    struct InterruptTests {
        @Test("once lets the running command end and starts nothing more")
        func once() async throws {
            let lab = try Lab(hosts: ["h01"]), mark = Lab.mark()
            let child = try lab.start(["run", "Count slowly", "--set", "mark=\(mark)", "--yes", "--json"])
            try await line(of: child) { $0.contains("\"event\":\"started\"") }
            child.kill(2)
            #expect(try await end(child, within: .seconds(60)) == 130)
            #expect(child.output.contains { $0.contains("no new jobs are started") })
            #expect(child.output.contains("running: h01 count/one"), "\(child.output)")
            #expect(try await Lab.on("h01", "cat", "/var/tmp/count-\(mark)") == ["one"])
        }

        @Test("twice leaves at once; the running command goes on at its host")
        func twice() async throws {
            let lab = try Lab(hosts: ["h02"]), mark = Lab.mark()
            let child = try lab.start(["run", "Count slowly", "--set", "mark=\(mark)", "--yes", "--json"])
            try await line(of: child) { $0.contains("\"event\":\"started\"") }
            child.kill(2)
            try await line(of: child) { $0.contains("no new jobs are started") }
            child.kill(2)
            #expect(try await end(child, within: .seconds(10)) == 130)
            #expect(child.output.contains { $0.contains("detached: commands that run go on at their hosts") })
            #expect(await eventually { (try? await Lab.on("h02", "cat", "/var/tmp/count-\(mark)")) == ["one"] })
        }

        @Test("is not the end of a run whose output nobody reads any more")
        func closedPipe() async throws {
            let lab = try Lab(hosts: ["h03"]), mark = Lab.mark()
            let command = "'\(Lab.binaries)/muster' run 'Count slowly' --set mark=\(mark) --yes --inventory '\(lab.inventory)' --runbooks '\(Lab.runbooks)' | head -n 1"
            let child = try ChildProcess("/bin/sh", ["-c", command], environment: ChildProcess.environment.merging(["MUSTER_STATE": lab.state]) { $1 })
            _ = try await end(child, within: .seconds(60))
            #expect(await eventually { (try? await Lab.on("h03", "cat", "/var/tmp/count-\(mark)")) == ["one", "two", "three"] })
        }
    }
}
