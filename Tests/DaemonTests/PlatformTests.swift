import Foundation
import Glibc
import Logging
import TestSupport
import Testing

@testable import Observability
@testable import Platform

/// A Unix datagram socket that keeps what comes, as systemd has them.
final class DatagramListener {
    let path: String
    private let files: TemporaryDirectory
    private let descriptor: Int32

    init() throws {
        files = try TemporaryDirectory()
        path = files.file("s")
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let status = withUnsafePointer(to: &address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) } }
        guard descriptor >= 0, status == 0 else { throw TestFailure("no socket: \(errno)") }
    }

    deinit { close(descriptor) }

    /// What has come, without waiting: a datagram is there when send(2) has returned.
    func next() -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        return count >= 0 ? Array(bytes.prefix(count)) : nil
    }

    func text() -> String? { next().map { String(decoding: $0, as: UTF8.self) } }
}

@Suite("The service manager")
struct ServiceManagerTests {
    @Test("is told in its own words")
    func words() throws {
        let listener = try DatagramListener()
        let manager = ServiceManager(["NOTIFY_SOCKET": listener.path])
        for notice in [ServiceManager.Notice.ready("two workers"), .status("three"), .reloading, .stopping, .watchdog] { #expect(manager.tell(notice) == nil) }
        #expect(listener.text() == "READY=1\nSTATUS=two workers")
        #expect(listener.text() == "STATUS=three")
        #expect(listener.text() == "RELOADING=1")
        #expect(listener.text() == "STOPPING=1")
        #expect(listener.text() == "WATCHDOG=1")
    }

    @Test("that is not there is told nothing")
    func nobody() {
        #expect(!ServiceManager([:]).isThere)
        #expect(ServiceManager([:]).tell(.ready("x")) == nil)
        #expect(ServiceManager(["NOTIFY_SOCKET": "/nonexistent/socket"]).tell(.ready("x")) != nil)
    }

    @Test("wants signs of life twice as often as it waits; not from another process")
    func watchdog() {
        let socket = ["NOTIFY_SOCKET": "/run/x"]
        #expect(ServiceManager(socket.merging(["WATCHDOG_USEC": "30000000"]) { $1 }).watchdogInterval == .seconds(15))
        #expect(ServiceManager(socket.merging(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"]) { $1 }, processID: 7).watchdogInterval == .seconds(15))
        #expect(ServiceManager(socket.merging(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"]) { $1 }, processID: 7).watchdogInterval == nil)
        #expect(ServiceManager(socket.merging(["WATCHDOG_USEC": "no"]) { $1 }).watchdogInterval == nil)
    }
}

@Suite("Log lines for systemd's journal")
struct JournalLogTests {
    @Test("have a field for each thing they are about")
    func fields() throws {
        let listener = try DatagramListener()
        let handler = JournalLogHandler(label: "muster-coordinator", level: .info, socket: try #require(JournalSocket(path: listener.path)))
        var event = LogEvent(level: .warning, message: "worker left", metadata: ["worker": "w1", "hb.request.id": "7"], source: "", file: "", function: "", line: 1)
        handler.log(event: event)
        #expect(
            listener.text() == "MESSAGE=worker left hb.request.id=7 worker=w1\nPRIORITY=4\nSYSLOG_IDENTIFIER=muster-coordinator\nMUSTER_HB_REQUEST_ID=7\nMUSTER_WORKER=w1\n")
        event = LogEvent(level: .error, message: "x", metadata: ["reason": "a\nb"], source: "", file: "", function: "", line: 1)
        handler.log(event: event)
        let bytes = try #require(listener.next())
        let field = Array("MUSTER_REASON\n".utf8) + [3, 0, 0, 0, 0, 0, 0, 0] + Array("a\nb\n".utf8)
        #expect(bytes.suffix(field.count) == field[...])
    }
}

@Suite("Users and groups")
struct AccountsTests {
    @Test("are found by name; a member is one by its own group, or by being listed")
    func groups() {
        #expect(Accounts.group(named: "root") == 0)
        #expect(Accounts.group(named: "no-such-group") == nil)
        #expect(Accounts.isMember(user: 0, of: 0))
        #expect(!Accounts.isMember(user: 65534, of: 0))
        #expect(Accounts.name(of: 0) == "root")
        #expect(Accounts.name(of: 987_654) == "987654")
    }
}
