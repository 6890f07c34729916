package import ShellSyntax

/// A program as it would be called, wrappers taken off, with all around it that a judgement needs.
package struct Call: Sendable, Hashable {
    /// What comes in at its standard input.
    package indirect enum Input: Sendable, Hashable {
        /// Nothing of the script's: the runner gives `/dev/null`.
        case nothing
        /// A here-document, a here-string, or modelled output of the commands before a pipe.
        case text(Value)
        case file(Value)
        /// Output of these calls, unknown. The last one is nearest.
        case calls([Call])
        /// A socket or `/dev/tcp/…`.
        case socket(Value)
    }
    /// A redirection of its output to a file.
    package struct Output: Sendable, Hashable {
        package var path: Value
        package var appends: Bool
        package var span: Span
        /// 1: its output, 2: its errors, …
        package var descriptor = 1
        /// What would be written, when its output is modelled.
        package var content: Value?
        package init(path: Value, appends: Bool, span: Span) {
            self.path = path
            self.appends = appends
            self.span = span
        }
    }
    /// The program's name without directories.
    package var program: String
    /// As it is written.
    package var path: String
    package var arguments: [Argument]
    /// Variables set for it alone (`A=b program`, `env A=b program`).
    package var environment: [String: Value] = [:]
    /// Where it may stand: absolute paths. The first is where a script starts: an empty directory of its own, `Directory.own`.
    package var directories: [Value] = []
    package var input: Input = .nothing
    package var outputs: [Output] = []
    /// Calls whose output has become words of it (`find … | xargs rm`).
    package var feeders: [Call] = []
    /// What it was called through, outermost first: sudo, xargs, ssh, …
    package var wrappers: [String] = []
    /// The account it runs as when a wrapper changed it; nil: the one that the script runs as.
    package var user: Value?
    /// Set when it would run on another machine or in a container, not on this host (`ssh`, `docker exec`): what it would do there
    /// is judged as if it were here.
    package var isElsewhere = false
    /// Nobody waits for it (`&`, `nohup`, `setsid -f`, at, systemd-run).
    package var isBackground = false
    /// It is repeated without a bound (`while true`, a recursive function).
    package var isUnbounded = false
    /// Texts of files that its arguments name and that the script has written itself, by the path as it stands there.
    package var files: [String: Value] = [:]
    /// Files among its arguments that the script has fetched from the network.
    package var fetched: Set<String> = []
    package var span: Span

    package init(_ path: String, _ arguments: [Argument], span: Span) {
        self.path = path
        program = LexicalPath.name(path)
        self.arguments = arguments
        self.span = span
    }
}
