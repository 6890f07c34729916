import Documents
import Foundation
import Testing

@testable import RunService

@Suite("The events of a run")
struct EventFeedTests {
    func event(_ text: String) throws -> EventDocument {
        try JSONDecoder().decode(EventDocument.self, from: Data("{\"event\":\"output\",\"run\":\"r\",\"text\":\"\(text)\"}".utf8))
    }

    func texts(_ batch: EventFeed.Batch?) -> [String]? {
        if case .events(let entries) = batch { entries.compactMap(\.event.text) } else { nil }
    }

    @Test("come in order, to each reader from where it is")
    func order() async throws {
        let feed = EventFeed()
        feed.append([try event("a"), try event("b")])
        feed.append([try event("c")])
        #expect(texts(await feed.next(after: 0, within: .seconds(10))) == ["a", "b", "c"])
        #expect(texts(await feed.next(after: 2, within: .seconds(10))) == ["c"])
        #expect(feed.last == 3)
    }

    @Test("wake a reader that waits")
    func wake() async throws {
        let feed = EventFeed(), a = try event("a")
        async let batch = feed.next(after: 0, within: .seconds(30))
        feed.append([a])
        #expect(texts(await batch) == ["a"])
    }

    @Test("that a slow reader missed are told to be missing; the writer never waits", arguments: [(5, Int.max), (Int.max, 1100)])
    func slow(_ limits: (entries: Int, bytes: Int)) async throws {
        let feed = EventFeed(entryLimit: limits.entries, byteLimit: limits.bytes)
        for number in 0..<20_000 { feed.append([try event("\(number % 10)")]) }
        guard case .gap(after: 20_000) = await feed.next(after: 3, within: .seconds(10)) else { Issue.record("no gap"); return }
        #expect(texts(await feed.next(after: 19_996, within: .seconds(10))) == ["6", "7", "8", "9"])
    }

    @Test("of another process are told to be missing too")
    func foreign() async throws {
        let feed = EventFeed()
        feed.append([try event("a")])
        guard case .gap(after: 1) = await feed.next(after: 77, within: .seconds(10)) else { Issue.record("no gap"); return }
    }

    @Test("end for a reader that has them all, and only then")
    func end() async throws {
        let feed = EventFeed()
        feed.append([try event("a")])
        feed.end()
        #expect(texts(await feed.next(after: 0, within: .seconds(10))) == ["a"])
        guard case .ended = await feed.next(after: 1, within: .seconds(10)) else { Issue.record("no end"); return }
    }

    @Test("that do not come leave the reader free to look after itself")
    func silence() async {
        #expect(await EventFeed().next(after: 0, within: .milliseconds(10)) == nil)
    }
}

extension Optional where Wrapped == EventFeed.Batch {
    static func == (left: Self, right: _OptionalNilComparisonType) -> Bool { if case .none = left { true } else { false } }
}
