import Testing

@testable import Commands

@Suite("An event stream")
struct EventParserTests {
    static let stream = ": pulse\n\nid: g-1\nevent: finished\ndata: {\"a\":1}\n\nevent: end\r\ndata: {}\r\n\r\n"

    @Test("is the same in whatever pieces it comes", arguments: [1, 2, 7, 1000])
    func pieces(_ size: Int) {
        var parser = EventParser(), messages: [EventParser.Message] = []
        let bytes = Array(Self.stream.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) { messages += parser.take(Array(bytes[start..<min(start + size, bytes.count)])) }
        #expect(messages == [.init(event: "finished", id: "g-1", data: "{\"a\":1}"), .init(event: "end", id: nil, data: "{}")])
    }

    @Test("that is cut ends before what is not whole")
    func cut() {
        var parser = EventParser()
        #expect(parser.take(Array("event: finished\ndata: {".utf8)).isEmpty)
    }
}

@Suite("The address of a coordinator")
struct RemoteAddressTests {
    @Test("is the path of a socket, and nothing else")
    func address() throws {
        #expect(try RemoteAddress("unix:/run/muster/coordinator.sock").path == "/run/muster/coordinator.sock")
        for text in ["", "unix:", "unix:relative", "http://x", "/run/x", "unix:/" + String(repeating: "x", count: 110)] {
            #expect(throws: RemoteAddress.Invalid.self) { try RemoteAddress(text) }
        }
    }
}
