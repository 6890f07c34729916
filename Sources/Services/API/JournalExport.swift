import Documents
import Hummingbird
import Journal
import JournalCoding
import Model

/// The records of a run as NDJSON, read while they are sent.
struct JournalExport: Sendable {
    let directory: String
    let run: RunID

    var response: Response {
        Response(
            status: .ok, headers: [.contentType: "application/x-ndjson"],
            body: ResponseBody { writer in
                let journal = try Journal(directory: directory, access: .read, now: 0)
                for try await batch in journal.batches(of: run.value, isChecked: false) {
                    var buffer = ByteBuffer()
                    for record in batch {
                        let time = TimeText.utc(record.wallMilliseconds)
                        buffer.writeString(try RunRecordJSON.line(record.payload, sequence: record.sequence, time: time, hash: record.hash) + "\n")
                    }
                    try await writer.write(buffer)
                }
                try journal.close()
                try await writer.finish(nil)
            })
    }
}
