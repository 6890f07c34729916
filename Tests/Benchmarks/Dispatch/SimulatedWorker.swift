import Cryptography
import Foundation
import Model
import ProtocolMessages
import Threads
import WireProtocol
import ZeroMQ

/// A worker that speaks the real protocol over real sockets and has hosts that take no time: every job is done at once.
final class SimulatedWorker: Sendable {
    private let reactor: Reactor
    private let control = Lock<Reactor.SocketID?>(nil)
    let jobs = Lock(0)

    private let slots: Int

    init(reactor: Reactor, slots: Int) {
        self.reactor = reactor
        self.slots = slots
    }

    func connect(to endpoint: String, _ security: SocketSecurity) async throws {
        var limits = SocketLimits()
        limits.messageBytes = Wire.controlLimit
        let socket = try await reactor.connectDealer(endpoint, security: security, limits: limits, onMessage: { [weak self] in self?.receive($0.frames) })
        control.withLock { $0 = socket }
        var hello = Muster_V1_Hello()
        hello.minimumVersion = 1
        hello.maximumVersion = 1
        hello.instance = Digest.hexadecimal(SecureRandom.bytes(16))
        hello.slots = UInt32(slots)
        send(.hello(hello))
    }

    private func send(_ body: Muster_V1_WorkerMessage.OneOf_Body) {
        var message = Muster_V1_WorkerMessage()
        message.body = body
        guard let socket = control.withLock({ $0 }), let frames = try? Wire.encode(message) else { return }
        try? reactor.send(socket, frames)
    }

    private func receive(_ frames: [[UInt8]]) {
        guard let message = try? Wire.decodeCoordinatorMessage(frames) else { return }
        switch message.body {
        case .probe(let probe):
            var probed = Muster_V1_Probed()
            probed.request = probe.request
            probed.host = probe.target.name
            let facts = Facts(osID: "debian", osVersion: "12", osName: "Debian", architecture: "x86_64", kernel: "6", initSystem: "systemd", hostName: probe.target.name)
            let key = "ledger-\(probe.target.name)/boot.1/machine-\(probe.target.name)"
            probed.facts = ProbedHost(facts: facts, identity: key, rootIdentity: key, becomeError: nil, hostKey: []).message
            send(.probed(probed))
        case .assign(let assign):
            var accepted = Muster_V1_Accepted()
            accepted.job = assign.job.reference
            send(.accepted(accepted))
            var finished = Muster_V1_Finished()
            finished.job = assign.job.reference
            finished.result.changed = Muster_V1_Changed()
            finished.result.hostKey = assign.identity
            jobs.withLock { $0 += 1 }
            send(.finished(finished))
        case .welcome, .rejected, .acknowledged, .cancel, .drain, .heartbeatSeen, .forget, nil: break
        }
    }
}
