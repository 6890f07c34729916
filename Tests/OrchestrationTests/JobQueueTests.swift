import Model
import Testing

@testable import Orchestration

@Suite("The queue of jobs")
struct JobQueueTests {
    func jobs(_ queue: JobQueue) -> [JobID] {
        var jobs: [JobID] = [], place = queue.first
        while let (next, entry) = place {
            jobs.append(entry.job)
            place = queue.next(after: next)
        }
        return jobs
    }

    @Test("keeps the order in which jobs came, whichever leave it")
    func order() {
        var queue = JobQueue(), expected: [JobID] = []
        var state: UInt64 = 7, made = 0
        for round in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let choice = Int(state >> 33)
            // It grows, and then empties again.
            if expected.isEmpty || choice % 100 < (round < 10_000 ? 60 : 40) {
                let job = JobID("\(made)")
                made += 1
                queue.append(job, "h")
                expected.append(job)
            } else {
                // Mostly near the front, now and then anywhere, as it is when some hosts' worker is full.
                let place = choice % 7 == 0 ? choice % expected.count : min(choice % 3, expected.count - 1)
                queue.remove(expected.remove(at: place))
            }
            #expect(queue.count == expected.count && queue.isEmpty == expected.isEmpty && queue.first?.entry.job == expected.first)
            if round % 500 == 0 { #expect(jobs(queue) == expected) }
        }
        #expect(jobs(queue) == expected)
    }

    @Test("a job is in it once, and may come again after it left")
    func once() {
        var queue = JobQueue()
        for job in ["a", "b", "a"] { queue.append(JobID(job), "h") }
        #expect(jobs(queue) == [JobID("a"), JobID("b")])
        queue.remove(JobID("a"))
        queue.remove(JobID("a"))
        queue.append(JobID("a"), "h")
        #expect(jobs(queue) == [JobID("b"), JobID("a")])
    }
}
