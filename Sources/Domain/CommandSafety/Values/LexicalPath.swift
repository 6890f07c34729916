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

extension Text {
    /// `~` and the script's own directory stand for paths that are not known: before a text is taken apart.
    var withoutPlaceholders: Text {
        let first = prefix
        let count: Int
        if first.hasPrefix("~") {
            count = first.prefix { $0 != "/" }.utf8.count
        } else if first.hasPrefix(Directory.own) {
            count = Directory.own.utf8.count
        } else {
            return self
        }
        return Text([.known("/"), .unknown]).appending(dropping(bytes: count))
    }

    /// What stands for it where files are looked up: a plain name that is not known is the same file wherever it stands.
    var fileKey: String? {
        if let known { return known }
        var key = ""
        for piece in pieces {
            switch piece {
            case .known(let text): key += text
            case .name: key += "\u{1}"
            case .unknown, .star, .oneOf: return nil
            }
        }
        return key
    }

    init(fileKey: String) {
        guard fileKey.contains("\u{1}") else {
            self.init(fileKey)
            return
        }
        self = .empty
        for (index, part) in fileKey.split(separator: "\u{1}", omittingEmptySubsequences: false).enumerated() {
            if index > 0 { append(Piece.name) }
            append(Piece.known(String(part)))
        }
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
