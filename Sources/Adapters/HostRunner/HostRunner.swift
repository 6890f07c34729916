package import CommandSafety
import Threads

/// What a look saw.
package struct LookResult: Sendable, Equatable {
    package var exitCode: Int
    /// At most 64 KiB.
    package var standardOutput: [UInt8]
    /// At most 300 bytes.
    package var standardError: [UInt8]
    /// It was ended because its time was over; the exit code says nothing.
    package var isTimedOut: Bool
}

/// A runner on a host, at the other end of a stream: guards and health checks as looks, commands as starts.
///
/// Only a `ClearedCommand` can be sent. Many looks and starts may be under way at once.
@safe package actor HostRunner {
    package nonisolated let hello: RunnerHello
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }
    private nonisolated let loop: EventLoop
    private let channel: any RunnerChannel
    private var boxes = Mailboxes()
    private var failure: HostRunnerError?
    private var alarm: (deadline: Duration, task: Task<Void, Never>)?
    private var freeSlots = Array((0..<16).reversed())
    private var slotLine: [CheckedContinuation<Void, Never>] = []
    private var isSending = false
    private var sendLine: [CheckedContinuation<Void, Never>] = []
    private var nextLook = 1
    /// Host uptime less our monotonic clock, in seconds: for "not after", which is in the host's own time.
    private let uptimeOffset: Int
    let answerLimit: Duration

    private init(channel: any RunnerChannel, hello: RunnerHello, answerLimit: Duration) {
        self.answerLimit = answerLimit
        loop = channel.loop
        self.channel = channel
        self.hello = hello
        uptimeOffset = hello.uptime - Self.monotonicSeconds
    }

    private static var monotonicSeconds: Int { Int(MonotonicTime.now.components.seconds) }

    /// Sends the program to a shell that the identity's start line has started, and waits for its greeting.
    ///
    /// Whatever comes before the greeting (banners, noisy profiles) is discarded, up to 64 KiB.
    ///
    /// - Parameter answerLimit: how long it may then take to answer a question about an attempt, or a hold, before it counts as lost.
    package static func open(
        on channel: any RunnerChannel, identity: RunnerIdentity, ledger: String? = nil, within limit: Duration = .seconds(20),
        answersWithin answerLimit: Duration = .seconds(30), nonce: String
    ) async throws(HostRunnerError) -> HostRunner {
        let deadline = MonotonicTime.now + limit
        let closer = Task {
            try await ContinuousClock().sleep(for: limit)
            await channel.close()
        }
        defer { closer.cancel() }
        var greeting = Greeting(nonce: nonce)
        var unsent: HostRunnerError?
        do {
            // A shell that has ended already takes nothing, but it may have said why.
            do { try await channel.write(RunnerIdentity.programLine(ledger: ledger, nonce: nonce)) } catch { unsent = .lost("\(error)") }
            while let bytes = try await channel.read() {
                if let hello = try greeting.take(bytes) {
                    let runner = HostRunner(channel: channel, hello: hello, answerLimit: answerLimit)
                    await runner.startReading(with: greeting.rest)
                    return runner
                }
            }
        } catch let error as HostRunnerError {
            await channel.close()
            throw error
        } catch {
            if MonotonicTime.now < deadline {
                let said = String(decoding: await channel.diagnostics(), as: UTF8.self)
                await channel.close()
                throw greeting.failure(identity: identity, diagnostics: said, orElse: .lost("\(error)"))
            }
        }
        let isLate = MonotonicTime.now >= deadline
        let said = String(decoding: await channel.diagnostics(), as: UTF8.self)
        await channel.close()
        let isSilent = said.isEmpty && greeting.isSilent
        throw greeting.failure(
            identity: identity, diagnostics: said, orElse: isLate ? .noHello(firstLine: greeting.firstLine) : isSilent ? unsent : nil)
    }

    // MARK: Reading

    private func startReading(with rest: [UInt8]) {
        var buffer = rest
        // The one reader of the stream; it ends with the stream.
        Task { [weak self, channel] in
            var reason = "it was closed"
            do {
                repeat {
                    guard await self?.take(&buffer) == true else { break }
                    guard let bytes = try await channel.read() else { break }
                    buffer += bytes
                } while true
            } catch { reason = "\(error)" }
            await self?.fail(.lost(reason))
        }
    }

    /// Takes the whole lines out of the buffer. Returns false after a breach of the protocol.
    private func take(_ buffer: inout [UInt8]) -> Bool {
        var start = buffer.startIndex
        while let end = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) {
            let line = buffer[start..<end]
            start = end + 1
            guard let message = RunnerMessage(line) else {
                fail(.violation(String(decoding: line.prefix(80), as: UTF8.self)))
                return false
            }
            if case .failure(let text) = message {
                fail(.violation(text))
                return false
            }
            deliver(message)
        }
        buffer.removeFirst(start)
        guard buffer.count < RunnerMessage.lineLimit else {
            fail(.violation("a line of more than \(RunnerMessage.lineLimit) bytes"))
            return false
        }
        return true
    }

    private func deliver(_ message: RunnerMessage) {
        switch message {
        case .started(let name, _), .done(let name, _, _, _), .state(let name, _), .refused(let name, _), .held(let name),
            .output(let name, _, _, _), .pulled(let name, _), .size(let name, _, _):
            boxes.deliver(message, to: name)
        case .seen(let id, _, _, _): boxes.deliver(message, to: "look \(id)")
        case .pong(let id, _): boxes.deliver(message, to: "ping \(id)")
        case .hello, .failure: break
        }
    }

    private func fail(_ error: HostRunnerError) {
        if failure == nil { failure = error }
        boxes.closeAll()
        alarm?.task.cancel()
        alarm = nil
        for waiting in slotLine { waiting.resume() }
        slotLine = []
    }

    /// The next message of a box; nil when the time is over.
    func next(_ box: Mailboxes.ID, within limit: Duration) async throws(HostRunnerError) -> RunnerMessage? {
        if let message = boxes.take(box) { return message }
        if let failure { throw failure }
        guard limit > .zero else { return nil }
        let deadline = MonotonicTime.now + limit
        let message = await withCheckedContinuation { continuation in
            if boxes.wait(box, until: deadline, continuation) { setAlarm(deadline) }
        }
        if message == nil, let failure { throw failure }
        return message
    }

    /// One timer for all who wait, set for the first of them: most get their message long before, and to make a timer for
    /// each took a third of the time that a command costs us.
    private func setAlarm(_ deadline: Duration) {
        if let alarm, alarm.deadline <= deadline { return }
        alarm?.task.cancel()
        let task = Task { [weak self] in
            guard (try? await ContinuousClock().sleep(for: deadline - MonotonicTime.now)) != nil else { return }
            await self?.ring(deadline)
        }
        alarm = (deadline, task)
    }

    private func ring(_ deadline: Duration) {
        // Cancelled too late: an earlier one has taken its place.
        guard alarm?.deadline == deadline else { return }
        alarm = nil
        if let next = boxes.giveUp(until: MonotonicTime.now) { setAlarm(next) }
    }

    /// Sends a frame, one after the other: a long one goes out in pieces, and between them another's would become its lines.
    func send(_ bytes: [UInt8]) async throws(HostRunnerError) {
        if isSending { await withCheckedContinuation { sendLine.append($0) } }
        isSending = true
        // Handed over to the next in line, so that nobody overtakes it.
        defer { if sendLine.isEmpty { isSending = false } else { sendLine.removeFirst().resume() } }
        if let failure { throw failure }
        do { try await channel.write(bytes) } catch {
            fail(.lost("\(error)"))
            throw .lost("\(error)")
        }
    }

    func openBox(_ name: String) -> Mailboxes.ID { boxes.open(name) }
    func closeBox(_ box: Mailboxes.ID) { boxes.close(box) }
    /// The host's uptime in seconds as our clock has it: what "not after" is counted in.
    package var uptimeNow: Int { Self.monotonicSeconds + uptimeOffset }

    /// For a runner that says nothing for too long: nobody may take its silence for an answer.
    func giveUp() async -> HostRunnerError {
        fail(.lost("the runner did not answer"))
        await channel.close()
        return .lost("the runner did not answer")
    }

    /// Whether frames can still be sent.
    package var isUsable: Bool { failure == nil }

    // MARK: Looks

    /// Runs a command that only looks. It may be repeated; nothing of it is recorded.
    package func look(_ command: ClearedCommand, content: [UInt8]? = nil, within limit: Duration) async throws(HostRunnerError) -> LookResult {
        while freeSlots.isEmpty, failure == nil { await withCheckedContinuation { slotLine.append($0) } }
        if let failure { throw failure }
        let slot = freeSlots.removeLast()
        defer {
            freeSlots.append(slot)
            if !slotLine.isEmpty { slotLine.removeFirst().resume() }
        }
        let id = nextLook
        nextLook += 1
        let box = boxes.open("look \(id)")
        defer { boxes.close(box) }
        try await send(RunnerFrames.look(id, slot: slot, command: command, content: content))
        guard case .seen(_, let code, var output, let error)? = try await next(box, within: limit) else {
            try await send(RunnerFrames.line("STOPLOOK \(slot)"))
            // The killed shell's own answer frees the slot; a runner that stays silent has failed.
            guard case .seen? = try await next(box, within: .seconds(10)) else {
                fail(.violation("a look did not end"))
                throw .violation("a look did not end")
            }
            return LookResult(exitCode: 124, standardOutput: [], standardError: [], isTimedOut: true)
        }
        if output.count == 1600 { output += try await pull(slot: slot, from: output.count) }
        return LookResult(exitCode: code, standardOutput: Array(output.prefix(64 << 10)), standardError: error, isTimedOut: false)
    }

    /// The rest of a look's output, up to 64 KiB.
    private func pull(slot: Int, from offset: Int) async throws(HostRunnerError) -> [UInt8] {
        let box = boxes.open("look.\(slot)")
        defer { boxes.close(box) }
        try await send(RunnerFrames.line("PULL \(slot) o \(offset) 34"))
        var bytes: [UInt8] = []
        while let message = try await next(box, within: .seconds(30)) {
            switch message {
            case .output(_, _, let at, let piece) where at == offset + bytes.count: bytes += piece
            case .pulled: return bytes
            default: continue
            }
        }
        return bytes
    }

    /// Whether the runner answers, and the host's uptime in seconds.
    package func ping(within limit: Duration = .seconds(15)) async throws(HostRunnerError) -> Int? {
        let id = "\(nextLook)"
        nextLook += 1
        let box = boxes.open("ping \(id)")
        defer { boxes.close(box) }
        try await send(RunnerFrames.line("PING \(id)"))
        guard case .pong(_, let uptime)? = try await next(box, within: limit) else { return nil }
        return uptime
    }

    /// Lets the ledger forget settled attempts: their output goes, and their records go if `low` has passed them.
    ///
    /// - Parameter low: starts of this coordinator with job ids up to this one are refused from now on.
    package func forget(coordinator: String, low: String, _ attempts: [RunnerAttempt]) async throws(HostRunnerError) {
        try await send(
            RunnerFrames.line("FORGET \(RunnerFrames.word(coordinator)) \(low) " + attempts.map(\.description).joined(separator: " ")))
    }

    /// Closes the stream. Commands that run go on, and the runner stays to end them at their deadlines.
    package func close() async {
        fail(.lost("closed"))
        await channel.close()
    }
}
