import API
import ConfigurationFiles
import Coordinator
import Documents
import Foundation
import HTTP
import Logging
import Model
import RunService
import RunTestSupport
import TestSupport
import Threads
import ZeroMQ

/// A coordinator without workers behind a real socket, with the runs of a state directory.
struct TestCoordinator {
    let test: TestState
    let socket: String
    let client: HTTPClient
    let service: RunService
    /// Methods and paths, as OpenAPI writes them.
    let routes: [String]

    /// Serves while `body` runs.
    static func serve(group: UInt32? = nil, _ body: (TestCoordinator) async throws -> Void) async throws {
        let test = try TestState()
        let context = try ZeroMQContext()
        let reactor = try Reactor(context: context, name: "test-coord")
        let coordinator = Coordinator(
            settings: CoordinatorSettings(
                name: "c-1", controlEndpoint: "ipc://\(test.files.file("control"))", bulkEndpoint: "ipc://\(test.files.file("bulk"))", security: .insecure),
            reactor: reactor, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        _ = try await coordinator.listen()
        let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let service = RunService(
            coordinator: coordinator, state: test.state, environment: .init(settings: Settings(), runbookDirectories: [], usualRunbooks: []),
            software: "test", logger: quiet)
        let socket = test.files.file("api.sock")
        var settings = HTTPSettings()
        settings.socketPath = socket
        let routes = APIRoutes(service: service, coordinator: coordinator, software: "test", name: "c-1")
        let it = TestCoordinator(test: test, socket: socket, client: try HTTPClient(settings), service: service, routes: routes.names)
        let server = APIServer(routes, path: socket, group: group, logger: quiet)
        let (readies, ready) = AsyncStream<String?>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await coordinator.run() }
            tasks.addTask { await service.run() }
            tasks.addTask { try await server.run { ready.yield($0) } }
            defer { tasks.cancelAll() }
            for await _ in readies { break }
            try await body(it)
        }
        await reactor.stop()
    }

    func get(_ path: String, headers: [HTTPHeader] = []) async throws -> HTTPResponse {
        try await client.send(HTTPRequest(.get, "http://coordinator\(path)", headers: headers))
    }

    func post(_ path: String, _ body: String) async throws -> HTTPResponse {
        try await client.send(HTTPRequest(.post, "http://coordinator\(path)", body: Array(body.utf8)))
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }

    func decoded<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value { try JSONDecoder().decode(type, from: Data(body)) }
}
