import API
import ConfigurationFiles
import Coordinator
import Documents
import Foundation
import Testing
import YAML

/// `protocol/openapi.yaml` and the server are one: what one has, the other has.
@Suite("The description of the interface")
struct OpenAPITests {
    let document: YAMLNode

    init() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path + "/protocol/openapi.yaml"
        document = try #require(try YAMLReader.read(Array(Data(contentsOf: URL(filePath: file))), file: file))
    }

    @Test("names every method and path that is served, and no other")
    func paths() async throws {
        try await TestCoordinator.serve { it in
            var described: [String] = []
            for path in try #require(document["paths"]).pairs {
                for method in path.value.pairs where method.key != "parameters" { described.append("\(method.key) \(path.key)") }
            }
            #expect(described.sorted() == it.routes.sorted())
        }
    }

    @Test("says of each body what is in it", arguments: bodies)
    func schemas(_ body: Body) throws {
        let schema = try #require(document["components"]?["schemas"]?[body.name])
        // What the schema allows is read, and written again without a loss.
        let whole = try instance(schema, onlyRequired: false)
        let again = try body.roundTrip(JSONSerialization.data(withJSONObject: whole))
        #expect(try normal(JSONSerialization.data(withJSONObject: whole)) == normal(again), "\(body.name)")
        // What the schema requires is enough.
        _ = try body.roundTrip(JSONSerialization.data(withJSONObject: try instance(schema, onlyRequired: true)))
        #expect(try body.propertyCount(JSONSerialization.data(withJSONObject: whole)) == schema["properties"]?.pairs.count ?? 0, "\(body.name)")
    }

    @Test("has a test for each schema")
    func complete() throws {
        #expect(try #require(document["components"]?["schemas"]).pairs.map(\.key).sorted() == Self.bodies.map(\.name).sorted())
    }

    struct Body: Sendable, CustomTestStringConvertible {
        let name: String
        let roundTrip: @Sendable (Data) throws -> Data
        let propertyCount: @Sendable (Data) throws -> Int
        var testDescription: String { name }

        init<Value: Codable & SendableMetatype>(_ name: String, _ type: Value.Type) {
            self.name = name
            roundTrip = { try JSONEncoder().encode(try JSONDecoder().decode(Value.self, from: $0)) }
            propertyCount = { Mirror(reflecting: try JSONDecoder().decode(Value.self, from: $0)).children.count }
        }
    }

    static let bodies = [
        Body("About", AboutDocument.self), Body("PlanOrder", PlanOrder.self), Body("RunOrder", RunOrder.self), Body("ApprovalOrder", ApprovalOrder.self), Body("DecisionOrder", DecisionOrder.self),
        Body("PruneOrder", PruneOrder.self), Body("AuditEntry", AuditDocument.self), Body("AuditCheck", AuditCheckDocument.self), Body("HostFacts", HostFactsDocument.self), Body("Plan", PlanDocument.self),
        Body("PlanVariant", PlanDocument.Variant.self), Body("PlanStep", PlanDocument.Step.self), Body("PlanDependency", PlanDocument.Dependency.self),
        Body("PlanSubtask", PlanDocument.Subtask.self), Body("Objection", PlanDocument.Objection.self), Body("Exclusion", ExclusionDocument.self),
        Body("Started", StartedDocument.self), Body("RunName", RunName.self), Body("Decision", DecisionDocument.self), Body("Pruned", PrunedDocument.self),
        Body("RunSummary", RunSummary.self), Body("Run", RunDocument.self), Body("Host", HostDocument.self), Body("Subtask", SubtaskDocument.self),
        Body("Event", EventDocument.self), Body("Output", OutputDocument.self), Body("OutputFrame", OutputDocument.Frame.self),
        Body("Worker", WorkerDocument.self), Body("Problem", ProblemDocument.self),
    ]

    private func normal(_ data: Data) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: JSONSerialization.jsonObject(with: data), options: [.sortedKeys]), as: UTF8.self)
    }

    /// A value as a schema describes it.
    private func instance(_ schema: YAMLNode, onlyRequired: Bool) throws -> Any {
        if let reference = schema["$ref"]?.text {
            let name = reference.split(separator: "/").last.map(String.init) ?? ""
            return try instance(try #require(document["components"]?["schemas"]?[name]), onlyRequired: onlyRequired)
        }
        if let choice = schema["enum"]?.items.first?.text { return choice }
        switch schema["type"]?.text {
        case "string": return schema["contentEncoding"]?.text == "base64" ? "b25l" : "text"
        case "integer": return 7
        case "number": return 7.5
        case "boolean": return true
        case "array": return [try instance(try #require(schema["items"]), onlyRequired: onlyRequired)]
        case "object":
            if let values = schema["additionalProperties"] { return ["key": try instance(values, onlyRequired: onlyRequired)] }
            let required = schema["required"]?.items.compactMap(\.text) ?? []
            var object: [String: Any] = [:]
            for property in schema["properties"]?.pairs ?? [] where !onlyRequired || required.contains(property.key) {
                object[property.key] = try instance(property.value, onlyRequired: onlyRequired)
            }
            return object
        case let other: throw DescriptionError(text: "the type \(other ?? "nil") is not known here")
        }
    }

    private struct DescriptionError: Error { let text: String }
}

extension YAMLNode {
    var pairs: [Pair] { if case .mapping(let pairs) = content { pairs } else { [] } }
    var items: [YAMLNode] { if case .sequence(let items) = content { items } else { [] } }
    var text: String? { if case .scalar(let text, _) = content { text } else { nil } }
    subscript(key: String) -> YAMLNode? { pairs.first { $0.key == key }?.value }
}
