/// One absolute path that a word may stand for, `..`, links of the system and the like taken out. Lexical only: no host is asked.
struct ResolvedPath: Sendable, Equatable {
    enum Form: Sendable, Equatable {
        case known(String)
        case pattern(PathPattern)
        /// Nothing is known of its beginning.
        case unknown
    }
    var form: Form
    /// The word ends in `/*` or the like: what is in the directory, not the directory. The form then names the directory.
    var isContents = false

    var known: String? { if case .known(let path) = form { path } else { nil } }

    /// All that a word may stand for in the directories that the call may stand in.
    static func all(_ value: Value, in directories: [Value]) -> [ResolvedPath] {
        var found: [ResolvedPath] = []
        for text in value.texts { add(text, in: directories, to: &found) }
        return found
    }

    private static func add(_ text: Text, in directories: [Value], to found: inout [ResolvedPath]) {
        if let known = text.known {
            if known.isEmpty { return }
            if known.utf8.first == UInt8(ascii: "/") {
                append(known, to: &found)
                return
            }
        }
        switch text.pieces.first {
        case .unknown?: found.append(ResolvedPath(form: .unknown))
        case .known(let start)? where start.utf8.first == UInt8(ascii: "/"): found.append(normalised(PathPattern(text)))
        case .known(let start)? where start.utf8.first == UInt8(ascii: "~"): found.append(atHome(text, start))
        default:
            if directories.isEmpty { join(Text(Directory.own), text, to: &found) }
            for directory in directories {
                for place in directory.texts { join(place, text, to: &found) }
            }
        }
    }

    /// `/lib/..` is `/usr` where `/lib` is a link to `/usr/lib`, and `/` where it is none.
    private static func append(_ path: String, to found: inout [ResolvedPath]) {
        found.append(normalised(path))
        guard path.contains("/..") else { return }
        let linked = known(cleaned(path, hasMergedUsr: true))
        if linked != found[found.count - 1] { found.append(linked) }
    }

    private static func join(_ place: Text, _ text: Text, to found: inout [ResolvedPath]) {
        if case .unknown? = place.pieces.first {
            found.append(ResolvedPath(form: .unknown))
            return
        }
        if place.prefix.hasPrefix("~") {
            let moved = Text(place.pieces + [.known("/")] + text.pieces)
            found.append(atHome(Text(moved.known.map { [.known($0)] } ?? moved.pieces), place.prefix))
            return
        }
        if let directory = place.known, let name = text.known {
            append(directory == Directory.own ? inOwn(name) : directory + "/" + name, to: &found)
            return
        }
        if place.known == Directory.own, text.prefix.hasPrefix("..") {
            found.append(normalised(PathPattern(Text([.known("/")] + text.pieces))))
            return
        }
        found.append(normalised(PathPattern(Text(place.pieces + [.known("/")] + text.pieces))))
    }

    /// A name in the script's own directory. How deep that lies is not known here, so what climbs out of it is taken to reach the root.
    private static func inOwn(_ name: String) -> String {
        var depth = 0
        for part in name.split(separator: "/") where part != "." {
            depth += part == ".." ? -1 : 1
            if depth < 0 { return "/" + name }
        }
        return Directory.own + "/" + name
    }

    /// `~`, `~/x`, `~root/x`, `~bob/x`.
    private static func atHome(_ text: Text, _ start: String) -> ResolvedPath {
        let user = start.dropFirst().prefix { $0 != "/" }
        let home = user.isEmpty ? "/home/~" : user == "root" ? "/root" : "/home/\(user)"
        let rest = start.dropFirst(1 + user.count)
        var pieces = text.pieces
        pieces[0] = .known(home + rest)
        let moved = Text(pieces)
        return moved.known.map(normalised) ?? normalised(PathPattern(moved))
    }

    // MARK: Known paths

    private static let merged: Set<Substring> = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"]

    static func normalised(_ path: String) -> ResolvedPath { known(cleaned(path, hasMergedUsr: false)) }

    private static func known(_ parts: [Substring]) -> ResolvedPath { ResolvedPath(form: .known(parts.isEmpty ? "/" : "/" + parts.joined(separator: "/"))) }

