/// A program as data: names, options, what its operands are, what its verbs do. A function only for what that can't say.
struct ProgramSpec: Sendable {
    typealias Act = @Sendable (inout Reading) -> Void

    /// The names; `mkfs.*` stands for a family.
    let names: [String]
    let grammar: OptionGrammar
    /// One role for each operand; the last may be for all further ones.
    private let roles: [Role]
    private let repeatsLastRole: Bool
    /// It changes something that no role says; nil: it only looks.
    private let change: String?
    /// Options with which it only looks.
    private let looks: Set<String>
    let act: Act?
    /// Lines and what they do: `rm -rf /x -> delete-tree /x`.
    let examples: [String]

    /// - Parameters:
    ///   - operands: roles in order, `prints*` for any number: `"text prints*"`.
    ///   - options: as `OptionGrammar` reads them.
    ///   - changes: what it changes, in words; nil for a program that only looks.
    ///   - looks: options, by their first spelling, with which it does nothing but look.
    init(
        _ names: String, _ operands: String = "", options: String = "", changes: String? = nil, looks: String = "", longDashes: Bool = false, stopsAtOperand: Bool = false,
        examples: [String] = [], act: Act? = nil
    ) {
        self.names = names.split(separator: " ").map(String.init)
        grammar = OptionGrammar(options, longDashes: longDashes, stopsAtOperand: stopsAtOperand)
        let words = operands.split(separator: " ")
        repeatsLastRole = words.last?.last == "*"
        roles = words.map { Role(rawValue: String($0.last == "*" ? $0.dropLast() : $0)) ?? .text }
        change = changes
        self.looks = Set(looks.split(separator: " ").map(String.init))
        self.examples = examples
        self.act = act
    }

    func read(_ call: Call) -> (effects: [Effect], shellCode: [Value]) {
        var reading = Reading(call, grammar)
        if !looks.isEmpty, reading.options.contains(where: { looks.contains($0.name) }) { return ([], []) }
        if reading.options.count == call.arguments.count, !reading.options.isEmpty, reading.options.allSatisfy({ Self.help.contains($0.name) }) { return ([], []) }
        reading.applyOptions()
        for (index, operand) in reading.operands.enumerated() {
            if index < roles.count { reading.apply(roles[index], operand) } else if repeatsLastRole, let last = roles.last { reading.apply(last, operand) }
        }
        act?(&reading)
        if let change, !reading.effects.contains(where: \.changes) { reading.add(.change(what: change)) }
        return (reading.effects, reading.shellCode)
    }

    func effects(of call: Call) -> [Effect] { read(call).effects }

    private static let help: Set<String> = ["--help", "--version", "-V", "--usage"]
}

extension Effect {
    /// Whether it changes anything on the host or elsewhere.
    package var changes: Bool {
        switch self {
        case .read, .copy, .connect, .secret: false
        case .fetch(_, let to): to != nil
        case .runUnknown, .runFile, .runFetched: true
        case .environment: false
        case .write, .delete, .move, .link, .makeDirectory, .changeMode, .changeOwner, .changeAttributes, .mount, .unmount, .deviceWrite, .makeFilesystem, .volume, .install, .remove,
            .service, .power, .account, .grant, .signal, .firewall, .network, .listen, .send, .database, .container, .kernel, .schedule, .security, .logs, .exhaust, .change, .backdoor,
            .boot, .packageChecks, .relocate, .pack, .unpack:
            true
        }
    }
}
