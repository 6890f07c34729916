import Cryptography
import Documents
import Foundation
import Glibc
import Hummingbird
import Journal
import Model

/// A copy of a run's journal as one file, made beside the journal, sent, and removed.
struct JournalCopy: Sendable {
    let directory: String

    private static let piece = 256 << 10

    /// Makes the copy before anything is answered, so that what goes wrong is told as a problem.
    func response() async throws -> Response {
        let path = "\(directory)/.copy-\(Digest.hexadecimal(SecureRandom.bytes(8)))"
        do {
            let journal = try Journal(directory: directory, access: .read, now: 0)
            try await journal.backup(to: path)
            try journal.close()
        } catch { throw ServiceProblem(.noJournal, "\(error)") }
        guard let file = FileHandle(forReadingAtPath: path) else { throw ServiceProblem(.noJournal, "\(path) can't be read") }
        // The open file is all that is needed: nothing stays behind, whoever goes away.
        unsafe unlink(path)
        return Response(
            status: .ok, headers: [.contentType: "application/vnd.sqlite3"],
            body: ResponseBody { writer in
                while let data = try file.read(upToCount: Self.piece), !data.isEmpty { try await writer.write(ByteBuffer(bytes: data)) }
                try file.close()
                try await writer.finish(nil)
            })
    }
}
