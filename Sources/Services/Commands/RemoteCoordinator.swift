import ArgumentParser
import Documents
import Foundation
import HTTP

/// A running coordinator, over its control socket (protocol/openapi.yaml).
struct RemoteCoordinator: Sendable {
    let address: String
    private let client: HTTPClient

    /// Why there is no answer: one line.
    struct Unreachable: Error, CustomStringConvertible {
        let description: String
    }

    init(_ text: String) throws {
        let address = try RemoteAddress(text)
        var settings = HTTPSettings()
        settings.socketPath = address.path
        client = try HTTPClient(settings)
        self.address = text
    }

    /// Planning waits for hosts; that has deadlines of its own.
    private static let patience = Duration.seconds(3600)

    func get<Value: Decodable>(_ path: String, _ query: [(String, String?)] = []) async throws -> Value { try await ask(.get, path, query, body: nil) }

    func post<Value: Decodable>(_ path: String, _ body: some Encodable) async throws -> Value { try await ask(.post, path, [], body: JSONText.data(body)) }

    /// Asks for something to be done, without an answer.
    func order(_ path: String) async throws { _ = try await send(.post, path, [], body: nil) }

    func delete(_ path: String) async throws { _ = try await send(.delete, path, [], body: nil) }

    private func ask<Value: Decodable>(_ method: HTTPRequest.Method, _ path: String, _ query: [(String, String?)], body: Data?) async throws -> Value {
        let bytes = try await send(method, path, query, body: body)
        do { return try JSONDecoder().decode(Value.self, from: Data(bytes)) } catch {
            throw Unreachable(description: "the coordinator at \(address) answers what this muster does not understand: \(error) — use the same version of both")
        }
    }

    private func send(_ method: HTTPRequest.Method, _ path: String, _ query: [(String, String?)], body: Data?) async throws -> [UInt8] {
        var request = HTTPRequest(method, Self.url(path, query), headers: body == nil ? [] : [HTTPHeader("Content-Type", "application/json")], body: body.map(Array.init))
        request.limits.totalTimeout = Self.patience
        request.limits.bodyBytes = 256 << 20
        let response: HTTPResponse
        do throws(HTTPError) { response = try await client.send(request) } catch { throw unreachable(error) }
        guard (200..<300).contains(response.head.status) else { throw refusal(response.head, response.body) }
        return response.body
    }

    /// Reads an answer as it comes.
    func stream(_ path: String, headers: [HTTPHeader] = []) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        var request = HTTPRequest(.get, Self.url(path, []), headers: headers)
        request.limits.totalTimeout = .seconds(30 * 86_400)
        request.limits.bodyBytes = .max
        let stream: HTTPStream
        do throws(HTTPError) { stream = try await client.open(request) } catch { throw unreachable(error) }
        guard stream.head.status == 200 else {
            var body: [UInt8] = []
            for try await bytes in stream.body { body += bytes }
            throw refusal(stream.head, body)
        }
        return stream.body
    }

    private static func url(_ path: String, _ query: [(String, String?)]) -> String {
        var components = URLComponents()
        components.scheme = "http"
        components.host = "coordinator"
        components.path = path
        let items = query.compactMap { name, value in value.map { URLQueryItem(name: name, value: $0) } }
        if !items.isEmpty { components.queryItems = items }
        return components.string ?? "http://coordinator\(path)"
    }

    private func refusal(_ head: HTTPResponseHead, _ body: [UInt8]) -> any Error {
        if let problem = (try? JSONDecoder().decode(ProblemDocument.self, from: Data(body)))?.problem { return problem }
        return Unreachable(description: "the coordinator at \(address) answers with status \(head.status)")
    }

    private func unreachable(_ error: HTTPError) -> Unreachable {
        switch error {
        case .refused, .unreachable, .connectTimedOut:
            Unreachable(description: "no coordinator answers at \(address) — is it running ('systemctl status muster-coordinator'), and may you use its socket?")
        default: Unreachable(description: "the coordinator at \(address): \(error)")
        }
    }
}

extension CommonOptions {
    /// The coordinator that was named to do it; nil: this process does it itself.
    func remote() throws -> RemoteCoordinator? {
        guard let text = environment[RemoteAddress.variable], !text.isEmpty else { return nil }
        do { return try RemoteCoordinator(text) } catch {
            Console().error("muster: \(error)")
            throw ExitStatus.usage.exitCode
        }
    }
}

extension Console {
    /// Does something with a coordinator, and tells by message and exit code why it was not done.
    func asking<Value>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch let problem as ServiceProblem {
            for detail in problem.details { error("  \(detail)") }
            error("muster: \(problem)")
            throw ExitStatus(problem.kind).exitCode
        } catch let problem as RemoteCoordinator.Unreachable {
            error("muster: \(problem)")
            throw ExitStatus.noCoordinator.exitCode
        }
    }
}

extension ExitStatus {
    init(_ kind: ServiceProblem.Kind) {
        switch kind {
        case .invalid, .notFound, .conflict: self = .usage
        case .noPlan: self = .noPlan
        case .refusedByPolicy: self = .refusedByPolicy
        case .needsApproval, .unavailable: self = .waitsForPerson
        case .dryRun: self = .done
        case .nothingReachable: self = .nothingReachable
        case .nobodyLeft: self = .hostFailed
        case .noJournal: self = .noJournal
        }
    }
}
