import CSSH2
import Glibc
import Threads

/// How the remote side of a channel ended. Never a proof that a command ran: a connection that drops leaves status 0.
package struct SSHExit: Sendable, Equatable {
    package var status: Int
    /// Signal name without SIG; a command killed by a signal reports status 0 beside it.
    package var signal: String?

    package init(status: Int, signal: String? = nil) {
        self.status = status
        self.signal = signal
    }
}

/// One command on a connection, with its streams. Close it when done; a lost connection ends it too.
package struct SSHChannel: Sendable {
    package let connection: SSHConnection
    let id: UInt64

    /// Sends bytes to the command's standard input.
    package func write(_ bytes: [UInt8]) async throws(SSHError) { try await connection.write(id, bytes) }

    /// What came on standard output: at least one byte; nil after its end. One reader at a time.
    package func read() async throws(SSHError) -> [UInt8]? { try await connection.read(id) }

    /// The last bytes that came on standard error, at most `State.errorLimit`.
    package func standardError() async -> [UInt8] { await connection.standardError(id) }

    /// Ends the command's standard input.
    package func sendEnd() async throws(SSHError) { try await connection.sendEnd(id) }

    /// How the command ended, once its output has. Nil if the server does not tell in time, or the connection is lost.
    package func exit(within: Duration = .seconds(10)) async -> SSHExit? { await connection.exit(id, within: within) }

    /// Gives the channel up. The command is not ended by this.
    package func close() async { await connection.closeChannel(id) }

    /// The libssh2 side of a channel; lives on the connection's loop.
    @safe final class State {
        /// Reading stops when this much waits to be taken: the window then holds the other side back.
        static let bufferLimit = 1 << 20
        static let errorLimit = 8 << 10

        private(set) var handle: OpaquePointer?
        private var buffer: [UInt8] = []
        private(set) var errorTail: [UInt8] = []
        private(set) var isAtEnd = false
        private var failure: SSHError?
        private var reader: CheckedContinuation<Void, Never>?

        init(handle: OpaquePointer) { unsafe self.handle = handle }

        /// Reads what is there. Returns whether anything came.
        ///
        /// - Parameter isFinishing: the last call left a packet half sent, so it is repeated even if there is no room.
        func fill(_ connection: isolated SSHConnection, isFinishing: Bool = false) -> Bool {
            guard let handle = unsafe handle, isFinishing || wantsData else { return false }
            var hasProgress = false
            var chunk = [UInt8](repeating: 0, count: 32 << 10)
            for stream in [Int32(0), SSH_EXTENDED_DATA_STDERR] {
                // SAFETY: the handle lives until `free`; the chunk is ours.
                let count = unsafe chunk.withUnsafeMutableBytes { bytes in
                    unsafe libssh2_channel_read_ex(handle, stream, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count)
                }
                if count > 0 {
                    hasProgress = true
                    if stream == 0 {
                        buffer.append(contentsOf: chunk.prefix(count))
                    } else {
                        errorTail.append(contentsOf: chunk.prefix(count))
                        if errorTail.count > 2 * Self.errorLimit { errorTail.removeFirst(errorTail.count - Self.errorLimit) }
                    }
                } else if count < 0, count != Int(LIBSSH2_ERROR_EAGAIN) {
                    connection.fail(.connectionLost(host: connection.target.name, reason: connection.lastMessage()))
                    return false
                }
            }
            if !hasProgress, unsafe libssh2_channel_eof(handle) != 0 { isAtEnd = true }
            return hasProgress
        }

        var isFull: Bool { buffer.count >= Self.bufferLimit }

        var wantsData: Bool { unsafe handle != nil && !isAtEnd && !isFull }

        func wake() {
            guard let waiting = reader, !buffer.isEmpty || isAtEnd || failure != nil else { return }
            reader = nil
            waiting.resume()
        }

        func wait() async { await withCheckedContinuation { reader = $0 } }

        func take() throws(SSHError) -> [UInt8]?? {
            if !buffer.isEmpty {
                defer { buffer = [] }
                return .some(buffer)
            }
            if isAtEnd { return .some(nil) }
            if let failure { throw failure }
            return .none
        }

        /// The connection is gone, and the handle with it.
        func end(_ error: SSHError) {
            unsafe handle = nil
            giveUp(error)
        }

        /// Nothing more will be read. The handle stays until libssh2 frees it: a write may have a packet half sent.
        func giveUp(_ error: SSHError) {
            if failure == nil { failure = error }
            wake()
        }

        func forgetHandle() { unsafe handle = nil }
    }
}

extension SSHConnection {
    /// Starts a command line on a new channel. The account's login shell reads it.
    ///
    /// - Parameter within: how long the server may take to start it.
    package func execute(_ commandLine: String, within: Duration = .seconds(20)) async throws(SSHError) -> SSHChannel {
        await takeOpeningTurn()
        defer { giveOpeningTurn() }
        if let failure { throw failure }
        // After the turn: those who waited with this one may have taken the rest.
        guard channels.count < Self.channelLimit else { throw .channelLimit(host: target.name, limit: Self.channelLimit) }
        let deadline = MonotonicTime.now + within
        var handle: OpaquePointer?
        let opened = unsafe try await drive(.channel, deadline: deadline) { session in
            unsafe handle = unsafe libssh2_channel_open_ex(session, "session", 7, 2 << 20, 32768, nil, 0)
            return unsafe handle == nil ? Int(libssh2_session_last_errno(session)) : 0
        }
        guard opened == 0, let handle = unsafe handle else { throw channelError(opened) }
        let text = Array(commandLine.utf8)
        let started = unsafe try await drive(.channel, deadline: deadline) { _ in
            // SAFETY: the handle was just opened; the text outlives the call, which copies it.
            unsafe text.withUnsafeBytes { bytes in
                Int(
                    unsafe libssh2_channel_process_startup(
                        handle, "exec", 4, bytes.bindMemory(to: CChar.self).baseAddress, UInt32(bytes.count)))
            }
        }
        guard started == 0 else {
            unsafe libssh2_channel_free(handle)
            throw channelError(started)
        }
        let id = nextChannel
        nextChannel += 1
        channels[id] = unsafe SSHChannel.State(handle: handle)
        pump()
        return SSHChannel(connection: self, id: id)
    }

