import Configuration
package import Planning
import Glibc

/// Where runbooks come from: directories given, the user's, the system's, and those built into the binary. A name found
/// earlier hides the same name later.
package enum RunbookLibrary {
    package static func load(directories: [String]) throws(RunbookProblems) -> [Runbook] {
        var found: [String: Runbook] = [:]
        for directory in directories {
            for name in files(in: directory) {
                let path = "\(directory)/\(name)"
                guard case .content(let bytes) = FileReader.read(path, limit: 1 << 20) else { continue }
                let runbook = try RunbookReader.read(bytes, file: path)
                if found[runbook.name] == nil { found[runbook.name] = runbook }
            }
        }
        for (name, text) in BuiltInRunbooks.texts {
            let runbook = try RunbookReader.read(Array(text.utf8), file: "built-in:\(name)")
            if found[runbook.name] == nil { found[runbook.name] = runbook }
        }
        return found.values.sorted { $0.name < $1.name }
    }

    private static func files(in directory: String) -> [String] {
        guard let handle = unsafe opendir(directory) else { return [] }
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
