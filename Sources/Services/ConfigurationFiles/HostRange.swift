/// `web[01:20]` stands for web01 to web20.
enum HostRange {
    static let limit = 10_000

    struct Member: Equatable {
        var name: String
        /// As it stands in the name, with its zeros; nil if the name is not of a range.
        var number: String?
    }

    /// What to say of a range that can't be read.
    struct Malformed: Error, Equatable {
        var what: String
        var remedy: String
    }

    static func expand(_ text: String) throws(Malformed) -> [Member] {
        guard text.contains(where: { $0 == "[" || $0 == "]" }) else { return [Member(name: text, number: nil)] }
        let malformed = Malformed(what: "'\(text)' is not a range of hosts", remedy: "write one range, such as web[01:20]")
        guard let open = text.firstIndex(of: "["), let close = text.firstIndex(of: "]"), open < close else { throw malformed }
        let bounds = text[text.index(after: open)..<close].split(separator: ":", omittingEmptySubsequences: false)
        guard bounds.count == 2, bounds.allSatisfy({ $0.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) }),
            let first = Int(bounds[0]), let last = Int(bounds[1]), first <= last
        else { throw malformed }
        let after = text[text.index(after: close)...]
        guard !after.contains(where: { $0 == "[" || $0 == "]" }) else { throw malformed }
        guard last - first < limit else {
            throw Malformed(what: "'\(text)' stands for more than \(limit) hosts", remedy: "make the range smaller")
        }
        return (first...last).map { number in
            let digits = String(number)
            let padded = String(repeating: "0", count: max(0, bounds[0].count - digits.count)) + digits
            return Member(name: text[..<open] + padded + after, number: padded)
        }
    }

    /// Fills the number into the `{}` of an address; without leading zeros in IPv4 addresses, where they would mean octal.
    static func fill(_ address: String, number: String) -> String {
        let isIPv4 = address.replacing("{}", with: "").allSatisfy { $0 == "." || $0.isWholeNumber }
        return address.replacing("{}", with: isIPv4 ? String(number.drop { $0 == "0" }.isEmpty ? "0" : number.drop { $0 == "0" }) : number)
    }
}
