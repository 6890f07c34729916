import Model

/// Jobs in the order in which they came, each once. Every operation costs the same however many wait; a place that was left
/// costs a step of whoever walks past it, and such places are never more than those that are taken.
struct JobQueue: Sendable {
    struct Entry: Sendable {
        let job: JobID
        let host: HostName
    }

    /// Nil: left.
    private var entries: [Entry?] = []
    private var places: [JobID: Int] = [:]
    /// Where the first that waits may be.
    private var head = 0

    var isEmpty: Bool { places.isEmpty }
    var count: Int { places.count }

    /// Who is first, and where.
    var first: (place: Int, entry: Entry)? { entry(from: head) }

    /// Who comes next. The queue must not have changed since `place` was got.
    func next(after place: Int) -> (place: Int, entry: Entry)? { entry(from: place + 1) }

    private func entry(from place: Int) -> (place: Int, entry: Entry)? {
        var place = place
        while place < entries.count {
            if let entry = entries[place] { return (place, entry) }
            place += 1
        }
        return nil
    }

    /// Appends a job, unless it waits already.
    mutating func append(_ job: JobID, _ host: HostName) {
        guard places[job] == nil else { return }
        places[job] = entries.count
        entries.append(Entry(job: job, host: host))
    }

    /// Takes a job out, wherever it stands.
    mutating func remove(_ job: JobID) {
        guard let place = places.removeValue(forKey: job) else { return }
        entries[place] = nil
        while head < entries.count, entries[head] == nil { head += 1 }
        // Now and then only, so that the others move once for each that left.
        if entries.count > 64, places.count * 2 < entries.count { compact() }
    }

    private mutating func compact() {
        entries.removeAll { $0 == nil }
        head = 0
        for (place, entry) in entries.enumerated() {
            if let entry { places[entry.job] = place }
        }
    }
}
