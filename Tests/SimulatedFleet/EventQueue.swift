/// What happens next, by time; of the same time in the order in which it was put in.
struct EventQueue<Event> {
    private struct Entry {
        var time: Int
        var sequence: Int
        var slot: Int

        func isBefore(_ other: Entry) -> Bool { time == other.time ? sequence < other.sequence : time < other.time }
    }

    private var heap: [Entry] = []
    /// Events lie still while the heap moves.
    private var events: [Event?] = []
    private var free: [Int] = []
    private var sequence = 0

    var isEmpty: Bool { heap.isEmpty }
    var nextTime: Int? { heap.first?.time }

    mutating func push(_ event: Event, at time: Int) {
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
            events[slot] = event
        } else {
            slot = events.count
            events.append(event)
        }
        sequence += 1
        heap.append(Entry(time: time, sequence: sequence, slot: slot))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func pop() -> (time: Int, event: Event)? {
        guard let first = heap.first, let event = events[first.slot] else { return nil }
        events[first.slot] = nil
        free.append(first.slot)
        let last = heap.removeLast()
        guard !heap.isEmpty else { return (first.time, event) }
        heap[0] = last
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].isBefore(heap[child]) { child += 1 }
            guard heap[child].isBefore(heap[parent]) else { break }
            heap.swapAt(child, parent)
            parent = child
        }
        return (first.time, event)
    }
}
