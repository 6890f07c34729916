package import ArgumentParser

/// Exit codes of `muster`; `muster help exit-codes` prints this table.
package enum ExitStatus: Int32, CaseIterable, Sendable {
    case done = 0
    case hostFailed = 1
    case usage = 2
    case noPlan = 3
    case refusedByPolicy = 4
    case waitsForPerson = 5
    case failureBudget = 6
    case inDoubt = 7
    case nothingReachable = 8
    case noJournal = 9
    case noCoordinator = 10
    case interrupted = 130

    package var exitCode: ExitCode { ExitCode(rawValue) }

    var meaning: String {
        switch self {
        case .done: "done"
        case .hostFailed: "some host failed or could not be reached"
        case .usage: "wrong usage, or a mistake in the configuration"
        case .noPlan: "no plan: no runbook fits the task well enough"
        case .refusedByPolicy: "refused by policy; nothing was executed"
        case .waitsForPerson: "waits for a person: an approval, an answer or 'muster resume' is needed"
        case .failureBudget: "stopped by the failure budget"
        case .inDoubt: "what some command did is in doubt"
        case .nothingReachable: "no host could be reached; nothing was executed"
        case .noJournal: "the run can't be kept: the state directory is full, damaged, or somebody else's"
        case .noCoordinator: "no coordinator answers at the address that was named"
        case .interrupted: "interrupted; commands that were running go on at the hosts"
        }
    }

    static var table: String { allCases.map { "\($0.rawValue)".leftPadded(to: 5) + "  " + $0.meaning }.joined(separator: "\n") }
}

extension String {
    func leftPadded(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
