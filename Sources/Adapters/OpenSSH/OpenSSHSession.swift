import CShims
import Glibc
package import KnownHosts
package import SSH
package import Threads

/// One command on a host, over an `ssh` process of its own. It lives on the loop's thread.
///
/// ssh finds a dead link itself (ServerAliveInterval) and ends; what waits here ends with it.
@safe package actor OpenSSHSession {
    /// The thread that it lives on.
    package nonisolated let loop: EventLoop
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    private nonisolated let target: OpenSSHTarget
    /// The key that the host presented; empty if it is one of several that were known.
    package private(set) var hostKey = HostPublicKey(blob: [])

    /// Reading stops when this much waits to be taken: the pipe then holds ssh back.
    private static let bufferLimit = 1 << 20

    private var process: SSHProcess?
    private var streams = SSHProcess.Streams(input: -1, output: -1, error: -1)
    private(set) var log = SSHLog()
    private(set) var end: SSHLog.End?
    private var buffer: [UInt8] = []
    private var isReading = false
    private var isOutputAtEnd = false
    /// By then ssh must have ended, its output being over.
    private var endDeadline: Duration?
    /// It had not, and was ended: the command has closed its output and goes on.
    private var isCutOff = false
    private var isClosed = false
    private var parked: [CheckedContinuation<Void, Never>] = []
    private var isWriting = false
    private var writers: [CheckedContinuation<Void, Never>] = []

    init(target: OpenSSHTarget, loop: EventLoop) {
        self.target = target
        self.loop = loop
    }

    isolated deinit { release() }

    private var host: String { target.login.name }

    // MARK: Login

    func start(_ program: String, _ arguments: [String], environment: [String]) throws(SSHError) {
        let started = SSHProcess.start(program, arguments, environment: environment, on: loop) { [weak self] end in
            guard let self else { return }
            self.assumeIsolated { $0.hasEnded(end) }
        }
        switch started {
        case .success(let (process, streams)):
            self.process = process
            self.streams = streams
        case .failure(let failure): throw .connectionLost(host: host, reason: "\(program) can't be started: \(failure.reason)")
        }
        let isWatched = loop.watch(streams.error, .readable) { [weak self] _ in
            guard let self else { return }
            self.assumeIsolated { $0.readErrors() }
        }
        guard isWatched else { throw .connectionLost(host: host, reason: "no descriptor can be watched any more") }
        listen()
    }

    /// Waits until ssh has logged in, or has ended.
    ///
    /// - Returns: how it ended; nil if it is logged in.
    func waitForLogin(until deadline: Duration) async throws(SSHError) -> SSHLog.End? {
        while !log.isAuthenticated {
            if let end { return end }
            guard !isClosed else { throw .closed(host: host) }
            guard MonotonicTime.now < deadline else {
                // ssh's own limit, for connecting and the handshake, was shorter.
                throw .timedOut(host: host, endpoint: target.login.endpoint, phase: .authentication, after: target.login.timeout)
            }
            await change(before: deadline)
        }
        return nil
    }

    func accept(hostKey: HostPublicKey) { self.hostKey = hostKey }

    // MARK: Streams

    /// What came on standard output: at least one byte; nil after the command's end. One reader at a time.
    package func read() async throws(SSHError) -> [UInt8]? {
        while true {
            if !buffer.isEmpty {
                defer { buffer = [] }
                let taken = buffer
                listen(hasRoom: true)
                return taken
            }
            if isClosed { throw .closed(host: host) }
            if isCutOff { return nil }
            if isOutputAtEnd, let end {
                if let loss = log.loss(of: target.login, end) { throw loss }
                return nil
            }
            if let endDeadline, MonotonicTime.now >= endDeadline {
                isCutOff = true
                process?.endAtOnce()
                continue
            }
            await change(before: isOutputAtEnd ? endDeadline : nil)
        }
    }

    /// Sends bytes to the command's standard input.
    package func write(_ bytes: [UInt8]) async throws(SSHError) {
        await takeTurn()
        defer { giveTurn() }
        let patience = target.login.keepAlive.interval * (target.login.keepAlive.maximumUnanswered + 2)
        var deadline = MonotonicTime.now + patience
        var sent = 0
        while sent < bytes.count {
            if isClosed { throw .closed(host: host) }
            if let end { throw log.loss(of: target.login, end) ?? .channelEnded(host: host) }
            // SAFETY: the slice lives through the call, which copies it.
            let count = unsafe bytes[sent...].withUnsafeBytes { unsafe send(streams.input, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)) }
            if count > 0 {
                sent += count
                deadline = MonotonicTime.now + patience
                continue
            }
            switch muster_errno() {
            case EINTR: continue
            case EAGAIN:
                guard MonotonicTime.now < deadline else {
                    giveUp()
                    throw .connectionLost(host: host, reason: "the link takes no more data")
                }
                await waitForRoom(until: deadline)
            default:
                // It is ending: why is known once it has.
                let limit = MonotonicTime.now + .seconds(5)
                while end == nil, !isClosed, MonotonicTime.now < limit { await change(before: limit) }
                guard end == nil else { continue }
                throw .channelEnded(host: host)
            }
        }
    }

    /// The last bytes that the command, or ssh, said on standard error, at most 8 KiB.
    package func standardError() -> [UInt8] { log.said }

    /// Why the connection is gone; nil if it is there, was closed by us, or only the command has ended.
    package var loss: SSHError? { isClosed || isCutOff ? nil : end.flatMap { log.loss(of: target.login, $0) } }

    package var isOpen: Bool { !isClosed && end == nil }

    /// Ends ssh, and waits for that for at most three seconds. The command on the host is not ended by this.
    package func close() async {
        giveUp()
        let limit = MonotonicTime.now + .seconds(3)
        while process != nil, end == nil, MonotonicTime.now < limit { await change(before: limit) }
    }

    private func giveUp() {
        isClosed = true
        release()
        resumeAll()
    }

    // MARK: Events

    private func listen(hasRoom: Bool = false) {
        guard !isReading, !isOutputAtEnd, streams.output >= 0, hasRoom || buffer.count < Self.bufferLimit else { return }
        isReading = loop.watch(streams.output, .readable) { [weak self] _ in
            guard let self else { return }
            self.assumeIsolated { $0.readOutput() }
        }
        if !isReading { giveUp() }
    }

    private func readOutput() {
        guard let bytes = receive(streams.output) else { return }
        buffer += bytes
        if bytes.isEmpty {
            isOutputAtEnd = true
            let deadline = MonotonicTime.now + .seconds(5)
            endDeadline = deadline
        }
        if bytes.isEmpty || buffer.count >= Self.bufferLimit {
            // Forgotten, not only asked less: a hang-up would be reported again and again.
            loop.forget(streams.output)
            isReading = false
        }
        resumeAll()
    }

    private func readErrors() {
        guard let bytes = receive(streams.error) else { return }
        if bytes.isEmpty {
            loop.forget(streams.error)
            log.end()
        } else {
            log.take(bytes)
        }
        resumeAll()
    }

    /// Empty at the end; nil if nothing is there now.
    private func receive(_ descriptor: Int32) -> [UInt8]? {
        guard descriptor >= 0 else { return nil }
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        // SAFETY: the buffer is ours and has the size told.
        let count = unsafe recv(descriptor, &chunk, chunk.count, Int32(MSG_DONTWAIT))
        if count < 0 {
            let code = muster_errno()
            return code == EAGAIN || code == EINTR ? nil : []
        }
        return Array(chunk.prefix(count))
    }

    private func hasEnded(_ end: SSHLog.End) {
        // What it said last may not have been read yet. Others may still hold the stream: what they say does not matter.
        while let bytes = receive(streams.error), !bytes.isEmpty { log.take(bytes) }
        log.end()
        self.end = end
        resumeAll()
    }

    // MARK: Waiting

    /// Waits for any change, at most until a moment of `MonotonicTime`.
    private func change(before deadline: Duration?) async {
        let timer = deadline.map { moment in
            loop.schedule(at: moment) { [weak self] in
                guard let self else { return }
                self.assumeIsolated { $0.resumeAll() }
            }
        }
        await withCheckedContinuation { parked.append($0) }
        if let timer { loop.cancelTimer(timer) }
    }

    private func waitForRoom(until deadline: Duration) async {
        let input = streams.input
        let isWatched = loop.watch(input, .writable) { [weak self, loop] _ in
            loop.forget(input)
            guard let self else { return }
            self.assumeIsolated { $0.resumeAll() }
        }
        guard isWatched else { return giveUp() }
        await change(before: deadline)
        if streams.input == input { loop.forget(input) }
    }

    private func resumeAll() {
        let waiting = parked
        parked = []
        for continuation in waiting { continuation.resume() }
    }

    private func takeTurn() async {
        if !isWriting {
            isWriting = true
            return
        }
        await withCheckedContinuation { writers.append($0) }
    }

    private func giveTurn() {
        if writers.isEmpty { isWriting = false } else { writers.removeFirst().resume() }
    }

    private func release() {
        process?.terminate()
        for descriptor in [streams.input, streams.output, streams.error] where descriptor >= 0 {
            loop.forget(descriptor)
            Glibc.close(descriptor)
        }
        streams = SSHProcess.Streams(input: -1, output: -1, error: -1)
        isReading = false
    }
}
