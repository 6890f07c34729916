import CSSH2
import CShims
import Glibc
import KnownHosts
import Threads

extension SSHConnection {
    /// Connects, checks the host key and logs in.
    ///
    /// Waits for a login slot of the server first. A server that closes the connection before saying anything is
    /// overloaded: it is asked again, later and later, until the time is over.
    package static func connect(_ target: SSHTarget, on ssh: SSHLoop) async throws(SSHError) -> SSHConnection {
        if case .privateKey(let path, let content, let passphrase) = target.credential,
            let problem = PrivateKeyFile.problem(content: content.bytes, hasPassphrase: passphrase != nil)
        {
            throw .keyUnusable(host: target.name, path: path, reason: problem)
        }
        if case .pinned(let keys) = target.hostKeys, !keys.isEmpty, !PrivateKeyFile.supportsRSA,
            keys.allSatisfy({ $0.algorithm == "ssh-rsa" })
        {
            throw .handshakeFailed(
                host: target.name, endpoint: target.endpoint,
                reason:
                    "only an RSA host key is known, and libssh2 \(PrivateKeyFile.libraryVersion) can't check it with today's servers — add the host's ed25519 key to known_hosts (ssh-keyscan -t ed25519), or use libssh2 1.11 or newer"
            )
        }
        return try await ssh.logIn(target, through: target.endpoint, by: .libssh2) { deadline throws(SSHError) in
            let connection = SSHConnection(target: target, loop: ssh.loop)
            do throws(SSHError) { try await connection.logIn(deadline: deadline) } catch {
                await connection.close()
                throw error
            }
            return connection
        }
    }

    private func logIn(deadline: Duration) async throws(SSHError) {
        try await openSocket(deadline: deadline)
        try await shakeHands(deadline: deadline)
        try checkHostKey()
        try await authenticate(deadline: deadline)
        startKeepAlive()
    }

    // MARK: TCP

    private func openSocket(deadline: Duration) async throws(SSHError) {
        let addresses: [SocketAddress]
        switch await resolve(deadline: deadline) {
        case .found(let found)?: addresses = found
        case .failed(let reason)?: throw .nameNotFound(host: target.name, address: target.address, reason: reason)
        case nil: throw .timedOut(host: target.name, endpoint: target.endpoint, phase: .connect, after: target.timeout)
        }
        var last: SSHError?
        for address in addresses {
            do throws(SSHError) {
                return try await connect(address, deadline: deadline)
            } catch { last = error }
        }
        throw last ?? .nameNotFound(host: target.name, address: target.address, reason: "no address")
    }

    private func resolve(deadline: Duration) async -> Resolver.Outcome? {
        let box = Lock<CheckedContinuation<Resolver.Outcome?, Never>?>(nil)
        let outcome = await withCheckedContinuation { continuation in
            box.withLock { $0 = continuation }
            @Sendable func answer(_ outcome: Resolver.Outcome?) {
                box.withLock { waiting -> CheckedContinuation<Resolver.Outcome?, Never>? in
                    defer { waiting = nil }
                    return waiting
                }?.resume(returning: outcome)
            }
            _ = loop.schedule(at: deadline) { answer(nil) }
            Resolver.resolve(target.address, port: target.port) { answer($0) }
        }
        return outcome
    }

    private func connect(_ address: SocketAddress, deadline: Duration) async throws(SSHError) {
        let descriptor = Glibc.socket(
            address.family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), Int32(IPPROTO_TCP))
        guard descriptor >= 0 else { throw unreachable(muster_errno()) }
        socket = descriptor
        guard watchSocket() else { throw unreachable(muster_errno()) }
        // Without it every login waits for Nagle's algorithm, about 40 ms.
        var on: Int32 = 1
        unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        // SAFETY: the bytes are those of a sockaddr of this family, as getaddrinfo gave them.
        let status = unsafe address.bytes.withUnsafeBytes { bytes in
            unsafe Glibc.connect(
                descriptor, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        if status != 0 {
            let code = muster_errno()
            guard code == EINPROGRESS else {
                dropSocket()
                throw unreachable(code)
            }
            do throws(SSHError) { try await waitForConnect(deadline: deadline) } catch {
                dropSocket()
                throw error
            }
        }
    }

    private func waitForConnect(deadline: Duration) async throws(SSHError) {
        setInterest(.writable)
        while true {
            var poller = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
            if unsafe poll(&poller, 1, 0) > 0 { break }
            guard MonotonicTime.now < deadline else {
                throw .timedOut(host: target.name, endpoint: target.endpoint, phase: .connect, after: target.timeout)
            }
            await waitForEvent(.writable, until: deadline)
            if let failure { throw failure }
        }
        setInterest(.readable)
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        unsafe getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &length)
        if code != 0 { throw unreachable(code) }
    }

