/// Paths as texts; no host is asked.
enum LexicalPath {
    /// Without `.`, `..`, doubled and trailing slashes. What climbs out of the script's own directory is taken to reach the root.
    static func normalised(_ path: String) -> String {
        if !path.utf8.contains(where: { $0 == UInt8(ascii: ".") }), !path.contains("//"), !path.hasSuffix("/") { return path }
        var parts: [Substring] = []
        for part in path.split(separator: "/", omittingEmptySubsequences: true) where part != "." {
            if part == "..", let last = parts.last, last != "..", last != "~" {
                parts.removeLast()
            } else if part != ".." || !path.hasPrefix("/") {
                parts.append(part)
            }
        }
        return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }

    static func name(_ path: String) -> String {
        guard path.utf8.contains(UInt8(ascii: "/")) else { return path }
        return path.split(separator: "/").last.map(String.init) ?? path
    }

    static func isAbsolute(_ path: String) -> Bool { path.hasPrefix("/") || path.hasPrefix("~") }

    /// `path` as it reads in `directory`.
    static func join(_ path: String, in directory: String) -> String {
        if isAbsolute(path) { return normalised(path) }
        if directory == Directory.own {
            var depth = 0
            for part in path.split(separator: "/") where part != "." {
                depth += part == ".." ? -1 : 1
                if depth < 0 { return normalised("/" + path) }
            }
        }
        return normalised(directory + "/" + path)
    }
}

extension Value {
    /// The places that a path may name, from these directories.
    func places(in directories: [Value]) -> Value {
        flatMap { text in
            if text.isEmpty { return [text] }
            if LexicalPath.isAbsolute(text.prefix) || text.pieces.first == .unknown { return [text.known.map { Text(LexicalPath.normalised($0)) } ?? text] }
            return directories.flatMap(\.texts).map { directory in
                if let place = directory.known, let path = text.known { return Text(LexicalPath.join(path, in: place)) }
                if directory.known == Directory.own, text.prefix.hasPrefix("..") { return Text("/").appending(text) }
                return directory.appending(Text("/")).appending(text)
            }
        }
    }
}
