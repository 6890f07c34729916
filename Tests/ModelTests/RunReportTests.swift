import Model
import Testing

@Suite("A run's report")
struct RunReportTests {
    static func host(_ outcomes: [JobOutcome?], unreachable: String? = nil) -> HostReport {
        let subtasks = outcomes.enumerated().map { index, outcome in
            SubtaskReport(
                id: "\(index)", title: "t", result: outcome.map { JobResult(job: JobID("j"), attempt: 1, outcome: $0) }, notRun: outcome == nil ? .stopped : nil)
        }
        return HostReport(host: "h", unreachable: unreachable, steps: [StepReport(id: "s", title: "t", subtasks: subtasks)])
    }

    @Test(
        "gives each host the status that matters most",
        arguments: [
            ([.changed, .skipped], .done), ([], .done), ([.changed, nil], .stopped), ([.failed(.cancelled), nil], .failed),
            ([nil, .failed(.cancelled)], .failed), ([.failed(.cancelled), .inDoubt(Doubt(.unanswered, "x"))], .inDoubt), ([.notStarted(reason: "x")], .stopped),
        ] as [([JobOutcome?], HostReport.Status)])
    func status(outcomes: [JobOutcome?], expected: HostReport.Status) {
        #expect(Self.host(outcomes).status == expected)
        #expect(Self.host(outcomes, unreachable: "no answer").status == .unreachable)
    }

    @Test("counts what changed and what was there already")
    func counts() {
        let host = Self.host([.changed, .skipped, .skipped, nil])
        #expect(host.changed == 1)
        #expect(host.skipped == 2)
    }

    @Test(
        "says in words why something failed or was not run",
        arguments: [
            (JobFailure.command(exitCode: 100), "the command ended with exit code 100"),
            (.healthCheck(exitCode: 3, commandExitCode: 0), "the health check ended with exit code 3 (the command itself with 0)"),
            (.deadline(.seconds(300)), "the command was ended at its deadline of 300 s"), (.cancelled, "cancelled"),
            (.decided, "a person said that it did not do its work"), (.refusedByPolicy("x"), "refused by policy: x"), (.unreachable("h1: no answer"), "h1: no answer"),
        ])
    func failures(failure: JobFailure, text: String) { #expect(failure.description == text) }

    @Test("an outcome lets dependants start only if the state is reached")
    func success() {
        #expect(JobOutcome.changed.isSuccess && JobOutcome.skipped.isSuccess)
        #expect(!JobOutcome.failed(.cancelled).isSuccess && !JobOutcome.inDoubt(Doubt(.unanswered, "")).isSuccess && !JobOutcome.notStarted(reason: "").isSuccess)
    }
}
