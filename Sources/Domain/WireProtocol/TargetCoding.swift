package import Model
package import ProtocolMessages
import SwiftProtobuf

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How a worker reaches a host: what the coordinator decided and the keys that it knows.
package struct RemoteTarget: Sendable, Equatable {
    package var name: HostName
    package var address: String
    package var port: Int
    package var user: String
    package var authentication: Authentication
    package var hostKeyPolicy: HostKeyPolicy
    /// Public keys (RFC 4253, section 6.6) that the host may present.
    package var hostKeys: [[UInt8]]
    /// Connect, handshake and authentication together.
    package var timeout: Duration
    package var ledger: String?
    package var connection: ConnectionWay

    package init(host: Host, hostKeys: [[UInt8]]) {
        name = host.name
        address = host.address
        port = host.port
        user = host.user
        authentication = host.authentication
        hostKeyPolicy = host.hostKeyPolicy
        self.hostKeys = hostKeys
        timeout = host.timeout
        ledger = host.ledger
        connection = host.connection
    }
}

extension RemoteTarget {
    package var message: Muster_V1_HostTarget {
        Muster_V1_HostTarget.with { out in
            out.name = name.value
            out.address = address
            out.port = UInt32(clamping: port)
            out.user = user
            switch authentication {
            case .key(let path, let passphrase):
                var file = Muster_V1_KeyFile()
                file.path = path
                file.passphrase = passphrase?.description ?? ""
                out.keyFile = file
            case .agent: out.agent = Muster_V1_Agent()
            case .password(let reference): out.password = reference.description
            case .keyboardInteractive(let reference): out.keyboardInteractive = reference.description
            }
            switch hostKeyPolicy {
            case .strict: out.hostKeyPolicy = .strict
            case .acceptNew: out.hostKeyPolicy = .acceptNew
            case .off: out.hostKeyPolicy = .off
            }
            out.hostKeys = hostKeys.map { Data($0) }
            out.timeoutMilliseconds = Wire.milliseconds(timeout)
            out.ledger = ledger ?? ""
            switch connection.transport {
            // Not written: what is older reads the same.
            case .auto: break
            case .libssh2: out.transport = .libssh2
            case .openssh: out.transport = .openssh
            }
            out.proxyJump = connection.proxyJump ?? ""
            out.sshConfiguration = connection.sshConfiguration ?? ""
        }
    }

    package init(_ message: Muster_V1_HostTarget) throws(WireError) {
        guard !message.name.isEmpty, !message.address.isEmpty else { throw .invalid(field: "target", reason: "name or address is missing") }
        guard (1...65535).contains(message.port) else { throw .invalid(field: "port", reason: "\(message.port) is not a port") }
        let policy: Model.HostKeyPolicy
        switch message.hostKeyPolicy {
        case .acceptNew: policy = .acceptNew
        case .off: policy = .off
        // Whatever is not known is read as the strictest.
        case .strict, .unspecified, .UNRECOGNIZED: policy = .strict
        }
        let transport: Model.Transport
        switch message.transport {
        case .libssh2: transport = .libssh2
        case .openssh: transport = .openssh
        case .unspecified: transport = .auto
        case .UNRECOGNIZED(let number): throw .invalid(field: "transport", reason: "\(number) is not known")
        }
        let connection = ConnectionWay(
            transport: transport, proxyJump: message.proxyJump.isEmpty ? nil : message.proxyJump,
            sshConfiguration: message.sshConfiguration.isEmpty ? nil : message.sshConfiguration)
        let host = Host(
            name: HostName(message.name), address: message.address, port: Int(message.port), user: message.user,
            authentication: try Self.authentication(message.authentication), hostKeyPolicy: policy,
            timeout: .milliseconds(Int(message.timeoutMilliseconds)), ledger: message.ledger.isEmpty ? nil : message.ledger, connection: connection)
        self.init(host: host, hostKeys: message.hostKeys.map { [UInt8]($0) })
    }

    private static func authentication(_ message: Muster_V1_HostTarget.OneOf_Authentication?) throws(WireError) -> Authentication {
        switch message {
        case .keyFile(let file):
            return .key(path: file.path, passphrase: file.passphrase.isEmpty ? nil : try secret(file.passphrase))
        case .agent: return .agent
        case .password(let text): return .password(try secret(text))
        case .keyboardInteractive(let text): return .keyboardInteractive(try secret(text))
        case nil: throw .invalid(field: "authentication", reason: "missing")
        }
    }

    private static func secret(_ text: String) throws(WireError) -> SecretReference {
        guard let reference = SecretReference(text) else { throw .invalid(field: "secret", reason: "not a secret reference") }
        return reference
    }
}
