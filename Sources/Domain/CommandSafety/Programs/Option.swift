/// What an operand, or the value of an option, is to a program.
enum Role: String, Sendable {
    /// A plain word: a name, a number, a pattern.
    case text
    /// Looked at: it may be opened, nothing of it is shown.
    case reads
    /// Shown, sent, or copied to another file.
    case prints
    /// Made anew, or replaced.
    case writes
    case appends
    /// Changed in its place.
    case edits
    case touches
    case makes
    case deletes
    /// It and all below it.
    case deletesTree
    /// A file or directory of code.
    case runs
    /// Text that is run as a command.
    case code
    /// What the operands before it go to.
    case target
    /// A block device that is only looked at.
    case device
}

/// The options of a program: which there are, which take a value, and what that value is.
struct OptionGrammar: Sendable {
    enum Value: Sendable, Equatable {
        case none
        /// Only attached: `--color=auto`, `-i.bak`.
        case attached
        case needed(Role)
    }
    struct Option: Sendable {
        /// The first of its spellings.
        var name: String
        var value: Value
    }
    private var options: [String: Option] = [:]
    private var long: [String] = []
    /// `-name value` as find, openssl and ip read it: a dash and a whole word.
    let hasLongDashes: Bool
    /// Options are read up to the first operand only.
    let stopsAtOperand: Bool

    /// - Parameter text: `-t/--target-directory:target -n= --backup? -r/-R/--recursive`: spellings, then `=` for a value, `:role` for a
    ///   value with a role, `?` for a value that must be attached. Options that are not named are flags.
    init(_ text: String, longDashes: Bool = false, stopsAtOperand: Bool = false) {
        hasLongDashes = longDashes
        self.stopsAtOperand = stopsAtOperand
        for word in text.split(separator: " ") {
            var spellings = word
            var value = Value.none
            if let colon = word.firstIndex(of: ":") {
                value = .needed(Role(rawValue: String(word[word.index(after: colon)...])) ?? .text)
                spellings = word[..<colon]
            } else if word.last == "=" {
                value = .needed(.text)
                spellings = word.dropLast()
            } else if word.last == "?" {
                value = .attached
                spellings = word.dropLast()
            }
            let names = spellings.split(separator: "/").map(String.init)
            for name in names {
                options[name] = Option(name: names[0], value: value)
                if name.hasPrefix("--") { long.append(name) }
            }
        }
    }

    func short(_ letter: Character) -> Option {
        let name = "-" + String(letter)
        return options[name] ?? Option(name: name, value: .none)
    }
    func whole(_ text: String) -> Option? { options[text] }

    /// A long option, abbreviated or not. Of several that it may mean, all.
    func long(_ name: String) -> [Option] {
        if let exact = options[name] { return [exact] }
        let meant = name.utf8.count > 2 ? long.filter { $0.hasPrefix(name) } : []
        if meant.isEmpty { return [Option(name: name, value: .none)] }
        return meant.compactMap { options[$0] }
    }
}
