/// What may go wrong. Each seed chooses some of them: rare meetings of two come up more often where the others keep silent.
package enum Fault: Int, CaseIterable, Sendable {
    case messageLost, messageRepeated, messageLate
    case linkCut, linkStalled
    case workerKilled, workerStopped, workerSuspended, workerDrained
    case coordinatorKilled, coordinatorStopped, journalFails
    case runnerKilled, processKilled, processStopped
    case reboot, powerCut, containerRestart, hostUnreachable, hostSuspended
    case diskFull, diskReadOnly, ledgerWiped, ledgerReverted
    case otherMachine
    case clockSetBack
    case paused, cancelled, decided

    /// How often it comes, among those that a seed chose.
    var weight: Int {
        switch self {
        case .messageLost, .messageRepeated, .messageLate: 0
        case .linkCut, .linkStalled, .workerKilled, .workerStopped, .coordinatorKilled, .coordinatorStopped: 12
        case .runnerKilled, .processKilled, .processStopped: 16
        case .workerSuspended, .journalFails, .hostUnreachable, .hostSuspended, .reboot, .powerCut: 6
        case .containerRestart, .diskFull, .diskReadOnly, .ledgerWiped, .ledgerReverted, .otherMachine: 3
        case .clockSetBack, .paused, .decided, .workerDrained: 6
        case .cancelled: 2
        }
    }
}

/// A set of faults that is tested by one machine instruction.
package struct Faults: Sendable, Hashable {
    private var bits: UInt64 = 0

    package init(_ faults: [Fault] = []) { for fault in faults { insert(fault) } }

    package mutating func insert(_ fault: Fault) { bits |= 1 << UInt64(fault.rawValue) }
    package mutating func remove(_ fault: Fault) { bits &= ~(1 << UInt64(fault.rawValue)) }
    package func has(_ fault: Fault) -> Bool { bits & (1 << UInt64(fault.rawValue)) != 0 }
    var isEmpty: Bool { bits == 0 }
    package var list: [Fault] { Fault.allCases.filter(has) }
}
