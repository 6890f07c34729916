import Documents
import Foundation
import HTTP

/// The events of a run at a coordinator, also over the coordinator's restarts.
struct RemoteEvents: Sendable {
    let remote: RemoteCoordinator
    let run: String
    let console: Console

    enum Item: Sendable {
        case event(EventDocument)
        /// The run as it is; what happened before was not told, or is told in it.
        case snapshot(RunDocument)
        case end(RunDocument)
    }

    /// How long a coordinator may be away.
    private static let absence = Duration.seconds(300)

    /// Calls `body` until the run rests.
    ///
    /// - Parameter feed: the place to begin after; nil begins with a snapshot.
    /// - Returns: the run as it rests.
    func follow(after feed: String?, _ body: (Item) async throws -> Void) async throws -> RunDocument {
        var last = feed
        var gone: ContinuousClock.Instant?
        while true {
            do {
                let headers = last.map { [HTTPHeader("Last-Event-ID", $0)] } ?? []
                var parser = EventParser()
                for try await bytes in try await remote.stream("/v1/runs/\(run)/events", headers: headers) {
                    gone = nil
                    for message in parser.take(bytes) {
                        if let id = message.id { last = id }
                        guard let item = try item(message) else { continue }
                        try await body(item)
                        if case .end(let document) = item { return document }
                    }
                }
            } catch let problem as ServiceProblem where problem.kind != .unavailable { throw problem } catch is CancellationError { throw CancellationError() } catch {
                let now = ContinuousClock.now
                if let since = gone, now - since > Self.absence { throw error }
                if gone == nil {
                    gone = now
                    console.error("muster: the coordinator is away; the run's commands go on at their hosts; waiting for it")
                }
            }
            try await ContinuousClock().sleep(for: .milliseconds(500))
        }
    }

    private func item(_ message: EventParser.Message) throws -> Item? {
        let data = Data(message.data.utf8)
        switch message.event {
        case "snapshot": return .snapshot(try JSONDecoder().decode(RunDocument.self, from: data))
        case "end": return .end(try JSONDecoder().decode(RunDocument.self, from: data))
        case "": return nil
        default: return .event(try JSONDecoder().decode(EventDocument.self, from: data))
        }
    }
}

/// Takes an event stream apart (HTML Living Standard, 9.2.6), whatever pieces it comes in.
struct EventParser {
    struct Message: Equatable {
        var event = ""
        var id: String?
        var data = ""
    }

    private var line: [UInt8] = []
    private var message = Message()

    mutating func take(_ bytes: [UInt8]) -> [Message] {
        var messages: [Message] = []
        for byte in bytes {
            guard byte == UInt8(ascii: "\n") else {
                line.append(byte)
                continue
            }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if line.isEmpty {
                if message != Message() { messages.append(message) }
                message = Message()
            } else {
                take(String(decoding: line, as: UTF8.self))
            }
            line.removeAll(keepingCapacity: true)
        }
        return messages
    }

    private mutating func take(_ line: String) {
        guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else { return }
        var value = line[line.index(after: colon)...]
        if value.first == " " { value.removeFirst() }
        switch line[..<colon] {
        case "event": message.event = String(value)
        case "id": message.id = String(value)
        case "data": message.data += (message.data.isEmpty ? "" : "\n") + value
        default: break
        }
    }
}
