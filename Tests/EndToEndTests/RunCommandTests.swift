import Foundation
import TestSupport
import Testing

extension OnHosts {
    @Suite("A run that is kept")
    struct RunCommandTests {
        /// What a run does when it is killed: the line of the event after which it happens.
        enum Moment: String, CaseIterable, CustomTestStringConvertible {
            case handedOut = "assigned", inMidCommand = "started", betweenCommands = "finished"
            var testDescription: String { rawValue }
        }

        @Test("and whose process is killed is taken up again: each command ran once, each outcome is there", arguments: Moment.allCases)
        func killed(moment: Moment) async throws {
            let lab = try Lab(), mark = Lab.mark()
            let child = try lab.start(["run", "Count quickly", "--set", "mark=\(mark)", "--yes", "--json"])
            try await line(of: child) { $0.contains("\"event\":\"\(moment.rawValue)\"") }
            child.kill(9)
            _ = try await end(child, within: .seconds(20))
            let listed = try await lab.muster(["runs", "--json"])
            #expect(try listed.objects().map { $0["condition"] as? String } == ["interrupted"], "\(listed.text)")
            let resumed = try await lab.muster(["resume", "--json"])
            #expect(resumed.status == 0, "\(resumed.text)")
            for host in Lab.hosts { #expect(try await Lab.on(host, "cat", "/var/tmp/count-\(mark)") == ["one", "two", "three"]) }
            let status = try await lab.muster(["status", "--json"])
            #expect(status.status == 0)
            let told = try status.objects().map { "\($0["host"] ?? "") \($0["subtask"] ?? "") \($0["status"] ?? "")" }
            #expect(told == Lab.hosts.flatMap { host in ["one", "two", "three"].map { "\(host) \($0) changed" } })
            let logs = try await lab.muster(["logs", try lab.onlyRun(), "h02"])
            #expect(logs.lines == ["h02  count/one", "h02  | now one", "h02  count/two", "h02  | now two", "h02  count/three", "h02  | now three"])
        }

        enum Stop: CaseIterable { case pause, interrupt }

        @Test("is paused by a command or by Ctrl-C, and goes on when it is resumed; meanwhile nobody else can carry it out", arguments: Stop.allCases)
        func paused(by stop: Stop) async throws {
            let lab = try Lab(hosts: ["h01"]), mark = Lab.mark()
            let child = try lab.start(["run", "Count quickly", "--set", "mark=\(mark)", "--yes", "--json"])
            try await line(of: child) { $0.contains("\"event\":\"started\"") }
            let run = try lab.onlyRun()
            switch stop {
            case .pause:
                let watch = try lab.start(["status", run, "--watch"]), follow = try lab.start(["logs", run, "--follow"])
                let second = try await lab.muster(["resume", run])
                #expect(second.status == 9)
                #expect(second.has("run \(run) is carried out by the running process \(child.pid)"), "\(second.text)")
                let pause = try await lab.muster(["pause", run])
                #expect(pause.status == 0 && pause.has("run \(run) is paused"), "\(pause.text)")
                #expect(try await end(child, within: .seconds(30)) == 5)
                // Both end with the process.
                #expect(try await end(watch, within: .seconds(20)) == 5, "\(watch.output)")
                #expect(watch.output.contains("run \(run)  running, in the running process \(child.pid)") && watch.output.contains("run \(run)  paused"), "\(watch.output)")
                #expect(try await end(follow, within: .seconds(20)) == 0)
                #expect(follow.output.prefix(2) == ["h01  count/one", "h01  | now one"], "\(follow.output)")
            case .interrupt:
                child.kill(2)
                #expect(try await end(child, within: .seconds(30)) == 130)
            }
            #expect(child.output.contains { $0.contains("muster resume \(run)") }, "\(child.output)")
            let status = try await lab.muster(["status"])
            #expect(status.status == 5 && status.lines.prefix(2) == ["run \(run)  paused", "  muster resume \(run)    goes on"], "\(status.text)")
            #expect(try await lab.muster(["pause", run]).status == 2)
            let resumed = try await lab.muster(["resume", String(run.suffix(8))])
            #expect(resumed.status == 0 && resumed.has("1 of 1 hosts done: 3 subtasks changed something"), "\(resumed.text)")
            #expect(try await Lab.on("h01", "cat", "/var/tmp/count-\(mark)") == ["one", "two", "three"])
            let again = try await lab.muster(["resume", run])
            #expect(again.status == 2 && again.has("is finished already"), "\(again.text)")
        }

        @Test("is cancelled, while its process lives and when it is gone: its command is ended, nothing comes after it", arguments: [true, false])
        func cancelled(isAlive: Bool) async throws {
            let lab = try Lab(hosts: ["h01"]), mark = Lab.mark()
            let child = try lab.start(["run", "Hold the host", "--set", "mark=\(mark)", "--yes", "--json"])
            try await lab.begun(child, mark, on: "h01")
            let run = try lab.onlyRun()
            if !isAlive {
                child.kill(9)
                _ = try await end(child, within: .seconds(20))
            }
            let cancel = try await lab.muster(["cancel", run])
            #expect(cancel.status == 0, "\(cancel.text)")
            if isAlive { #expect(try await end(child, within: .seconds(30)) == 1, "\(child.output)") }
            #expect(try await Lab.on("h01", "grep", "-x", "[a-z]*-\(mark)", "/var/tmp/hold-log") == ["begin-\(mark)"])
            #expect(try await Lab.on("h01", "sh", "-c", "ps -e -o args= | grep -c '^sleep 60' || true") == ["0"])
            let status = try await lab.muster(["status", run])
            #expect(status.status == 1 && status.has("run \(run)  cancelled") && status.has("hold/hold  failed: cancelled"), "\(status.text)")
            #expect(try await lab.muster(["resume"]).has("there is no run to resume"))
        }

        /// Three hosts lose power in mid-command, each for another way out.
        @Test("knows what a power cut left open: the guard settles it, or a person says done, or again")
        func powerCut() async throws {
            let mark = Lab.mark(), settled = try Lab(hosts: ["h01"]), lab = try Lab(hosts: ["h02", "h03"])
            let early = try settled.start(["run", "Leave a mark early", "--set", "mark=\(mark)", "--yes", "--json"])
            let child = try lab.start(["run", "Hold the host", "--set", "mark=\(mark)", "--set", "seconds=5", "--yes", "--json"])
            try await settled.begun(early, mark, on: "h01")
            try await lab.begun(child, mark, on: "h02", "h03")
            for host in Lab.hosts { try await Lab.fault(host, "crash") }
            for host in Lab.hosts { try await Lab.fault(host, "boot") }
            #expect(try await end(early, within: .seconds(90)) == 0, "\(early.output)")
            #expect(try await Lab.on("h01", "grep", "-x", "[a-z]*-\(mark)", "/var/tmp/hold-log") == ["begin-\(mark)"])
            #expect(try await end(child, within: .seconds(90)) == 7, "\(child.output)")
            #expect(try Ended(status: 7, lines: child.output).events("undecided").count == 2)
            let run = try lab.onlyRun()
            let status = try await lab.muster(["status"])
            #expect(status.status == 7)
            for expected in [
                "run \(run)  undecided: what became of 2 commands is not known", "  hold/hold  in doubt: the command was started and vanished; what it did is not known",
                "      its guard says that the state is not there", "      muster decide \(run) h02 done|failed|again",
                "  hold/after  not run: waits for a word on hold, whose outcome is not known",
            ] { #expect(status.lines.contains(expected), "\(expected)\n\(status.text)") }
            #expect(try await lab.muster(["decide", run, "h01", "done"]).status == 2)
            #expect(try await lab.muster(["decide", run, "h02", "done"]).status == 0)
            #expect(try await lab.muster(["decide", run, "h03", "again"]).status == 0)
            #expect(try await lab.muster(["decide", run, "h03", "again"]).status == 2)
            let resumed = try await lab.muster(["resume"])
            #expect(resumed.status == 0, "\(resumed.text)")
            #expect(try await Lab.on("h02", "grep", "-x", "[a-z]*-\(mark)", "/var/tmp/hold-log") == ["begin-\(mark)", "after-\(mark)"])
            #expect(try await Lab.on("h03", "grep", "-x", "[a-z]*-\(mark)", "/var/tmp/hold-log") == ["begin-\(mark)", "begin-\(mark)", "end-\(mark)", "after-\(mark)"])
            #expect(try await lab.muster(["status", "--hosts", "h03"]).lines.contains("  hold/hold  changed (attempt 2)"))
        }

        @Test("shares its hosts with another run: never both in a command at once")
        func sharedHosts() async throws {
            let lab = try Lab(hosts: ["h01"]), marks = [Lab.mark(), Lab.mark()]
            let first = try lab.start(["run", "Hold the host", "--set", "mark=\(marks[0])", "--set", "seconds=4", "--yes"])
            try await lab.begun(first, marks[0], on: "h01")
            let second = try await lab.muster(["run", "Hold the host", "--set", "mark=\(marks[1])", "--set", "seconds=1", "--yes"])
            #expect(second.status == 0, "\(second.text)")
            #expect(try await end(first, within: .seconds(30)) == 0, "\(first.output)")
            let log = try await Lab.on("h01", "sh", "-c", "grep -e \(marks[0]) -e \(marks[1]) /var/tmp/hold-log")
            #expect(Set(log).count == 6)
            for mark in marks {
                let begin = try #require(log.firstIndex(of: "begin-\(mark)"))
                #expect(log[begin + 1] == "end-\(mark)", "\(log)")
            }
            let runs = try await lab.muster(["runs"])
            #expect(runs.lines.count == 2 && runs.lines.allSatisfy { $0.contains("  done         1/1 hosts  Hold the host") }, "\(runs.text)")
        }

        @Test("leaves out a machine that has two names")
        func twoNames() async throws {
            let lab = try Lab(hosts: ["h01"], more: ["twin: {address: \(try Lab.address("h01"))}"]), mark = Lab.mark()
            let ended = try await lab.muster(["run", "Hold the host", "--set", "mark=\(mark)", "--set", "seconds=0", "--yes"])
            #expect(ended.status == 1 && ended.has("this is the same machine as") && ended.has("1 of 2 hosts done"), "\(ended.text)")
            #expect(try await Lab.on("h01", "grep", "-c", "begin-\(mark)", "/var/tmp/hold-log") == ["1"])
            let status = try await lab.muster(["status"])
            #expect(status.status == 1 && status.has("took no part: "), "\(status.text)")
        }

        @Test("can be checked, printed, copied, and removed with all that hosts remember of it")
        func journal() async throws {
            let lab = try Lab(hosts: ["h01"]), mark = Lab.mark()
            #expect(try await lab.muster(["run", "Hold the host", "--set", "mark=\(mark)", "--set", "seconds=0", "--yes"]).status == 0)
            let run = try lab.onlyRun()
            #expect(try await lab.muster(["journal", "verify"]).lines == ["1 of 1 journal whole"])
            let records = try await lab.muster(["journal", "export", run]).objects()
            #expect(records.count > 6 && records.compactMap { $0["sequence"] as? Int } == Array(1...records.count))
            #expect((records.first?["record"] as? [String: any Sendable])?["created"] != nil && (records.last?["record"] as? [String: any Sendable])?["finished"] != nil)
            // The copy stands for the run where the original is lost.
            let copy = lab.files.file("copy.db"), original = "\(lab.state)/runs/\(run)/journal.db"
            #expect(try await lab.muster(["journal", "backup", run, copy]).status == 0)
            #expect(try await lab.muster(["journal", "backup", run, copy]).status == 9)
            let before = try await lab.muster(["status", run])
            for end in ["", "-wal", "-shm"] { try FileManager.default.removeItem(atPath: original + end) }
            try FileManager.default.copyItem(atPath: copy, toPath: original)
            #expect(try await lab.muster(["status", run]).lines == before.lines)
            // Damage is found.
            let file = try #require(FileHandle(forWritingAtPath: original))
            try file.seek(toOffset: 8192)
            try file.write(contentsOf: Data(repeating: 0x55, count: 4096))
            try file.close()
            let damaged = try await lab.muster(["journal", "verify"])
            #expect(damaged.status == 9 && damaged.has("0 of 1 journal whole") && damaged.has(run), "\(damaged.text)")
            try FileManager.default.removeItem(atPath: original)
            try FileManager.default.copyItem(atPath: copy, toPath: original)
            #expect(try await lab.muster(["journal", "prune"]).lines == ["0 runs removed"])
            #expect(try await lab.muster(["journal", "prune", "--days", "0"]).lines == ["\(run) removed", "1 run removed"])
            #expect(try await lab.muster(["runs"]).has("there are no runs in \(lab.state)"))
            // The host remembers no longer either.
            let jobs = records.compactMap { (($0["record"] as? [String: any Sendable])?["attempt_created"] as? [String: any Sendable])?["job"] as? String }
            #expect(jobs.count == 2)
            let kept = try await Lab.on("h01", "sh", "-c", "ls /var/lib/muster/*/")
            #expect(!kept.contains { entry in jobs.contains { entry.hasPrefix($0) } }, "\(kept)")
        }
    }

    @Suite("A state directory that can't keep runs", .enabled(if: getuid() == 0, "needs root and mount"))
    struct StateTests {
        /// A small file system that goes with the test.
        final class Disk {
            let path: String

            init(_ lab: Lab, megabytes: Int) throws {
                path = try lab.files.directory("disk")
                try run("/bin/mount", ["-t", "tmpfs", "-o", "size=\(megabytes)m", "tmpfs", path])
            }

            func fill() throws {
                // Until it is full, however much is left.
                _ = try ChildProcess("/bin/dd", ["if=/dev/zero", "of=\(path)/fill", "bs=4096"]).waitForEnd()
            }

            func clear() throws { try FileManager.default.removeItem(atPath: "\(path)/fill") }
            func makeReadOnly() throws { try run("/bin/mount", ["-o", "remount,ro", path]) }
            deinit { _ = try? run("/bin/umount", ["-l", path]) }
        }

        @Test("because its disk fills up: the run ends and says so, goes on when there is room, and no new one starts below the floor")
        func full() async throws {
            let lab = try Lab(), mark = Lab.mark(), disk = try Disk(lab, megabytes: 3)
            let settings = try lab.files.write("agent.yaml", "journal: {free_space_floor: 1}\n")
            let state = ["MUSTER_STATE": "\(disk.path)/state"], options = ["--agent-config", settings]
            let child = try lab.start(["run", "Count quickly", "--set", "mark=\(mark)", "--yes"] + options, environment: state)
            try await line(of: child) { $0.contains("One: changed") }
            try disk.fill()
            #expect(try await end(child, within: .seconds(60)) == 9)
            #expect(child.output.contains { $0.hasPrefix("muster: the journal \(disk.path)/state/runs/") && $0.contains("no space left on device — make room") }, "\(child.output)")
            #expect(child.output.contains { $0.hasPrefix("  muster resume ") }, "\(child.output)")
            #expect(try await lab.muster(["resume"] + options, environment: state).status == 9)
            let refused = try await lab.muster(["run", "Count quickly", "--yes"] + options, environment: state)
            #expect(refused.status == 9 && refused.has("no new run is started") && refused.has("less than the 1 MiB of journal.free_space_floor — make room"), "\(refused.text)")
            try disk.clear()
            let resumed = try await lab.muster(["resume"] + options, environment: state)
            #expect(resumed.status == 0 && resumed.has("3 of 3 hosts done: 9 subtasks changed something"), "\(resumed.text)")
            for host in Lab.hosts { #expect(try await Lab.on(host, "cat", "/var/tmp/count-\(mark)") == ["one", "two", "three"]) }
            #expect(try await lab.muster(["journal", "verify"], environment: state).lines == ["1 of 1 journal whole"])
            // What is there can be read from a disk that can't be written.
            try disk.makeReadOnly()
            #expect(try await lab.muster(["status"], environment: state).status == 0)
            let readOnly = try await lab.muster(["run", "Count quickly", "--yes"] + options, environment: state)
            #expect(readOnly.status == 9, "\(readOnly.text)")
            let absent = try await lab.muster(["run", "Count quickly", "--yes"] + options, environment: ["MUSTER_STATE": "\(disk.path)/other"])
            #expect(absent.status == 9 && absent.has("the state directory \(disk.path)/other can't be made: ") && absent.has("name another with --state DIRECTORY"), "\(absent.text)")
        }

        @Test("for this user: it is somebody else's")
        func foreign() async throws {
            let lab = try Lab(hosts: ["h01"])
            try FileManager.default.createDirectory(atPath: "\(lab.state)/runs", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            for command in [["runs"], ["status"], ["run", "Count quickly", "--yes"]] {
                let child = try ChildProcess(
                    "/usr/bin/setpriv", ["--reuid=65534", "--clear-groups", "\(Lab.binaries)/muster"] + command + ["--state", lab.state, "--runbooks", Lab.runbooks, "--inventory", try readable(lab)])
                let status = try await end(child, within: .seconds(30))
                #expect(status == 9 && child.output.contains { $0.contains("\(lab.state)") && $0.contains("ermission denied") }, "\(command): \(status) \(child.output)")
            }
        }

        /// The inventory, for everybody to read.
        private func readable(_ lab: Lab) throws -> String {
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: lab.inventory)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: lab.files.path)
            return lab.inventory
        }
    }

    @Suite("A run that takes its time", .enabled(if: ProcessInfo.processInfo.environment["MUSTER_LONG_TESTS"] != nil, "set MUSTER_LONG_TESTS"))
    struct LongRunTests {
        @Test("keeps another away from its host: after a minute that one says whose run it is")
        func busy() async throws {
            let lab = try Lab(hosts: ["h01"]), marks = [Lab.mark(), Lab.mark()]
            let first = try lab.start(["run", "Hold the host", "--set", "mark=\(marks[0])", "--set", "seconds=75", "--yes"])
            try await lab.begun(first, marks[0], on: "h01")
            let run = try lab.onlyRun()
            let second = try await lab.muster(["run", "Hold the host", "--set", "mark=\(marks[1])", "--yes"])
            #expect(second.status == 1 && second.has("h01: busy: run \(run) of coordinator "), "\(second.text)")
            #expect(try await end(first, within: .seconds(60)) == 0, "\(first.output)")
            #expect(try await Lab.on("h01", "sh", "-c", "grep -c \(marks[1]) /var/tmp/hold-log || true") == ["0"])
        }

        @Test("finds out what a host did that was unplugged for longer than a worker waits")
        func unplugged() async throws {
            let lab = try Lab(hosts: ["h02"]), mark = Lab.mark()
            let child = try lab.start(["run", "Leave a line", "--set", "mark=\(mark)", "--yes", "--json"])
            try await lab.begun(child, mark, on: "h02")
            try await Lab.fault("h02", "unplug")
            let doubt = try? await line(of: child, within: .seconds(270)) { $0.contains("\"event\":\"in_doubt\"") }
            try await Lab.fault("h02", "plug")
            #expect(doubt != nil, "\(child.output)")
            #expect(try await end(child, within: .seconds(120)) == 0, "\(child.output)")
            #expect(try await Lab.on("h02", "grep", "-x", "[a-z]*-\(mark)", "/var/tmp/hold-log") == ["begin-\(mark)", "end-\(mark)"])
        }
    }
}

extension Lab {
    /// The identifier of the one run that was begun here.
    func onlyRun() throws -> String {
        let runs = try FileManager.default.contentsOfDirectory(atPath: "\(state)/runs")
        guard runs.count == 1 else { throw TestFailure("runs: \(runs)") }
        return runs[0]
    }

    /// Waits until a command on these hosts has left its first line.
    func begun(_ child: ChildProcess, _ mark: String, on hosts: String...) async throws {
        for host in hosts {
            let isThere = try await eventually(within: .seconds(60)) {
                try await Lab.on(host, "sh", "-c", "grep -sqx begin-\(mark) /var/tmp/hold-log && echo yes || echo no").last == "yes"
            }
            guard isThere else { throw TestFailure("\(host) did not begin: \(child.output)") }
        }
    }
}
