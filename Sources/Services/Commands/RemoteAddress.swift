import Glibc

/// Where a running coordinator is.
struct RemoteAddress {
    /// Of its Unix socket.
    let path: String

    static let variable = "MUSTER_COORDINATOR"

    struct Invalid: Error, CustomStringConvertible {
        let description: String
    }

    init(_ text: String) throws(Invalid) {
        guard text.hasPrefix("unix:/") else { throw Invalid(description: "'\(text)' is no address of a coordinator — write unix:/PATH/OF/ITS/SOCKET") }
        path = String(text.dropFirst("unix:".count))
        // unix(7): sun_path has 108 bytes.
        guard path.utf8.count < 108 else { throw Invalid(description: "'\(text)': the path of a socket has at most 107 bytes") }
    }

    /// Takes `--coordinator` from before the command and leaves it to all commands in the environment, where it may stand too.
    static func taken(from arguments: [String]) -> [String] {
        var rest = arguments
        guard let first = rest.first else { return rest }
        if first == "--coordinator", rest.count > 1 {
            unsafe _ = setenv(variable, rest[1], 1)
            rest.removeFirst(2)
        } else if first.hasPrefix("--coordinator=") {
            unsafe _ = setenv(variable, String(first.dropFirst("--coordinator=".count)), 1)
            rest.removeFirst()
        }
        return rest
    }
}
