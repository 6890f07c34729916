import Glibc
import Threads

/// A socket address as bytes of its sockaddr structure.
struct SocketAddress: Sendable {
    var family: Int32
    var bytes: [UInt8]
}

/// Names to addresses. getaddrinfo(3) blocks, so each look-up has a thread of its own for its short life.
enum Resolver {
    enum Outcome: Sendable {
        case found([SocketAddress])
        case failed(String)
    }

    static func resolve(_ address: String, port: Int, _ done: @escaping @Sendable (Outcome) -> Void) {
        let isStarted = NamedThread.start("muster-resolve") { done(lookUp(address, port: port)) }
        if !isStarted { done(.failed("no thread left for the look-up")) }
    }

    private static func lookUp(_ address: String, port: Int) -> Outcome {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(address, String(port), &hints, &list)
        guard status == 0 else { return .failed(unsafe String(cString: gai_strerror(status))) }
        // SAFETY: the list and all it points to live until freeaddrinfo; everything is copied before.
        defer { unsafe freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            let info = unsafe entry.pointee
            if let address = unsafe info.ai_addr {
                let bytes = unsafe Array(UnsafeRawBufferPointer(start: address, count: Int(info.ai_addrlen)))
                unsafe found.append(SocketAddress(family: info.ai_family, bytes: bytes))
            }
            unsafe next = info.ai_next
        }
        return found.isEmpty ? .failed("no address") : .found(found)
    }
}
