import CShims
import Glibc

/// One named thread in epoll_wait(2) that is also an executor: actors on it touch descriptors and C handles directly.
///
/// Everything but `enqueue` and `stop` is for code that already runs on the loop's thread.
@safe package final class EventLoop: SerialExecutor, @unchecked Sendable {
    private struct Inbox {
        var jobs: [UnownedJob] = []
        /// A wake-up is on its way: the eventfd is written only when the inbox goes from empty to non-empty.
        var isSignalled = false
        var isStopping = false
    }

    /// What epoll reported, or is asked to report.
    package struct Events: OptionSet, Sendable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }
        package static let readable = Events(rawValue: EPOLLIN.rawValue)
        package static let writable = Events(rawValue: EPOLLOUT.rawValue)
        /// The other side will send no more.
        package static let peerClosed = Events(rawValue: EPOLLRDHUP.rawValue)
        /// Both directions are closed, or broken. Reported whether asked for or not.
        package static let hangUp = Events(rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue)
    }

    private let epoll: Int32
    private let wake: Int32
    private let inbox = Lock(Inbox())
    private let threadID = Lock<Int32>(0)
    // Touched by the loop's thread only.
    private var registrations: [UInt64: (Events) -> Void] = [:]
    private var tokens: [Int32: UInt64] = [:]
    private var timers = TimerQueue()
    private var nextToken: UInt64 = 1

    /// Starts the thread. Nil when the system has no descriptor or thread to give.
    package init?(name: String) {
        epoll = muster_epoll_create()
        wake = muster_eventfd()
        guard epoll >= 0, wake >= 0, muster_epoll_control(epoll, EPOLL_CTL_ADD, wake, EPOLLIN.rawValue, 0) == 0 else {
            if epoll >= 0 { close(epoll) }
            if wake >= 0 { close(wake) }
            return nil
        }
        let loop = self
        guard NamedThread.start(name, { loop.run() }) else { return nil }
    }

    deinit {
        close(epoll)
        close(wake)
    }

    // MARK: Executor

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let needsSignal = inbox.withLock { inbox in
            inbox.jobs.append(job)
            defer { inbox.isSignalled = true }
            return !inbox.isSignalled
        }
        if needsSignal { muster_eventfd_signal(wake) }
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { unsafe UnownedSerialExecutor(ordinary: self) }

    package var isCurrentThread: Bool { threadID.withLock { $0 } == muster_gettid() }

    package func checkIsolated() {
        precondition(isCurrentThread, "loop state touched from another thread")
    }

    package func isIsolatingCurrentContext() -> Bool? { isCurrentThread }

    /// Ends the thread once its inbox is empty. Registered descriptors are forgotten, not closed.
    package func stop() {
        inbox.withLock { $0.isStopping = true }
        muster_eventfd_signal(wake)
    }

    // MARK: Descriptors

    /// Reports events of a descriptor until `forget`. Level-triggered; hang-ups are always reported.
    package func watch(_ descriptor: Int32, _ events: Events, _ handler: @escaping (Events) -> Void) -> Bool {
        let token = nextToken
        nextToken += 1
        guard muster_epoll_control(epoll, EPOLL_CTL_ADD, descriptor, events.rawValue, token) == 0 else { return false }
        tokens[descriptor] = token
        registrations[token] = handler
        return true
    }

    /// Changes what is reported of a watched descriptor.
    package func change(_ descriptor: Int32, _ events: Events) {
        guard let token = tokens[descriptor] else { return }
        _ = muster_epoll_control(epoll, EPOLL_CTL_MOD, descriptor, events.rawValue, token)
    }

    /// Stops reporting; call before the descriptor is closed.
    package func forget(_ descriptor: Int32) {
        guard let token = tokens.removeValue(forKey: descriptor) else { return }
        registrations[token] = nil
        _ = muster_epoll_control(epoll, EPOLL_CTL_DEL, descriptor, 0, 0)
    }

    // MARK: Timers

    /// Runs `body` on the loop at a moment of `MonotonicTime`. Returns what `cancelTimer` takes.
    package func schedule(at deadline: Duration, _ body: @escaping () -> Void) -> UInt64 { timers.add(deadline: deadline, body) }

    package func cancelTimer(_ id: UInt64) { timers.cancel(id) }

    // MARK: The loop

    private func run() {
        threadID.withLock { $0 = muster_gettid() }
        var events = unsafe [epoll_event](repeating: epoll_event(), count: 256)
        while true {
            guard runJobs() else { return }
            let count = unsafe epoll_wait(epoll, &events, Int32(events.count), timeout())
            for index in 0..<max(0, Int(count)) {
                let event = unsafe events[index]
                let token = unsafe event.data.u64
                if token == 0 {
                    muster_eventfd_drain(wake)
                } else if let handler = registrations[token] {
                    unsafe handler(Events(rawValue: event.events))
                }
            }
            let now = MonotonicTime.now
            while let body = timers.popDue(now: now) { body() }
        }
    }

    /// Runs what was enqueued, and what that enqueues. Returns false when the loop is to end.
    private func runJobs() -> Bool {
        while true {
            let (jobs, isStopping) = inbox.withLock { inbox in
                let jobs = inbox.jobs
                inbox.jobs.removeAll(keepingCapacity: true)
                inbox.isSignalled = !jobs.isEmpty
                return (jobs, inbox.isStopping)
            }
            if jobs.isEmpty { return !isStopping }
            // Stays signalled while jobs run: what they enqueue is found by the next turn without a system call.
            for job in jobs { unsafe job.runSynchronously(on: asUnownedSerialExecutor()) }
        }
    }

    private func timeout() -> Int32 {
        guard let deadline = timers.earliest() else { return -1 }
        let left = deadline - MonotonicTime.now
        guard left > .zero else { return 0 }
        let (seconds, attoseconds) = left.components
        // Rounded up: waking a moment early would spin.
        return Int32(clamping: seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1)
    }
}
