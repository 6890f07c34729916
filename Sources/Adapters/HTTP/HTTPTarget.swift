import CCurl

/// Where a URL leads, read by libcurl's own parser, so that what is judged is what is used.
struct HTTPTarget: Equatable {
    let host: String
    let server: String

    init(_ url: String) throws(HTTPError) {
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { throw .invalidURL(reason: "it holds blanks or control characters") }
        guard let handle = unsafe curl_url() else { throw .library(reason: "out of memory") }
        defer { unsafe curl_url_cleanup(handle) }
        let code = unsafe curl_url_set(handle, CURLUPART_URL, url, UInt32(CURLU_NON_SUPPORT_SCHEME))
        // SAFETY: curl_url_strerror returns a constant text.
        guard code == CURLUE_OK else { throw .invalidURL(reason: unsafe String(cString: curl_url_strerror(code))) }
        func part(_ what: CURLUPart, _ flags: Int32 = 0) -> String? {
            var text: UnsafeMutablePointer<CChar>?
            // SAFETY: the text is ours when the call succeeds; it is copied and given back.
            guard unsafe curl_url_get(handle, what, &text, UInt32(flags)) == CURLUE_OK, let text = unsafe text else { return nil }
            defer { unsafe curl_free(text) }
            return unsafe String(cString: text)
        }
        guard let scheme = part(CURLUPART_SCHEME), scheme == "http" || scheme == "https" else {
            throw .invalidURL(reason: "its scheme is neither http nor https")
        }
        guard part(CURLUPART_USER) == nil, part(CURLUPART_PASSWORD) == nil else { throw .invalidURL(reason: "it holds a user or password") }
        guard let host = part(CURLUPART_HOST), !host.isEmpty, let port = part(CURLUPART_PORT, CURLU_DEFAULT_PORT) else {
            throw .invalidURL(reason: "it names no host")
        }
        self.host = host
        server = "\(host):\(port)"
    }
}
