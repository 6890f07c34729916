package import OpenSSH
package import SSH
package import Threads

/// A byte stream to a shell on a host: an SSH channel, or a pipe in tests.
package protocol RunnerChannel: Sendable {
    /// Where the stream lives: its runner is served there too, so that a message wakes no second thread.
    var loop: EventLoop { get }
    func write(_ bytes: [UInt8]) async throws
    /// At least one byte, or nil at the end.
    func read() async throws -> [UInt8]?
    /// The last that came on standard error: says why a shell or sudo refused.
    func diagnostics() async -> [UInt8]
    func close() async
}

/// A runner's stream over SSH.
package struct SSHRunnerChannel: RunnerChannel {
    private let channel: SSHChannel
    package init(_ channel: SSHChannel) { self.channel = channel }
    package var loop: EventLoop { channel.connection.loop }
    package func write(_ bytes: [UInt8]) async throws { try await channel.write(bytes) }
    package func read() async throws -> [UInt8]? { try await channel.read() }
    package func diagnostics() async -> [UInt8] { await channel.standardError() }
    package func close() async { await channel.close() }
}

/// A runner's stream over the system's `ssh`.
package struct OpenSSHRunnerChannel: RunnerChannel {
    private let session: OpenSSHSession
    package init(_ session: OpenSSHSession) { self.session = session }
    package var loop: EventLoop { session.loop }
    package func write(_ bytes: [UInt8]) async throws { try await session.write(bytes) }
    package func read() async throws -> [UInt8]? { try await session.read() }
    package func diagnostics() async -> [UInt8] { await session.standardError() }
    package func close() async { await session.close() }
}
