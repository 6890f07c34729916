import HTTP
import Glibc
import TestSupport
import Testing

@Suite("Requests that fail say why")
struct FailureTests {
    @Test("a name that does not exist")
    func name() async throws {
        let error = try await failure(HTTPRequest(.get, "http://no-such-host.invalid/secret?token=1"))
        #expect(error.map { "\($0)" } == "the name 'no-such-host.invalid' can't be resolved — check its spelling and the DNS settings")
    }

    @Test("a port where nothing listens")
    func refused() async throws {
        let port = try TestListener.freePort()
        let error = try await failure(HTTPRequest(.get, "http://127.0.0.1:\(port)/secret"))
        #expect(error.map { "\($0)" } == "nothing listens at 127.0.0.1:\(port) — is the server running, and is the port right?")
    }

    @Test("a server that does not take connections")
    func connectTimeout() async throws {
        let server = try TestListener(.full)
        let error = try await failure(HTTPRequest(.get, "http://127.0.0.1:\(server.port)/").with { $0.connectTimeout = .milliseconds(300) })
        #expect(error.map { "\($0)" } == "no connection to 127.0.0.1:\(server.port) within 300 ms — check the address and firewalls")
    }

    @Test("a server that falls silent before, or in the middle of, its answer", arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"])
    func timeout(_ start: String) async throws {
        let server = try TestHTTPServer { _, connection in
            connection.write(start)
            connection.waitForClose()
        }
        let error = try await failure(HTTPRequest(.get, server.url).with { $0.totalTimeout = .milliseconds(500) })
        #expect(error.map { "\($0)" } == "no complete answer from 127.0.0.1:\(server.port) within 500 ms")
        #expect(await eventually { server.connections == 0 })
    }

    @Test("a body over the bound, announced or not", arguments: ["Content-Length: 2000\r\n", ""])
    func tooLarge(_ header: String) async throws {
        let server = try TestHTTPServer { _, connection in
            connection.write("HTTP/1.1 200 OK\r\n\(header)\r\n" + String(repeating: "x", count: 2000))
            connection.waitForClose()
        }
        let request = HTTPRequest(.get, server.url)
        let error = try await failure(request.with { $0.bodyBytes = 1999 })
        #expect(error.map { "\($0)" } == "the body of 127.0.0.1:\(server.port)'s answer is larger than 1999 bytes")
    }

    @Test("a body of exactly the bound is read")
    func exact() async throws {
        let server = try TestHTTPServer(answer(String(repeating: "x", count: 2000)))
        let response = try await HTTPClient().send(HTTPRequest(.get, server.url).with { $0.bodyBytes = 2000 })
        #expect(response.body.count == 2000)
    }

    @Test("a head over the bound")
    func headTooLarge() async throws {
        let server = try TestHTTPServer(answer("", headers: (0..<200).map { "X-\($0): \(String(repeating: "y", count: 100))\r\n" }.joined()))
        let error = try await failure(HTTPRequest(.get, server.url).with { $0.headerBytes = 5000 })
        #expect(error.map { "\($0)" } == "the head of 127.0.0.1:\(server.port)'s answer is larger than 5000 bytes")
    }

    @Test("a connection that breaks", arguments: ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"])
    func broken(_ text: String) async throws {
        let server = try TestHTTPServer(text)
        let error = try await failure(HTTPRequest(.get, server.url))
        guard case .broken(let name, let reason) = error else { throw TestFailure("\(error as Any)") }
        #expect(name == "127.0.0.1:\(server.port)")
        #expect(!reason.isEmpty)
    }

    @Test("a server that speaks something else")
    func notHTTP() async throws {
        let server = try TestHTTPServer("SSH-2.0-OpenSSH_9.2p1\r\n")
        let error = try await failure(HTTPRequest(.get, server.url))
        guard case .notHTTP = error else { throw TestFailure("\(error as Any)") }
    }

    @Test("a client that was closed, before and during a request")
    func closed() async throws {
        let server = try TestHTTPServer { _, connection in connection.waitForClose() }
        let client = try HTTPClient()
        async let error = failure(HTTPRequest(.get, server.url), client)
        #expect(await eventually { server.requests.count == 1 })
        client.close()
        #expect(try await error == .closed)
        #expect(try await failure(HTTPRequest(.get, server.url), client) == .closed)
        #expect("\(HTTPError.closed)" == "the HTTP client is closed")
    }

    @Test("cancelling the task ends the transfer")
    func cancelled() async throws {
        let server = try TestHTTPServer { _, connection in connection.waitForClose() }
        let client = try HTTPClient()
        let task = Task { try await client.send(HTTPRequest(.get, server.url)) }
        #expect(await eventually { server.connections == 1 })
        task.cancel()
        let error = await #expect(throws: HTTPError.self) { _ = try await task.value }
        #expect(error == .cancelled)
        #expect(await eventually { server.connections == 0 })
        #expect(try await failureOfCancelledTask(client, server.url) == .cancelled)
    }

    private func failureOfCancelledTask(_ client: HTTPClient, _ url: String) async throws -> HTTPError? {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await failure(HTTPRequest(.get, url), client)
        }
        return try await task.value
    }

    @Test("the environment's proxy counts only where asked for")
    func proxy() async throws {
        let proxy = try TestHTTPServer(answer("from the proxy"))
        let server = try TestHTTPServer(answer("direct"))
        // libcurl reads the lower-case name only; other tests' clients ignore it by default, which is what is tested here.
        setenv("http_proxy", proxy.url, 1)
        defer { unsetenv("http_proxy") }
        var settings = HTTPSettings()
        #expect(try await HTTPClient(settings).send(HTTPRequest(.get, server.url)).body == Array("direct".utf8))
        settings.usesProxyOfEnvironment = true
        #expect(try await HTTPClient(settings).send(HTTPRequest(.get, server.url)).body == Array("from the proxy".utf8))
        #expect(proxy.requests.map(\.line) == ["GET \(server.url)/ HTTP/1.1"])
    }
}
