@testable import CommandSafety
import ShellSyntax

/// What the evaluator saw in a text, one line for each observation: `rm -rf /etc  [via sudo, bash] in /var`.
func observed(_ text: String) -> [String] {
    var evaluator = Evaluator()
    do {
        evaluator.run(try ShellParser.parse(text))
    } catch {
        return ["rejected: \(error)"]
    }
    return evaluator.observations.map(shown)
}

private func shown(_ observation: Observation) -> String {
    switch observation {
    case .call(let call): shown(call)
    case .effect(let effect, _, _): shown(effect)
    case .finding(let finding): "\(finding.decision) \(finding.policyClass.rawValue)"
    }
}

func shown(_ call: Call) -> String {
    var line = ([call.path] + call.arguments.map { shown($0.value) + ($0.maySplit ? "+" : "") }).joined(separator: " ")
    switch call.input {
    case .nothing: break
    case .text(let value): line += " <<<" + shown(value).replacing("\n", with: "\\n")
    case .file(let value): line += " <" + shown(value)
    case .calls(let calls): line += " from " + (calls.isEmpty ? "?" : calls.map(\.program).joined(separator: ","))
    case .socket(let value): line += " <socket " + shown(value)
    }
    for output in call.outputs {
        line += (output.descriptor == 1 ? "" : " \(output.descriptor)") + (output.appends ? " >>" : " >") + shown(output.path)
        if let content = output.content { line += "{" + shown(content).replacing("\n", with: "\\n") + "}" }
    }
    if !call.environment.isEmpty { line += " with " + call.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\(shown($0.value))" }.joined(separator: ",") }
    if !call.wrappers.isEmpty { line += " [via \(call.wrappers.joined(separator: ", "))]" }
    if let user = call.user { line += " as " + shown(user) }
    if call.directories != [Value(Directory.own)] { line += " in " + call.directories.map(shown).joined(separator: " or ") }
    if call.isElsewhere { line += " elsewhere" }
    if call.isBackground { line += " &" }
    if call.isUnbounded { line += " forever" }
    return line
}

func shown(_ value: Value) -> String {
    let texts = value.texts.map { text in text.isEmpty ? "''" : text.pieces.map(shown).joined() }
    return texts.count == 1 ? texts[0] : "{" + texts.joined(separator: "|") + "}"
}

private func shown(_ piece: Text.Piece) -> String {
    switch piece {
    case .known(let text): text == Directory.own ? "OWN" : text.replacing(Directory.own + "/", with: "OWN/")
    case .unknown: "…"
    case .name: "NAME"
    case .star: "*"
    case .oneOf(nil): "?"
    case .oneOf(let characters?): "[" + String(characters.sorted()) + "]"
    }
}

private func shown(_ effect: Effect) -> String {
    switch effect {
    case .write(let path, let kind, let content): "(write \(shown(path)) \(kind)\(content.map { "{" + shown($0).replacing("\n", with: "\\n") + "}" } ?? ""))"
    case .read(let path, _): "(read \(shown(path)))"
    case .runUnknown(let source): "(unknown code: \(source))"
    case .runFile(let path): "(run file \(shown(path)))"
    case .runFetched(let source): "(run fetched: \(source))"
    case .environment(let name, let value): "(environment \(name)=\(shown(value)))"
    case .connect(let place): "(connect \(shown(place)))"
    default: "(\(effect))"
    }
}
