import ShellSyntax

/// Goes through a script and collects what speaks against it.
struct Evaluator {
    let policy: CommandPolicy
    let context: CommandContext
    private(set) var findings: [Finding] = []
    /// Variables that the script itself has surely set to known values.
    private var variables: [String: String] = [:]
    /// Where the script may stand after its `cd`s, any of which may fail; beside these the place where it starts, an
    /// empty directory of its own.
    private var directories: [String] = []

    /// More places than this are not followed.
    private static let directoryLimit = 16
    /// What may give a variable another value, or take its value away, behind the reader's back.
    private static let variableChangers: Set<String> = [
        "read", "unset", "export", "readonly", "declare", "typeset", "local", "set", "getopts", "mapfile", "readarray", "printf", "eval", ".",
        "source", "let", "wait",
    ]

    /// Shells inside shells are followed this deep.
    private static let depthLimit = 8

    init(policy: CommandPolicy, context: CommandContext) {
        self.policy = policy
        self.context = context
    }

    mutating func find(_ policyClass: PolicyClass, _ decision: Decision, _ span: Span, _ why: String, instead: String = "") {
        findings.append(Finding(policyClass, decision, span, why, instead: instead))
    }

    /// - Parameter within: the place in the outer text, when this text was found inside it.
    mutating func judge(_ script: ShellScript, depth: Int, within outer: Span?) {
        let followed = Self.followedVariables(script)
        for pipeline in script.pipelines {
            if pipeline.isBackground, context.purpose.mustOnlyLook, let first = pipeline.commands.first {
                find(.lookMustNotChange, .deny, outer ?? first.span, "a guard or health check may leave nothing running in the background", instead: "wait for the command")
            }
            var earlier: [Call] = []
            for command in pipeline.commands {
                let span = outer ?? command.span
                let call = judge(command, span, depth)
                if command.words.isEmpty, pipeline.setsVariables {
                    for assignment in command.assignments where followed.contains(assignment.name) {
                        variables[assignment.name] = Word(assignment.value, variables: variables).known
                    }
                }
                if let call {
                    judgePipe(into: call, from: earlier, span)
                    earlier.append(call)
                }
            }
        }
    }

    /// The variables whose value is known once they are set: those that one place alone sets, in a script where nothing
    /// else can touch them.
    private static func followedVariables(_ script: ShellScript) -> Set<String> {
        var counts: [String: Int] = [:]
        var constants: [String: String] = [:]
        for command in script.pipelines.flatMap(\.commands) {
            for assignment in command.assignments {
                counts[assignment.name, default: 0] += 1
                constants[assignment.name] = Word(assignment.value, variables: [:]).known
            }
        }
        for command in script.pipelines.flatMap(\.commands) {
            guard let first = command.words.first else { continue }
            guard let name = Word(first, variables: constants).known, !variableChangers.contains(name), name != "command", name != "builtin" else { return [] }
        }
        return Set(counts.filter { $0.value == 1 }.keys)
    }

    private mutating func judge(_ command: SimpleCommand, _ span: Span, _ depth: Int) -> Call? {
        for redirection in command.redirections { judge(redirection, span) }
        for assignment in command.assignments {
            if CommandGuard.changesPrograms(variable: assignment.name) {
                find(.environmentHijack, .ask, span, "\(assignment.name) changes what later programs do", instead: "name programs by their full path")
            }
        }
        guard let first = command.words.first else { return nil }
        let words = command.words.map { Word($0, variables: variables) }
        guard let program = words[0].known, !program.isEmpty else {
            find(.unknownCode, .ask, first.span, "which program '\(DisplayText.escaped(words[0].shown))' is can't be told from the text", instead: "write the program's name")
            return nil
        }
        guard program.unicodeScalars.allSatisfy({ $0.isASCII }) else {
            find(.unknownCode, .deny, first.span, "the program name '\(DisplayText.escaped(program))' has letters that look like others")
            return nil
        }
        var call = Call(program, Array(words.dropFirst()), span: span)
        let judged = judgeCall(&call, depth)
        if let judged, command.redirections.contains(where: { $0.kind == .read && $0.descriptor == 0 }), judged.readsCodeFromInput {
            find(.unknownCode, .ask, span, "\(judged.program) would run what stands in a file", instead: "write the command itself")
        }
        return judged
    }

