/// What a call would do.
package struct ProgramEffects: Sendable, Equatable {
    package var effects: [Effect]
    /// The program stands in the catalogue.
    package var isKnown: Bool
    /// Shell text that the call would run, from options (`tar --to-command`), languages (`system("…")`) and crontabs: to be judged as if it ran
    /// here, beside the effects.
    package var shellCode: [Value] = []
    /// It changes nothing; said of known programs only.
    package var onlyLooks: Bool { isKnown && !effects.contains(where: \.changes) }

    package init(effects: [Effect], isKnown: Bool, shellCode: [Value] = []) {
        self.effects = effects
        self.isKnown = isKnown
        self.shellCode = shellCode
    }
}

/// The catalogue of programs: from a call to its effects.
package enum Programs {
    static let all: [ProgramSpec] =
        ViewingPrograms.table + TextPrograms.table + FilePrograms.table + DevicePrograms.table + ArchivePrograms.table + PackagePrograms.table + ServicePrograms.table + AccountPrograms.table
        + NetworkPrograms.table + FirewallPrograms.table + ProcessPrograms.table + LogPrograms.table + KernelPrograms.table + SecurityPrograms.table + DatabasePrograms.table
        + ContainerPrograms.table + CloudPrograms.table + InterpreterPrograms.table + FetchingPrograms.table + TransferPrograms.table + BuildPrograms.table + MountPrograms.table
        + SchedulePrograms.table + ShellPrograms.table + ServerPrograms.table + CryptoPrograms.table
        + StoragePrograms.table + RemotePrograms.table + RarePrograms.table + OrdinaryPrograms.table

    private static let byName: [String: ProgramSpec] = {
        var table: [String: ProgramSpec] = [:]
        for spec in all {
            for name in spec.names where name.last != "*" { table[name] = spec }
        }
        return table
    }()
    private static let families: [(prefix: String, spec: ProgramSpec)] = all.flatMap { spec in
        spec.names.compactMap { $0.last == "*" ? (prefix: String($0.dropLast()), spec: spec) : nil }
    }

    static func spec(of program: String) -> ProgramSpec? {
        if let spec = byName[program] { return spec }
        return families.first { program.hasPrefix($0.prefix) }?.spec
    }

    /// Whether the catalogue describes this program.
    package static func knows(_ program: String) -> Bool { spec(of: program) != nil }

    package static func effects(of call: Call) -> ProgramEffects {
        var effects: [Effect] = []
        var shellCode: [Value] = []
        var isKnown = true
        if call.path.hasPrefix("/etc/init.d/") || call.path.hasPrefix("/etc/rc.d/init.d/") {
            effects = [.service(Value(call.program), verb: call.arguments.first?.known ?? "?")].filter { _ in !["status", "configtest"].contains(call.arguments.first?.known ?? "") }
        } else if call.path.contains("/"), !ProgramPlaces.isSystem(call.path) {
            effects.append(.runFile(Value(call.path)))
        } else if call.program.isEmpty {
            // Assignments or redirections alone.
        } else if let spec = spec(of: call.program) {
            (effects, shellCode) = spec.read(call)
            if UnknownProgram.carriers.contains(call.program) || call.program == "mail" || call.program == "telnet" { effects += UnknownProgram.commands(in: call) }
        } else {
            isKnown = false
            effects = UnknownProgram.effects(of: call)
        }
        if Endless.keeping.contains(call.program), Endless.comesIn(to: call) { effects.append(.exhaust(what: "\(call.program) keeps all of what has no end")) }
        if !call.fetched.isEmpty {
            for (index, effect) in effects.enumerated() {
                if case .runFile(let path) = effect, let known = path.known, call.fetched.contains(known) { effects[index] = .runFetched(source: "\(call.program) runs \(known), which was fetched") }
            }
        }
        if !call.environment.isEmpty {
            for (name, value) in call.environment.sorted(by: { $0.key < $1.key }) { effects.append(.environment(name: name, value: value)) }
        }
        if !call.outputs.isEmpty || call.input != .nothing { Redirections.add(to: &effects, of: call) }
        return ProgramEffects(effects: effects, isKnown: isKnown, shellCode: shellCode)
    }
}
