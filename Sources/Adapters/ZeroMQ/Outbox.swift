/// The messages that wait for one peer, on the thread that sends them. Its bounds are kept by `SendBook`.
struct Outbox {
    private var messages: [[[UInt8]]] = []
    private var head = 0

    var isEmpty: Bool { head == messages.count }
    var first: [[UInt8]]? { isEmpty ? nil : messages[head] }
    /// What waits, for `SendBook.release`.
    var load: SendBook.Load { messages[head...].reduce(into: SendBook.Load()) { $0.add($1) } }

    mutating func append(_ frames: [[UInt8]]) { messages.append(frames) }

    mutating func removeFirst() {
        guard !isEmpty else { return }
        messages[head] = []
        head += 1
        // Now and then only, so that taking one stays cheap however many wait.
        if head > 64, head * 2 > messages.count {
            messages.removeFirst(head)
            head = 0
        }
    }
}

/// How much waits for each peer of one socket, and whether more may: senders learn of it at once.
struct SendBook {
    struct Load: Equatable {
        var messages = 0
        var bytes = 0

        mutating func add(_ frames: [[UInt8]]) {
            messages += 1
            bytes += frames.reduce(0) { $0 + $1.count }
        }
    }

    private let limits: SocketLimits
    // At a dealer all waits for nobody in particular.
    private var waiting: [PeerAddress?: Load] = [:]

    init(limits: SocketLimits) { self.limits = limits }

    /// Notes a message that is handed over; throws if it must not be.
    mutating func take(_ peer: PeerAddress?, _ frames: [[UInt8]]) throws(ZeroMQError) {
        let largest = frames.reduce(0) { max($0, $1.count) }
        // Sent nevertheless, it would cost the connection.
        guard largest <= limits.messageBytes else { throw .messageTooLarge(bytes: largest, limit: limits.messageBytes) }
        var load = waiting[peer] ?? Load()
        load.add(frames)
        // A single message always finds room, whatever its size.
        guard load.messages == 1 || (load.messages <= limits.outbox && load.bytes <= limits.outboxBytes) else { throw .queueFull }
        waiting[peer] = load
    }

    /// Notes that messages wait no longer: libzmq has them, or they are lost.
    mutating func release(_ peer: PeerAddress?, _ load: Load) {
        guard var left = waiting[peer] else { return }
        left.messages -= load.messages
        left.bytes -= load.bytes
        waiting[peer] = left.messages > 0 ? left : nil
    }
}
