import CSSH2
package import Threads

/// The thread that all SSH connections of a process live on, and what they share.
package final class SSHLoop: Sendable {
    package let loop: EventLoop
    package let limiter = LoginLimiter()

    /// Nil when the system has no descriptor or thread to give, or libssh2 can't be initialised.
    package init?() {
        // libssh2_init counts its callers and is not thread-safe on its first call: once, before any thread of ours.
        guard Self.libraryIsReady, let loop = EventLoop(name: "muster-ssh") else { return nil }
        self.loop = loop
    }

    private static let libraryIsReady: Bool = libssh2_init(0) == 0

    /// The version of libssh2 that this process runs with.
    package static var libraryVersion: String { PrivateKeyFile.libraryVersion }

    /// Ends the thread. Connections must be closed before.
    package func stop() { loop.stop() }
}
