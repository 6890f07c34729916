import Model
import Orchestration
import ProtocolMessages
import SwiftProtobuf
import WireProtocol

extension RunDescription {
    var message: Muster_V1_RunCreated {
        Muster_V1_RunCreated.with {
            $0.run = run.value
            $0.task = task
            $0.title = title
            $0.origin = origin
            $0.coordinator = coordinator
            $0.software = software
            $0.hosts = hosts.map { host in
                .with {
                    // Host keys are read anew from known_hosts: they may have been revoked.
                    $0.target = RemoteTarget(host: host, hostKeys: []).message
                    $0.knownHosts = host.knownHosts ?? ""
                    $0.maySudo = host.maySudo
                    $0.forbiddenCommands = host.forbiddenCommands
                    $0.worker = host.worker ?? ""
                    if let facts = facts[host.name] { $0.facts = ProbedHost(facts: facts, identity: "", rootIdentity: nil, becomeError: nil, hostKey: []).message }
                }
            }
            $0.excluded = excluded.map { exclusion in
                .with {
                    $0.host = exclusion.host.value
                    $0.reason = exclusion.reason
                }
            }
            $0.approvals = approvals.map(\.message)
            $0.refusals = refusals.map(\.message)
            $0.user = user
        }
    }

    init(_ message: Muster_V1_RunCreated) throws(WireError) {
        guard Wire.isIdentifier(message.run) else { throw .invalid(field: "run", reason: "not 32 hexadecimal digits") }
        var facts: [HostName: Facts] = [:]
        var hosts: [Host] = []
        for entry in message.hosts {
            let host = try Host(entry)
            hosts.append(host)
            if entry.hasFacts { facts[host.name] = ProbedHost(entry.facts).facts }
        }
        self.init(
            run: RunID(message.run), task: message.task, title: message.title, origin: message.origin, coordinator: message.coordinator,
            software: message.software, hosts: hosts, facts: facts,
            excluded: message.excluded.map { Exclusion(host: HostName($0.host), reason: $0.reason) }, approvals: try message.approvals.map(Approval.init))
        refusals = try message.refusals.map(Refusal.init)
        user = message.user
    }
}

extension Host {
    fileprivate init(_ message: Muster_V1_RunHost) throws(WireError) {
        let target = try RemoteTarget(message.target)
        self.init(
            name: target.name, address: target.address, port: target.port, user: target.user, authentication: target.authentication,
            hostKeyPolicy: target.hostKeyPolicy, timeout: target.timeout, knownHosts: message.knownHosts.isEmpty ? nil : message.knownHosts,
            maySudo: message.maySudo, forbiddenCommands: message.forbiddenCommands, ledger: target.ledger, connection: target.connection,
            worker: message.worker.isEmpty ? nil : message.worker)
    }
}
