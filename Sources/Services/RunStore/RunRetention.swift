package import Model

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Removes runs that are over and old. Unfinished ones stay, however old: somebody may resume them.
package struct RunRetention: Sendable {
    let state: StateDirectory
    let keepDays: Int

    package init(state: StateDirectory, keepDays: Int) {
        self.state = state
        self.keepDays = keepDays
    }

    /// Returns the runs that were removed.
    @discardableResult
    package func prune(now: UInt64 = WallClock.milliseconds, each: (RunID) -> Void = { _ in }) async -> [RunID] {
        let limit = now - min(now, UInt64(keepDays) * 86_400_000)
        var removed: [RunID] = []
        for run in (try? state.runs()) ?? [] where Self.milliseconds(of: run) < limit {
            let entry = await RunCatalogue(state: state).entry(run)
            guard !entry.isUnfinished, let history = entry.history, history.changed < limit else { continue }
            guard (try? FileManager.default.removeItem(atPath: state.directory(of: run))) != nil else { continue }
            removed.append(run)
            each(run)
        }
        return removed
    }

    /// When a run's identifier was made: the first 48 bits of a UUIDv7 (RFC 9562, section 5.7).
    static func milliseconds(of run: RunID) -> UInt64 { UInt64(run.value.prefix(12), radix: 16) ?? .max }
}
