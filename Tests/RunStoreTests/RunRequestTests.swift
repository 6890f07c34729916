import Foundation
import Model
import RunTestSupport
import TestSupport
import Testing
import Threads

@testable import RunStore

@Suite("The letter box of a run", .timeLimit(.minutes(1)))
struct RunRequestTests {
    let files: TemporaryDirectory
    let requests: RunRequests
    let job = JobID("0199123456787000bfffffffffffffff")

    init() throws {
        files = try TemporaryDirectory()
        requests = RunRequests(runDirectory: files.path)
    }

    @Test("is empty where there is none")
    func none() { #expect(requests.waiting().isEmpty) }

    @Test("keeps what was asked, in order, until it is taken away")
    func order() throws {
        let asked: [RunRequest] = [.decide(job, .again), .pause, .decide(job, .done), .cancel, .decide(job, .failed)]
        let names = try asked.map { try requests.leave($0) }
        #expect(requests.waiting().map(\.request) == asked)
        #expect(requests.waiting().map(\.name) == names)
        // Another process finds the same.
        #expect(RunRequests(runDirectory: files.path).waiting().map(\.request) == asked)
        requests.remove(names[1])
        #expect(!requests.isWaiting(names[1]) && requests.isWaiting(names[0]))
        #expect(requests.waiting().map(\.request) == [asked[0], asked[2], asked[3], asked[4]])
    }

    @Test("is for nobody else to look into")
    func mode() throws {
        try requests.prepare()
        #expect(try FileManager.default.attributesOfItem(atPath: requests.directory)[.posixPermissions] as? Int == 0o700)
    }

    @Test(
        "throws away what is no request",
        arguments: ["", "pause now", "stop", "decide", "decide x done", "decide 0199123456787000bfffffffffffffff perhaps", "decide ../../../etc/passwd done", "\0"])
    func garbage(text: String) throws {
        try requests.prepare()
        try Data(text.utf8).write(to: URL(filePath: "\(requests.directory)/1"))
        #expect(requests.waiting().isEmpty)
        #expect(!requests.isWaiting("1"))
    }

    @Test("does not show what is still being written")
    func hidden() throws {
        try requests.prepare()
        try Data("pause".utf8).write(to: URL(filePath: "\(requests.directory)/.1"))
        #expect(requests.waiting().isEmpty)
        #expect(requests.isWaiting(".1"))
    }

    @Test("tells when something comes or is taken away")
    func watched() async throws {
        try requests.prepare()
        let watch = try #require(requests.watch())
        defer { watch.close() }
        var changes = watch.changes.makeAsyncIterator()
        let name = try requests.leave(.pause)
        while await changes.next() != nil, requests.waiting().isEmpty {}
        #expect(requests.waiting().map(\.name) == [name])
        requests.remove(name)
        while requests.isWaiting(name), await changes.next() != nil {}
        #expect(requests.waiting().isEmpty)
    }
}
