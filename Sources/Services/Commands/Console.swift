import CommandSafety
import Glibc
import Model
import Threads

/// Standard output and error as people see them. A closed pipe ends the output, never the run.
final class Console: Sendable {
    private let isClosed = Lock(false)

    /// Whether standard output is a terminal.
    let isTerminal = isatty(1) == 1
    /// Whether a question can be asked and answered.
    let canAsk = isatty(0) == 1 && isatty(2) == 1

    /// Prints text on standard output as it is; texts from hosts must have been escaped.
    func write(_ text: String) {
        guard !isClosed.withLock({ $0 }) else { return }
        if !Self.writeAll(1, text) { isClosed.withLock { $0 = true } }
    }

    /// Prints bytes as they are.
    func write(_ bytes: [UInt8]) { write(String(decoding: bytes, as: UTF8.self)) }

    func line(_ text: String = "") { write(text + "\n") }

    /// Prints one line on standard error.
    func error(_ text: String) { _ = Self.writeAll(2, text + "\n") }

    /// Reads one line from standard input; nil at its end.
    func readAnswer(_ question: String) -> String? {
        _ = Self.writeAll(2, question)
        return readLine()
    }

    /// Columns and rows of the terminal.
    var size: (columns: Int, rows: Int) {
        var window = winsize()
        guard unsafe ioctl(1, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0 else { return (80, 24) }
        return (Int(window.ws_col), max(3, Int(window.ws_row)))
    }

    private static func writeAll(_ descriptor: Int32, _ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress?.advanced(by: sent), $0.count - sent) }
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                return false
            }
            sent += count
        }
        return true
    }
}

extension Console {
    /// Loud on purpose: `host_keys: off` gives up what SSH protects.
    func warnAboutUncheckedKeys(_ hosts: [Host]) {
        for host in hosts where host.hostKeyPolicy == .off {
            error("WARNING: host keys of \(host.name) are NOT checked (host_keys: off): anybody on the way can read and change everything")
        }
    }
}
