import CCurl
import Glibc

/// A libcurl easy handle with what its callbacks need. Lives on the client's thread.
@safe final class Transfer {
    let handle: UnsafeMutableRawPointer
    let exchange: Exchange
    private let target: HTTPTarget
    private let limits: HTTPLimits
    private let authorities: String?
    private var headers: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>

    private var head = HTTPResponseHead(status: 0, headers: [])
    private var headerBytes = 0
    private var bodyBytes = 0
    private var isHeadComplete = false
    /// Why a callback ended the transfer.
    private var failure: HTTPError?

    init(_ request: HTTPRequest, _ target: HTTPTarget, _ settings: HTTPSettings, _ exchange: Exchange) throws(HTTPError) {
        guard let made = unsafe curl_easy_init() else { throw .library(reason: "no handle left") }
        unsafe handle = made
        self.exchange = exchange
        self.target = target
        limits = request.limits
        authorities = settings.authorities
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        // SAFETY: freed in deinit, after the handle.
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        try configure(request, settings)
    }

    deinit {
        // SAFETY: the client takes the handle out of its multi handle first.
        unsafe curl_easy_cleanup(handle)
        unsafe curl_slist_free_all(headers)
        unsafe errorText.deallocate()
    }

    // MARK: Settings

    private func configure(_ request: HTTPRequest, _ settings: HTTPSettings) throws(HTTPError) {
        try check(unsafe muster_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText))
        // SAFETY: the client keeps the transfer for as long as libcurl has its handle.
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        try check(unsafe muster_curl_set_pointer(handle, CURLOPT_PRIVATE, context))
        try check(unsafe muster_curl_set_pointer(handle, CURLOPT_WRITEDATA, context))
        try check(unsafe muster_curl_set_pointer(handle, CURLOPT_HEADERDATA, context))
        try check(unsafe muster_curl_set_write(handle, CURLOPT_WRITEFUNCTION) { unsafe Transfer.at($3)?.takeBody($0, $1 * $2) ?? 0 })
        try check(unsafe muster_curl_set_write(handle, CURLOPT_HEADERFUNCTION) { unsafe Transfer.at($3)?.takeHeader($0, $1 * $2) ?? 0 })
        try set(CURLOPT_URL, request.url)
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_NOSIGNAL, 1)
        // Cancelling does not wait for a name server.
        try set(CURLOPT_QUICK_EXIT, 1)
        // One connection per request: a reader that is slow holds up nobody else's.
        try set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        try set(CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(limits.connectTimeout))
        try set(CURLOPT_TIMEOUT_MS, Self.milliseconds(limits.totalTimeout))
        try check(unsafe muster_curl_set_offset(handle, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(max(1, limits.bodyBytes))))
        try set(CURLOPT_SSL_VERIFYPEER, 1)
        try set(CURLOPT_SSL_VERIFYHOST, 2)
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let path = settings.socketPath { try set(CURLOPT_UNIX_SOCKET_PATH, path) }
        if let authorities { try set(CURLOPT_CAINFO, authorities) }
        // An empty name is "none, whatever the environment says".
        if !settings.usesProxyOfEnvironment { try set(CURLOPT_PROXY, "") }
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        try set(CURLOPT_USERAGENT, "muster")
        try setMethod(request)
        try setHeaders(request)
    }

    private func setMethod(_ request: HTTPRequest) throws(HTTPError) {
        switch request.method {
        case .head: try set(CURLOPT_NOBODY, 1)
        case .get where request.body == nil: try set(CURLOPT_HTTPGET, 1)
        case .get, .post, .put, .patch, .delete: try set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
        }
        guard request.method != .head, request.body != nil || request.method != .get else { return }
        let body = request.body ?? []
        try check(unsafe muster_curl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count)))
        // SAFETY: libcurl copies as many bytes as the option before said.
        let code = unsafe body.withUnsafeBytes { bytes in
            unsafe muster_curl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
        }
        try check(code)
    }

    private func setHeaders(_ request: HTTPRequest) throws(HTTPError) {
        // Else libcurl asks for permission before it sends a large body, and waits a second for it.
        var lines = ["Expect:"]
        if request.body != nil, !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) { lines.append("Content-Type:") }
        for header in request.headers {
            guard header.isValid else { throw .invalidHeader(name: String(header.name.filter { !$0.isNewline }.prefix(40))) }
            // libcurl's way to say: this header, and empty.
            lines.append(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
        }
        for line in lines {
            guard let longer = unsafe curl_slist_append(headers, line) else { throw .library(reason: "out of memory") }
            unsafe headers = longer
        }
        try check(unsafe muster_curl_set_list(handle, CURLOPT_HTTPHEADER, headers))
    }

    private func set(_ option: CURLoption, _ value: Int) throws(HTTPError) { try check(unsafe muster_curl_set_long(handle, option, value)) }
    private func set(_ option: CURLoption, _ value: String) throws(HTTPError) { try check(unsafe muster_curl_set_string(handle, option, value)) }

    private func check(_ code: CURLcode) throws(HTTPError) {
        // SAFETY: curl_easy_strerror returns a constant text.
        guard code == CURLE_OK else { throw .library(reason: unsafe String(cString: curl_easy_strerror(code))) }
    }

    private static func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        // 0 would mean no bound, and more than 32 bits is refused.
        return max(1, Int(Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000)))
    }

    // MARK: Callbacks

    /// The transfer that a handle or callback belongs to.
    static func at(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        guard let context = unsafe context else { return nil }
        return unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    }

    private func takeBody(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        guard bodyBytes + count <= limits.bodyBytes else { return end(.tooLarge(server: target.server, what: "the body", limit: limits.bodyBytes)) }
        // Not taken is not counted: libcurl comes again with the same bytes.
        guard unsafe exchange.deliver(UnsafeRawBufferPointer(start: bytes, count: count)) else { return Int(CURL_WRITEFUNC_PAUSE) }
        bodyBytes += count
        return count
    }

    private func takeHeader(_ bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        headerBytes += count
        guard headerBytes <= limits.headerBytes else { return end(.tooLarge(server: target.server, what: "the head", limit: limits.headerBytes)) }
        // What comes after the body are trailers, which nobody asked for.
        if isHeadComplete { return count }
        let line = unsafe String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
        let text = line.trimmingSuffix { $0.isNewline }
        if text.hasPrefix("HTTP/") {
            // An interim answer (100, 103) may come before the one that counts.
            let status = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            head = HTTPResponseHead(status: status, headers: [])
        } else if text.isEmpty {
            isHeadComplete = head.status >= 200 || head.status == 101
            if isHeadComplete { exchange.deliver(head) }
        } else if let colon = text.firstIndex(of: ":") {
            let value = text[text.index(after: colon)...].drop { $0 == " " || $0 == "\t" }.trimmingSuffix { $0 == " " || $0 == "\t" }
            head.headers.append(HTTPHeader(String(text[..<colon]), String(value)))
        }
        return count
    }

    /// Ends the transfer from within a callback: any number but that of the bytes does.
    private func end(_ error: HTTPError) -> Int {
        failure = error
        return 0
    }

    // MARK: The end

    func finish(_ code: CURLcode) {
        if code == CURLE_OK { return exchange.finish(.success(())) }
        if let failure { return exchange.finish(.failure(failure)) }
        var systemError = 0, sentAt: curl_off_t = 0
        unsafe muster_curl_get_long(handle, CURLINFO_OS_ERRNO, &systemError)
        unsafe muster_curl_get_offset(handle, CURLINFO_PRETRANSFER_TIME_T, &sentAt)
        // SAFETY: libcurl ends the text in its buffer with a NUL; curl_easy_strerror's is constant.
        let own = unsafe String(cString: errorText)
        let detail = unsafe own.isEmpty ? String(cString: curl_easy_strerror(code)) : own
        exchange.finish(
            .failure(
                .from(
                    code, systemError: Int32(truncatingIfNeeded: systemError), wasConnected: sentAt > 0, detail: detail, target: target, limits: limits,
                    authorities: authorities)))
    }
}

extension StringProtocol {
    fileprivate func trimmingSuffix(_ isUnwanted: (Character) -> Bool) -> SubSequence {
        var rest = self[...]
        while let last = rest.last, isUnwanted(last) { rest = rest.dropLast() }
        return rest
    }
}
