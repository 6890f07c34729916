import Documents
import Hummingbird
import Logging
package import RunService

/// An error as RFC 9457 has it, with what Muster adds: where, what to do, and what led to it.
package struct ProblemDocument: Codable, Sendable, Equatable {
    package var type: String
    package var title: String
    package var status: Int
    package var detail: String
    package var place: String?
    package var remedy: String?
    package var details: [String]?

    enum CodingKeys: String, CodingKey {
        case type, title, status, detail
        case place = "where"
        case remedy, details
    }

    package init(_ problem: ServiceProblem) {
        type = "urn:muster:problem:\(problem.kind.rawValue)"
        title = Self.title(problem.kind)
        status = Self.status(problem.kind).code
        detail = problem.detail
        place = problem.place
        remedy = problem.remedy
        details = problem.details.isEmpty ? nil : problem.details
    }

    /// What was thrown by the other side.
    package var problem: ServiceProblem? {
        guard type.hasPrefix("urn:muster:problem:"), let kind = ServiceProblem.Kind(rawValue: String(type.dropFirst("urn:muster:problem:".count))) else { return nil }
        return ServiceProblem(kind, detail, at: place, remedy: remedy, details: details ?? [])
    }

    private static func title(_ kind: ServiceProblem.Kind) -> String {
        switch kind {
        case .invalid: "The request is wrong"
        case .notFound: "There is no such thing"
        case .conflict: "It does not fit the state of the run"
        case .noPlan: "No plan"
        case .refusedByPolicy: "Refused by policy"
        case .needsApproval: "A person must approve"
        case .dryRun: "Nothing is executed here"
        case .nothingReachable: "No host could be reached"
        case .nobodyLeft: "No host is left to work on"
        case .noJournal: "The journal can't be used"
        case .unavailable: "Not now"
        }
    }

    private static func status(_ kind: ServiceProblem.Kind) -> HTTPResponse.Status {
        switch kind {
        case .invalid: .badRequest
        case .notFound: .notFound
        case .conflict, .needsApproval, .dryRun: .conflict
        case .noPlan, .nothingReachable, .nobodyLeft: .unprocessableContent
        case .refusedByPolicy: .forbidden
        // RFC 4918.
        case .noJournal: HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
        case .unavailable: .serviceUnavailable
        }
    }
}

extension ServiceProblem {
    var response: Response {
        let document = ProblemDocument(self)
        return Response(
            status: HTTPResponse.Status(code: document.status), headers: [.contentType: "application/problem+json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: JSONText.data(document))))
    }
}

/// Every error of a request becomes a problem document; what nobody foresaw goes to the log.
struct ProblemMiddleware: RouterMiddleware {
    @concurrent func handle(
        _ request: Request, context: APIContext, next: @concurrent (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do { return try await next(request, context) } catch let problem as ServiceProblem {
            return problem.response
        } catch let error as HTTPError {
            switch error.status {
            case .notFound:
                return ServiceProblem(.notFound, "there is no \(request.method.rawValue) \(request.uri.path)", remedy: "protocol/openapi.yaml lists what there is").response
            case .contentTooLarge: return ServiceProblem(.invalid, "the request has more than \(APIContext.bodyLimit >> 20) MiB", at: "body").response
            default: return ServiceProblem(.invalid, error.body ?? "\(error.status)").response
            }
        } catch {
            context.logger.error("request failed", metadata: ["path": "\(request.uri.path)", "reason": "\(error)"])
            return Response(status: .internalServerError, headers: [.contentType: "application/problem+json"])
        }
    }
}
