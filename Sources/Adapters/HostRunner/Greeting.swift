/// Finds the runner's HELLO behind whatever a login prints.
struct Greeting {
    /// More noise than this is a login that does not end in a shell.
    static let limit = 64 << 10

    let nonce: String
    private(set) var firstLine = ""
    /// What came behind the HELLO line.
    private(set) var rest: [UInt8] = []
    private var line: [UInt8] = []
    private var seen = 0
    var isSilent: Bool { seen == 0 }

    init(nonce: String) { self.nonce = nonce }

    /// Returns the greeting once its line is complete.
    mutating func take(_ bytes: [UInt8]) throws(HostRunnerError) -> RunnerHello? {
        for (index, byte) in bytes.enumerated() {
            seen += 1
            // Counted byte by byte: how the noise was cut into pieces must not matter.
            guard seen <= Self.limit else { throw .noHello(firstLine: firstLine) }
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            switch RunnerMessage(line[...]) {
            // The nonce tells our runner from noise that happens to look like it.
            case .hello(let hello, nonce)?:
                rest = Array(bytes[(index + 1)...])
                return hello
            case .failure(let text)? where text.hasPrefix("ledger "): throw .ledger(String(text.dropFirst(7)))
            case .failure(let text)? where text.hasPrefix("missing "): throw .missing(String(text.dropFirst(8)))
            default: note()
            }
            line = []
        }
        return nil
    }

    private mutating func note() {
        guard firstLine.isEmpty else { return }
        let printable = line.filter { $0 >= 0x20 && $0 != 0x7f }
        firstLine = String(decoding: printable.prefix(200), as: UTF8.self)
    }

    /// The reason why there was no greeting.
    func failure(identity: RunnerIdentity, diagnostics: String, orElse other: HostRunnerError?) -> HostRunnerError {
        var greeting = self
        greeting.line = line
        greeting.note()
        let said = greeting.firstLine.isEmpty ? diagnostics.split(whereSeparator: \.isNewline).first.map(String.init) ?? "" : greeting.firstLine
        let all = greeting.firstLine + "\n" + diagnostics
        if identity == .root { return .become(BecomeProblem(diagnostics.isEmpty ? said : diagnostics)) }
        if all.contains("password has expired") || all.contains("password change") || all.contains("must change your password") {
            return .passwordExpired(firstLine: said)
        }
        return other ?? .noShell(firstLine: said)
    }
}
