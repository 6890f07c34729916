import Glibc
import Threads

/// Signals as calls on a thread of their own. Block them first, before any other thread is there.
enum Signals {
    /// Blocks the signals that `listen` waits for, in this thread and all that it starts.
    static func block() {
        var set = waited
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        // A closed pipe is an error of write(2), not an end.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Calls `handler` for each signal, until the process ends.
    static func listen(_ handler: @escaping @Sendable (Int32) -> Void) {
        NamedThread.start("muster-signals") {
            var set = waited
            while true {
                var number: Int32 = 0
                if unsafe sigwait(&set, &number) == 0 { handler(number) }
            }
        }
    }

    private static var waited: sigset_t {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for number in [SIGINT, SIGTERM, SIGWINCH] { unsafe sigaddset(&set, number) }
        return set
    }
}
