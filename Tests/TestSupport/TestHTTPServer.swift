import Glibc
import Threads

/// An HTTP server on 127.0.0.1 whose answers a test writes byte by byte.
package final class TestHTTPServer: Sendable {
    /// What a client asked.
    package struct Request: Sendable {
        package let line: String
        package let headers: [String]
        package let body: [UInt8]
    }

    /// The connection of one request, on a thread of its own. It is closed when the answer returns.
    package final class Connection: Sendable {
        fileprivate let descriptor: Int32
        fileprivate init(_ descriptor: Int32) { self.descriptor = descriptor }

        /// Sends bytes, waiting for the client to take them; false once it is gone.
        @discardableResult
        package func write(_ bytes: [UInt8]) -> Bool {
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }

        @discardableResult
        package func write(_ text: String) -> Bool { write(Array(text.utf8)) }

        /// Blocks until the client has closed the connection.
        package func waitForClose() {
            var byte: UInt8 = 0
            while recv(descriptor, &byte, 1, 0) > 0 {}
        }
    }

    package let port: Int
    package var url: String { "http://127.0.0.1:\(port)" }
    private let listener: Int32
    private let seen = Lock<[Request]>([])
    private let open = Lock<Set<Int32>>([])

    package init(answer: @escaping @Sendable (Request, Connection) -> Void) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = self.listener
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0 ? getsockname(listener, $0, &length) : -1
            }
        }
        guard status == 0 else { throw TestFailure("can't listen: \(errno)") }
        port = Int(UInt16(bigEndian: address.sin_port))
        let seen = self.seen, open = self.open
        NamedThread.start("test-http") {
            while true {
                let descriptor = accept(listener, nil, nil)
                if descriptor < 0, errno == EINTR || errno == ECONNABORTED { continue }
                guard descriptor >= 0 else {
                    // Here and not by who ends it: the number might be another listener's by the time that this thread asks again.
                    close(listener)
                    return
                }
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                _ = open.withLock { $0.insert(descriptor) }
                NamedThread.start("test-http-conn") {
                    if let request = Self.read(descriptor) {
                        seen.withLock { $0.append(request) }
                        answer(request, Connection(descriptor))
                    }
                    open.withLock { open in
                        open.remove(descriptor)
                        close(descriptor)
                    }
                }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        open.withLock { for descriptor in $0 { shutdown(descriptor, Int32(SHUT_RDWR)) } }
    }

    /// What was asked so far.
    package var requests: [Request] { seen.withLock { $0 } }
    /// How many connections are being answered.
    package var connections: Int { open.withLock { $0.count } }

    private static func read(_ descriptor: Int32) -> Request? {
        var bytes: [UInt8] = [], chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            if let request = parse(bytes) { return request }
            let count = recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            bytes += chunk.prefix(count)
        }
    }

    private static func parse(_ bytes: [UInt8]) -> Request? {
        guard let end = bytes.indices.dropLast(3).first(where: { bytes[$0..<($0 + 4)].elementsEqual([13, 10, 13, 10]) }) else { return nil }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n").map(String.init)
        let length = lines.first { $0.lowercased().hasPrefix("content-length:") }.flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
        let body = Array(bytes[(end + 4)...])
        return body.count >= length ? Request(line: lines.first ?? "", headers: Array(lines.dropFirst()), body: body) : nil
    }
}

extension TestHTTPServer {
    /// Answers all requests with the same bytes.
    package convenience init(_ answer: String) throws { try self.init { _, connection in connection.write(answer) } }
}
