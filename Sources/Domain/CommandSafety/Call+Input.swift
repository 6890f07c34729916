extension Call {
    /// A shell, or an interpreter, without code of its own: what comes in is run.
    var readsCodeFromInput: Bool {
        guard Wrappers.shells.contains(program) || Rules.interpreters.contains(program) else { return false }
        let isFromInput = has("-s") && Wrappers.shells.contains(program)
        return isFromInput || !(operands.contains { $0.known != "-" && $0.known != "/dev/stdin" } || has("-c", "-e", "-n", "-p", "-m"))
    }

    /// Programs whose operands are paths, and how many operands before them are not.
    private static let pathPrograms = [
        "rm": 0, "rmdir": 0, "unlink": 0, "shred": 0, "mv": 0, "cp": 0, "ln": 0, "install": 0, "tee": 0, "truncate": 0, "touch": 0, "mkdir": 0, "rsync": 0,
        "find": 0, "cat": 0, "chmod": 1, "chown": 1, "chgrp": 1, "sed": 1,
    ]

    /// The same call with its relative paths written out.
    func resolved(in directory: String) -> Call {
        guard var skipped = Self.pathPrograms[program] else { return self }
        var call = self
        for (index, word) in arguments.enumerated() where !word.prefix.hasPrefix("-") {
            if skipped > 0 {
                skipped -= 1
            } else if !word.prefix.hasPrefix("/"), !word.prefix.hasPrefix("~"), !(word.known == nil && word.prefix.isEmpty && !word.isPattern) {
                call.arguments[index] = word.known.map { Word(known: directory + "/" + $0) } ?? Word(prefix: directory + "/" + word.prefix)
            }
            // After its first operand, find's words are tests.
            if program == "find", arguments.dropFirst(index + 1).first?.prefix.hasPrefix("-") ?? true { break }
        }
        return call
    }
}