    private func channelError(_ code: Int) -> SSHError {
        switch Int32(code) {
        case LIBSSH2_ERROR_SOCKET_DISCONNECT, LIBSSH2_ERROR_SOCKET_RECV, LIBSSH2_ERROR_SOCKET_SEND:
            let error = SSHError.connectionLost(host: target.name, reason: lastMessage())
            fail(error)
            return error
        default: return .channelRefused(host: target.name, reason: lastMessage())
        }
    }

    func write(_ id: UInt64, _ bytes: [UInt8]) async throws(SSHError) {
        guard let channel = channels[id] else { throw failure ?? .closed(host: target.name) }
        var sent = 0
        while sent < bytes.count {
            let result = unsafe try await drive(.channel, deadline: nil) { _ in
                // Asked for at every repeat: the channel may have been closed meanwhile.
                guard let handle = unsafe channel.handle else { return Int(LIBSSH2_ERROR_CHANNEL_CLOSED) }
                // SAFETY: a repeat passes the same bytes, as libssh2 demands.
                let count = unsafe bytes.withUnsafeBytes { all in
                    unsafe libssh2_channel_write_ex(
                        handle, 0, all.bindMemory(to: CChar.self).baseAddress?.advanced(by: sent), all.count - sent)
                }
                guard count == 0 || count == Int(LIBSSH2_ERROR_EAGAIN) else { return count }
                // No window left, which reads as 0: wait for the other side as for a full socket. One that has closed
                // the channel widens no window any more.
                let isOver = unsafe libssh2_channel_eof(handle) != 0 && libssh2_channel_wait_closed(handle) == 0
                return isOver ? Int(LIBSSH2_ERROR_CHANNEL_CLOSED) : Int(LIBSSH2_ERROR_EAGAIN)
            }
            guard result > 0 else { throw streamError(result) }
            sent += result
        }
    }

    func read(_ id: UInt64) async throws(SSHError) -> [UInt8]? {
        while true {
            guard let channel = channels[id] else { throw failure ?? .closed(host: target.name) }
            if let taken = try channel.take() {
                // There is room again for what was held back.
                pump()
                return taken
            }
            await channel.wait()
            if channels[id] == nil, let taken = try channel.take() { return taken }
        }
    }

    func standardError(_ id: UInt64) -> [UInt8] { Array((channels[id]?.errorTail ?? []).suffix(SSHChannel.State.errorLimit)) }

    func sendEnd(_ id: UInt64) async throws(SSHError) {
        guard let channel = channels[id] else { throw failure ?? .closed(host: target.name) }
        let result = unsafe try await drive(.channel, deadline: nil) { _ in
            guard let handle = unsafe channel.handle else { return Int(LIBSSH2_ERROR_CHANNEL_CLOSED) }
            return Int(unsafe libssh2_channel_send_eof(handle))
        }
        guard result == 0 else { throw streamError(result) }
    }

    /// A call on an open channel failed.
    private func streamError(_ code: Int) -> SSHError {
        switch Int32(code) {
        case LIBSSH2_ERROR_CHANNEL_CLOSED, LIBSSH2_ERROR_CHANNEL_EOF_SENT: failure ?? .channelEnded(host: target.name)
        default: channelError(code)
        }
    }

    func exit(_ id: UInt64, within: Duration) async -> SSHExit? {
        guard let channel = channels[id], channel.isAtEnd else { return nil }
        // The end of the output often comes before the status, and until then libssh2 says 0: wait for the close.
        let closed = unsafe try? await drive(.channel, deadline: MonotonicTime.now + within) { _ in
            guard let handle = unsafe channel.handle else { return Int(LIBSSH2_ERROR_CHANNEL_CLOSED) }
            return Int(unsafe libssh2_channel_wait_closed(handle))
        }
        guard closed == 0, let handle = unsafe channel.handle else { return nil }
        var signal: UnsafeMutablePointer<CChar>?
        var length = 0
        unsafe libssh2_channel_get_exit_signal(handle, &signal, &length, nil, nil, nil, nil)
        // SAFETY: libssh2 allocated the name with malloc; it is copied, then freed.
        let name = unsafe signal.map { unsafe String(cString: $0) }
        unsafe signal.map { unsafe free($0) }
        return SSHExit(status: Int(unsafe libssh2_channel_get_exit_status(handle)), signal: name)
    }

    func closeChannel(_ id: UInt64) async {
        guard let channel = channels[id] else { return }
        channel.giveUp(.channelEnded(host: target.name))
        // Sends the close; the handle itself goes with the connection if the other side does not answer soon.
        let deadline = MonotonicTime.now + .seconds(5)
        var mine: OpaquePointer?
        _ = unsafe try? await drive(.channel, deadline: deadline) { _ in
            // Taken at the first call, not before: that waits for packets that others have half sent through the handle.
            if let handle = unsafe channel.handle {
                unsafe mine = handle
                channel.forgetHandle()
                channels[id] = nil
            }
            guard let handle = unsafe mine else { return 0 }
            return Int(unsafe libssh2_channel_free(handle))
        }
        channels[id] = nil
    }
}
