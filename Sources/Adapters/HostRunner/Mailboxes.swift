/// Messages of a runner by whom they are for: each waits in a box until somebody takes it.
///
/// Several boxes may have one name, since a command is followed, settled and cancelled at the same time: each gets all.
struct Mailboxes {
    typealias ID = UInt64

    private struct Box {
        var name: String
        var messages: [RunnerMessage] = []
        var waiter: (deadline: Duration, continuation: CheckedContinuation<RunnerMessage?, Never>)?
    }

    private var boxes: [ID: Box] = [:]
    private var named: [String: [ID]] = [:]
    private var lastID: UInt64 = 0

    mutating func open(_ name: String) -> ID {
        lastID += 1
        boxes[lastID] = Box(name: name)
        named[name, default: []].append(lastID)
        return lastID
    }

    mutating func close(_ id: ID) {
        guard let box = boxes.removeValue(forKey: id) else { return }
        box.waiter?.continuation.resume(returning: nil)
        named[box.name]?.removeAll { $0 == id }
        if named[box.name]?.isEmpty == true { named[box.name] = nil }
    }

    /// Delivers to all boxes of a name; a message for nobody is dropped (an answer to someone who gave up).
    mutating func deliver(_ message: RunnerMessage, to name: String) {
        for id in named[name] ?? [] {
            if let waiter = boxes[id]?.waiter {
                boxes[id]?.waiter = nil
                waiter.continuation.resume(returning: message)
            } else {
                boxes[id]?.messages.append(message)
            }
        }
    }

    /// A message that waits already.
    mutating func take(_ id: ID) -> RunnerMessage? {
        guard boxes[id]?.messages.isEmpty == false else { return nil }
        return boxes[id]?.messages.removeFirst()
    }

    /// False if the box is closed and the wait has ended already.
    ///
    /// - Parameter deadline: a moment of `MonotonicTime`, for `giveUp`.
    mutating func wait(_ id: ID, until deadline: Duration, _ continuation: CheckedContinuation<RunnerMessage?, Never>) -> Bool {
        guard boxes[id] != nil else {
            continuation.resume(returning: nil)
            return false
        }
        boxes[id]?.waiter = (deadline, continuation)
        return true
    }

    /// Ends all waits whose time is over, without a message. Returns the deadline of the next.
    mutating func giveUp(until now: Duration) -> Duration? {
        for (id, box) in boxes {
            guard let waiter = box.waiter, waiter.deadline <= now else { continue }
            boxes[id]?.waiter = nil
            waiter.continuation.resume(returning: nil)
        }
        return boxes.values.compactMap { $0.waiter?.deadline }.min()
    }

    /// The stream is gone: nobody will get anything any more.
    mutating func closeAll() {
        let all = boxes
        boxes = [:]
        named = [:]
        for box in all.values { box.waiter?.continuation.resume(returning: nil) }
    }
}
