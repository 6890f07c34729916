import Model

/// For each step, on how many hosts it is still to come, and whether it failed on any: what `when: all` asks.
struct BarrierCounts: Sendable, Equatable {
    private struct Count: Sendable, Equatable {
        var remaining = 0
        var isBroken = false
    }
    private var counts: [StepID: Count] = [:]

    /// One more host has the step.
    mutating func expect(_ step: StepID) { counts[step, default: Count()].remaining += 1 }

    /// The step ended on one host. Returns whether the barrier has just opened or broken.
    mutating func record(_ step: StepID, succeeded: Bool) -> Bool {
        guard var count = counts[step] else { return false }
        let before = Self.state(count)
        count.remaining -= 1
        if !succeeded { count.isBroken = true }
        counts[step] = count
        return Self.state(count) != before
    }

    func state(_ step: StepID) -> HostTrack.Barrier { counts[step].map(Self.state) ?? .reached }

    private static func state(_ count: Count) -> HostTrack.Barrier {
        count.isBroken ? .broken : count.remaining <= 0 ? .reached : .open
    }
}
