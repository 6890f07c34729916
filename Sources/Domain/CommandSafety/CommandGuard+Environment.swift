extension CommandGuard {
    /// Whether an environment variable changes what later programs do: none is set beside a command without being judged.
    package static func changesPrograms(variable: String) -> Bool {
        dangerousVariables.contains(variable) || variable.hasPrefix("BASH_FUNC_") || variable.hasPrefix("LD_")
    }

    private static let dangerousVariables: Set<String> = [
        "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "PATH", "BASH_ENV", "ENV", "IFS", "PS4", "PROMPT_COMMAND", "SHELLOPTS", "PYTHONPATH",
        "PYTHONSTARTUP", "PERL5LIB", "PERL5OPT", "RUBYOPT", "NODE_OPTIONS", "GIT_SSH_COMMAND", "EDITOR", "VISUAL", "PAGER", "LESSOPEN", "HISTFILE", "HISTSIZE", "HISTFILESIZE",
    ]
}
