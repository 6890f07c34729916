/// Timers in the order of their deadlines: a binary heap whose cancelled entries are dropped when they come up.
struct TimerQueue {
    private struct Entry {
        let deadline: Duration
        let id: UInt64
    }
    private var heap: [Entry] = []
    private var bodies: [UInt64: () -> Void] = [:]
    private var nextID: UInt64 = 1

    /// The earliest deadline of a timer that is still wanted.
    mutating func earliest() -> Duration? {
        while let first = heap.first {
            if bodies[first.id] != nil { return first.deadline }
            removeFirst()
        }
        return nil
    }

    mutating func add(deadline: Duration, _ body: @escaping () -> Void) -> UInt64 {
        let id = nextID
        nextID += 1
        bodies[id] = body
        heap.append(Entry(deadline: deadline, id: id))
        var child = heap.count - 1
        while child > 0, heap[child].deadline < heap[(child - 1) / 2].deadline {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
        return id
    }

    mutating func cancel(_ id: UInt64) { bodies[id] = nil }

    /// Takes out the body of one timer that is due.
    mutating func popDue(now: Duration) -> (() -> Void)? {
        while let first = heap.first, first.deadline <= now {
            removeFirst()
            if let body = bodies.removeValue(forKey: first.id) { return body }
        }
        return nil
    }

    private mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].deadline < heap[least].deadline {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
