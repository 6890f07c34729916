import Model
import Orchestration
import RunnerModel

/// What a subtask's texts stand for on the modelled hosts.
struct CommandMeaning {
    var command: RunnerModel.Command
    /// What the command takes down, and when after its beginning, in milliseconds.
    var end: (ConnectionEnd, after: Int)?
    var guardQuestion: Question?
    var healthQuestion: Question?
}

/// What a seed chooses before anything happens.
struct Scenario {
    struct PlannedRun {
        var coordinator: Int
        var plan: CompiledPlan
        var beginsAt: Int
    }

    var sites: [HostName] = []
    var hasRoot: [Bool] = []
    /// How many workers each coordinator has.
    var workers: [Int] = []
    var runs: [PlannedRun] = []
    var meanings: [String: CommandMeaning] = [:]
    var faults = Faults()
    /// Between two faults, in milliseconds, on average.
    var faultInterval = 1000
    /// In milliseconds: from then on everything heals.
    var healsAt = 60_000
    /// In percent, of messages between coordinators and workers.
    var loss = 0, repetition = 0, lateness = 0
    /// Short patience everywhere makes rare meetings of late frames frequent.
    var fleet = FleetMachine.Settings()
    var attempts = AttemptMachine.Settings()
    /// How long a start may wait on its way, in seconds (NOT-AFTER).
    var patience = 60
    /// How many different effects the commands have: guards may be satisfied by another's.
    private var effects = 1000
    /// How many starts are held up on their way, in percent.
    var holds = 0
    /// How often a fault comes at a moment that invites it, in per mille.
    var temptation = 0

    init(_ random: inout SeededRandom, faultless: Bool) {
        let isCrowded = random.percent(35)
        if random.percent(60) { hurry(&random) }
        if random.percent(50) { effects = random.between(1, 4) }
        for number in 1...(isCrowded ? 1 : random.between(1, random.percent(30) ? 4 : 2)) {
            sites.append(HostName("h\(number)"))
            hasRoot.append(random.percent(70))
        }
        let coordinators = isCrowded || random.percent(30) ? 2 : 1
        for _ in 0..<coordinators { workers.append(random.between(1, coordinators == 2 ? 2 : 3)) }
        for coordinator in 0..<coordinators {
            for _ in 0..<(random.percent(50) ? 2 : 1) {
                let beginsAt = random.percent(50) ? 0 : random.below(isCrowded ? 300 : 5000)
                runs.append(PlannedRun(coordinator: coordinator, plan: plan(&random), beginsAt: beginsAt))
            }
        }
        guard !faultless else { return }
        let share = random.between(10, 60)
        for fault in Fault.allCases where random.percent(share) { faults.insert(fault) }
        // A reverted ledger lies without a sign of it: it excuses too much to be there often.
        if faults.has(.ledgerReverted), random.percent(70) { faults.remove(.ledgerReverted) }
        faultInterval = [100, 250, 500, 1000, 3000][random.below(5)]
        healsAt = [5_000, 20_000, 60_000, 200_000][random.below(4)]
        if faults.has(.messageLost) { loss = random.between(1, 40) }
        if faults.has(.messageRepeated) { repetition = random.between(1, 40) }
        if faults.has(.messageLate) { lateness = random.between(1, 30) }
        if faults.has(.linkStalled) { holds = random.between(20, 60) }
        temptation = [0, 20, 70, 200][random.below(4)]
    }

    private mutating func hurry(_ random: inout SeededRandom) {
        fleet.lease = .seconds(random.between(2, 15))
        fleet.margin = .milliseconds(random.between(200, 2000))
        fleet.acceptWithin = .milliseconds(random.between(500, 5000))
        fleet.askAgainAfter = .milliseconds(random.between(200, 10_000))
        attempts.reconnectFor = .seconds(random.between(1, 60))
        attempts.busyFor = .seconds(random.between(5, 60))
        patience = random.between(5, 60)
    }

    private mutating func plan(_ random: inout SeededRandom) -> CompiledPlan {
        var steps: [CompiledStep] = []
        for number in 1...random.between(1, random.percent(40) ? 4 : 2) {
            var on = sites.filter { _ in random.percent(80) }
            if on.isEmpty { on = [sites[random.below(sites.count)]] }
            var needs: [StepDependency] = []
            for earlier in steps where random.percent(40) { needs.append(StepDependency(step: earlier.id, when: random.percent(50) ? .host : .all)) }
            var subtasks: [CompiledSubtask] = []
            for part in 1...random.between(1, 2) {
                subtasks.append(CompiledSubtask(id: "t\(part)", title: "t\(part)", work: work(&random)))
            }
            steps.append(CompiledStep(id: StepID("s\(number)"), title: "s\(number)", hosts: Set(on), dependencies: needs, subtasks: subtasks))
        }
        return CompiledPlan(variants: [.init(hosts: sites, steps: steps)])
    }

    private mutating func work(_ random: inout SeededRandom) -> Job.Work {
        let number = meanings.count + 1
        let duration = random.percent(50) ? random.below(20) : random.percent(70) ? random.below(400) : random.below(4000)
        let effect = number % effects
        let command = RunnerModel.Command(
            effect: effect, duration: duration, exitCode: random.percent(12) ? 1 : 0, ignoresTerminate: random.percent(10),
            leavesDaemon: random.percent(8))
        var meaning = CommandMeaning(command: command)
        if random.percent(40) { meaning.guardQuestion = random.percent(85) ? .isThere(effect: effect) : .exit(random.percent(60) ? 0 : 1) }
        if random.percent(30) { meaning.healthQuestion = random.percent(80) ? .isThere(effect: effect) : .exit(random.percent(70) ? 0 : 1) }
        if random.percent(6) {
            meaning.end = (random.percent(50) ? .link : .reboot, after: duration * 10)
            meaning.healthQuestion = .exit(random.percent(90) ? 0 : 1)
        }
        let text = "c\(number)"
        meanings[text] = meaning
        let check = meaning.healthQuestion == nil ? nil : HealthCheck(command: "h\(number)", within: .seconds(random.below(4)))
        return Job.Work(
            guardCheck: meaning.guardQuestion == nil ? nil : "g\(number)", command: text, healthCheck: check, become: random.percent(30),
            timeout: .seconds(random.percent(30) ? random.between(2, 6) : random.between(10, 60)), isIdempotent: random.percent(30),
            endsConnection: meaning.end?.0)
    }
}
