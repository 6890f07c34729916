import HTTP
import TestSupport
import Testing
import Threads

@Suite("Streamed bodies")
struct StreamTests {
    @Test("the head comes before the body is complete, and each piece when it is there")
    func pieces() async throws {
        let goOn = Signal(), steps = Lock(0)
        let server = try TestHTTPServer { _, connection in
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for number in 1...3 {
                _ = goOn.wait(within: .seconds(20)) { steps.withLock { $0 } >= number }
                connection.write("1\r\n\(number)\r\n")
            }
            connection.write("0\r\n\r\n")
        }
        let stream = try await HTTPClient().open(HTTPRequest(.get, server.url))
        #expect(stream.head.status == 200)
        var iterator = stream.body.makeAsyncIterator()
        for number in 1...3 {
            steps.withLock { $0 = number }
            goOn.raise()
            #expect(try await iterator.next() == Array("\(number)".utf8))
        }
        #expect(try await iterator.next() == nil)
    }

    @Test("a slow reader makes the server wait, holds up nobody else, and gets everything in order")
    func backPressure() async throws {
        let total = 24 << 20, written = Lock(0)
        let server = try TestHTTPServer { request, connection in
            guard request.line.contains("/large") else { return _ = connection.write(answer("quick")) }
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            for number in 0..<(total >> 16) {
                guard connection.write([UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 1 << 16)) else { return }
                written.withLock { $0 += 1 << 16 }
            }
        }
        let client = try HTTPClient()
        let stream = try await client.open(HTTPRequest(.get, server.url + "/large").with { $0.bodyBytes = total })
        // The server is stuck once what it wrote stays the same while others are served.
        var before = -1
        let isStuck = try await eventually {
            let now = written.withLock { $0 }
            defer { before = now }
            let quick = try await client.send(HTTPRequest(.get, server.url + "/small"))
            #expect(quick.body == Array("quick".utf8))
            return now == before && now > 0
        }
        #expect(isStuck)
        #expect(written.withLock { $0 } < total / 2)
        var count = 0, isInOrder = true
        for try await bytes in stream.body {
            for byte in bytes {
                if byte != UInt8(truncatingIfNeeded: count >> 16) { isInOrder = false }
                count += 1
            }
        }
        #expect(count == total)
        #expect(isInOrder)
    }

    @Test("letting go of the body ends the transfer")
    func dropped() async throws {
        let server = try TestHTTPServer { _, connection in
            connection.write("HTTP/1.1 200 OK\r\n\r\nstart")
            connection.waitForClose()
        }
        let client = try HTTPClient()
        func begin() async throws { #expect(try await client.open(HTTPRequest(.get, server.url)).head.status == 200) }
        try await begin()
        #expect(await eventually { server.connections == 0 })
    }

    @Test("cancelling the reader ends the transfer with an error of its own")
    func cancelled() async throws {
        let server = try TestHTTPServer { _, connection in
            connection.write("HTTP/1.1 200 OK\r\n\r\nstart")
            connection.waitForClose()
        }
        let client = try HTTPClient(), received = Lock(0)
        let task = Task {
            for try await bytes in try await client.open(HTTPRequest(.get, server.url)).body { received.withLock { $0 += bytes.count } }
        }
        #expect(await eventually { received.withLock { $0 } == 5 })
        task.cancel()
        // A stream that is cancelled ends; whether it throws is the stream's business.
        do { try await task.value } catch { #expect(error as? HTTPError == .cancelled) }
        #expect(await eventually { server.connections == 0 })
        #expect("\(HTTPError.cancelled)" == "the request was cancelled")
    }

    @Test("an error in the middle reaches the reader, after the pieces that came before")
    func brokenInTheMiddle() async throws {
        let server = try TestHTTPServer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        let stream = try await HTTPClient().open(HTTPRequest(.get, server.url))
        await #expect(throws: HTTPError.self) { for try await _ in stream.body {} }
    }

    @Test("an open body keeps its client; without one its thread ends")
    func lifetime() async throws {
        let goOn = Signal(), mayEnd = Lock(false)
        let server = try TestHTTPServer { _, connection in
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
            _ = goOn.wait(within: .seconds(20)) { mayEnd.withLock { $0 } }
            connection.write("after")
        }
        weak var client: HTTPClient?
        func begin() async throws -> HTTPStream {
            let made = try HTTPClient()
            client = made
            return try await made.open(HTTPRequest(.get, server.url))
        }
        func read() async throws {
            let stream = try await begin()
            mayEnd.withLock { $0 = true }
            goOn.raise()
            var body: [UInt8] = []
            for try await bytes in stream.body { body += bytes }
            #expect(body == Array("after".utf8))
        }
        try await read()
        #expect(await eventually { client == nil })
    }
}
