/// Why a runner could not be started or used. A command that failed is not an error: see `RunnerOutcome`.
package enum HostRunnerError: Error, Equatable, CustomStringConvertible {
    /// The account has no usable shell: nologin, a forced command, a menu.
    case noShell(firstLine: String)
    case passwordExpired(firstLine: String)
    /// Root can't be had by sudo.
    case become(BecomeProblem)
    /// The runner said nothing in time; what came first instead.
    case noHello(firstLine: String)
    /// The ledger can't be used: read-only or full disk, a directory that is not ours.
    case ledger(String)
    /// The runner answered something that is not in the protocol.
    case violation(String)
    /// The stream ended. What runs on the host goes on.
    case lost(String)
    case textTooLong(bytes: Int)
    /// A frame can't carry it; nothing was sent.
    case unsendable(String)
    /// The host lacks what the runner needs.
    case missing(String)

    package var description: String {
        switch self {
        case .noShell(let line):
            "the account has no usable shell\(Self.said(line)) — give it a login shell and no forced command, or use another account"
        case .passwordExpired(let line): "the account's password has expired\(Self.said(line)) — set a new one on the host"
        case .become(let problem): problem.description
        case .noHello(let line): "no runner started within its time\(Self.said(line)) — is /bin/sh there, is a login script waiting for input?"
        case .ledger(let text): "the host's ledger can't be used: \(text) — make room or give the host a `ledger:` directory of its own"
        case .violation(let text): "the host's runner answered out of protocol: \(text)"
        case .lost(let text): "the stream to the host ended: \(text)"
        case .unsendable(let what): "\(what) can't be sent to a host"
        case .missing(let what): "the host has no \(what), which the runner needs — install coreutils and util-linux, or BusyBox"
        case .textTooLong(let bytes): "a text of \(bytes) bytes is too long for a command (64 KiB) — send it as a file"
        }
    }

    private static func said(_ line: String) -> String { line.isEmpty ? "" : " (it said: \(line))" }
}

/// Why `sudo -n` gave no root.
package enum BecomeProblem: Sendable, Equatable, CustomStringConvertible {
    case notInstalled
    case passwordRequired
    case terminalRequired
    case notAllowed(String)
    case other(String)

    package var description: String {
        switch self {
        case .notInstalled: "sudo is not installed — install it, or log in as root"
        case .passwordRequired: "sudo asks for a password — allow it without one for this account (NOPASSWD in sudoers)"
        case .terminalRequired: "sudo demands a terminal — remove requiretty for this account from sudoers"
        case .notAllowed(let text): "sudo does not allow it (\(text)) — add the account to sudoers"
        case .other(let text): "sudo failed (\(text))"
        }
    }

    /// Reads what sudo, or the shell that looked for it, said.
    package init(_ said: String) {
        // That the host's own name can't be resolved is no reason: sudo goes on after it.
        let lines = said.split(separator: "\n").map(String.init).filter { $0.contains("sudo") }
        let line = lines.first { !$0.contains("unable to resolve host") } ?? lines.first ?? said
        if line.contains("a password is required") || line.contains("no askpass") {
            self = .passwordRequired
        } else if line.contains("must have a tty") || line.contains("terminal is required") {
            self = .terminalRequired
        } else if line.contains("not in the sudoers") || line.contains("not allowed to") || line.contains("may not run sudo") {
            self = .notAllowed(line)
        } else if line.contains("not found") || line.contains("Unknown command") || line.contains("No such file") {
            self = .notInstalled
        } else {
            self = .other(line)
        }
    }
}
