import Cryptography

/// The hashes that bind each record to all before it in its run.
enum HashChain {
    /// What stands before the first record.
    static let start = [UInt8](repeating: 0, count: 32)

    /// SHA-256 of: previous hash; run and its length; sequence; time; kind; payload and its length. Numbers have eight
    /// bytes, the highest first.
    static func hash(after previous: [UInt8], run: String, sequence: Int, wallMilliseconds: UInt64, kind: Int, payload: [UInt8]) -> [UInt8] {
        let name = Array(run.utf8)
        var input: [UInt8] = []
        input.reserveCapacity(previous.count + name.count + payload.count + 40)
        input += previous
        append(UInt64(name.count), to: &input)
        input += name
        append(UInt64(bitPattern: Int64(sequence)), to: &input)
        append(wallMilliseconds, to: &input)
        append(UInt64(bitPattern: Int64(kind)), to: &input)
        append(UInt64(payload.count), to: &input)
        input += payload
        return Digest.sha256(input)
    }

    static func hash(of snapshot: JournalSnapshot) -> [UInt8] {
        var input: [UInt8] = []
        for field in [Array(snapshot.run.utf8), Array(snapshot.version.utf8), snapshot.payload] {
            append(UInt64(field.count), to: &input)
            input += field
        }
        append(UInt64(bitPattern: Int64(snapshot.sequence)), to: &input)
        return Digest.sha256(input)
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: UInt64(56), through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
}

/// Where a run's chain ends.
struct ChainHead {
    /// Its key in the table `run`.
    var id: Int64
    var sequence: Int
    var hash: [UInt8]
}
