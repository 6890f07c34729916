extension Effect {
    /// What happens, in words for people, without a subject: `deletes /srv/x and all below it`.
    package var sentence: String {
        switch self {
        case .read(let path, let prints): prints ? "shows or passes on \(path.told)" : "reads \(path.told)"
        case .write(let path, let kind, _): Self.writing(path.told, kind)
        case .delete(let path, let extent): "deletes \(path.told)\(Self.reach(extent))"
        case .copy(let source, let target): "copies \(source.told) to \(target.told)"
        case .pack(let source, let archive): "packs \(source.told) into \(archive.known == "-" ? "its output" : archive.told)"
        case .unpack(let directory): "unpacks an archive into \(directory.told)"
        case .move(let source, let target): "moves \(source.told) to \(target.told)"
        case .link(let at, let to): "puts a link to \(to.told) at \(at.told)"
        case .makeDirectory(let path): "makes the directory \(path.told)"
        case .changeMode(let path, let mode, let extent): "sets the mode of \(path.told)\(Self.reach(extent)) to \(mode.told)"
        case .changeOwner(let path, let owner, let extent): "gives \(path.told)\(Self.reach(extent)) to \(owner.told)"
        case .changeAttributes(let path, let what, let extent): "changes \(DisplayText.escaped(what)) of \(path.told)\(Self.reach(extent))"
        case .mount(let at, let source, _): "mounts \(source.map(\.told) ?? "a file system") at \(at.told)"
        case .unmount(let path): "unmounts \(path.told)"
        case .deviceWrite(let device): "writes to the device \(device.told)"
        case .makeFilesystem(let device): "makes a file system on \(device.told)"
        case .volume(let volume, let what, let isDestructive): "\(DisplayText.escaped(what)) on \(volume.told)\(isDestructive ? ", which destroys data" : "")"
        case .install(let names): "installs \(Self.list(names))"
        case .remove(let names, let purges): "uninstalls \(Self.list(names))\(purges ? " with its configuration" : "")"
        case .service(let unit, let verb): "service \(unit.told): \(DisplayText.escaped(verb))"
        case .power(let what): DisplayText.escaped(what)
        case .account(let who, let what): "account \(who.told): \(DisplayText.escaped(what))"
        case .grant(let what, let who): "gives \(who.told) \(DisplayText.escaped(what))"
        case .signal(let what, let isMass): "sends a signal to \(what.told)\(isMass ? ", many processes at once" : "")"
        case .firewall(let what, _): "changes the firewall: \(DisplayText.escaped(what))"
        case .network(let what, _): "changes the network: \(DisplayText.escaped(what))"
        case .listen(let port): "listens on \(port.told)"
        case .connect(let to): "connects to \(to.told)"
        case .send(let what, let to): "sends \(what.told) to \(to.told)"
        case .fetch(let from, let to): "fetches \(from.told)\(to.map { " to \($0.told)" } ?? "")"
        case .runUnknown(let source): "runs text that nobody has read: \(DisplayText.escaped(source))"
        case .runFile(let path): "runs the file \(path.told), whose content is not known"
        case .runFetched(let source): "runs what comes from the network: \(DisplayText.escaped(source))"
        case .environment(let name, let value): "sets \(DisplayText.escaped(name)) to \(value.told)"
        case .backdoor(let what), .secret(let what), .boot(let what, _), .packageChecks(let what), .relocate(let what), .kernel(let what), .security(let what): DisplayText.escaped(what)
        case .database(let what, let isDestructive), .container(let what, let isDestructive): DisplayText.escaped(what) + (isDestructive ? ", which destroys something" : "")
        case .schedule(let what, let isWipe): DisplayText.escaped(what) + (isWipe ? ", which stops what is scheduled" : "")
        case .logs(let what, _): "changes logs: \(DisplayText.escaped(what))"
        case .exhaust(let what): "takes up without a bound: \(DisplayText.escaped(what))"
        case .change(let what): "changes \(DisplayText.escaped(what))"
        }
    }

    private static func writing(_ path: String, _ kind: WriteKind) -> String {
        switch kind {
        case .replace: "writes \(path) anew"
        case .append: "adds to \(path)"
        case .edit: "edits \(path)"
        case .empty: "empties \(path)"
        case .touch: "touches \(path)"
        }
    }

    private static func reach(_ extent: Extent) -> String {
        switch extent {
        case .itself: ""
        case .tree: " and all below it"
        case .below(let isFiltered): isFiltered ? ": some of what lies below it" : ": all that lies below it"
        }
    }

    private static func list(_ names: [Value]) -> String { names.isEmpty ? "packages" : names.map(\.told).joined(separator: ", ") }
}

extension Value {
    /// For people: one reading, and how many others there are.
    fileprivate var told: String {
        let text = DisplayText.escaped(display)
        let first = text.isEmpty ? "''" : text == "…" ? "something unknown" : text
        return texts.count > 1 ? "\(first) (or \(texts.count - 1) other\(texts.count == 2 ? "" : "s"))" : first
    }
}
