import Threads

/// Tells when a run may have changed: at once when a file of it did, and every second, since nothing tells that the process
/// which carried it out is gone.
struct RunWatch: Sendable {
    private let watches: [DirectoryWatch]

    /// Where a directory can't be watched, the seconds are left.
    init(_ directories: [String]) { watches = directories.compactMap { DirectoryWatch($0) } }

    /// Calls `body` for changes, many at once, until it says that it has seen the end.
    func untilEnd(_ body: () async throws -> Bool) async throws {
        let watches = watches
        defer { for watch in watches { watch.close() } }
        let (changes, feed) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for watch in watches {
                group.addTask { for await _ in watch.changes { feed.yield() } }
            }
            group.addTask {
                while (try? await ContinuousClock().sleep(for: .seconds(1))) != nil { feed.yield() }
            }
            for await _ in changes where try await body() { break }
            group.cancelAll()
        }
    }
}
