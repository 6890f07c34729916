import ShellSyntax

/// What a shell knows at one point of a script. A subshell works on a copy.
struct ShellState: Sendable {
    /// What a descriptor leads to.
    enum Stream: Sendable, Equatable {
        case closed
        /// Where the standard output of the script goes, or standard error.
        case inherited
        case reads(PipeInput)
        case writes(Value, appends: Bool)
        /// `/dev/tcp/…`, both ways.
        case socket(Value)
    }
    struct Trap: Sendable, Equatable {
        var code: Value
        var span: Span
    }

    var variables: [String: Variable] = [:]
    var positional = Positional(hasMore: true)
    /// Functions that a name may stand for, as places in the evaluator's list.
    var functions: [String: [Int]] = [:]
    var exportedFunctions: Set<String> = []
    var aliases: [String: Value] = [:]
    /// `hash -p`.
    var hashed: [String: String] = [:]
    /// Where it may stand.
    var directories: [Value] = [Value(Directory.own)]
    var previousDirectories: [Value] = [Value(Directory.own)]
    var directoryStack: [[Value]] = []
    var streams: [Int: Stream] = [:]
    var input = PipeInput()
    var traps: [String: Trap] = [:]
    var exitsOnError = false
    /// `set -u`: a variable that nobody has set ends the script.
    var failsOnUnset = false
    /// `$_`.
    var lastArgument = Value.unset
    /// This point is not reached: the shell has left by `exit`, `return`, `break`. What stands here is judged all the same, but does not
    /// count where ways meet.
    var isDead = false

    /// Takes in what holds on another way that meets this one.
    mutating func join(_ other: ShellState) {
        if other.isDead, !isDead { return }
        if isDead, !other.isDead {
            self = other
            return
        }
        if variables != other.variables {
            for (name, variable) in other.variables { variables[name] = variables[name].map { $0.joined(variable) } ?? Self.maybeUnset(name, variable) }
            for (name, variable) in variables where other.variables[name] == nil { variables[name] = Self.maybeUnset(name, variable) }
        }
        positional = positional.joined(other.positional)
        for (name, bodies) in other.functions where functions[name] != bodies {
            functions[name] = (functions[name] ?? []) + bodies.filter { functions[name]?.contains($0) != true }
        }
        aliases.merge(other.aliases) { $0.union($1) }
        exportedFunctions.formUnion(other.exportedFunctions)
        hashed.merge(other.hashed) { mine, _ in mine }
        directories = Self.union(directories, other.directories)
        previousDirectories = Self.union(previousDirectories, other.previousDirectories)
        if directoryStack != other.directoryStack { directoryStack += other.directoryStack }
        streams.merge(other.streams) { mine, theirs in if case .socket = theirs { theirs } else { mine } }
        traps.merge(other.traps) { mine, theirs in Trap(code: mine.code.union(theirs.code), span: mine.span) }
        if lastArgument != other.lastArgument { lastArgument = lastArgument.union(other.lastArgument) }
        if input != other.input { input = PipeInput(input: .calls([])) }
        exitsOnError = exitsOnError && other.exitsOnError
        failsOnUnset = failsOnUnset && other.failsOnUnset
    }

    /// What may change from one turn of a loop to the next is widened.
    mutating func widen(to other: ShellState) {
        for (name, variable) in other.variables {
            variables[name] = variables[name].map { $0.widened(to: variable) } ?? Self.maybeUnset(name, variable).widened(to: variable)
        }
        let values = variables
        join(other)
        variables.merge(values) { $1 }
    }

    private static func maybeUnset(_ name: String, _ variable: Variable) -> Variable {
        var joined = variable
        joined.value = variable.value.union(Environment.value(of: name) ?? .unset)
        joined.hasMore = variable.elements != nil
        return joined
    }

    static func union(_ mine: [Value], _ theirs: [Value]) -> [Value] {
        mine == theirs ? mine : mine + theirs.filter { !mine.contains($0) }
    }
}

/// What comes in at a command's standard input.
struct PipeInput: Sendable, Equatable {
    var input: Call.Input = .nothing
    /// When its text is not known: how each of its lines reads.
    var line: Value?
    /// When its text is known in part: all of it.
    var partial: Value?
    /// It was fetched from the network by this program.
    var fetchedBy: String?
}

/// Variables that nobody in the script sets. The runner starts a script with an environment of its own (docs/architecture.md); what other
/// names hold comes from secrets or is nothing.
enum Environment {
    static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// The home of the account that a script runs as is not known: it stands as `~`.
    static func value(of name: String) -> Value? {
        switch name {
        case "HOME": Value("~")
        case "PATH": Value(path)
        case "SHELL", "BASH": Value("/bin/bash")
        case "IFS": Value(" \t\n")
        case "USER", "LOGNAME", "HOSTNAME", "HOSTTYPE", "OSTYPE", "MACHTYPE", "RANDOM", "SRANDOM", "SECONDS", "LINENO", "UID", "EUID", "PPID", "BASHPID", "BASH_VERSION",
            "EPOCHSECONDS", "EPOCHREALTIME", "SHLVL", "OPTIND", "BASH_SUBSHELL", "COLUMNS", "LINES", "$", "#", "?", "!", "-":
            .name
        case "TERM", "LANG", "LC_ALL": Value([.empty, .name])
        default: nil
        }
    }
}
