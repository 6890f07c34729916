import SSH
import TestSupport
import Testing

@Suite("A server that can't be reached", .timeLimit(.minutes(2)))
struct ReachabilityTests {
    static func error(address: String = "127.0.0.1", port: Int, timeout: Duration = .seconds(30)) async throws -> SSHError {
        let target = SSHTarget(
            name: "web1", address: address, port: port, user: "root", credential: .password(SSHSecret("secret")), hostKeys: .any, timeout: timeout)
        let error = try await failure { try await SSHConnection.connect(target, on: makeLoop()) }
        #expect(error.description.hasPrefix("web1: ") && !error.description.contains("\n"))
        return error
    }

    @Test("because its name does not resolve is named so")
    func nameNotFound() async throws {
        guard case .nameNotFound("web1", "no-such-host.invalid", _) = try await Self.error(address: "no-such-host.invalid", port: 22) else {
            Issue.record("another error")
            return
        }
    }

    @Test("because nothing listens is named so")
    func refused() async throws {
        let port = try TestListener.freePort()
        #expect(try await Self.error(port: port) == .refused(host: "web1", endpoint: "127.0.0.1:\(port)"))
    }

    @Test("because there is no route is named so")
    func unreachable() async throws {
        // TCP has no broadcast: the kernel itself answers "network is unreachable", whatever the routes.
        guard case .unreachable("web1", "255.255.255.255:22", _) = try await Self.error(address: "255.255.255.255", port: 22) else {
            Issue.record("another error")
            return
        }
    }

    @Test("because it never speaks is given up in time", arguments: [TestListener.Behaviour.silent, .greeting("SSH-2.0-Half\r\n")])
    func silent(behaviour: TestListener.Behaviour) async throws {
        let listener = try TestListener(behaviour)
        let limit = Duration.milliseconds(700)
        #expect(
            try await Self.error(port: listener.port, timeout: limit)
                == .timedOut(host: "web1", endpoint: "127.0.0.1:\(listener.port)", phase: .handshake, after: limit))
    }

    @Test("because packets vanish is given up in time")
    func vanishing() async throws {
        let listener = try TestListener(.full)
        let limit = Duration.milliseconds(700)
        #expect(
            try await Self.error(port: listener.port, timeout: limit)
                == .timedOut(host: "web1", endpoint: "127.0.0.1:\(listener.port)", phase: .connect, after: limit))
    }

    @Test("because it closes connections before speaking is asked again until time is over")
    func overloaded() async throws {
        let listener = try TestListener(.closing)
        let port = listener.port
        let error = try await Self.error(port: port, timeout: .seconds(10))
        #expect(error == .overloaded(host: "web1", endpoint: "127.0.0.1:\(port)"))
        let attempt = Task { try await Self.error(port: port, timeout: .seconds(60)) }
        #expect(await eventually(within: .seconds(50)) { listener.accepted > 3 })
        attempt.cancel()
    }

    @Test("because it is no SSH server is named so")
    func notSSH() async throws {
        let listener = try TestListener(.greeting("220 mail.example ESMTP\r\n"))
        let error = try await Self.error(port: listener.port, timeout: .seconds(1))
        guard case .timedOut(_, _, phase: .handshake, _) = error else {
            Issue.record("\(error)")
            return
        }
    }

    @Test("leaves no descriptor open")
    func descriptors() async throws {
        let port = try TestListener.freePort()
        let listener = try TestListener(.silent)
        for _ in 0..<3 {
            _ = try await Self.error(port: port)
            _ = try await Self.error(port: listener.port, timeout: .milliseconds(50))
        }
        // Other tests open descriptors meanwhile: those of this test are found by whom they are connected to.
        #expect(try ProcessTable.connections(toPort: listener.port) == 0)
    }
}
