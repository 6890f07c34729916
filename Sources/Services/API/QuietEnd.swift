import Logging
import Threads

/// Log lines of the HTTP server until it is told to end. What it says of connections that are cut then is no news to an operator, and
/// would stand in the log as errors at each stop.
struct QuietEnd: LogHandler {
    private var next: any LogHandler
    private let isEnding: Lock<Bool>

    init(_ logger: Logger, isEnding: Lock<Bool>) {
        next = logger.handler
        self.isEnding = isEnding
    }

    var metadata: Logger.Metadata {
        get { next.metadata }
        set { next.metadata = newValue }
    }
    var logLevel: Logger.Level {
        get { next.logLevel }
        set { next.logLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { next[metadataKey: key] }
        set { next[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) { if !isEnding.withLock({ $0 }) { next.log(event: event) } }
}
