import Model
import Orchestration
import RunnerModel

/// What hosts may forget of a run that is over.
extension Simulation {
    /// The run is over: its hosts may forget its records, and refuse what comes late.
    mutating func forget(_ slot: Int, _ index: Int) {
        // Never above the oldest job that may still be made: those of a run are greater than its own number.
        var low = checker.greatestJob(of: slot)
        for other in runs.indices where other != slot && scenario.runs[other].coordinator == index && !checker.isFinished(other) {
            if let number = checker.runNumber(other) { low = min(low, number) }
        }
        // A record above the mark must stay: a worker that comes back would find nothing and start the command again.
        let jobs = checker.jobs(of: slot).filter { $0.number <= low }
        forget(jobs.map(\.number), attempts: jobs.map(\.attempts), low: low, index)
        if random.percent(50), let id = runs[slot].id { coordinators[index].machine.remove(id) }
    }

    mutating func forget(_ numbers: [Int], attempts: [Int], low: Int, _ index: Int) {
        guard !coordinators[index].peers.isEmpty else { return }
        for site in sites.indices {
            for directory in 0...1 {
                var names: [AttemptName] = []
                for (number, count) in zip(numbers, attempts) {
                    guard let job = checker.job(number), job.site == sites[site].name, job.work.become == (directory == 1) else { continue }
                    for attempt in 1...max(1, count) { names.append(AttemptName(number, attempt)) }
                }
                guard !names.isEmpty else { continue }
                let message = ToWorker.forget(site: site, directory: directory, .forget(coordinator: index + 1, low: low, names))
                for worker in coordinators[index].peers.keys.sorted() { send(message, worker, index) }
            }
        }
    }
}
