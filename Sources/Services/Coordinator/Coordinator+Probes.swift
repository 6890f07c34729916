import KnownHosts
import Logging
package import Model
import Observability
import Orchestration
import ProtocolMessages
import Threads
import WireProtocol

extension Coordinator {
    /// Reaches hosts side by side and learns their facts. Every host gets an answer.
    package func probe(_ wanted: [Host], each: @escaping @Sendable (HostName, ProbeResult) -> Void = { _, _ in }) async -> [HostName: ProbeResult] {
        await withTaskGroup(of: (HostName, ProbeResult).self) { group in
            for host in wanted {
                group.addTask { (host.name, await self.probe(host)) }
            }
            var results: [HostName: ProbeResult] = [:]
            for await (name, result) in group {
                results[name] = result
                each(name, result)
            }
            return results
        }
    }

    private func probe(_ host: Host) async -> ProbeResult {
        hosts[host.name] = host
        machine.want(host.worker, for: host.name)
        let id = nextProbe
        nextProbe += 1
        return await withCheckedContinuation { continuation in
            // Waiting for a login slot comes on top of the login itself.
            let deadline = MonotonicTime.now + host.timeout * 4 + .seconds(60)
            probes[id] = PendingProbe(
                host: host, services: host.installedServicesHint, worker: nil, deadline: deadline, continuation: continuation)
            sendProbe(id)
        }
    }

    /// Sends a probe to the worker that will hold the host's connection; waits in the list if there is none.
    func sendProbe(_ id: UInt64) {
        guard var probe = probes[id] else { return }
        let tried = Set(probe.tried.map(\.worker))
        take(.expected(probe.host.name, avoiding: tried))
        probe.worker = fleet.home(of: probe.host.name).flatMap { tried.contains($0) || !fleet.mayReach(probe.host.name, $0) ? nil : $0 }
        guard let worker = probe.worker else {
            probes[id] = probe
            // Whoever was to try after the first is gone: what the first said stands.
            if let first = probe.tried.first { give(up: id, first.reason) }
            return
        }
        probes[id] = probe
        var message = Muster_V1_Probe()
        message.request = id
        message.target = RemoteTarget(host: probe.host, hostKeys: knownKeys.keys(of: probe.host)).message
        message.services = probe.services
        message.become = probe.host.maySudo
        send(.probe(message), to: worker)
    }

    func finishProbe(_ message: Muster_V1_Probed) {
        guard let probe = probes.removeValue(forKey: message.request) else { return }
        switch message.answer {
        case .facts(let facts):
            let probed = ProbedHost(facts)
            guard !knownKeys.isRevoked(probed.hostKey, of: probe.host) else {
                let key = HostPublicKey(blob: probed.hostKey)
                let reason = "\(probe.host.name): the host showed \(key), a key that \(probe.host.knownHosts ?? "known_hosts") marks as revoked — somebody may be listening in; give the host a new key"
                return probe.continuation.resume(returning: .unreachable(reason))
            }
            let known = HostKnowledge(
                facts: probed.facts, identity: probed.identity, rootIdentity: probed.rootIdentity, becomeError: probed.becomeError,
                overOpenSSH: probed.overOpenSSH)
            remember(probed.hostKey, of: probe.host)
            knowledge[probe.host.name] = known
            noteReached(probe)
            note(known, of: probe.host.name)
            warnAboutHints(probe.host, probed.facts)
            probe.continuation.resume(returning: sameMachine(known, as: probe.host.name) ?? .reached(known))
        case .unreachable(let reason): tryAnother(probe, message.request, reason)
        case nil: probe.continuation.resume(returning: .unreachable("\(probe.host.name): the worker's answer was empty"))
        }
    }

    private func note(_ known: HostKnowledge, of name: HostName) {
        guard let identity = HostIdentity(known.identity) else { return }
        namesOfMachines["\(identity.machine)/\(identity.boot)", default: []].insert(name)
    }

    /// A host that one worker can't reach may be reached by another: one more is tried, so that a fleet that is down does not cost a
    /// login of every worker.
    private func tryAnother(_ probe: PendingProbe, _ id: UInt64, _ reason: String) {
        var probe = probe
        if let worker = probe.worker, probe.tried.isEmpty {
            probe.tried.append((worker, fleet.name(of: worker) ?? worker.value, reason))
            probes[id] = probe
            return sendProbe(id)
        }
        probes[id] = probe
        give(up: id, probe.tried.first?.reason ?? reason)
    }

    private func give(up id: UInt64, _ reason: String) {
        probes.removeValue(forKey: id)?.continuation.resume(returning: .unreachable(reason))
    }

    private func noteReached(_ probe: PendingProbe) {
        guard let first = probe.tried.first, let worker = probe.worker else { return }
        logger.warning(
            "a worker can't reach a host that another can",
            metadata: [
                LogField.host: "\(probe.host.name)", LogField.worker: "\(first.name)", "reached_by": "\(fleet.name(of: worker) ?? worker.value)",
                LogField.reason: "\(first.reason)",
            ])
    }

    /// Two names for one machine would mean two jobs at once on it. Its users have ledgers of their own, so the machine and its
    /// boot are compared; who gives each name a ledger directory wants it so.
    private func sameMachine(_ known: HostKnowledge, as name: HostName) -> ProbeResult? {
        guard let identity = HostIdentity(known.identity) else { return nil }
        // Not all that is known: that would cost time in the square of the hosts.
        let other = namesOfMachines["\(identity.machine)/\(identity.boot)", default: []].filter { candidate in
            guard candidate != name, let theirs = knowledge[candidate].flatMap({ HostIdentity($0.identity) }) else { return false }
            let hasOwnLedger = hosts[name]?.ledger != nil && hosts[candidate]?.ledger != nil
            return theirs.machine == identity.machine && theirs.boot == identity.boot && (!hasOwnLedger || theirs.ledger == identity.ledger)
        }.min()
        guard let other else { return nil }
        knowledge[name] = nil
        return .unreachable("\(name): this is the same machine as \(other) — name it once, or give each name its own `ledger:` directory")
    }

    private func remember(_ key: [UInt8], of host: Host) {
        guard host.hostKeyPolicy == .acceptNew, !key.isEmpty, knownKeys.keys(of: host).isEmpty else { return }
        if let problem = knownKeys.remember(key, of: host) {
            logger.warning("new host key not saved", metadata: [LogField.host: "\(host.name)", LogField.reason: "\(problem)"])
        }
    }

    private func warnAboutHints(_ host: Host, _ facts: Facts) {
        if let hint = host.osTypeHint, hint != facts.osID {
            logger.warning(
                "os_type differs from the host's own facts, which win",
                metadata: [LogField.host: "\(host.name)", "os_type": "\(hint)", "fact": "\(facts.osID)"])
        }
        let missing = host.installedServicesHint.filter { !facts.presentServices.contains($0) }
        if !missing.isEmpty {
            logger.warning(
                "installed_services names services that the host does not have",
                metadata: [LogField.host: "\(host.name)", "services": "\(missing.joined(separator: ", "))"])
        }
    }

    func expireProbes(_ now: Duration) {
        for (id, probe) in probes where probe.deadline <= now {
            probes[id] = nil
            let nobody = probe.host.worker.map { "no worker with the label or name '\($0)' is there to reach it" } ?? "no worker is there to reach it"
            let reason = probe.worker == nil ? nobody : "its worker did not answer"
            probe.continuation.resume(returning: .unreachable(probe.tried.first?.reason ?? "\(probe.host.name): \(reason) — start a worker, or look at its log"))
        }
    }
}
