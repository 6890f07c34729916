import Glibc

/// A mutex around one small value, on pthread_mutex_t.
///
/// Not `Synchronization.Mutex`: the thread sanitizer does not see its futex and reports races in everything
/// that it guards. Never hold it across an `await`.
@safe package final class Lock<Value>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var value: Value

    package init(_ value: sending Value) {
        unsafe mutex = .allocate(capacity: 1)
        // SAFETY: the mutex lives at one address from here to deinit, as POSIX demands.
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe pthread_mutex_init(mutex, nil)
        self.value = value
    }

    deinit {
        // SAFETY: nobody else can hold a lock whose last reference is gone.
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    /// Runs `body` with the value, alone.
    package func withLock<Result, Failure: Error>(_ body: (inout Value) throws(Failure) -> Result) throws(Failure) -> Result {
        // SAFETY: initialised in init, destroyed in deinit.
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try body(&value)
    }
}
