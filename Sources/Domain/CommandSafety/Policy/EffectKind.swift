/// What a policy file calls an effect.
package enum EffectKind: String, Sendable, Hashable, CaseIterable {
    /// Anything that changes something.
    case change
    case read, print, write, delete, copy, pack, unpack, move, link
    case makeDirectory = "make-directory", changeMode = "change-mode", changeOwner = "change-owner", changeAttributes = "change-attributes"
    case mount, unmount
    case deviceWrite = "device-write", makeFilesystem = "make-filesystem", volume
    case install, remove, service, power, account, grant, signal, firewall, network, listen, connect, send, fetch
    /// Runs text or files that nobody has read.
    case run
    case environment, backdoor, secret, boot
    case packageChecks = "package-checks"
    case relocate, database, container, kernel, schedule, security, logs, exhaust
}

extension Effect {
    /// Whether a policy file means it by this name.
    func isOf(_ kind: EffectKind) -> Bool {
        if kind == .change { return changes }
        return switch self {
        case .read(_, let prints): kind == .read || prints && kind == .print
        case .write: kind == .write
        case .delete: kind == .delete
        case .copy: kind == .copy
        case .pack: kind == .pack
        case .unpack: kind == .unpack
        case .move: kind == .move
        case .link: kind == .link
        case .makeDirectory: kind == .makeDirectory
        case .changeMode: kind == .changeMode
        case .changeOwner: kind == .changeOwner
        case .changeAttributes: kind == .changeAttributes
        case .mount: kind == .mount
        case .unmount: kind == .unmount
        case .deviceWrite: kind == .deviceWrite
        case .makeFilesystem: kind == .makeFilesystem
        case .volume: kind == .volume
        case .install: kind == .install
        case .remove: kind == .remove
        case .service: kind == .service
        case .power: kind == .power
        case .account: kind == .account
        case .grant: kind == .grant
        case .signal: kind == .signal
        case .firewall: kind == .firewall
        case .network: kind == .network
        case .listen: kind == .listen
        case .connect: kind == .connect
        case .send: kind == .send
        case .fetch: kind == .fetch
        case .runUnknown, .runFile, .runFetched: kind == .run
        case .environment: kind == .environment
        case .backdoor: kind == .backdoor
        case .secret: kind == .secret
        case .boot: kind == .boot
        case .packageChecks: kind == .packageChecks
        case .relocate: kind == .relocate
        case .database: kind == .database
        case .container: kind == .container
        case .kernel: kind == .kernel
        case .schedule: kind == .schedule
        case .security: kind == .security
        case .logs: kind == .logs
        case .exhaust: kind == .exhaust
        case .change: false
        }
    }

    /// The paths that it is on, and whether it reaches what lies below them.
    var places: [(path: Value, reachesBelow: Bool)] {
        switch self {
        case .read(let path, _), .write(let path, _, _), .makeDirectory(let path), .deviceWrite(let path), .makeFilesystem(let path), .runFile(let path): [(path, false)]
        case .delete(let path, let extent), .changeMode(let path, _, let extent), .changeOwner(let path, _, let extent), .changeAttributes(let path, _, let extent): [(path, extent != .itself)]
        case .copy(let source, let target): [(source, true), (target, false)]
        case .pack(let source, let archive): archive.known == "-" ? [(source, true)] : [(source, true), (archive, false)]
        case .unpack(let directory): [(directory, false)]
        case .move(let source, let target): [(source, true), (target, false)]
        case .link(let at, let to): [(at, false), (to, false)]
        case .mount(let at, let source, _): [(at, true)] + (source.map { [($0, false)] } ?? [])
        case .unmount(let path), .volume(let path, _, _): [(path, true)]
        case .send(let what, _): [(what, false)]
        case .fetch(_, let to): to.map { [($0, false)] } ?? []
        case .install, .remove, .service, .power, .account, .grant, .signal, .firewall, .network, .listen, .connect, .runUnknown, .runFetched, .environment, .backdoor, .secret, .boot,
            .packageChecks, .relocate, .database, .container, .kernel, .schedule, .security, .logs, .exhaust, .change:
            []
        }
    }
}