    private static let trustedDirectories = ["/bin/", "/sbin/", "/usr/local/bin/", "/usr/local/sbin/", "/lib/", "/usr/libexec/", "/opt/"]
    /// Takes wrappers off and judges what they call.
    private mutating func judgeCall(_ call: inout Call, _ depth: Int) -> Call? {
        guard depth < Self.depthLimit else {
            find(.unknownCode, .deny, call.span, "commands are nested deeper than \(Self.depthLimit) levels")
            return nil
        }
        if call.path.contains("/"), !Self.trustedDirectories.contains(where: { Paths.normalised(call.path).hasPrefix($0) }) {
            find(.unknownCode, .ask, call.span, "\(DisplayText.escaped(call.path)) is not a program of the system", instead: "install it as a package, or have a person approve it")
        }
        for pattern in policy.forbidden where pattern.matches(call) {
            find(.forbiddenByConfiguration, .deny, call.span, "\(call.shown) matches the forbidden command '\(pattern.text)' of the configuration")
        }
        switch Wrappers.unwrap(call) {
        case .none: break
        case .program(var inner):
            inner.wrappers = call.wrappers + [call.program]
            return judgeCall(&inner, depth + 1)
        case .text(let text):
            do throws(ShellReject) {
                // A shell inside sees only what is exported, and its own steps do not move this one; eval's do.
                let before = (variables, directories)
                variables = [:]
                judge(try ShellReader.read(text), depth: depth + 1, within: call.span)
                variables = before.0
                if call.program != "eval" { directories = before.1 }
            } catch {
                find(.notUnderstood, .deny, call.span, "the text for \(call.program) is not understood: \(error.reason)")
            }
            return call
        case .unknown(let what):
            find(.unknownCode, .ask, call.span, what, instead: "write the command itself")
            return call
        case .several(let inner):
            // What it runs, and what it does itself.
            for var inner in inner { _ = judgeCall(&inner, depth + 1) }
        }
        enter(call)
        let places = [call] + directories.map { call.resolved(in: $0) }.filter { $0 != call }
        var judged: Rules.Outcome?
        for place in places {
            let outcome = Rules(call: place, context: context).judge()
            for finding in outcome.findings where !findings.contains(finding) { findings.append(finding) }
            if judged == nil || outcome.changes { judged = outcome }
        }
        if context.purpose.mustOnlyLook, judged?.changes == true {
            find(.lookMustNotChange, .deny, call.span, "\(call.shown) changes something, and a guard or health check must only look", instead: "ask for the state instead of making it")
        }
        return call
    }

    /// Follows `cd`, so that relative paths are judged by every place where they may lie.
    private mutating func enter(_ call: Call) {
        guard call.program == "cd" || call.program == "pushd" else { return }
        guard let target = call.arguments.isEmpty ? "~" : call.operands.first?.known, target != "-" else {
            find(.unknownCode, .ask, call.span, "where '\(call.shown)' goes can't be told from the text", instead: "write the directory's path")
            return
        }
        let isAbsolute = target.hasPrefix("/") || target.hasPrefix("~")
        if !isAbsolute, directories.isEmpty, target.split(separator: "/").contains("..") {
            find(.unknownCode, .ask, call.span, "'\(call.shown)' leaves the command's own directory", instead: "write the whole path")
        }
        let reached = isAbsolute ? [target] : directories.map { $0 + "/" + target }
        for place in reached where !directories.contains(place) { directories.append(place) }
        if directories.count > Self.directoryLimit {
            find(.unknownCode, .deny, call.span, "the text goes to more than \(Self.directoryLimit) directories", instead: "write whole paths")
            directories.removeLast(directories.count - Self.directoryLimit)
        }
    }

    // MARK: Redirections and pipes

    private mutating func judge(_ redirection: ShellRedirection, _ span: Span) {
        guard redirection.kind != .duplicate else { return }
        let target = Word(redirection.target, variables: variables)
        guard let known = target.known else {
            if redirection.kind != .read {
                find(.unknownCode, .ask, redirection.target.span, "where the output goes can't be told from the text", instead: "write the file's path")
            }
            return
        }
        let isAbsolute = known.hasPrefix("/") || known.hasPrefix("~")
        for path in isAbsolute ? [known] : [known] + directories.map({ $0 + "/" + known }) { judge(path, redirection) }
    }

    private mutating func judge(_ path: String, _ redirection: ShellRedirection) {
        if path.hasPrefix("/dev/tcp/") || path.hasPrefix("/dev/udp/") {
            find(.backdoorShell, .deny, redirection.target.span, "\(path) is a network connection")
        }
        if redirection.kind == .read {
            if Paths.isSecret(path) { find(.secretExfiltration, .deny, redirection.target.span, "\(path) holds secrets") }
            return
        }
        if ["/dev/null", "/dev/stdout", "/dev/stderr"].contains(path) { return }
        if let (policyClass, decision) = Paths.sensitiveClass(path) {
            // A line more in fstab or in a log harms less than an empty one, but still wants a person.
            let isMild = redirection.kind == .append && (policyClass == .logAuditWipe || Paths.normalised(path) == "/etc/fstab")
            find(policyClass, isMild ? .ask : decision, redirection.target.span, "output goes to \(path)")
        }
        if context.purpose.mustOnlyLook {
            find(.lookMustNotChange, .deny, redirection.target.span, "output goes to \(path), and a guard or health check must only look")
        }
    }

    /// A shell, or an interpreter without a script, at the end of a pipe runs what comes out of it.
    private mutating func judgePipe(into call: Call, from earlier: [Call], _ span: Span) {
        guard !earlier.isEmpty else { return }
        if call.readsCodeFromInput {
            let isRemote = earlier.contains { ["curl", "wget", "nc", "ncat", "socat", "ftp"].contains($0.program) }
            find(
                isRemote ? .remoteCodePipe : .unknownCode, isRemote ? .ask : .deny, span, "\(call.program) would run whatever comes out of \(earlier[earlier.count - 1].shown)",
                instead: "fetch it to a file and read it first")
        }
        if call.program == "dd" || call.program == "tee", earlier.contains(where: { $0.program == "yes" }) {
            find(.resourceExhaustion, .deny, span, "yes writes without end")
        }
        let reads = earlier.contains { $0.operands.contains { $0.known.map(Paths.isSecret) ?? false } }
        if reads, ["nc", "ncat", "curl", "socat", "ssh", "mail"].contains(call.program) {
            find(.secretExfiltration, .deny, span, "secrets would leave the host through \(call.program)")
        }
    }
}