    private func dropSocket() {
        guard socket >= 0 else { return }
        loop.forget(socket)
        Glibc.close(socket)
        socket = -1
    }

    private func unreachable(_ code: Int32) -> SSHError {
        if code == ECONNREFUSED { return .refused(host: target.name, endpoint: target.endpoint) }
        if code == ETIMEDOUT {
            return .timedOut(host: target.name, endpoint: target.endpoint, phase: .connect, after: target.timeout)
        }
        // SAFETY: strerror's text is copied at once.
        return .unreachable(host: target.name, endpoint: target.endpoint, reason: unsafe String(cString: strerror(code)))
    }

    // MARK: Handshake and host key

    private func shakeHands(deadline: Duration) async throws(SSHError) {
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        // SAFETY: the context is read by callbacks only, while this actor lives and runs the call.
        guard let session = unsafe libssh2_session_init_ex(nil, nil, nil, context) else {
            throw .handshakeFailed(host: target.name, endpoint: target.endpoint, reason: "out of memory")
        }
        unsafe self.session = session
        unsafe libssh2_session_set_blocking(session, 0)
        _ = unsafe libssh2_session_callback_set(session, LIBSSH2_CALLBACK_RECV, unsafeBitCast(countReceived, to: UnsafeMutableRawPointer.self))
        if case .pinned(let keys) = target.hostKeys, !keys.isEmpty {
            // The server shows one key only: ask for a kind that is known first, or a known host looks unknown.
            let known = Self.hostKeyAlgorithms.filter { name in keys.contains { $0.algorithm == name } }
            let order = (known + Self.hostKeyAlgorithms.filter { !known.contains($0) }).joined(separator: ",")
            let status = unsafe libssh2_session_method_pref(session, LIBSSH2_METHOD_HOSTKEY, order)
            guard status == 0 else {
                throw .handshakeFailed(host: target.name, endpoint: target.endpoint, reason: "libssh2 refuses the host key types \(order)")
            }
        }
        let result = unsafe try await drive(.handshake, deadline: deadline) { session in
            Int(unsafe libssh2_session_handshake(session, socket))
        }
        guard result == 0 else {
            switch Int32(result) {
            case LIBSSH2_ERROR_BANNER_RECV, LIBSSH2_ERROR_BANNER_NONE, LIBSSH2_ERROR_SOCKET_RECV, LIBSSH2_ERROR_SOCKET_DISCONNECT,
                LIBSSH2_ERROR_SOCKET_SEND:
                throw .overloaded(host: target.name, endpoint: target.endpoint)
            case LIBSSH2_ERROR_KEX_FAILURE, LIBSSH2_ERROR_METHOD_NONE, LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE:
                throw .beyondLibrary(
                    host: target.name,
                    what: "the server offers no host key, cipher or key exchange that libssh2 \(PrivateKeyFile.libraryVersion) knows (\(lastMessage()))")
            default:
                throw .handshakeFailed(host: target.name, endpoint: target.endpoint, reason: lastMessage())
            }
        }
    }

    /// What libssh2 1.10 can check, best first; RSA only where the library has SHA-2 signatures.
    private static var hostKeyAlgorithms: [String] {
        ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"]
            + (PrivateKeyFile.supportsRSA ? ["rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"] : [])
    }

    private func checkHostKey() throws(SSHError) {
        guard let session = unsafe session else { throw .closed(host: target.name) }
        var length = 0
        var kind: Int32 = 0
        guard let bytes = unsafe libssh2_session_hostkey(session, &length, &kind) else {
            throw .handshakeFailed(host: target.name, endpoint: target.endpoint, reason: "the server showed no host key")
        }
        // SAFETY: the key belongs to the session and is copied here.
        let blob = unsafe UnsafeRawBufferPointer(start: bytes, count: length).map { $0 }
        let presented = HostPublicKey(blob: blob)
        if case .pinned(let keys) = target.hostKeys, !keys.contains(presented) {
            throw keys.isEmpty
                ? .hostKeyUnknown(host: target.name, endpoint: target.endpoint, presented: presented)
                : .hostKeyChanged(host: target.name, endpoint: target.endpoint, expected: keys, presented: presented)
        }
        accept(hostKey: presented)
    }

