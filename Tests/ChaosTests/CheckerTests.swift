import Testing

@Suite("The checker of the chaos tests")
struct CheckerTests {
    /// A run of one host in which every job left its line, and what `change` makes of it.
    private func breaches(_ change: (inout Aftermath) -> Void) -> [String] {
        let plan = ChaosPlan(seed: 1, place: .embedded, faultCount: 0)
        var aftermath = Aftermath(
            plan: plan, mark: "chaos-1", faults: [], words: [:],
            status: plan.counters.map { StatusLine(host: "h01", step: $0.step, subtask: $0.name, status: "changed", attempt: 1) }, condition: "done",
            verification: 0, lines: ["h01": plan.counters.map(\.name)], leftovers: [])
        change(&aftermath)
        return Checker(aftermath: aftermath).breaches()
    }

    private func set(_ aftermath: inout Aftermath, _ name: String, _ status: String, _ reason: String? = nil, line: Bool) {
        guard let index = aftermath.status.firstIndex(where: { $0.subtask == name }) else { return }
        aftermath.status[index].status = status
        aftermath.status[index].reason = reason
        if !line { aftermath.lines["h01"]?.removeAll { $0 == name } }
    }

    private func hit(_ aftermath: inout Aftermath, _ kind: FaultKind) { aftermath.faults.append(CarriedFault(kind: kind, host: "h01", description: "")) }

    @Test("has nothing against a run as it should be")
    func whole() { #expect(breaches { _ in } == []) }

    @Test("sees a command that took effect twice, and one that took none though it is told to have")
    func twice() {
        #expect(breaches { $0.lines["h01"]?.append("a1") }.count == 1)
        #expect(breaches { $0.lines["h01"]?.removeAll { $0 == "b1" } }.count == 1)
    }

    @Test("sees a line of a job that is told not to have started", arguments: ["not started", "not run", "open"])
    func notStarted(status: String) { #expect(breaches { set(&$0, "e1", status, "why", line: true) }.count == 1) }

    @Test("sees a job of which nothing is told, and a line that nobody writes")
    func untold() {
        #expect(breaches { $0.status.removeLast() }.count == 1)
        #expect(breaches { $0.lines["h01"]?.append("a") }.count == 1)
    }

    @Test("lets an outcome be unknown only where a fault may hide it, and only with a reason")
    func doubt() {
        let reason = "the command was started and vanished; what it did is not known"
        #expect(breaches { set(&$0, "a1", "in doubt", reason, line: true) }.count == 1)
        for line in [true, false] {
            #expect(
                breaches {
                    set(&$0, "a1", "in doubt", reason, line: line)
                    hit(&$0, .crash)
                } == [])
        }
        #expect(
            breaches {
                set(&$0, "a1", "in doubt", line: true)
                hit(&$0, .crash)
            }.count == 1)
    }

    @Test("lets a job fail only where a fault may be the reason, and without a line if it was not started")
    func failed() {
        let exit = "the command ended with exit code 137", refused = "h01: 10.77.0.11:22 refused the connection"
        #expect(breaches { set(&$0, "a1", "failed", exit, line: false) }.count == 1)
        #expect(
            breaches {
                set(&$0, "a1", "failed", exit, line: false)
                hit(&$0, .killCommand)
            } == [])
        #expect(
            breaches {
                set(&$0, "a1", "failed", refused, line: false)
                hit(&$0, .reset)
            } == [])
        #expect(
            breaches {
                set(&$0, "a1", "failed", refused, line: true)
                hit(&$0, .reset)
            }.count == 1)
    }

    @Test("lets each 'again' of a person add one line, and 'done' none")
    func words() {
        func said(_ decision: String, lines: Int) -> [String] {
            breaches {
                $0.words["h01 a1"] = [GivenWord(decision: decision, lines: 1)]
                $0.lines["h01"] = $0.lines["h01", default: []] + Array(repeating: "a1", count: lines - 1)
            }
        }
        #expect(said("again", lines: 2) == [] && said("again", lines: 3).count == 1 && said("again", lines: 1).count == 1)
        #expect(said("done", lines: 1) == [] && said("done", lines: 2).count == 1)
    }

    @Test("sees a journal that is not whole, and a command that lives on")
    func rest() {
        #expect(breaches { $0.verification = 9 }.count == 1)
        #expect(breaches { $0.leftovers = ["h01: sh -c sleep 1"] }.count == 1)
    }
}

@Suite("The plans of the chaos tests")
struct ChaosPlanTests {
    @Test("are the same for the same seed, and use every kind of fault")
    func seeds() {
        func faults(_ seed: UInt64) -> String { "\(ChaosPlan(seed: seed, place: .processes, faultCount: 40).faults)" }
        #expect(faults(7) == faults(7) && faults(7) != faults(8))
        #expect(Set(ChaosPlan(seed: 7, place: .processes, faultCount: 40).faults.map(\.kind)) == Set(FaultKind.allCases))
    }
}
