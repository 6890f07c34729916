import Testing
import YAML

/// What people see of a text that can't be read; "nothing" for an empty one.
func problem(_ bytes: [UInt8]) -> String {
    do throws(YAMLProblem) { return try YAMLReader.read(bytes, file: "f.yaml") == nil ? "nothing" : "no problem" } catch { return "\(error)" }
}

func problem(_ text: String) -> String { problem(Array(text.utf8)) }

func read(_ text: String) throws -> YAMLNode { try #require(try YAMLReader.read(Array(text.utf8), file: "f.yaml")) }

extension YAMLNode {
    /// The value of a key; nil if this is no mapping or has no such key.
    subscript(key: String) -> YAMLNode? {
        guard case .mapping(let pairs) = content else { return nil }
        return pairs.first { $0.key == key }?.value
    }
}

/// All problems that `use` finds, one line each, in the order of the file.
func problems(_ text: String, _ use: (YAMLDecoder, YAMLMapping) -> Void) throws -> [String] {
    let decoder = YAMLDecoder(file: "f.yaml") { text, names in names.first { $0.hasPrefix(text.prefix(2)) } }
    if let map = decoder.mapping(try read(text), "") { use(decoder, map) }
    return decoder.problems.sorted().map(\.description)
}
