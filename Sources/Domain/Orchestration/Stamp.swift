/// Time and chance as they come in with an input: machines read no clock and draw no random numbers.
package struct Stamp: Sendable, Equatable {
    /// Wall clock, milliseconds since 1970; only for identifiers.
    package var wallMilliseconds: UInt64
    /// Monotonic clock, from any origin.
    package var monotonic: Duration
    /// 64 random bits.
    package var entropy: UInt64

    package init(wallMilliseconds: UInt64, monotonic: Duration, entropy: UInt64) {
        self.wallMilliseconds = wallMilliseconds
        self.monotonic = monotonic
        self.entropy = entropy
    }

    /// The same moment with other random bits (a step of splitmix64), for inputs that need several identifiers.
    package var next: Stamp {
        var z = entropy &+ 0x9E37_79B9_7F4A_7C15
        let state = z
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Stamp(wallMilliseconds: wallMilliseconds, monotonic: monotonic, entropy: (z ^ (z >> 31)) ^ state)
    }
}
