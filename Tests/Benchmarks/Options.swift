import TestSupport

/// What the command line asks for.
struct Options {
    var hosts = [1, 20, 100]
    /// Commands of each way and number of hosts.
    var jobs = 1500
    var rounds = 5

    static let usage = "[--hosts N,N,…] [--jobs N] [--rounds N]"

    init(_ arguments: some Sequence<String>) throws {
        var rest = Array(arguments)
        func number(_ text: String, _ range: ClosedRange<Int>) throws -> Int {
            guard let number = Int(text), range.contains(number) else {
                throw TestFailure("'\(text)' is not a number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
        while !rest.isEmpty {
            let option = rest.removeFirst()
            guard ["--hosts", "--jobs", "--rounds"].contains(option) else { throw TestFailure("'\(option)' is not an option; there are \(Self.usage)") }
            guard !rest.isEmpty else { throw TestFailure("\(option) needs a value") }
            let value = rest.removeFirst()
            switch option {
            case "--hosts": hosts = try value.split(separator: ",", omittingEmptySubsequences: false).map { try number(String($0), 1...300) }
            case "--jobs": jobs = try number(value, 1...1_000_000)
            default: rounds = try number(value, 1...100)
            }
        }
    }
}
