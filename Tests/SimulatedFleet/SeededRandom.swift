/// Random numbers that a seed repeats exactly (splitmix64). Plain integers: the library's generic ones cost too much unoptimised.
package struct SeededRandom: Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// From 0 to `limit` - 1; 0 for a limit below 2.
    package mutating func below(_ limit: Int) -> Int {
        guard limit > 1 else { return 0 }
        return Int(truncatingIfNeeded: next() >> 33) % limit
    }

    package mutating func between(_ low: Int, _ high: Int) -> Int { low + below(high - low + 1) }
    package mutating func percent(_ chance: Int) -> Bool { chance > 0 && below(100) < chance }
    package mutating func perMille(_ chance: Int) -> Bool { chance > 0 && below(1000) < chance }
}
