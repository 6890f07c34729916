import Glibc
import TestSupport

/// A named pipe in the place of one of the ledger's files: holds up whoever opens or reads it, for as long as a test likes.
final class Gate: Sendable {
    private let path: String

    init(_ path: String) throws {
        self.path = path
        guard mkfifo(path, 0o600) == 0 else { throw TestFailure("no pipe at \(path): \(errno)") }
    }

    /// Opens both ends, so that readers and writers get through, and keeps them open.
    func open() throws -> Opened { try Opened(path, O_RDWR) }

    /// Waits until somebody opens it for reading, and opens it for writing.
    func openedByReader() async throws -> Opened {
        var opened: Opened?
        // Fails as long as nobody reads. The first is kept: when it closes, the reader is at the end.
        _ = await eventually {
            opened = try? Opened(path, O_WRONLY)
            return opened != nil
        }
        guard let opened else { throw TestFailure("nobody reads \(path)") }
        return opened
    }

    /// Takes the pipe away; whoever has it open goes on with it.
    func remove() { unlink(path) }

    final class Opened: Sendable {
        private let descriptor: Int32

        init(_ path: String, _ mode: Int32) throws {
            descriptor = Glibc.open(path, mode | O_NONBLOCK | O_CLOEXEC)
            guard descriptor >= 0 else { throw TestFailure("\(path) can't be opened: \(errno)") }
        }

        deinit { close(descriptor) }

        func write(_ text: String) throws {
            let bytes = Array(text.utf8)
            guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw TestFailure("the pipe takes nothing: \(errno)") }
        }
    }
}
