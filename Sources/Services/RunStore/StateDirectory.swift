import Cryptography
import Glibc
import Journal
package import Model

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Where a user's runs lie: one directory for each, with its journal, its lock, output and requests.
///
///     STATE/coordinator         the coordinator's name in the ledgers of hosts
///     STATE/identifiers         the greatest identifier that hosts were told to forget
///     STATE/runs/RUN/journal.db, lock, output/HOST.log, requests/, over (once the run is)
package struct StateDirectory: Sendable {
    package let path: String

    /// Why the directory can't be used: one line.
    package struct Problem: Error, CustomStringConvertible {
        package let description: String
        /// What somebody wrote is wrong, not the directory.
        package var isAboutName = false
    }

    package init(path: String) { self.path = path }

    /// `$MUSTER_STATE`, else `muster` in the XDG base directory for state, `~/.local/state`.
    package static func usual(_ environment: [String: String]) -> StateDirectory {
        if let named = environment["MUSTER_STATE"], !named.isEmpty { return StateDirectory(path: named) }
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return StateDirectory(path: state + "/muster") }
        return StateDirectory(path: (environment["HOME"] ?? "/root") + "/.local/state/muster")
    }

    package func directory(of run: RunID) -> String { "\(path)/runs/\(run.value)" }

    /// The runs that lie here, oldest first: identifiers ascend with time.
    package func runs() throws(Problem) -> [RunID] {
        let directory = "\(path)/runs"
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory).filter(Self.isIdentifier).sorted().map { RunID($0) }
        } catch let error as CocoaError where error.code == .fileReadNoSuchFile || error.code == .fileNoSuchFile {
            return []
        } catch {
            throw Problem(description: "\(directory) can't be read: \(Self.reason(error))")
        }
    }

    /// The run that a person means: its identifier, or an end or a beginning of it that no other run has.
    package func run(named text: String) throws(Problem) -> RunID {
        let all = try runs()
        let wanted = text.lowercased().replacing("-", with: "")
        let found = all.filter { $0.value == wanted || (wanted.count >= 4 && ($0.value.hasSuffix(wanted) || $0.value.hasPrefix(wanted))) }
        if found.count == 1, let run = found.first { return run }
        guard wanted.count >= 4 else { throw Problem(description: "'\(text)' is too short: write at least 4 digits of the run", isAboutName: true) }
        throw Problem(
            description: found.isEmpty
                ? "there is no run '\(text)' in \(path) — 'muster runs' lists them"
                : "'\(text)' could be any of \(found.count) runs — write more of it", isAboutName: true)
    }

    /// The newest run.
    package func latestRun() throws(Problem) -> RunID {
        guard let last = try runs().last else { throw Problem(description: "there are no runs in \(path)", isAboutName: true) }
        return last
    }

    /// Leaves a mark beside the journal of a run that is over: who looks for open runs need not read it. Without the mark it is read.
    package func markOver(_ run: RunID) throws(Problem) { try write("", to: "\(directory(of: run))/over", onlyIfMissing: true) }

    func isOver(_ run: RunID) -> Bool { FileManager.default.fileExists(atPath: "\(directory(of: run))/over") }

    /// Makes the directories and returns the name that the ledgers of hosts know this coordinator by: the same for all runs.
    package func coordinatorName() throws(Problem) -> String {
        try prepare()
        let file = "\(path)/coordinator"
        if let name = try read(file), !name.isEmpty { return name }
        let name = Self.hostName() + "-" + Digest.hexadecimal(SecureRandom.bytes(3))
        try write(name, to: file, onlyIfMissing: true)
        // Another process may have been first.
        return try read(file) ?? name
    }

    /// A new run's identifier: greater than all that were handed out here before, also when the clock was set back.
    package func newRun(milliseconds: UInt64, random: UInt64) throws(Problem) -> RunID {
        var identifiers = AscendingIdentifiers()
        if let mark = try read("\(path)/identifiers"), Self.isIdentifier(mark) { identifiers.observe(mark) }
        if let last = try runs().last { identifiers.observe(last.value) }
        return RunID(identifiers.next(milliseconds: milliseconds, random: random))
    }

    /// How far the hosts may forget when a run is over: never beyond what another run may still start.
    ///
    /// Remembered first, so that no later run makes an identifier that hosts would take for forgotten.
    package func forgettable(upTo job: JobID, of run: RunID, unfinished: [RunID]) throws(Problem) -> String {
        let low = ([job.value] + unfinished.filter { $0 != run }.map(\.value)).min() ?? job.value
        let file = "\(path)/identifiers"
        if let mark = try read(file), mark >= low { return low }
        try write(low, to: file, onlyIfMissing: false)
        return low
    }

    private func prepare() throws(Problem) {
        do {
            try FileManager.default.createDirectory(
                atPath: "\(path)/runs", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch { throw Problem(description: "the state directory \(path) can't be made: \(Self.reason(error)) — name another with --state DIRECTORY") }
    }

    private func read(_ file: String) throws(Problem) -> String? {
        guard let data = FileManager.default.contents(atPath: file) else { return nil }
        return String(decoding: data.prefix(200), as: UTF8.self).split(separator: "\n").first.map(String.init)
    }

    /// Whole or not at all: a rename, or a link that fails where there is a file.
    private func write(_ text: String, to file: String, onlyIfMissing: Bool) throws(Problem) {
        let fresh = "\(file).\(getpid()).\(Digest.hexadecimal(SecureRandom.bytes(4)))"
        defer { unsafe _ = unlink(fresh) }
        do { try Data("\(text)\n".utf8).write(to: URL(filePath: fresh)) } catch {
            throw Problem(description: "\(file) can't be written: \(Self.reason(error))")
        }
        let status = onlyIfMissing ? unsafe link(fresh, file) : unsafe rename(fresh, file)
        guard status == 0 || (onlyIfMissing && errno == EEXIST) else {
            // SAFETY: strerror's text is copied at once.
            throw Problem(description: "\(file) can't be written: \(unsafe String(cString: strerror(errno)))")
        }
    }

    package static func isIdentifier(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// The system's words for what FileManager and Data throw.
    package static func reason(_ error: any Error) -> String {
        let cause = (error as? CocoaError)?.underlying ?? error
        guard let code = (cause as? POSIXError)?.code.rawValue else { return "\(cause)" }
        // SAFETY: strerror's text is copied at once.
        return unsafe String(cString: strerror(code))
    }

    private static func hostName() -> String {
        var name = [CChar](repeating: 0, count: 65)
        // SAFETY: gethostname(2) writes at most 64 bytes and a NUL.
        guard unsafe gethostname(&name, 64) == 0 else { return "coordinator" }
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
