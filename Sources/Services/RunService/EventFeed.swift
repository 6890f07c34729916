import Cryptography
package import Documents
import Threads

/// The events of one run, for any number of readers, each at its own pace.
///
/// Keeps the newest within bounds: whoever reads slowly loses the older ones and is told so; nobody waits for a reader.
package final class EventFeed: Sendable {
    /// One event with its place in the feed.
    package struct Entry: Sendable {
        package var number: UInt64
        package var event: EventDocument
    }

    /// What a reader gets next.
    package enum Batch: Sendable {
        case events([Entry])
        /// What the reader would need next is not kept any more: look at the run itself, then go on after `after`.
        case gap(after: UInt64)
        case ended
    }

    private struct State {
        var entries: [Entry] = []
        /// Places before this one in `entries` are used up.
        var start = 0
        var bytes = 0
        var last: UInt64 = 0
        var isEnded = false
        var readers: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var nextReader: UInt64 = 0
    }

    /// Tells feeds of one run apart: numbers begin anew with each process that carries it out.
    package let generation = Digest.hexadecimal(SecureRandom.bytes(4))
    private let entryLimit: Int
    private let byteLimit: Int
    private let state = Lock(State())

    /// - Parameters:
    ///   - entryLimit: events that are kept.
    ///   - byteLimit: bytes of texts in them.
    package init(entryLimit: Int = 20_000, byteLimit: Int = 16 << 20) {
        self.entryLimit = entryLimit
        self.byteLimit = byteLimit
    }

    /// The number of the newest event; 0 before the first.
    package var last: UInt64 { state.withLock(\.last) }

    package func append(_ events: [EventDocument]) {
        let wake = state.withLock { state -> [AsyncStream<Void>.Continuation] in
            for event in events {
                state.last += 1
                state.entries.append(Entry(number: state.last, event: event))
                state.bytes += event.textBytes
            }
            while state.entries.count - state.start > entryLimit || state.bytes > byteLimit, state.start < state.entries.count {
                state.bytes -= state.entries[state.start].event.textBytes
                state.start += 1
            }
            // Moved together from time to time, not for each event.
            if state.start > 4096, state.start * 2 > state.entries.count {
                state.entries.removeFirst(state.start)
                state.start = 0
            }
            return Array(state.readers.values)
        }
        for reader in wake { reader.yield() }
    }

    /// Nothing more will come.
    package func end() {
        let wake = state.withLock { state in
            state.isEnded = true
            return Array(state.readers.values)
        }
        for reader in wake { reader.yield() }
    }

    /// What comes after an event, as soon as there is something.
    ///
    /// - Returns: nil if nothing came within `limit`, or the task is cancelled.
    package func next(after position: UInt64, within limit: Duration) async -> Batch? {
        let (wakes, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let reader = state.withLock { state in
            state.nextReader += 1
            state.readers[state.nextReader] = wake
            return state.nextReader
        }
        defer { state.withLock { _ = $0.readers.removeValue(forKey: reader) } }
        if let batch = take(after: position) { return batch }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in wakes { return } }
            group.addTask { try? await ContinuousClock().sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
        return take(after: position)
    }

    private func take(after position: UInt64) -> Batch? {
        state.withLock { state in
            // A number from another process's feed.
            if position > state.last { return .gap(after: state.last) }
            if position == state.last { return state.isEnded ? .ended : nil }
            let first = state.last - UInt64(state.entries.count - state.start) + 1
            if position + 1 < first { return .gap(after: state.last) }
            let place = state.start + Int(position + 1 - first)
            return .events(Array(state.entries[place..<min(place + 256, state.entries.count)]))
        }
    }
}

extension EventDocument {
    /// Roughly what it costs to keep.
    var textBytes: Int { 200 + (text?.utf8.count ?? 0) + (stdout?.utf8.count ?? 0) + (stderr?.utf8.count ?? 0) }
}
