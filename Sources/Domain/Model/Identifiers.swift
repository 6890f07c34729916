/// Name of a host in the inventory: what people type, see and put into patterns. Not its address.
package struct HostName: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    package let value: String
    package init(_ value: String) { self.value = value }
    package init(stringLiteral value: String) { self.value = value }
    package var description: String { value }
    package static func < (left: HostName, right: HostName) -> Bool { left.value < right.value }
}

/// Identifier of a main step, unique within a plan; the same step has the same identifier in every host class.
package struct StepID: Hashable, Comparable, Sendable, CustomStringConvertible, ExpressibleByStringLiteral {
    package let value: String
    package init(_ value: String) { self.value = value }
    package init(stringLiteral value: String) { self.value = value }
    package var description: String { value }
    package static func < (left: StepID, right: StepID) -> Bool { left.value < right.value }
}

/// Identifier of one execution of a plan: a UUIDv7 as 32 hexadecimal digits.
package struct RunID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let value: String
    package init(_ value: String) { self.value = value }
    package var description: String { value }
    package static func < (left: RunID, right: RunID) -> Bool { left.value < right.value }
}

/// Identifier of one subtask on one host in one run: a UUIDv7 as 32 hexadecimal digits.
///
/// Hosts compare these to tell forgotten jobs from new ones (EXECUTION: "late and forgotten"), so one coordinator
/// hands them out in ascending order.
package struct JobID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let value: String
    package init(_ value: String) { self.value = value }
    package var description: String { value }
    package static func < (left: JobID, right: JobID) -> Bool { left.value < right.value }
}

/// Makes UUIDv7 values (RFC 9562, section 5.7) that ascend even when the clock stands still or goes back.
///
/// Pure: time and random bits come from the caller.
package struct AscendingIdentifiers: Sendable, Equatable {
    private var last: UInt64 = 0
    package init() {}

    /// - Parameters:
    ///   - milliseconds: wall clock, milliseconds since 1970.
    ///   - random: 64 random bits; the upper two bits give way to the RFC's variant.
    /// - Returns: 32 hexadecimal digits, greater than all returned before.
    package mutating func next(milliseconds: UInt64, random: UInt64) -> String {
        // 48 bits of time and, in the 12 bits of rand_a, a counter: max(now, last) + 1 as one number.
        last = max(milliseconds << 12, last &+ 1)
        let high = (last >> 12) << 16 | 0x7000 | (last & 0xFFF)
        let low = (random & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        return Self.hexadecimal(high) + Self.hexadecimal(low)
    }

    /// Takes note of an identifier made before, so that the next is greater: after a replay.
    package mutating func observe(_ identifier: String) {
        guard let high = UInt64(identifier.prefix(16), radix: 16) else { return }
        last = max(last, (high >> 16) << 12 | (high & 0xFFF))
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
