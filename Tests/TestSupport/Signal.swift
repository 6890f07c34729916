import Glibc
import Threads

/// A condition variable: tests wait for what they expect, with a deadline, instead of sleeping.
package final class Signal: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var raised: UInt64 = 0

    package init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Something changed that `wait` may be waiting for.
    package func raise() {
        pthread_mutex_lock(mutex)
        raised += 1
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Blocks the thread until `isTrue`, which is asked again after every `raise`. False when time ran out.
    package func wait(within limit: Duration, until isTrue: () -> Bool) -> Bool {
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        deadline.tv_sec += Int(limit.components.seconds)
        deadline.tv_nsec += Int(limit.components.attoseconds / 1_000_000_000)
        if deadline.tv_nsec >= 1_000_000_000 {
            deadline.tv_sec += 1
            deadline.tv_nsec -= 1_000_000_000
        }
        while true {
            pthread_mutex_lock(mutex)
            let before = raised
            pthread_mutex_unlock(mutex)
            if isTrue() { return true }
            pthread_mutex_lock(mutex)
            var status: Int32 = 0
            while raised == before, status == 0 { status = pthread_cond_timedwait(condition, mutex, &deadline) }
            pthread_mutex_unlock(mutex)
            if status != 0 { return isTrue() }
        }
    }
}

/// Waits, asking again and again, for what nothing announces (a file, a process, a counter). False when time ran out.
package func eventually(within limit: Duration = .seconds(20), _ isTrue: () async throws -> Bool) async rethrows -> Bool {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while clock.now < deadline {
        if try await isTrue() { return true }
        try? await clock.sleep(for: .milliseconds(20))
    }
    return try await isTrue()
}

/// Runs a call that blocks on a thread of its own: async tests share few threads, and none may be held.
package func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        NamedThread.start("test-wait") { continuation.resume(with: Result(catching: body)) }
    }
}
