import Glibc
import Threads

/// Commands still to be sent: a host that is free takes one.
final class Tickets: Sendable {
    private let left: Lock<Int>
    init(_ count: Int) { left = Lock(count) }

    func take() -> Bool {
        left.withLock { left in
            defer { left -= 1 }
            return left > 0
        }
    }
}

/// Numbers of jobs as the protocol wants them: 32 hexadecimal digits that grow.
final class JobNumbers: Sendable {
    private let last = Lock(0)

    func next() -> String {
        let number = last.withLock { last in
            last += 1
            return last
        }
        let digits = String(number, radix: 16)
        return "0190" + String(repeating: "0", count: 28 - digits.count) + digits
    }
}

/// Runs one blocking body for each host on a thread of its own, and waits for all.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) async throws {
    let state = Lock<(left: Int, failure: (any Error)?)>((count, nil))
    let failure = await withCheckedContinuation { (continuation: CheckedContinuation<(any Error)?, Never>) in
        for index in 0..<count {
            let isStarted = NamedThread.start("benchmark") {
                let outcome = Result { try body(index) }
                state.withLock { state in
                    if case .failure(let error) = outcome { state.failure = error }
                    state.left -= 1
                    if state.left == 0 { continuation.resume(returning: state.failure) }
                }
            }
            precondition(isStarted, "the system has no thread to give")
        }
    }
    if let failure { throw failure }
}