    private static func cleaned(_ path: String, hasMergedUsr: Bool) -> [Substring] {
        var parts: [Substring] = []
        // `/usr/lib` is kept as `/lib`, and one up from there is `/usr`.
        var isInUsr = hasMergedUsr
        for part in path.split(separator: "/") where part != "." {
            if part == ".." {
                let last = parts.popLast()
                if parts.isEmpty, isInUsr, let last, merged.contains(last) { parts = ["usr"] }
            } else {
                parts.append(part)
            }
            if parts.count == 2, parts[0] == "usr", merged.contains(parts[1]) { isInUsr = true }
            unlink(&parts)
            if parts.isEmpty { isInUsr = hasMergedUsr }
        }
        return parts
    }

    /// Links that every system has.
    private static func unlink(_ parts: inout [Substring]) {
        switch parts.count {
        case 2 where parts[0] == "usr" && merged.contains(parts[1]): parts.removeFirst()
        case 2 where parts[0] == "var" && parts[1] == "run": parts = ["run"]
        case 2 where parts[0] == "var" && parts[1] == "lock": parts = ["run", "lock"]
        case 2 where parts[0] == "dev" && parts[1] == "fd": break
        case 3 where parts[0] == "proc" && (parts[2] == "root" || parts[2] == "cwd") && isProcess(parts[1]): parts = []
        case 5 where parts[0] == "proc" && parts[2] == "task" && (parts[4] == "root" || parts[4] == "cwd"): parts = []
        default: break
        }
    }

    private static func isProcess(_ name: Substring) -> Bool { name == "self" || name == "thread-self" || name.allSatisfy(\.isNumber) }

    // MARK: Patterns

    private static let slash = PathPattern.Token.byte(UInt8(ascii: "/"))

    private static func normalised(_ pattern: PathPattern) -> ResolvedPath {
        var parts: [[PathPattern.Token]] = []
        var isInUsr = false
        for part in pattern.tokens.split(separator: slash) {
            let text = literal(part)
            if text == "." { continue }
            if text == ".." {
                // `$X/..`: who knows where that is.
                guard let last = parts.popLast() else { continue }
                if last.contains(.unknown) { return ResolvedPath(form: .unknown) }
                if parts.isEmpty, isInUsr, let name = literal(last[...]), merged.contains(name[...]) { parts = [PathPattern(Text("usr")).tokens] }
                if parts.isEmpty { isInUsr = false }
                continue
            }
            parts.append(Array(part))
            if parts.count <= 3 {
                let count = parts.count
                unlinkPattern(&parts)
                if count == 2, parts.count == 1, literal(parts[0][...]) != "run" { isInUsr = true }
            }
        }
        var isContents = false
        if let last = parts.last, isEverything(last) {
            isContents = true
            parts.removeLast()
        }
        if let known = allLiteral(parts) { return ResolvedPath(form: .known(known), isContents: isContents) }
        var tokens: [PathPattern.Token] = []
        for part in parts {
            tokens.append(slash)
            tokens += part
        }
        return ResolvedPath(form: .pattern(PathPattern(tokens.isEmpty ? [slash] : tokens)), isContents: isContents)
    }

    private static func unlinkPattern(_ parts: inout [[PathPattern.Token]]) {
        let texts = parts.map { literal($0[...]) }
        if parts.count == 2, texts[0] == "usr", let second = texts[1], merged.contains(second[...]) { parts.removeFirst() }
        if parts.count == 2, texts[0] == "var", texts[1] == "run" { parts.removeFirst() }
        if parts.count == 3, texts[0] == "proc", texts[2] == "root" || texts[2] == "cwd" { parts = [] }
    }

    /// `*`, `.*`, `?*`, `.[!.]*`, `[a-z]*`: as good as all there is.
    private static func isEverything(_ part: [PathPattern.Token]) -> Bool {
        part.contains(.star)
            && part.allSatisfy { token in
                switch token {
                case .star, .one: true
                case .byte(let byte): byte == UInt8(ascii: ".")
                case .unknown, .name: false
                }
            }
    }

    private static func literal(_ part: ArraySlice<PathPattern.Token>) -> String? {
        var bytes: [UInt8] = []
        for token in part {
            guard case .byte(let byte) = token else { return nil }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func allLiteral(_ parts: [[PathPattern.Token]]) -> String? {
        var text = ""
        for part in parts {
            guard let known = literal(part[...]) else { return nil }
            text += "/" + known
        }
        return text.isEmpty ? "/" : text
    }
}