    // MARK: Authentication

    private func authenticate(deadline: Duration) async throws(SSHError) {
        let user = target.user
        let offered = try await offeredMethods(deadline: deadline)
        guard let offered else { return }
        let refused = SSHError.authenticationFailed(
            host: target.name, user: user, tried: target.credential.label, offered: offered)
        let result: Int
        switch target.credential {
        case .privateKey(let path, let content, let passphrase):
            guard offered.contains("publickey") else { throw refused }
            // libssh2 1.10 takes a strlen of the key, whatever length it is told.
            let terminated = content.bytes + [0]
            result = unsafe try await drive(.authentication, deadline: deadline) { session in
                // SAFETY: all texts outlive the call; libssh2 copies what it keeps between repeats.
                unsafe terminated.withUnsafeBytes { key in
                    let key = unsafe key.bindMemory(to: CChar.self)
                    let phrase = passphrase.map { String(decoding: $0.bytes, as: UTF8.self) }
                    return Int(
                        unsafe libssh2_userauth_publickey_frommemory(
                            session, user, user.utf8.count, nil, 0, key.baseAddress, key.count - 1, phrase))
                }
            }
            if result == Int(LIBSSH2_ERROR_FILE) || result == Int(LIBSSH2_ERROR_KEYFILE_AUTH_FAILED) || result == Int(LIBSSH2_ERROR_ALLOC)
                || (result == Int(LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED) && passphrase != nil)
                // What a wrong passphrase makes of a PEM file is no PEM.
                || (result == Int(LIBSSH2_ERROR_PROTO) && lastMessage().contains("PEM"))
            {
                throw .keyUnusable(
                    host: target.name, path: path,
                    reason: passphrase == nil ? "libssh2 can't read it (\(lastMessage()))" : "the passphrase is wrong, or libssh2 can't read the key (\(lastMessage()))")
            }
        case .agent:
            guard offered.contains("publickey") else { throw refused }
            result = try await authenticateByAgent(deadline: deadline)
        case .password(let secret):
            guard offered.contains("password") else { throw refused }
            result = unsafe try await drive(.authentication, deadline: deadline) { session in
                let text = String(decoding: secret.bytes, as: UTF8.self)
                return Int(
                    unsafe libssh2_userauth_password_ex(
                        session, user, UInt32(user.utf8.count), text, UInt32(text.utf8.count), nil))
            }
        case .keyboardInteractive(let secret):
            guard offered.contains("keyboard-interactive") else { throw refused }
            password = secret
            result = unsafe try await drive(.authentication, deadline: deadline) { session in
                Int(unsafe libssh2_userauth_keyboard_interactive_ex(session, user, UInt32(user.utf8.count), answerPrompts))
            }
            password = nil
        }
        guard result == 0 else {
            switch Int32(result) {
            case LIBSSH2_ERROR_SOCKET_DISCONNECT, LIBSSH2_ERROR_SOCKET_RECV, LIBSSH2_ERROR_SOCKET_SEND:
                throw .connectionLost(host: target.name, reason: "the server hung up during authentication")
            default: throw refused
            }
        }
    }

    /// The methods that the server offers this user; nil if it lets the user in without any.
    private func offeredMethods(deadline: Duration) async throws(SSHError) -> [String]? {
        var list: [String]?
        let user = target.user
        let result = unsafe try await drive(.authentication, deadline: deadline) { session in
            if let text = unsafe libssh2_userauth_list(session, user, UInt32(user.utf8.count)) {
                // SAFETY: the list belongs to the session and is copied here.
                list = unsafe String(cString: text).split(separator: ",").map(String.init)
                return 0
            }
            return Int(unsafe libssh2_session_last_errno(session))
        }
        if let list { return list }
        if let session = unsafe session, unsafe libssh2_userauth_authenticated(session) != 0 { return nil }
        switch Int32(result) {
        case LIBSSH2_ERROR_SOCKET_DISCONNECT, LIBSSH2_ERROR_SOCKET_RECV, LIBSSH2_ERROR_SOCKET_SEND:
            throw .overloaded(host: target.name, endpoint: target.endpoint)
        default:
            throw .connectionLost(host: target.name, reason: "the server hung up during authentication: \(lastMessage())")
        }
    }

