import Glibc
import Threads

/// The end of the pipe that the signal handler writes to; set once, before the first handler is there.
private nonisolated(unsafe) var signalPipe: Int32 = -1

/// Signals as calls on a thread of their own.
///
/// Blocking them and waiting with sigwait(3) does not work here: the main thread of a Swift program sleeps in
/// sigsuspend(2) with no signal blocked, and the kernel gives it the signal first.
package enum Signals {
    private static let handler = Lock<(@Sendable (Int32) -> Void)?>(nil)

    /// From now on these signals come to `listen`'s closure; while there is none, SIGINT and SIGTERM end the process. A SIGINT
    /// that was ignored from the start (nohup, a shell's background jobs) stays ignored.
    package static func install(_ numbers: [Int32] = [SIGINT, SIGTERM, SIGWINCH]) {
        // A closed pipe is an error of write(2), not an end.
        signal(SIGPIPE, SIG_IGN)
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        unsafe signalPipe = ends[1]
        let reader = ends[0]
        NamedThread.start("muster-signals") {
            while true {
                var number: UInt8 = 0
                let count = unsafe read(reader, &number, 1)
                if count == 1 { deliver(Int32(number)) } else if count == 0 || errno != EINTR { return }
            }
        }
        for number in numbers {
            var old = sigaction()
            guard unsafe sigaction(number, nil, &old) == 0 else { continue }
            if number == SIGINT, unsafe unsafeBitCast(old.__sigaction_handler.sa_handler, to: Int.self) == 1 { continue }
            var action = sigaction()
            unsafe action.__sigaction_handler.sa_handler = { number in
                let saved = errno
                var byte = UInt8(truncatingIfNeeded: number)
                _ = unsafe write(signalPipe, &byte, 1)
                errno = saved
            }
            action.sa_flags = SA_RESTART
            unsafe sigaction(number, &action, nil)
        }
    }

    /// Calls `handler` for each signal from now on.
    package static func listen(_ handler: @escaping @Sendable (Int32) -> Void) { Self.handler.withLock { $0 = handler } }

    private static func deliver(_ number: Int32) {
        if let current = handler.withLock({ $0 }) { return current(number) }
        guard number == SIGINT || number == SIGTERM else { return }
        exit(128 + number)
    }
}
