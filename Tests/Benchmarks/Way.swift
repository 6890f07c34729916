/// One way to have commands carried out on hosts whose connections are open already.
///
/// A host has one command at a time: the next is sent when the last has been answered.
protocol Way: Sendable {
    var name: String { get }
    /// Has `jobs` commands carried out, by whichever hosts are free, and proves of each that it ended with 0.
    func carryOut(jobs: Int) async throws
    /// CPU time that this way's own programs on the client have used so far, beside this process.
    var programTime: Duration { get throws }
    /// Compares what the hosts have on record with what was sent, and says what was found. Throws if they differ.
    func verify() throws -> String
    /// OpenSSH's client is so slow that it gets fewer commands.
    var share: Int { get }
}

extension Way {
    var programTime: Duration { .zero }
    var share: Int { 1 }
}

/// A figure may not be printed: what was counted is not what was sent.
struct WrongCount: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
