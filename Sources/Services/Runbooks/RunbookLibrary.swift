import ConfigurationFiles
import Glibc
package import Planning
import YAML

/// Where runbooks come from: directories given, the user's, the system's, and those built into the binary. A name found
/// earlier hides the same name later.
package enum RunbookLibrary {
    /// - Parameters:
    ///   - directories: those that somebody named; each must be there.
    ///   - usual: where runbooks may lie; any may be missing.
    package static func load(directories: [String], usual: [String] = []) throws(RunbookProblems) -> [Runbook] {
        var found: [String: Runbook] = [:]
        for (index, directory) in (directories + usual).enumerated() {
            for name in try files(in: directory, mayBeMissing: index >= directories.count) {
                let path = "\(directory)/\(name)"
                let runbook = try RunbookReader.read(content(path), file: path)
                if found[runbook.name] == nil { found[runbook.name] = runbook }
            }
        }
        for (name, text) in BuiltInRunbooks.texts {
            let runbook = try RunbookReader.read(Array(text.utf8), file: "built-in:\(name)")
            if found[runbook.name] == nil { found[runbook.name] = runbook }
        }
        return found.values.sorted { $0.name < $1.name }
    }

    /// A file that can't be read is not passed over: another runbook of its name would be taken.
    private static func content(_ path: String) throws(RunbookProblems) -> [UInt8] {
        let reason: String
        switch FileReader.read(path, limit: 1 << 20) {
        case .content(let bytes): return bytes
        case .missing: reason = "it is a link to nothing"
        case .failed(let text): reason = text
        }
        throw problem(path, "the runbook can't be read: \(reason)", "mend it or move it away")
    }

    private static func problem(_ path: String, _ what: String, _ remedy: String) -> RunbookProblems {
        RunbookProblems(problems: [YAMLProblem(file: path, position: nil, what: what, remedy: remedy)])
    }

    private static func files(in directory: String, mayBeMissing: Bool) throws(RunbookProblems) -> [String] {
        guard let handle = unsafe opendir(directory) else {
            let number = errno
            if mayBeMissing, number == ENOENT || number == ENOTDIR { return [] }
            // SAFETY: strerror's text is copied at once.
            let what = number == ENOENT ? "there is no such directory" : "the directory can't be read: \(unsafe String(cString: strerror(number)))"
            throw problem(directory, what, mayBeMissing ? "let it be read, or remove it" : "name one that is there, or leave --runbooks out")
        }
        // SAFETY: the handle is closed once; names are copied before the next readdir.
        defer { unsafe closedir(handle) }
        var names: [String] = []
        while let entry = unsafe readdir(handle) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name.hasSuffix(".yaml") || name.hasSuffix(".yml") { names.append(name) }
        }
        return names.sorted()
    }
}
