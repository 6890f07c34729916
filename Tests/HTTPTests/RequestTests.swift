import HTTP
import TestSupport
import Testing

@Suite("Requests and answers")
struct RequestTests {
    @Test("status, headers and body come as they were sent")
    func plain() async throws {
        let server = try TestHTTPServer(answer("grüße", status: "201 Created", headers: "X-One: a\r\nx-one:  b \r\nEmpty:\r\n"))
        let response = try await HTTPClient().send(HTTPRequest(.get, server.url + "/path?q=1"))
        #expect(response.head.status == 201)
        #expect(String(decoding: response.body, as: UTF8.self) == "grüße")
        #expect(response.head.headers.dropFirst() == [HTTPHeader("X-One", "a"), HTTPHeader("x-one", "b"), HTTPHeader("Empty", "")])
        #expect(response.head.value("X-ONE") == "a")
        #expect(server.requests.map(\.line) == ["GET /path?q=1 HTTP/1.1"])
    }

    @Test("every method sends its name, its headers and its body", arguments: HTTPRequest.Method.allCases)
    func methods(_ method: HTTPRequest.Method) async throws {
        let server = try TestHTTPServer { request, connection in
            connection.write(request.line.hasPrefix("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" : answer("ok"))
        }
        let body: [UInt8] = Array("a\0b".utf8)
        var request = HTTPRequest(method, server.url + "/", headers: [HTTPHeader("Authorization", "Bearer x"), HTTPHeader("X-Empty", "")])
        if method != .get, method != .head { request.body = body }
        let response = try await HTTPClient().send(request)
        #expect(response.head.status == 200)
        let seen = try #require(server.requests.first)
        #expect(seen.line == "\(method.rawValue) / HTTP/1.1")
        #expect(seen.body == request.body ?? [])
        #expect(seen.headers.contains("Authorization: Bearer x"))
        #expect(seen.headers.contains("X-Empty:"))
        #expect(!seen.headers.contains { $0.hasPrefix("Expect") || $0.hasPrefix("Content-Type") })
    }

    @Test("a large body is sent and an equally large one is read")
    func large() async throws {
        let server = try TestHTTPServer { request, connection in
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(request.body.count)\r\n\r\n")
            connection.write(request.body)
        }
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let response = try await HTTPClient().send(HTTPRequest(.post, server.url, body: body))
        #expect(response.body == body)
    }

    @Test("a redirect is an answer, not followed", arguments: [301, 302, 307, 308])
    func redirect(_ status: Int) async throws {
        let other = try TestHTTPServer(answer("stolen"))
        let server = try TestHTTPServer(answer("", status: "\(status) Moved", headers: "Location: \(other.url)/\r\n"))
        let response = try await HTTPClient().send(HTTPRequest(.get, server.url, headers: [HTTPHeader("Authorization", "secret")]))
        #expect(response.head.status == status)
        #expect(response.head.value("location") == other.url + "/")
        #expect(other.requests.isEmpty)
    }

    @Test("interim answers and trailers do not count")
    func interim() async throws {
        let server = try TestHTTPServer(
            "HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Late: 2\r\n\r\n3\r\nabc\r\n0\r\nX-Trailer: 3\r\n\r\n")
        let response = try await HTTPClient().send(HTTPRequest(.get, server.url))
        #expect(response.head.status == 200)
        #expect(response.head.headers == [HTTPHeader("Transfer-Encoding", "chunked"), HTTPHeader("X-Late", "2")])
        #expect(response.body == Array("abc".utf8))
    }

    @Test("many requests at once get each its own answer")
    func many() async throws {
        let server = try TestHTTPServer { request, connection in connection.write(answer(request.line)) }
        let client = try HTTPClient()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let response = try await client.send(HTTPRequest(.get, server.url + "/\(number)"))
                    #expect(String(decoding: response.body, as: UTF8.self) == "GET /\(number) HTTP/1.1")
                }
            }
            try await group.waitForAll()
        }
    }

    @Test(
        "headers can't smuggle in others",
        arguments: [HTTPHeader("X", "a\r\nEvil: 1"), HTTPHeader("X\r\nEvil", "1"), HTTPHeader("", "1"), HTTPHeader("X Y", "1"), HTTPHeader("X", "a\0b"), HTTPHeader("X:", "1")])
    func smuggling(_ header: HTTPHeader) async throws {
        let server = try TestHTTPServer(answer("ok"))
        let error = try await failure(HTTPRequest(.get, server.url, headers: [header]))
        guard case .invalidHeader = error else { throw TestFailure("\(error as Any)") }
        #expect(server.requests.isEmpty)
    }

    @Test(
        "only http and https go out, and no password in a URL",
        arguments: [
            ("file:///etc/passwd", "the address can't be used: its scheme is neither http nor https — write http://HOST/PATH or https://HOST/PATH"),
            ("ftp://127.0.0.1/", "the address can't be used: its scheme is neither http nor https — write http://HOST/PATH or https://HOST/PATH"),
            ("gopher://127.0.0.1:1/", "the address can't be used: its scheme is neither http nor https — write http://HOST/PATH or https://HOST/PATH"),
            ("http://user:pw@127.0.0.1/", "the address can't be used: it holds a user or password — write http://HOST/PATH or https://HOST/PATH"),
            ("http://a b/", "the address can't be used: it holds blanks or control characters — write http://HOST/PATH or https://HOST/PATH"),
            ("http://a/\r\nEvil: 1", "the address can't be used: it holds blanks or control characters — write http://HOST/PATH or https://HOST/PATH"),
        ])
    func schemes(_ url: String, _ text: String) async throws {
        let error = try await failure(HTTPRequest(.get, url))
        #expect(error.map { "\($0)" } == text)
    }

    @Test("what is no URL is refused", arguments: ["", "nonsense", "http://", "http://127.0.0.1:99999/", "//host/"])
    func malformed(_ url: String) async throws {
        let error = try await failure(HTTPRequest(.get, url))
        guard case .invalidURL = error else { throw TestFailure("\(error as Any)") }
    }
}
