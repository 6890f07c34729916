import CSSH2
import Glibc
import TestSupport

/// libssh2 with next to nothing on top: one blocking connection, a new channel for each command.
final class BareSession: @unchecked Sendable {
    private let socket: Int32
    private let session: OpaquePointer

    init(fleet: Fleet) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(fleet.server.port).bigEndian
        address.sin_addr.s_addr = inet_addr(fleet.address)
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = self.socket
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, size) }
        }
        guard status == 0, let session = libssh2_session_init_ex(nil, nil, nil, nil) else { throw TestFailure("libssh2 can't connect") }
        self.session = session
        var on: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        libssh2_session_set_timeout(session, 60_000)
        guard libssh2_session_handshake(session, socket) == 0,
            libssh2_userauth_publickey_fromfile_ex(session, fleet.user, UInt32(fleet.user.utf8.count), nil, fleet.key.path, nil) == 0
        else { throw TestFailure("libssh2 can't log in") }
    }

    deinit {
        libssh2_session_disconnect_ex(session, SSH_DISCONNECT_BY_APPLICATION, "done", "")
        libssh2_session_free(session)
        close(socket)
    }

    /// What a command printed, if it ended with 0; otherwise an error.
    func execute(_ command: String) throws -> String {
        guard let channel = libssh2_channel_open_ex(session, "session", 7, 2 << 20, 32768, nil, 0) else { throw TestFailure("no channel") }
        defer { libssh2_channel_free(channel) }
        guard libssh2_channel_process_startup(channel, "exec", 4, command, UInt32(command.utf8.count)) == 0 else {
            throw TestFailure("no exec")
        }
        var output: [UInt8] = []
        let chunk = UnsafeMutableBufferPointer<CChar>.allocate(capacity: 4096)
        defer { chunk.deallocate() }
        while true {
            let count = libssh2_channel_read_ex(channel, 0, chunk.baseAddress, chunk.count)
            if count <= 0 { break }
            output += chunk[..<count].map { UInt8(bitPattern: $0) }
        }
        // Before the close libssh2 knows no status and says 0; and a signal counts as 0 with it.
        var signal: UnsafeMutablePointer<CChar>?
        guard libssh2_channel_close(channel) == 0, libssh2_channel_wait_closed(channel) == 0, libssh2_channel_get_exit_status(channel) == 0,
            libssh2_channel_get_exit_signal(channel, &signal, nil, nil, nil, nil, nil) == 0, signal == nil
        else { throw WrongCount("a command did not end with 0: \(command) \(String(decoding: output, as: UTF8.self))") }
        return String(decoding: output, as: UTF8.self)
    }
}
