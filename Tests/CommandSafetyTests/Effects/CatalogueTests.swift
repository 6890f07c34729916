@testable import CommandSafety
import ShellSyntax
import Testing

/// Every program's own examples: a line, and what it does.
@Suite("The catalogue of programs")
struct CatalogueTests {
    /// An effect in the words of the examples.
    static func words(_ effect: Effect) -> String {
        func tree(_ name: String, _ extent: Effect.Extent) -> String {
            switch extent {
            case .itself: name
            case .tree: name + "-tree"
            case .below: name + "-below"
            }
        }
        switch effect {
        case .read(let path, let prints): return "\(prints ? "print" : "read") \(path.display)"
        case .copy(let path, _): return "copy \(path.display)"
        case .pack(let path, _): return "pack \(path.display)"
        case .unpack(let path): return "unpack \(path.display)"
        case .write(let path, let kind, _): return "\(kind == .replace ? "write" : String(describing: kind)) \(path.display)"
        case .delete(let path, let extent): return "\(tree("delete", extent)) \(path.display)"
        case .move(let path, _): return "move \(path.display)"
        case .link(let at, let to): return "link \(at.display) to \(to.display)"
        case .makeDirectory(let path): return "makes \(path.display)"
        case .changeMode(let path, let mode, let extent): return "\(tree("mode", extent)) \(path.display) \(mode.display)"
        case .changeOwner(let path, let owner, let extent): return "\(tree("owner", extent)) \(path.display) \(owner.display)"
        case .changeAttributes(let path, _, let extent): return "\(tree("attributes", extent)) \(path.display)"
        case .mount(let at, _, _): return "mount \(at.display)"
        case .unmount(let path): return "unmount \(path.display)"
        case .deviceWrite(let path): return "device \(path.display)"
        case .makeFilesystem(let path): return "format \(path.display)"
        case .volume(let path, _, let isDestructive): return "volume\(isDestructive ? "!" : "") \(path.display)"
        case .install(let names): return names.isEmpty ? "change" : "install " + names.map(\.display).joined(separator: " ")
        case .remove(let names, _): return "remove " + names.map(\.display).joined(separator: " ")
        case .packageChecks: return "force"
        case .service(let unit, let verb): return "\(verb) \(unit.display)"
        case .power: return "power"
        case .account(let who, let what): return "account \(who.texts[0].pieces == [.unknown] ? "?" : who.display) \(what)"
        case .grant(let what, let to): return "grant \(what.split(separator: " ").last == "0" ? "uid" : what.split(separator: " ").last.map(String.init) ?? "") \(to.display)"
        case .signal(_, let isMass): return isMass ? "signal!" : "signal"
        case .firewall(_, let isLockout): return isLockout ? "firewall!" : "firewall"
        case .network(_, let isCut): return isCut ? "network!" : "network"
        case .listen: return "listen"
        case .connect: return "connect"
        case .send(let path, _): return "send \(path.display)"
        case .fetch(_, let to): return to.map { "fetch to \($0.display)" } ?? "fetch"
        case .backdoor: return "backdoor"
        case .secret: return "secret"
        case .boot(_, let isBreaking): return isBreaking ? "boot!" : "boot"
        case .relocate: return "relocate"
        case .runUnknown: return "code"
        case .runFile(let path): return "run \(path.display)"
        case .runFetched: return "fetched"
        case .environment(let name, _): return "environment \(name)"
        case .database(_, let isDestructive): return isDestructive ? "database!" : "database"
        case .container(_, let isDestructive): return isDestructive ? "container!" : "container"
        case .kernel: return "kernel"
        case .schedule(_, let isWipe): return isWipe ? "schedule!" : "schedule"
        case .security: return "security"
        case .logs(_, let isKept): return isKept ? "logs" : "logs!"
        case .exhaust: return "exhaust"
        case .change: return "change"
        }
    }

    @Test("says for each example what the program would do")
    func examples() throws {
        var count = 0
        for spec in Programs.all {
            for example in spec.examples {
                count += 1
                let arrow = try #require(example.firstRange(of: " ->"), "\(example)")
                let line = String(example[..<arrow.lowerBound])
                let expected = String(example[arrow.upperBound...]).split(separator: ",").map { $0.trimmingPrefix(" ") }.map(String.init).sorted()
                let call = Call(String(line.split(separator: " ")[0]), line.split(separator: " ").dropFirst().map { Argument(String($0)) }, span: Span(0, 0))
                let found = Programs.effects(of: call).effects.map(Self.words).sorted()
                #expect(found == expected, "\(line)")
            }
        }
        #expect(count > 100)
    }

    @Test("names no program twice")
    func unique() {
        var seen: Set<String> = []
        for name in Programs.all.flatMap(\.names) { #expect(seen.insert(name).inserted, "\(name)") }
        #expect(seen.count > 400)
    }
}
