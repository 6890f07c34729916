package import CommandSafety
import Orchestration
import ProtocolMessages
package import ZeroMQ

/// A worker that is connected, for people.
package struct WorkerSummary: Sendable, Equatable {
    package var name: String
    package var slots: Int
    /// Jobs that are out to it.
    package var jobs: Int
    /// Hosts that it has the connections of.
    package var hosts: Int
    package var isDraining: Bool
}

extension Coordinator {
    /// The workers that are connected, by name.
    package var workers: [WorkerSummary] {
        fleet.workerLoads.map { WorkerSummary(name: $0.name, slots: $0.slots, jobs: $0.jobs, hosts: $0.hosts, isDraining: draining.contains($0.id)) }
    }

    /// Tells all workers of a name to end what they have and go; they get nothing more.
    ///
    /// - Returns: whether there is one.
    package func drain(_ name: String) -> Bool {
        let ids = fleet.workerLoads.filter { $0.name == name }.map(\.id)
        for id in ids {
            draining.insert(id)
            send(.drain(Muster_V1_Drain()), to: id)
        }
        return !ids.isEmpty
    }

    /// Lets go of all workers of a name as if their leases had ended: their jobs are handed out again, which asks the hosts first.
    ///
    /// - Returns: whether there was one.
    package func forgetWorker(_ name: String) -> Bool {
        let ids = fleet.workerLoads.filter { $0.name == name }.map(\.id)
        for id in ids { take(.left(id, reason: "it was told to go")) }
        return !ids.isEmpty
    }

    /// What texts are judged by from now on, those of runs that are under way too.
    package func replacePolicy(_ policy: CommandPolicy) { judgedTexts = JudgedTexts(policy: policy) }

    /// Who may come in from now on. Workers whose keys are not listed any more are cut off at once: nothing of theirs is taken, nothing
    /// is sent to them, and their jobs are handed out again, which asks the hosts first.
    package func replaceKeys(_ peers: [String: PeerIdentity]) {
        guard case .curveServer(_, let authenticator) = settings.security else { return }
        authenticator.update(peers)
        for (id, user) in users where authenticator.peer(of: user)?.role != Self.workerRole { take(.left(id, reason: "its key was revoked")) }
    }
}
