import Cryptography
import Glibc
import Journal
import JournalCoding
package import Model

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Keeps the audit of runs that are removed: their records as a file, and a list of these files in which each line has the hash of the one before.
///
///     STATE/audit/RUN.jsonl     all records of the run, with their hashes
///     STATE/audit/sealed        RUN SHA-256-OF-THE-FILE SHA-256-OF-THE-LINE-BEFORE-AND-THIS
package struct AuditSeal: Sendable {
    private let directory: String
    private var list: String { "\(directory)/sealed" }

    package init(state: StateDirectory) { directory = "\(state.path)/audit" }

    private func file(_ run: RunID) -> String { "\(directory)/\(run.value).jsonl" }

    /// Writes the records of a run away, and returns once they are on the disk. A run that is sealed already is left as it is.
    func seal(_ run: RunID, directory runDirectory: String) async throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        if lines().contains(where: { $0.first == run.value }) { return }
        let journal = try Journal(directory: runDirectory, access: .read, now: 0)
        var content: [UInt8] = []
        for try await batch in journal.batches(of: run.value, isChecked: false) {
            for record in batch {
                content += Array(try RunRecordJSON.line(record.payload, sequence: record.sequence, time: "\(record.wallMilliseconds)", hash: record.hash).utf8) + [0x0a]
            }
        }
        try journal.close()
        try write(content, to: file(run))
        try list(run, Digest.hexadecimal(Digest.sha256(content)))
    }

    /// Adds a line to the list. Several processes may prune at once: each line needs the one before, so that only one writes at a time;
    /// for the others the run stays until the next time.
    private func list(_ run: RunID, _ digest: String) throws {
        // SAFETY: the path is read during the call only.
        let lock = unsafe open(list, O_RDONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw SealError(description: "\(list) can't be opened") }
        defer { close(lock) }
        guard flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw SealError(description: "another process writes to \(list)") }
        let before = lines()
        if before.contains(where: { $0.first == run.value }) { return }
        let head = "\(run.value) \(digest)"
        try append(Array("\(head) \(Digest.hexadecimal(Digest.sha256(Array(((before.last?.last ?? "") + head).utf8))))\n".utf8))
    }

    /// What is wrong with the sealed files: one that is gone, changed, or a list that was cut or mended. Empty: nothing.
    package func problems() -> [String] {
        var problems: [String] = [], before = ""
        for (number, line) in lines().enumerated() {
            let place = "\(list), line \(number + 1)"
            guard line.count == 3 else { return problems + ["\(place): it is not a line of the list"] }
            guard Digest.hexadecimal(Digest.sha256(Array((before + "\(line[0]) \(line[1])").utf8))) == line[2] else { return problems + ["\(place): the chain of hashes is broken here"] }
            before = line[2]
            guard let content = FileManager.default.contents(atPath: file(RunID(line[0]))) else {
                problems.append("\(file(RunID(line[0]))): the file is gone")
                continue
            }
            if Digest.hexadecimal(Digest.sha256(Array(content))) != line[1] { problems.append("\(file(RunID(line[0]))): the file was changed") }
        }
        return problems
    }

    /// The runs that were sealed, oldest first, with their files.
    package var runs: [(run: RunID, file: String)] { lines().compactMap { $0.count == 3 ? (RunID($0[0]), file(RunID($0[0]))) : nil } }

    private func lines() -> [[String]] {
        guard let data = FileManager.default.contents(atPath: list) else { return [] }
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    }

    private struct SealError: Error, CustomStringConvertible { let description: String }

    private func write(_ bytes: [UInt8], to path: String) throws { try write(bytes, path, O_WRONLY | O_CREAT | O_TRUNC) }
    private func append(_ bytes: [UInt8]) throws { try write(bytes, list, O_WRONLY | O_CREAT | O_APPEND) }

    private func write(_ bytes: [UInt8], _ path: String, _ flags: Int32) throws {
        // SAFETY: the path is read during the call only.
        let descriptor = unsafe open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SealError(description: "\(path) can't be written") }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            // SAFETY: the pointer is used during the call only.
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw SealError(description: "\(path) can't be written") }
            rest = rest.dropFirst(count)
        }
        guard fsync(descriptor) == 0 else { throw SealError(description: "\(path) can't be written") }
    }
}
