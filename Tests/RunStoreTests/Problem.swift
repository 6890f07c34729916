import Testing

/// The text of the error that something ends with.
func problem<Value>(sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Value) async -> String {
    do {
        _ = try await body()
        Issue.record("nothing was thrown", sourceLocation: sourceLocation)
        return ""
    } catch { return "\(error)" }
}
