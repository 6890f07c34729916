import CLibYAML

/// Reads one YAML document into nodes, by libyaml's events.
///
/// Bounds: 4 MiB of text, 64 levels, 200,000 nodes after aliases are filled in (so that a small file can't grow without end).
package struct YAMLReader {
    package static let sizeLimit = 4 << 20
    static let depthLimit = 64
    static let nodeLimit = 200_000

    private let file: String
    private let bytes: [UInt8]
    private var anchors: [String: (node: YAMLNode, size: Int, height: Int)] = [:]
    private var nodes = 0

    private init(file: String, bytes: [UInt8]) {
        self.file = file
        self.bytes = bytes
    }

    /// Reads the content of a file; nil if the document is empty.
    ///
    /// - Parameter file: its name, for messages only.
    package static func read(_ bytes: [UInt8], file: String) throws(YAMLProblem) -> YAMLNode? {
        guard bytes.count <= sizeLimit else {
            throw YAMLProblem(
                file: file, position: YAMLPosition(line: 1, column: 1), what: "the file has more than \(sizeLimit) bytes", remedy: "make it smaller")
        }
        // libyaml counts a byte order mark as a column and then takes the first line for indented.
        let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        if let position = invalidUTF8(bytes) {
            throw YAMLProblem(file: file, position: position, what: "this is not UTF-8", remedy: "save the file as UTF-8")
        }
        var reader = YAMLReader(file: file, bytes: bytes)
        return try reader.document()
    }

    private static func invalidUTF8(_ bytes: [UInt8]) -> YAMLPosition? {
        guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
        var low = 0, high = bytes.count
        // The first bad byte lies behind the longest valid prefix; a prefix may end inside a character, so look a little back.
        while low < high {
            let middle = (low + high + 1) / 2
            let isGood = (0...3).contains { middle - $0 >= 0 && String(validating: bytes[..<(middle - $0)], as: UTF8.self) != nil }
            if isGood { low = middle } else { high = middle - 1 }
        }
        let start = max(0, low - 3)
        let bad = (start...low).last { String(validating: bytes[..<$0], as: UTF8.self) != nil } ?? low
        return position(of: bad, in: bytes)
    }

    /// The place of a byte, counted as libyaml counts: line ends of all kinds, columns in code points.
    private static func position(of offset: Int, in bytes: [UInt8]) -> YAMLPosition {
        var position = YAMLPosition(line: 1, column: 1)
        var last: Unicode.Scalar?
        for scalar in String(decoding: bytes.prefix(offset), as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\n" where last == "\r": break
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": position = YAMLPosition(line: position.line + 1, column: 1)
            default: position.column += 1
            }
            last = scalar
        }
        return position
    }

    // MARK: Events

    private enum Event {
        case streamStart, streamEnd, documentStart, documentEnd, sequenceEnd, mappingEnd
        case alias(String)
        case scalar(String, isPlain: Bool, anchor: String?)
        case sequenceStart(anchor: String?)
        case mappingStart(anchor: String?)
    }

    private mutating func document() throws(YAMLProblem) -> YAMLNode? {
        var parser = unsafe yaml_parser_t()
        guard unsafe yaml_parser_initialize(&parser) == 1 else { throw problem(nil, "out of memory", "") }
        // SAFETY: the parser is deleted once, on every way out; the bytes outlive it.
        defer { unsafe yaml_parser_delete(&parser) }
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, bytes.count))
        defer { unsafe copy.deallocate() }
        _ = unsafe copy.initialize(from: bytes)
        unsafe yaml_parser_set_input_string(&parser, copy.baseAddress, bytes.count)
        unsafe yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
        var root: YAMLNode?
        var hasDocument = false
        while true {
            let (event, position) = try unsafe next(&parser)
            switch event {
            case .streamEnd: return root
            case .streamStart, .documentEnd: continue
            case .documentStart:
                guard !hasDocument else {
                    throw problem(position, "a second document starts here", "keep one document in a file")
                }
                hasDocument = true
                let (first, place) = try unsafe next(&parser)
                let node = try unsafe self.node(first, place, &parser, depth: 1)
                root = node.isNull ? nil : node
            case .sequenceEnd, .mappingEnd, .alias, .scalar, .sequenceStart, .mappingStart:
                throw problem(position, "unexpected content", "")
            }
        }
    }

    private mutating func node(
        _ event: Event, _ position: YAMLPosition, _ parser: inout yaml_parser_t, depth: Int
    ) throws(YAMLProblem) -> YAMLNode {
        guard depth <= Self.depthLimit else {
            throw problem(position, "nested deeper than \(Self.depthLimit) levels", "flatten this part")
        }
        let before = nodes
        try count(1, position)
        switch event {
        case .alias(let name):
            guard let known = anchors[name] else { throw problem(position, "alias '*\(name)' has no anchor before it", "define '&\(name)' first") }
            try count(known.size - 1, position)
            guard depth + known.height - 1 <= Self.depthLimit else {
                throw problem(position, "nested deeper than \(Self.depthLimit) levels, aliases filled in", "flatten this part")
            }
            return YAMLNode(content: known.node.content, position: position)
        case .scalar(let text, let isPlain, let anchor):
            return remember(YAMLNode(content: .scalar(text, isPlain: isPlain), position: position), anchor, since: before)
        case .sequenceStart(let anchor):
            var items: [YAMLNode] = []
            while true {
                let (event, place) = try unsafe next(&parser)
                if case .sequenceEnd = event { break }
                items.append(try unsafe node(event, place, &parser, depth: depth + 1))
            }
            return remember(YAMLNode(content: .sequence(items), position: position), anchor, since: before)
        case .mappingStart(let anchor):
            let pairs = try unsafe self.pairs(&parser, depth: depth)
            return remember(YAMLNode(content: .mapping(pairs), position: position), anchor, since: before)
        case .streamStart, .streamEnd, .documentStart, .documentEnd, .sequenceEnd, .mappingEnd:
            throw problem(position, "unexpected end", "")
        }
    }

    private mutating func pairs(_ parser: inout yaml_parser_t, depth: Int) throws(YAMLProblem) -> [YAMLNode.Pair] {
        var pairs: [YAMLNode.Pair] = []
        while true {
            let (event, place) = try unsafe next(&parser)
            if case .mappingEnd = event { return pairs }
            guard case .scalar(let key, _, _) = event else { throw problem(place, "a key must be a simple text", "write 'key: value'") }
            let (value, valuePlace) = try unsafe next(&parser)
            pairs.append(
                YAMLNode.Pair(key: key, keyPosition: place, value: try unsafe node(value, valuePlace, &parser, depth: depth + 1)))
        }
    }

    private mutating func count(_ more: Int, _ position: YAMLPosition) throws(YAMLProblem) {
        nodes += more
        guard nodes <= Self.nodeLimit else {
            throw problem(position, "more than \(Self.nodeLimit) values, aliases filled in", "use fewer aliases")
        }
    }

    private mutating func remember(_ node: YAMLNode, _ anchor: String?, since before: Int) -> YAMLNode {
        if let anchor { anchors[anchor] = (node, nodes - before, Self.height(node)) }
        return node
    }

    private static func height(_ node: YAMLNode) -> Int {
        switch node.content {
        case .scalar: 1
        case .sequence(let items): 1 + (items.lazy.map(height).max() ?? 0)
        case .mapping(let pairs): 1 + (pairs.lazy.map { height($0.value) }.max() ?? 0)
        }
    }

    private func next(_ parser: inout yaml_parser_t) throws(YAMLProblem) -> (Event, YAMLPosition) {
        var event = unsafe yaml_event_t()
        guard unsafe yaml_parser_parse(&parser, &event) == 1 else { throw unsafe syntaxProblem(parser) }
        // SAFETY: texts are copied before the event is deleted.
        defer { unsafe yaml_event_delete(&event) }
        let mark = unsafe event.start_mark
        let position = YAMLPosition(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
        switch unsafe event.type {
        case YAML_STREAM_START_EVENT: return (.streamStart, position)
        case YAML_STREAM_END_EVENT, YAML_NO_EVENT: return (.streamEnd, position)
        case YAML_DOCUMENT_START_EVENT: return (.documentStart, position)
        case YAML_DOCUMENT_END_EVENT: return (.documentEnd, position)
        case YAML_SEQUENCE_END_EVENT: return (.sequenceEnd, position)
        case YAML_MAPPING_END_EVENT: return (.mappingEnd, position)
        case YAML_ALIAS_EVENT: return (.alias(unsafe Self.text(event.data.alias.anchor) ?? ""), position)
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            try unsafe refuseTag(scalar.tag, position)
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let isPlain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE
            return (unsafe .scalar(String(decoding: bytes, as: UTF8.self), isPlain: isPlain, anchor: Self.text(scalar.anchor)), position)
        case YAML_SEQUENCE_START_EVENT:
            try unsafe refuseTag(event.data.sequence_start.tag, position)
            return (.sequenceStart(anchor: unsafe Self.text(event.data.sequence_start.anchor)), position)
        case YAML_MAPPING_START_EVENT:
            try unsafe refuseTag(event.data.mapping_start.tag, position)
            return (.mappingStart(anchor: unsafe Self.text(event.data.mapping_start.anchor)), position)
        default: throw problem(position, "unknown content", "")
        }
    }

    private static func text(_ pointer: UnsafeMutablePointer<UInt8>?) -> String? {
        unsafe pointer.map { unsafe String(cString: $0) }
    }

    /// A tag would change what a value means: none is taken lightly.
    private func refuseTag(_ tag: UnsafeMutablePointer<UInt8>?, _ position: YAMLPosition) throws(YAMLProblem) {
        guard let tag = unsafe Self.text(tag) else { return }
        throw problem(position, "the tag '\(tag)' is not read here", "remove it; a text goes in quotes")
    }

    private func syntaxProblem(_ parser: yaml_parser_t) -> YAMLProblem {
        if unsafe parser.error == YAML_READER_ERROR {
            // The reader stands before the scanner: it knows an offset, and no mark.
            let code = unsafe String(parser.problem_value, radix: 16, uppercase: true)
            let name = String(repeating: "0", count: max(0, 4 - code.count)) + code
            let position = unsafe Self.position(of: parser.problem_offset, in: bytes)
            return problem(position, "the character U+\(name) is not allowed", "remove it, or write it as an escape in double quotes")
        }
        let mark = unsafe parser.problem_mark
        let what = unsafe parser.problem.map { unsafe String(cString: $0) } ?? "it can't be read as YAML"
        let context = unsafe parser.context.map { unsafe " " + String(cString: $0) } ?? ""
        let position = YAMLPosition(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
        let isTab = what.contains("tab character") || what.contains("character that cannot start")
        let remedy = isTab ? "indent with spaces, not tabs, and quote special characters" : "check indentation, quotes and colons"
        return problem(position, what + context, remedy)
    }

    private func problem(_ position: YAMLPosition?, _ what: String, _ remedy: String) -> YAMLProblem {
        // libyaml ends the last line even where the file does not, and then stands in a line that is not there.
        let end = Self.position(of: bytes.count, in: bytes)
        return YAMLProblem(file: file, position: position.map { $0.line > end.line ? end : $0 }, what: what, remedy: remedy)
    }
}
