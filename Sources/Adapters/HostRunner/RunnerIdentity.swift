/// As whom a runner runs on its host, and the constant line that starts it there.
package enum RunnerIdentity: String, Sendable, Hashable {
    /// The user who logged in.
    case login
    /// Root, through `sudo -n`.
    case root

    /// What the account's login shell reads: constant, and the same in sh, bash, dash, ash, csh and fish.
    ///
    /// The shell it starts reads one line, the program, and nothing ahead: `sh -s` would (dash takes 8 KiB at a time).
    package var startLine: String {
        let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        let shell = #"sh -c 'IFS= read -r p;eval "$(printf %b "$p")"'"#
        return switch self {
        case .login: #"exec env -i \#(path) HOME="$HOME" \#(shell)"#
        case .root: "exec sudo -n -- env -i \(path) \(shell)"
        }
    }

    /// The program as the one line that the start line's shell evaluates.
    static func programLine(ledger: String?, nonce: String) -> [UInt8] {
        let text = "set -- '\((ledger ?? "").replacingQuotes)' \(nonce)\n" + RunnerProgram.text
        var line: [UInt8] = []
        line.reserveCapacity(text.utf8.count + 1024)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): line += [byte, byte]
            case UInt8(ascii: "\n"): line += Array("\\n".utf8)
            default: line.append(byte)
            }
        }
        line.append(UInt8(ascii: "\n"))
        return line
    }
}

extension String {
    /// For use between single quotes of a POSIX shell.
    ///
    /// By scalars: a quote with a combining accent is one character for Swift and two for a shell.
    fileprivate var replacingQuotes: String {
        unicodeScalars.split(separator: "'", omittingEmptySubsequences: false).map { String($0) }.joined(separator: #"'\''"#)
    }
}
