import Documents
import Hummingbird
import Logging

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
            default: return ServiceProblem(.invalid, error.body ?? "\(error.status)").response
            }
        } catch {
            context.logger.error("request failed", metadata: ["path": "\(request.uri.path)", "reason": "\(error)"])
            return Response(status: .internalServerError, headers: [.contentType: "application/problem+json"])
        }
    }
}
