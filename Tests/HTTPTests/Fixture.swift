import HTTP
import TestSupport
import Testing

/// The error that a request ends with.
func failure(_ request: HTTPRequest, _ client: HTTPClient? = nil, sourceLocation: SourceLocation = #_sourceLocation) async throws -> HTTPError? {
    let client = try client ?? HTTPClient()
    return await #expect(throws: HTTPError.self, sourceLocation: sourceLocation) { _ = try await client.send(request) }
}

extension HTTPRequest {
    func with(_ change: (inout HTTPLimits) -> Void) -> HTTPRequest {
        var request = self
        change(&request.limits)
        return request
    }
}

func answer(_ body: String, status: String = "200 OK", headers: String = "") -> String {
    "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
}
