import Documents
import Hummingbird
import Model
import RunService

/// The events of a run as Server-Sent Events (HTML Living Standard, 9.2).
///
/// A reader begins with a `snapshot` of the run, or after an event that it knows (`Last-Event-ID`). One that is too slow, or knows an
/// event of another process only, gets a new snapshot. The last event is `end`, with the run as it is then.
struct EventStream: Sendable {
    let service: RunService
    let run: RunID

    /// So often something is sent, so that a reader that is gone is noticed.
    private static let pulse = Duration.seconds(15)

    func response(after last: String?) async -> Response {
        let feed = await service.feed(run)
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { writer in
                if let feed { try await follow(feed, after: last, &writer) }
                try await writer.write(Self.frame("end", nil, try await document()))
                try await writer.finish(nil)
            })
    }

    @concurrent private func follow(_ feed: EventFeed, after last: String?, _ writer: inout any ResponseBodyWriter) async throws {
        var position: UInt64
        if let known = Self.number(last, in: feed) {
            position = known
        } else {
            position = feed.last
            try await writer.write(Self.frame("snapshot", "\(feed.generation)-\(position)", try await document()))
        }
        while true {
            // The feed keeps what a slow reader has not got yet: nothing is queued here.
            switch await feed.next(after: position, within: Self.pulse) {
            case nil:
                if Task.isCancelled { return }
                try await writer.write(ByteBuffer(string: ": \n\n"))
            case .events(let entries):
                var buffer = ByteBuffer()
                for entry in entries {
                    buffer.writeImmutableBuffer(Self.frame(entry.event.event, "\(feed.generation)-\(entry.number)", JSONText.encode(entry.event)))
                    position = entry.number
                }
                try await writer.write(buffer)
            case .gap(let after):
                position = after
                try await writer.write(Self.frame("snapshot", "\(feed.generation)-\(after)", try await document()))
            case .ended: return
            }
        }
    }

    private func document() async throws -> String { JSONText.encode(try await service.run(run)) }

    static func number(_ text: String?, in feed: EventFeed) -> UInt64? {
        guard let parts = text?.split(separator: "-"), parts.count == 2, parts[0] == feed.generation else { return nil }
        return UInt64(parts[1])
    }

    /// JSON has no line ends of its own: one `data` line is enough.
    static func frame(_ event: String, _ id: String?, _ data: String) -> ByteBuffer {
        ByteBuffer(string: (id.map { "id: \($0)\n" } ?? "") + "event: \(event)\ndata: \(data)\n\n")
    }
}
