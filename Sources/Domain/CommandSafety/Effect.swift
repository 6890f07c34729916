/// What a call would do to the machine it runs on, as far as it can be told: what the policy speaks about, and what dry runs, rollbacks and
/// idempotency build on.
package enum Effect: Sendable, Hashable {
    package enum Extent: Sendable, Hashable {
        /// The path itself.
        case itself
        /// It and all below it.
        case tree
        /// All below it, by a filter or not.
        case below(isFiltered: Bool)
    }
    package enum WriteKind: Sendable, Hashable {
        /// Made anew or replaced as a whole; `isEmpty`: emptied.
        case replace, append, edit, empty
        /// Only a time stamp, or the file is made when it is not there.
        case touch
    }
    // MARK: Files
    /// Reads; `prints`: what is read goes to the output, to another file or to the network.
    case read(Value, prints: Bool)
    case write(Value, WriteKind, content: Value?)
    case delete(Value, Extent)
    /// Copies from the first to the second; what is written is said by a `write` beside it.
    case copy(Value, Value)
    /// Packs it to an archive, `-` for the output.
    case pack(Value, to: Value)
    /// Writes what an archive holds: no one knows which names.
    case unpack(into: Value)
    /// Renames or moves away.
    case move(Value, to: Value)
    case link(at: Value, to: Value)
    case makeDirectory(Value)
    case changeMode(Value, mode: Value, Extent)
    case changeOwner(Value, owner: Value, Extent)
    /// Attributes, ACLs, capabilities: the program says which.
    case changeAttributes(Value, what: String, Extent)
    case mount(at: Value, source: Value?, options: String)
    case unmount(Value)
    // MARK: Devices
    case deviceWrite(Value)
    case makeFilesystem(Value)
    /// Partition tables, volumes, RAID, encryption; `isDestructive`: removes, shrinks or formats.
    case volume(Value, what: String, isDestructive: Bool)
    // MARK: Software and services
    case install([Value])
    case remove([Value], purges: Bool)
    /// `what`: the verb: start, stop, restart, reload, enable, disable, mask, kill, …
    case service(Value, verb: String)
    case power(what: String)
    // MARK: Accounts
    /// `what`: create, delete, lock, password, expire, shell, groups, unlock, …
    case account(Value, what: String)
    case grant(what: String, to: Value)
    // MARK: Processes and network
    case signal(what: Value, isMass: Bool)
    case firewall(what: String, isLockout: Bool)
    case network(what: String, isCut: Bool)
    case listen(port: Value)
    case connect(to: Value)
    case send(Value, to: Value)
    /// Fetches from the network, to a file or to its output.
    case fetch(from: Value, to: Value?)
    // MARK: Code
    /// Runs text that nobody has read; `source` says where it comes from.
    case runUnknown(source: String)
    /// Runs a file of the host.
    case runFile(Value)
    /// Runs what came from the network.
    case runFetched(source: String)
    /// Changes what later programs do: PATH, LD_PRELOAD, aliases.
    case environment(name: String, value: Value)
    /// Connects a shell or program to a socket, or leaves a way in behind.
    case backdoor(what: String)
    // MARK: Else
    /// Prints or sends something secret that no path names: a cluster's secret, a token, a cloud's metadata.
    case secret(what: String)
    /// Kernels, boot loader, EFI entries; `isBreaking`: removes or replaces, otherwise it only makes them anew.
    case boot(what: String, isBreaking: Bool)
    /// Forces a package manager past its checks.
    case packageChecks(what: String)
    /// Moves, freezes or takes away the file systems that the machine runs from.
    case relocate(what: String)
    case database(what: String, isDestructive: Bool)
    case container(what: String, isDestructive: Bool)
    /// Reaches the running kernel or hardware past what administration needs.
    case kernel(what: String)
    /// `isWipe`: removes or stops what is scheduled; otherwise it plants or takes away one job.
    case schedule(what: String, isWipe: Bool)
    case security(what: String)
    /// `isKept`: rotation, or a retention that keeps 14 days and more.
    case logs(what: String, isKept: Bool)
    /// Takes memory, disk or processes without a bound.
    case exhaust(what: String)
    /// Changes something that no other case names; harmless by itself.
    case change(what: String)
}
