import Threads

/// Inputs on their way to one taker, from any thread. The taker gets all that wait at once: a burst costs one wake-up, not
/// one for each input.
final class Feed<Element: Sendable>: Sendable {
    /// Says that something waits; one element for any number of inputs.
    let arrivals: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation
    private let waiting = Lock<[Element]>([])
    private let limit: Int

    /// - Parameter limit: inputs that may wait; more are dropped, as a network would do it.
    init(limit: Int) {
        self.limit = limit
        (arrivals, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func yield(_ element: Element) {
        let isFirst = waiting.withLock { waiting in
            guard waiting.count < limit else { return false }
            waiting.append(element)
            return waiting.count == 1
        }
        if isFirst { wake.yield() }
    }

    /// Takes what waits, in the order in which it came.
    func takeAll() -> [Element] {
        waiting.withLock { waiting in
            let taken = waiting
            waiting = []
            return taken
        }
    }
}
