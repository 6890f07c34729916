import ShellSyntax

/// A line of `forbidden_commands`, read as an argv pattern: program, flags and operands; never a substring.
struct ForbiddenPattern: Sendable, Equatable {
    let text: String
    private let program: String
    private let flags: Set<String>
    private let operands: [String]

    /// Nil for a line that names no program.
    init?(_ text: String) {
        guard let script = try? ShellReader.read(text), let command = script.pipelines.first?.commands.first else { return nil }
        let words = command.words.compactMap { Word($0, variables: [:]).known }
        guard let first = words.first else { return nil }
        self.text = text
        program = Paths.programName(first)
        let call = Call(program: program, arguments: words.dropFirst().map(Word.init(known:)), span: command.span)
        flags = call.flags
        operands = call.operands.compactMap(\.known).map { $0.hasPrefix("/") ? Paths.normalised($0) : $0 }
    }

    /// Why a line can't be a pattern; nil if it can.
    static func problem(with text: String) -> String? {
        guard let script = try? ShellReader.read(text) else { return "can't be read as a command" }
        guard script.pipelines.count == 1, script.pipelines[0].commands.count == 1 else { return "is not a single command" }
        let words = script.pipelines[0].commands[0].words
        return words.isEmpty || words.contains { Word($0, variables: [:]).known == nil } ? "is not made of plain words" : nil
    }

    func matches(_ call: Call) -> Bool {
        // A bare name stands for its family: `mkfs` for mkfs.ext4 too.
        guard call.program == program || (operands.isEmpty && flags.isEmpty && call.program.hasPrefix(program + ".")) else { return false }
        guard flags.isSubset(of: call.flags) else { return false }
        let present = call.operands.compactMap(\.known).map { $0.hasPrefix("/") ? Paths.normalised($0) : $0 }
        return operands.allSatisfy(present.contains)
    }
}
