package import Coordinator
import Documents
import Foundation
import Hummingbird
import Journal
import Platform
import JournalCoding
import Model
import NIOCore
package import RunService
import RunStore

/// All that can be asked of a coordinator: `protocol/openapi.yaml` describes it.
package struct APIRoutes: Sendable {
    let service: RunService
    let coordinator: Coordinator
    let about: AboutDocument

    package init(service: RunService, coordinator: Coordinator, software: String, name: String) {
        self.service = service
        self.coordinator = coordinator
        about = AboutDocument(software: software, coordinator: name)
    }

    typealias Handler = @Sendable (Request, APIContext) async throws -> Response

    /// One thing that can be asked for.
    struct Route: Sendable {
        let method: HTTPRequest.Method
        /// As OpenAPI writes it.
        let path: String
        let handler: Handler
    }

    /// Methods and paths, as OpenAPI writes them.
    package var names: [String] { all.map { "\($0.method.rawValue.lowercased()) \($0.path)" } }

    var all: [Route] { hosts + runs + requests + workers }

    private var hosts: [Route] {
        [
            Route(method: .get, path: "/v1") { _, _ in .json(about) },
            Route(method: .get, path: "/v1/hosts") { request, _ in .json(try await service.hosts(request.uri.queryParameters["hosts"].map(String.init))) },
            Route(method: .post, path: "/v1/plans") { request, context in
                .json(try await service.plan(try await Self.body(request, context, PlanOrder.self)), status: .created)
            },
        ]
    }

    private var runs: [Route] {
        [
            Route(method: .get, path: "/v1/runs") { request, _ in
                let query = request.uri.queryParameters
                return .json(try await service.runs(open: query["open"] == "true", limit: try Self.number(query["limit"], "limit", 1...10_000) ?? 20))
            },
            Route(method: .post, path: "/v1/runs") { request, context in
                let order = try await Self.body(request, context, RunOrder.self)
                let (run, feed) = try await service.start(order, user: context.user.map { Accounts.name(of: $0) } ?? "?")
                return .json(StartedDocument(run: run.value, feed: feed), status: .created)
            },
            Route(method: .get, path: "/v1/runs/{run}") { _, context in .json(try await service.run(try await run(context))) },
            Route(method: .get, path: "/v1/runs/{run}/events") { request, context in
                let run = try await run(context)
                let last = request.headers[.init("Last-Event-ID") ?? .accept] ?? request.uri.queryParameters["after"].map(String.init)
                return await EventStream(service: service, run: run).response(after: last)
            },
            Route(method: .get, path: "/v1/runs/{run}/hosts/{host}/output") { request, context in
                let run = try await run(context)
                let position = try Self.number(request.uri.queryParameters["position"], "position", 0...Int.max) ?? 0
                return .json(try OutputDocument(directory: await service.directory(of: run), host: try await host(context, run), from: position))
            },
            Route(method: .get, path: "/v1/runs/{run}/journal") { _, context in
                JournalExport(directory: await service.directory(of: try await run(context)), run: try await run(context)).response
            },
            Route(method: .get, path: "/v1/runs/{run}/journal/copy") { _, context in
                try await JournalCopy(directory: await service.directory(of: try await run(context))).response()
            },
            Route(method: .get, path: "/v1/runs/{run}/audit") { _, context in
                let run = try await run(context)
                var entries: [AuditDocument] = []
                do { try await AuditTrail(directory: await service.directory(of: run), run: run).entries { entries.append(AuditDocument($0)) } } catch {
                    throw ServiceProblem(.noJournal, "\(error)")
                }
                return .json(entries)
            },
            Route(method: .get, path: "/v1/audit/check") { _, _ in .json(await service.checkAudit()) },
            Route(method: .get, path: "/v1/runs/{run}/journal/problems") { _, context in
                let run = try await run(context)
                return .json(await RunJournal.problems(of: run, directory: await service.directory(of: run)))
            },
        ]
    }

    private var requests: [Route] {
        [
            Route(method: .post, path: "/v1/runs/{run}/pause") { _, context in
                let run = try await run(context)
                try await service.pause(run)
                return .json(RunName(run: run.value))
            },
            Route(method: .post, path: "/v1/runs/{run}/cancel") { _, context in
                let run = try await run(context)
                try await service.cancel(run)
                return .json(RunName(run: run.value))
            },
            Route(method: .post, path: "/v1/runs/{run}/resume") { _, context in
                let run = try await run(context)
                return .json(StartedDocument(run: run.value, feed: try await service.resume(run)), status: .accepted)
            },
            Route(method: .post, path: "/v1/runs/{run}/decisions") { request, context in
                let run = try await run(context), order = try await Self.body(request, context, DecisionOrder.self)
                guard let decision = PersonDecision(rawValue: order.decision) else {
                    throw ServiceProblem(.invalid, "'\(order.decision)': say done, failed or again", at: "decision")
                }
                return .json(DecisionDocument(subtask: try await service.decide(run, host: order.host, decision)))
            },
            Route(method: .post, path: "/v1/prune") { request, context in
                let order = try await Self.body(request, context, PruneOrder.self)
                guard order.days ?? 0 >= 0 else { throw ServiceProblem(.invalid, "write 0 or more", at: "days") }
                return .json(PrunedDocument(runs: await service.prune(days: order.days).map(\.value)))
            },
        ]
    }

    private var workers: [Route] {
        [
            Route(method: .get, path: "/v1/workers") { _, _ in .json(await coordinator.workers.map(WorkerDocument.init)) },
            Route(method: .post, path: "/v1/workers/{worker}/drain") { _, context in
                guard await coordinator.drain(try context.parameters.require("worker")) else { throw noWorker(context) }
                return Response(status: .noContent)
            },
            Route(method: .delete, path: "/v1/workers/{worker}") { _, context in
                guard await coordinator.forgetWorker(try context.parameters.require("worker")) else { throw noWorker(context) }
                return Response(status: .noContent)
            },
        ]
    }

    private func noWorker(_ context: APIContext) -> ServiceProblem {
        ServiceProblem(.notFound, "no worker '\(context.parameters.get("worker") ?? "?")' is connected", at: "worker", remedy: "'muster workers list' shows them")
    }

    // MARK: Reading requests

    private func run(_ context: APIContext) async throws -> RunID { try await service.find(try context.parameters.require("run")) }

    /// A host of the run: names become paths of files.
    private func host(_ context: APIContext, _ run: RunID) async throws -> HostName {
        let name = try context.parameters.require("host")
        guard try await service.run(run).hosts.contains(where: { $0.host == name }) else {
            throw ServiceProblem(.notFound, "run \(run) has no host '\(name)'", at: "host")
        }
        return HostName(name)
    }

    private static func body<Value: Decodable>(_ request: Request, _ context: APIContext, _ type: Value.Type) async throws -> Value {
        let buffer: ByteBuffer
        do { buffer = try await request.body.collect(upTo: APIContext.bodyLimit) } catch is NIOTooManyBytesError {
            throw ServiceProblem(.invalid, "the request has more than \(APIContext.bodyLimit >> 20) MiB", at: "body")
        }
        do { return try JSONDecoder().decode(type, from: Data(buffer.readableBytesView.isEmpty ? Array("{}".utf8) : Array(buffer.readableBytesView))) } catch let error as DecodingError {
            throw ServiceProblem(.invalid, "the body is not what is expected: \(describe(error))", at: "body")
        }
    }

    private static func describe(_ error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, _): "'\(key.stringValue)' is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "\(context.codingPath.map(\.stringValue).joined(separator: ".")): \(context.debugDescription)"
        case .dataCorrupted: "it is not JSON"
        @unknown default: "\(error)"
        }
    }

    private static func number(_ text: Substring?, _ name: String, _ range: ClosedRange<Int>) throws(ServiceProblem) -> Int? {
        guard let text else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw ServiceProblem(.invalid, "'\(text)' is not a number from \(range.lowerBound) to \(range.upperBound)", at: name)
        }
        return number
    }
}

extension Response {
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        Response(status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: ByteBuffer(bytes: JSONText.data(value))))
    }
}
