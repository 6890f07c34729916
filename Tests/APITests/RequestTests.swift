import Documents
import Glibc
import HTTP
import Model
import RunStore
import RunTestSupport
import TestSupport
import Testing

@Suite("A coordinator that is asked over its socket", .timeLimit(.minutes(2)))
struct RequestTests {
    @Test("lists runs, the newest first, and only open ones on demand")
    func runs() async throws {
        try await TestCoordinator.serve { it in
            let old = try await it.test.begin(runID(1, daysAgo: 2))
            try await old.succeedAll()
            let new = try await it.test.begin(runID(2))
            for run in [old, new] { try run.journal.close() }
            let all: [RunSummary] = try await it.get("/v1/runs").decoded()
            #expect(all.map(\.run) == [new.run.value, old.run.value])
            #expect(all.map(\.condition) == ["interrupted", "done"])
            let open: [RunSummary] = try await it.get("/v1/runs?open=true").decoded()
            #expect(open.map(\.run) == [new.run.value])
        }
    }

    @Test("tells a run host by host, by any name that people use for it")
    func run() async throws {
        try await TestCoordinator.serve { it in
            let stored = try await it.test.begin()
            try await stored.report("h1", .failed(.command(exitCode: 100)))
            try stored.journal.close()
            for name in ["latest", stored.run.value, String(stored.run.value.suffix(6))] {
                let run: RunDocument = try await it.get("/v1/runs/\(name)").decoded()
                #expect(run.summary.run == stored.run.value)
                #expect(run.hosts.map(\.host) == ["h1", "h2"])
                #expect(run.hosts[0].subtasks[0].status == "failed")
                #expect(run.hosts[0].subtasks[0].tail == ["oh"])
            }
        }
    }

    @Test("answers what it can't do with what, where and what to do")
    func problems() async throws {
        try await TestCoordinator.serve { it in
            let requests: [(String, String?, Int, String)] = [
                ("/v1/nothing", nil, 404, "there is no GET /v1/nothing"),
                ("/v1/runs/latest", nil, 404, "there are no runs"),
                ("/v1/runs/zz", nil, 404, "too short"),
                ("/v1/runs?limit=0", nil, 400, "'0' is not a number from 1 to 10000"),
                ("/v1/runs", "{\"plan\":\"x\"}", 404, "there is no plan 'x'"),
                ("/v1/runs", "{}", 400, "'plan' is missing"),
                ("/v1/runs", "{", 400, "it is not JSON"),
                ("/v1/plans", "{\"task\":5}", 400, "task"),
                ("/v1/plans", "{\"task\":\"x\"}", 400, "no hosts are configured"),
                ("/v1/workers/w9/drain", "", 404, "no worker 'w9' is connected"),
                ("/v1/prune", "{\"days\":-1}", 400, "0 or more"),
            ]
            for (path, body, status, words) in requests {
                let response = if let body { try await it.post(path, body) } else { try await it.get(path) }
                #expect(response.head.status == status, "\(path): \(response.text)")
                #expect(response.head.value("content-type") == "application/problem+json")
                let problem: ProblemDocument = try response.decoded()
                #expect(problem.detail.contains(words), "\(path): \(problem.detail)")
                #expect(problem.status == status)
                #expect(problem.problem != nil)
            }
        }
    }

    @Test("refuses a body that is too large without reading it all")
    func large() async throws {
        try await TestCoordinator.serve { it in
            let response = try await it.post("/v1/plans", "{\"task\":\"" + String(repeating: "x", count: 2 << 20) + "\"}")
            #expect(response.head.status == 400)
            #expect(response.text.contains("more than 1 MiB"))
        }
    }

    @Test("ends the events of a run that rests with the run itself")
    func restingEvents() async throws {
        try await TestCoordinator.serve { it in
            let stored = try await it.test.begin()
            try await stored.succeedAll()
            try stored.journal.close()
            let response = try await it.get("/v1/runs/latest/events")
            #expect(response.head.value("content-type") == "text/event-stream")
            #expect(response.text.hasPrefix("event: end\ndata: {"))
            #expect(response.text.hasSuffix("}\n\n"))
        }
    }

