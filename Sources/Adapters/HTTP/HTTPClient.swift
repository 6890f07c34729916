import Threads

/// What holds for all requests of a client.
package struct HTTPSettings: Sendable {
    /// A PEM file of certificate authorities to trust instead of the system's. Certificates are always checked.
    package var authorities: String?
    /// Whether `http_proxy`, `https_proxy` and `no_proxy` count.
    package var usesProxyOfEnvironment = false
    /// A Unix socket to connect to, whatever the host of a URL is.
    package var socketPath: String?
    /// Connections at a time; further requests wait, and their time runs.
    package var connections = 64

    package init() {}
}

/// Requests over HTTP and HTTPS, on libcurl. Redirects are answers like others; certificates are always checked.
///
/// One thread serves all transfers. It ends with the client, and transfers that are under way then fail with `closed`.
package final class HTTPClient: Sendable {
    private let loop: TransferLoop
    private let nextID = Lock<UInt64>(1)

    package init(_ settings: HTTPSettings = HTTPSettings()) throws(HTTPError) { loop = try TransferLoop(settings) }

    deinit { loop.stop() }

    /// Ends all transfers; what is asked for later fails with `closed`.
    package func close() { loop.stop() }

    /// Sends a request and reads its answer to the end. Cancelling the task ends the transfer.
    package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let (head, reader) = try await begin(request)
        var body: [UInt8] = []
        while let bytes = try await reader.next() { body += bytes }
        return HTTPResponse(head: head, body: body)
    }

    /// Sends a request and returns when the head of the answer is there; the body is read as it comes, by one reader.
    package func open(_ request: HTTPRequest) async throws(HTTPError) -> HTTPStream {
        let (head, reader) = try await begin(request)
        // Pulled, not pushed: nothing is fetched that nobody asks for, beyond one buffer.
        return HTTPStream(head: head, body: AsyncThrowingStream { try await reader.next() })
    }

    private func begin(_ request: HTTPRequest) async throws(HTTPError) -> (HTTPResponseHead, BodyReader) {
        let target = try HTTPTarget(request.url)
        let id = nextID.withLock { next in
            defer { next += 1 }
            return next
        }
        let exchange = Exchange(id: id), loop = loop
        let reader = BodyReader(exchange: exchange, loop: loop, client: self)
        loop.start(request, target, exchange)
        let head = await withTaskCancellationHandler {
            await exchange.head()
        } onCancel: {
            loop.cancel(id)
        }
        return (try head.get(), reader)
    }
}

/// Reads one body; ends the transfer when nobody holds it any longer.
private final class BodyReader: Sendable {
    private let exchange: Exchange
    private let loop: TransferLoop
    /// An open body keeps its client.
    private let client: HTTPClient

    init(exchange: Exchange, loop: TransferLoop, client: HTTPClient) {
        self.exchange = exchange
        self.loop = loop
        self.client = client
    }

    deinit { loop.cancel(exchange.id) }

    func next() async throws(HTTPError) -> [UInt8]? {
        let id = exchange.id, loop = loop
        let result = await withTaskCancellationHandler {
            await exchange.next { loop.resume(id) }
        } onCancel: {
            loop.cancel(id)
        }
        return try result.get()
    }
}
