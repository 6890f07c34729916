extension UInt {
    fileprivate var clamped: Int { Int(exactly: self) ?? .max }
}

enum Braces {
    /// The words of `{1..9..2}` or `{a..e}`; nil if there are more than `limit`.
    static func range(_ first: String, _ last: String, _ step: String?, limit: Int) -> [String]? {
        let width = [first, last].contains { $0.hasPrefix("0") && $0.count > 1 || $0.hasPrefix("-0") } ? max(first.count, last.count) : 0
        var by = max(1, min(1 << 40, step.flatMap(Int.init)?.magnitude.clamped ?? 1))
        if let from = Int(first), let to = Int(last) {
            guard from.magnitude < 1 << 40, to.magnitude < 1 << 40 else { return nil }
            guard from.distance(to: to).magnitude / by.magnitude < limit.magnitude else { return nil }
            if from > to { by = -by }
            return stride(from: from, through: to, by: by).map { padded($0, width) }
        }
        guard let from = first.unicodeScalars.first?.value, let to = last.unicodeScalars.first?.value, first.unicodeScalars.count == 1, last.unicodeScalars.count == 1 else {
            return ["{\(first)..\(last)}"]
        }
        let step = from > to ? -by : by
        return stride(from: Int(from), through: Int(to), by: step).compactMap { Unicode.Scalar(UInt32($0)).map { String(Character($0)) } }
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(abs(number)), sign = number < 0 ? "-" : ""
        return sign + String(repeating: "0", count: max(0, width - digits.count - sign.count)) + digits
    }
}