    private func authenticateByAgent(deadline: Duration) async throws(SSHError) -> Int {
        guard let session = unsafe session else { throw .closed(host: target.name) }
        guard let agent = unsafe libssh2_agent_init(session) else { return Int(LIBSSH2_ERROR_ALLOC) }
        // SAFETY: freed exactly once, on every way out; the identities live until then.
        defer {
            unsafe libssh2_agent_disconnect(agent)
            unsafe libssh2_agent_free(agent)
        }
        guard unsafe libssh2_agent_connect(agent) == 0, unsafe libssh2_agent_list_identities(agent) == 0 else {
            throw .keyUnusable(host: target.name, path: "ssh-agent", reason: "no agent answers at SSH_AUTH_SOCK — start ssh-agent and ssh-add a key")
        }
        let user = target.user
        var previous: UnsafeMutablePointer<libssh2_agent_publickey>?
        var last = Int(LIBSSH2_ERROR_AUTHENTICATION_FAILED)
        var hasTried = false
        var leftAside: [String] = []
        while true {
            var identity: UnsafeMutablePointer<libssh2_agent_publickey>?
            guard unsafe libssh2_agent_get_identity(agent, &identity, previous) == 0, let found = unsafe identity else {
                guard !hasTried, !leftAside.isEmpty else { return last }
                throw .beyondLibrary(
                    host: target.name, what: "ssh-agent has only keys that libssh2 \(PrivateKeyFile.libraryVersion) can't use (\(leftAside.joined(separator: ", ")))")
            }
            unsafe previous = found
            let blob = unsafe UnsafeRawBufferPointer(start: found.pointee.blob, count: found.pointee.blob_len).map { $0 }
            // A key that can't succeed is not tried: each try counts against MaxAuthTries.
            let algorithm = HostPublicKey(blob: blob).algorithm
            if algorithm.contains("-cert-") || algorithm.hasPrefix("sk-") || (algorithm == "ssh-rsa" && !PrivateKeyFile.supportsRSA) {
                if leftAside.count < 5 { leftAside.append(algorithm) }
                continue
            }
            hasTried = true
            last = unsafe try await drive(.authentication, deadline: deadline) { _ in
                Int(unsafe libssh2_agent_userauth(agent, user, found))
            }
            if last == 0 { return 0 }
        }
    }
}

/// libssh2's callback for keyboard-interactive: every prompt that hides its answer gets the password, others nothing.
private let answerPrompts:
    @convention(c) (
        UnsafePointer<CChar>?, Int32, UnsafePointer<CChar>?, Int32, Int32, UnsafePointer<LIBSSH2_USERAUTH_KBDINT_PROMPT>?,
        UnsafeMutablePointer<LIBSSH2_USERAUTH_KBDINT_RESPONSE>?, UnsafeMutablePointer<UnsafeMutableRawPointer?>?
    ) -> Void = { _, _, _, _, count, prompts, responses, abstract in
        guard let prompts = unsafe prompts, let responses = unsafe responses, let context = unsafe abstract?.pointee else { return }
        // SAFETY: the context is the connection that makes this very call, on its own thread.
        let connection = unsafe Unmanaged<SSHConnection>.fromOpaque(context).takeUnretainedValue()
        let secret = connection.assumeIsolated { $0.password?.bytes ?? [] }
        for index in 0..<Int(count) {
            let answer = unsafe prompts[index].echo == 0 ? secret : []
            // libssh2 frees the answer with its own allocator, which is malloc's.
            guard let copy = unsafe malloc(max(1, answer.count)) else { continue }
            unsafe copy.copyMemory(from: answer, byteCount: answer.count)
            unsafe responses[index].text = copy.assumingMemoryBound(to: CChar.self)
            unsafe responses[index].length = UInt32(answer.count)
        }
    }

/// libssh2's callback for receiving: counts what was taken from the socket. Errors are negative errno values.
private let countReceived: @convention(c) (Int32, UnsafeMutableRawPointer?, Int, Int32, UnsafeMutablePointer<UnsafeMutableRawPointer?>?) -> Int = {
    socket, buffer, length, flags, abstract in
    // SAFETY: libssh2 passes its own buffer of this length.
    let count = unsafe recv(socket, buffer, length, flags | Int32(MSG_NOSIGNAL))
    guard count >= 0 else { return Int(-errno) }
    guard let context = unsafe abstract?.pointee else { return count }
    // SAFETY: the context is the connection, taken away before it ends; its thread runs this call.
    let connection = unsafe Unmanaged<SSHConnection>.fromOpaque(context).takeUnretainedValue()
    connection.assumeIsolated { $0.receivedBytes += count }
    return count
}
