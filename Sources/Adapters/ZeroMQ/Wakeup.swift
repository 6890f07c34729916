import CShims
import Glibc

/// An eventfd(2) that one thread waits on and others signal.
///
/// Both sides hold it, and it is closed with the last of them: a late signal must not reach a descriptor that has
/// become somebody else's.
final class Wakeup: Sendable {
    let descriptor: Int32

    init() throws(ZeroMQError) {
        descriptor = muster_eventfd()
        guard descriptor >= 0 else { throw .library(call: "eventfd", reason: "no descriptor left") }
    }

    deinit { close(descriptor) }

    func signal() { muster_eventfd_signal(descriptor) }
    func drain() { muster_eventfd_drain(descriptor) }
}
