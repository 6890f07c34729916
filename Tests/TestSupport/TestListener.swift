import Glibc
import Threads

/// A TCP listener on 127.0.0.1 that is no SSH server.
package final class TestListener: Sendable {
    /// What becomes of connections.
    package enum Behaviour: Sendable {
        /// They are accepted and hear nothing.
        case silent
        /// They are accepted and closed at once, as sshd does beyond MaxStartups.
        case closing
        /// They hear one line and nothing more.
        case greeting(String)
        /// They are never accepted, and there is no more room in the queue: further connects get no answer.
        case full
    }

    package let port: Int
    private let descriptor: Int32
    private let behaviour: Behaviour
    private let held = Lock<[Int32]>([])
    private let count = Lock(0)

    package init(_ behaviour: Behaviour) throws {
        let (descriptor, port) = try Self.bound()
        (self.descriptor, self.port, self.behaviour) = (descriptor, port, behaviour)
        if case .full = behaviour {
            guard listen(descriptor, 0) == 0 else { throw TestFailure("can't listen: \(errno)") }
            for _ in 0..<4 { held.withLock { $0.append(Self.startConnecting(to: port)) } }
            return
        }
        guard listen(descriptor, 128) == 0 else { throw TestFailure("can't listen: \(errno)") }
        let held = self.held, count = self.count
        NamedThread.start("test-listener") {
            while true {
                let connection = accept(descriptor, nil, nil)
                if connection < 0, errno == EINTR || errno == ECONNABORTED { continue }
                guard connection >= 0 else {
                    // Here and not by who ends it: the number might be another listener's by the time that this thread asks again.
                    close(descriptor)
                    return
                }
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                count.withLock { $0 += 1 }
                switch behaviour {
                case .closing: close(connection)
                case .greeting(let text):
                    _ = send(connection, text, text.utf8.count, Int32(MSG_NOSIGNAL))
                    held.withLock { $0.append(connection) }
                case .silent, .full: held.withLock { $0.append(connection) }
                }
            }
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        if case .full = behaviour { close(descriptor) }
        held.withLock { for connection in $0 { close(connection) } }
    }

    /// How many connections were accepted.
    package var accepted: Int { count.withLock { $0 } }

    /// A port on which nothing listens.
    package static func freePort() throws -> Int {
        let (descriptor, port) = try bound()
        close(descriptor)
        return port
    }

    private static func bound() throws -> (Int32, Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        guard descriptor >= 0, status == 0 else { throw TestFailure("no free port: \(errno)") }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }

    private static func startConnecting(to port: Int) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        var address = loopback(port: port)
        withUnsafeMutablePointer(to: &address) {
            _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        return descriptor
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        return address
    }
}
