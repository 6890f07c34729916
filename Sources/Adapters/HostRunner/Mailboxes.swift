/// Messages of a runner by whom they are for: each waits in a box until somebody takes it.
struct Mailboxes {
    private struct Box {
        var messages: [RunnerMessage] = []
        var waiter: (id: UInt64, continuation: CheckedContinuation<RunnerMessage?, Never>)?
    }

    private var boxes: [String: Box] = [:]
    private var nextWaiter: UInt64 = 1

    mutating func open(_ name: String) { boxes[name] = Box() }
    mutating func close(_ name: String) {
        boxes.removeValue(forKey: name)?.waiter?.continuation.resume(returning: nil)
    }
    func isOpen(_ name: String) -> Bool { boxes[name] != nil }

    /// Delivers to a box; a message for nobody is dropped (an answer to someone who gave up).
    mutating func deliver(_ message: RunnerMessage, to name: String) {
        guard var box = boxes[name] else { return }
        if let waiter = box.waiter {
            box.waiter = nil
            boxes[name] = box
            waiter.continuation.resume(returning: message)
        } else {
            box.messages.append(message)
            boxes[name] = box
        }
    }

    /// A message that waits already.
    mutating func take(_ name: String) -> RunnerMessage? {
        guard boxes[name]?.messages.isEmpty == false else { return nil }
        return boxes[name]?.messages.removeFirst()
    }

    mutating func wait(_ name: String, _ continuation: CheckedContinuation<RunnerMessage?, Never>) -> UInt64? {
        guard boxes[name] != nil else {
            continuation.resume(returning: nil)
            return nil
        }
        defer { nextWaiter += 1 }
        boxes[name]?.waiter = (nextWaiter, continuation)
        return nextWaiter
    }

    /// Ends a wait without a message, if it is still that one.
    mutating func giveUp(_ name: String, waiter id: UInt64) {
        guard let waiter = boxes[name]?.waiter, waiter.id == id else { return }
        boxes[name]?.waiter = nil
        waiter.continuation.resume(returning: nil)
    }

    /// The stream is gone: nobody will get anything any more.
    mutating func closeAll() {
        let all = boxes
        boxes = [:]
        for box in all.values { box.waiter?.continuation.resume(returning: nil) }
    }
}
