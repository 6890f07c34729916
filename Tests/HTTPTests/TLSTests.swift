import HTTP
import TestSupport
import Testing

/// An HTTPS server with a certificate of its own making.
private final class TLSServer {
    let directory: TemporaryDirectory
    let port: Int
    let certificate: String
    private let process: ChildProcess

    init(name: String = "IP:127.0.0.1") throws {
        directory = try TemporaryDirectory()
        certificate = directory.file("cert.pem")
        try run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=\(name)",
                "-keyout", directory.file("key.pem"), "-out", certificate,
            ])
        port = try TestListener.freePort()
        process = try ChildProcess(
            "/usr/bin/openssl", ["s_server", "-accept", "127.0.0.1:\(port)", "-cert", certificate, "-key", directory.file("key.pem"), "-www"])
        try process.waitForLine { $0.contains("ACCEPT") }
    }

    var url: String { "https://127.0.0.1:\(port)/" }
}

@Suite("HTTPS")
struct TLSTests {
    private func client(_ authorities: String) throws -> HTTPClient {
        var settings = HTTPSettings()
        settings.authorities = authorities
        return try HTTPClient(settings)
    }

    @Test("a certificate of a named authority is trusted")
    func trusted() async throws {
        let server = try TLSServer()
        let response = try await client(server.certificate).send(HTTPRequest(.get, server.url))
        #expect(response.head.status == 200)
        #expect(String(decoding: response.body, as: UTF8.self).contains("TLSv1.3"))
    }

    @Test("a certificate that nobody vouches for is refused")
    func untrusted() async throws {
        let server = try TLSServer()
        let error = try await failure(HTTPRequest(.get, server.url))
        guard case .tls(let name, let reason) = error else { throw TestFailure("\(error as Any)") }
        #expect(name == "127.0.0.1:\(server.port)")
        #expect(reason.contains("self-signed certificate"))
    }

    @Test("a certificate for another name is refused")
    func otherName() async throws {
        let server = try TLSServer(name: "DNS:other.example")
        let error = try await failure(HTTPRequest(.get, server.url), client(server.certificate))
        guard case .tls(_, let reason) = error else { throw TestFailure("\(error as Any)") }
        #expect(reason.contains("127.0.0.1"))
    }

    @Test("a server without TLS")
    func plain() async throws {
        let server = try TestHTTPServer(answer("plain"))
        // Not the server's own reading, which waits for the end of a request that never comes.
        let error = try await failure(HTTPRequest(.get, "https://127.0.0.1:\(server.port)/").with { $0.connectTimeout = .milliseconds(500) })
        #expect(error == .connectTimedOut(server: "127.0.0.1:\(server.port)", after: .milliseconds(500)))
        let talker = try TestListener(.greeting("220 mail.example ESMTP\r\n"))
        let other = try await failure(HTTPRequest(.get, "https://127.0.0.1:\(talker.port)/"))
        guard case .tls = other else { throw TestFailure("\(other as Any)") }
    }

    @Test("a file of authorities that is missing or holds none", arguments: [true, false])
    func authorityFile(_ exists: Bool) async throws {
        let server = try TLSServer()
        let path = server.directory.file("authorities.pem")
        if exists { try server.directory.write("authorities.pem", "nonsense\n") }
        let error = try await failure(HTTPRequest(.get, server.url), client(path))
        #expect(error.map { "\($0)" } == "the file of certificate authorities \(path) can't be used — it must hold certificates in PEM")
    }
}
