/// A host key of jobs, taken apart: `LEDGER-ID/BOOT.START-OF-PROCESS-1/MACHINE-ID` (protocol/runner.md).
package struct HostIdentity: Hashable, Sendable, CustomStringConvertible {
    package let ledger: String
    /// Boot id and start time of process 1: containers share the first.
    package let boot: String
    package let machine: String

    /// Nil for a text of another form.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        (ledger, boot, machine) = (String(parts[0]), String(parts[1]), String(parts[2]))
    }

    package init(ledger: String, boot: String, machine: String) {
        self.ledger = ledger
        self.boot = boot
        self.machine = machine
    }

    package var description: String { "\(ledger)/\(boot)/\(machine)" }
}

/// The host keys of one host: one for each identity that has a ledger there.
package struct HostKeys: Sendable, Equatable {
    package var login: String
    /// Nil where root can't be had.
    package var root: String?

    package init(login: String, root: String?) {
        self.login = login
        self.root = root
    }

    /// The keys after a restart of the same machine, of which one identity has shown its new key. Nil if the new key is
    /// of another machine or another ledger.
    package func restarted(showing key: String, asRoot: Bool) -> HostKeys? {
        guard let new = HostIdentity(key), let old = (asRoot ? root : login).flatMap({ HostIdentity($0) }), new.machine == old.machine, new.ledger == old.ledger
        else { return nil }
        func moved(_ text: String) -> String {
            guard let identity = HostIdentity(text) else { return text }
            return HostIdentity(ledger: identity.ledger, boot: new.boot, machine: identity.machine).description
        }
        return HostKeys(login: moved(login), root: root.map(moved))
    }
}
