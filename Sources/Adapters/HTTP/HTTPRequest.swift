/// A request to a server, with its bounds.
package struct HTTPRequest: Sendable {
    package enum Method: String, Sendable, CaseIterable {
        case get = "GET", head = "HEAD", post = "POST", put = "PUT", patch = "PATCH", delete = "DELETE"
    }

    package var method: Method
    /// `http` or `https`, without a user or password in it.
    package var url: String
    package var headers: [HTTPHeader]
    package var body: [UInt8]?
    package var limits = HTTPLimits()

    package init(_ method: Method = .get, _ url: String, headers: [HTTPHeader] = [], body: [UInt8]? = nil) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

package struct HTTPHeader: Sendable, Equatable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// Whether it would travel as it is: no control character can smuggle in a header of its own.
    var isValid: Bool {
        let isName = !name.isEmpty && name.utf8.allSatisfy { 0x21...0x7e ~= $0 && !#"()<>@,;:\"/[]?={}"#.utf8.contains($0) }
        return isName && value.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7f) }
    }
}

/// Bounds of one exchange.
package struct HTTPLimits: Sendable {
    /// Until the connection is up, its TLS handshake included.
    package var connectTimeout: Duration = .seconds(10)
    /// From the start to the last byte of the answer, however slowly it is read.
    package var totalTimeout: Duration = .seconds(60)
    package var bodyBytes = 16 << 20
    package var headerBytes = 64 << 10

    package init() {}
}

/// An answer, read to its end. Any status is an answer: redirects are not followed.
package struct HTTPResponse: Sendable {
    package var head: HTTPResponseHead
    package var body: [UInt8]
}

/// What comes before an answer's body.
package struct HTTPResponseHead: Sendable, Equatable {
    package var status: Int
    /// In the order they came.
    package var headers: [HTTPHeader]

    /// The first value of a header, whatever the case of its name.
    package func value(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }
}

/// An answer whose body is read as it comes. Who does not read makes the server wait; who lets go of it ends the transfer.
package struct HTTPStream: Sendable {
    package var head: HTTPResponseHead
    package var body: AsyncThrowingStream<[UInt8], any Error>
}