    @Test("takes a person's word on a command of a run that rests")
    func decide() async throws {
        try await TestCoordinator.serve { it in
            let stored = try await it.test.begin(hosts: ["h1"], steps: [step("s", on: ["h1"])])
            try await stored.report("h1", vanished)
            try stored.journal.close()
            let none = try await it.post("/v1/runs/latest/decisions", "{\"host\":\"h9\",\"decision\":\"done\"}")
            #expect(none.head.status == 409)
            #expect(try none.decoded(ProblemDocument.self).details == ["h1  s/a does"])
            let bad = try await it.post("/v1/runs/latest/decisions", "{\"host\":\"h1\",\"decision\":\"maybe\"}")
            #expect(bad.text.contains("say done, failed or again"))
            let done: DecisionDocument = try await it.post("/v1/runs/latest/decisions", "{\"host\":\"h1\",\"decision\":\"done\"}").decoded()
            #expect(done.subtask == "s/a")
            let run: RunDocument = try await it.get("/v1/runs/latest").decoded()
            #expect(run.summary.condition == "done")
        }
    }

    @Test("shows journals: their records, and what is wrong with them")
    func journals() async throws {
        try await TestCoordinator.serve { it in
            let stored = try await it.test.begin()
            try await stored.succeedAll()
            try stored.journal.close()
            let lines = try await it.get("/v1/runs/latest/journal").text.split(separator: "\n")
            #expect(lines.count > 5)
            #expect(lines.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
            #expect(try await it.get("/v1/runs/latest/journal/problems").decoded([String].self) == [])
        }
    }

    @Test("gives output in parts, each from where the last one ended; only of hosts of the run")
    func output() async throws {
        try await TestCoordinator.serve { it in
            let stored = try await it.test.begin()
            let job = try stored.job("h1")
            #expect(stored.journal.keep("h1", job, attempt: 1, isError: false, offset: 0, Array("one\n".utf8)) == nil)
            let first: OutputDocument = try await it.get("/v1/runs/latest/hosts/h1/output").decoded()
            #expect(first.frames.map { String(decoding: $0.bytes, as: UTF8.self) } == ["one\n"])
            #expect(first.frames[0].job == job.value)
            #expect(stored.journal.keep("h1", job, attempt: 1, isError: true, offset: 0, Array("two\n".utf8)) == nil)
            let second: OutputDocument = try await it.get("/v1/runs/latest/hosts/h1/output?position=\(first.position)").decoded()
            #expect(second.frames.map(\.stream) == ["stderr"])
            #expect(try await it.get("/v1/runs/latest/hosts/h9/output").head.status == 404)
            #expect(try await it.get("/v1/runs/latest/hosts/..%2Fh1/output").head.status == 404)
        }
    }

    @Test("refuses to go on with a run that is over, and one that another process has")
    func resume() async throws {
        try await TestCoordinator.serve { it in
            let over = try await it.test.begin(runID(1))
            try await over.succeedAll()
            try over.journal.close()
            let response = try await it.post("/v1/runs/\(over.run)/resume", "")
            #expect(response.head.status == 409)
            #expect(response.text.contains("is over already"))
            let owned = try await it.test.begin(runID(2))
            let refused = try await it.post("/v1/runs/\(owned.run)/resume", "")
            #expect(refused.text.contains("is carried out by the running process \(getpid())"))
            try owned.journal.close()
        }
    }

    @Test("lets in its own user and its group's members, and nobody else", .enabled(if: getuid() == 0, "needs root: another user must knock"))
    func peers() async throws {
        try await TestCoordinator.serve { it in
            // Whatever the mode of the socket says.
            #expect(chmod(it.socket, 0o666) == 0)
            var directory = it.test.files.path
            while directory != "/", directory != "/tmp" {
                #expect(chmod(directory, 0o755) == 0)
                directory = String(directory[..<(directory.lastIndex(of: "/") ?? directory.startIndex)])
            }
            let knock = "import http.client,socket,sys\nc=http.client.HTTPConnection('x')\nc.sock=socket.socket(socket.AF_UNIX)\nc.sock.connect(sys.argv[1])\nc.request('GET','/v1')\nr=c.getresponse()\nprint(r.status,r.read().decode())"
            func answer(user: String) async throws -> [String] {
                let child = try ChildProcess("/usr/bin/setpriv", ["--reuid=\(user)", "--regid=\(user == "0" ? "0" : "nogroup")", "--clear-groups", "/usr/bin/python3", "-c", knock, it.socket])
                _ = try await onOwnThread { try child.waitForEnd(within: .seconds(30)) }
                return child.output
            }
            let stranger = try await answer(user: "nobody")
            #expect(stranger.first?.hasPrefix("403 ") == true, "\(stranger)")
            #expect(stranger.first?.contains("user nobody may not use this coordinator") == true)
            #expect(try await answer(user: "0").first?.hasPrefix("200 ") == true)
        }
    }
}
