import Journal
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
            guard Self.isOver(entry), (entry.history?.changed ?? 0) < limit else { continue }
            // What the audit tells of it stays; where that can't be written the run stays too.
            if entry.history != nil { do { try await AuditSeal(state: state).seal(run, directory: state.directory(of: run)) } catch { continue } }
            guard remove(run) else { continue }
            removed.append(run)
            each(run)
        }
        return removed
    }

    private static func isOver(_ entry: RunCatalogue.Entry) -> Bool {
        switch entry.condition {
        case .finished, .cancelled, .neverBegan, .refused: true
        case .running, .paused, .undecided, .abandoned, .unreadable: false
        }
    }

    /// Returns false if it stays: a process that has just finished it still tells the hosts, or it can't be removed.
    private func remove(_ run: RunID) -> Bool {
        let directory = state.directory(of: run)
        do throws(JournalError) { guard try DirectoryLock.owner(of: directory) == nil else { return false } } catch { return false }
        // Under another name first: half a run is not to be found by anybody.
        let leftover = "\(state.path)/runs/.\(run.value).removed"
        guard (try? FileManager.default.moveItem(atPath: directory, toPath: leftover)) != nil else { return false }
        return (try? FileManager.default.removeItem(atPath: leftover)) != nil
    }

    /// When a run's identifier was made: the first 48 bits of a UUIDv7 (RFC 9562, section 5.7).
    static func milliseconds(of run: RunID) -> UInt64 { UInt64(run.value.prefix(12), radix: 16) ?? .max }
}
