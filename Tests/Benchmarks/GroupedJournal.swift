import Journal

/// The journal as a coordinator uses it: what waits while the disk is busy is written together.
actor GroupedJournal {
    private let journal: Journal
    private var waiting: [(entries: [JournalEntry], done: CheckedContinuation<Void, any Error>)] = []
    private var isWriting = false

    init(directory: String) throws { journal = try Journal(directory: directory, access: .write, now: 0) }

    /// Returns when the disk has them.
    func commit(_ entries: [JournalEntry]) async throws {
        try await withCheckedThrowingContinuation { done in
            waiting.append((entries, done))
            guard !isWriting else { return }
            isWriting = true
            Task { await self.write() }
        }
    }

    private func write() async {
        while !waiting.isEmpty {
            let batch = waiting
            waiting = []
            do {
                try await journal.append(batch.flatMap(\.entries), at: 0)
                for entry in batch { entry.done.resume() }
            } catch {
                for entry in batch { entry.done.resume(throwing: error) }
            }
        }
        isWriting = false
    }
}
