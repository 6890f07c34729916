import Model
import Orchestration
import ProtocolMessages
import SwiftProtobuf
import WireProtocol

extension RunMachine.Event {
    func write(to out: inout Muster_V1_RunRecord) {
        switch self {
        case .began(let plan, let keys):
            out.began = .with {
                $0.variants = plan.variants.map(\.message)
                $0.keys = keys.sorted { $0.key < $1.key }.map { $0.value.message(of: $0.key) }
            }
        case .attemptCreated(let attempt):
            out.attemptCreated = .with {
                $0.job = attempt.job.value
                $0.host = attempt.host.value
                $0.step = attempt.step.value
                $0.subtask = attempt.subtask
                $0.attempt = UInt32(clamping: attempt.number)
                $0.hostKey = attempt.hostKey
            }
        case .attemptClosed(let result):
            out.attemptClosed = .with {
                $0.job = result.job.value
                $0.attempt = UInt32(clamping: result.attempt)
                $0.result = result.kept.message
            }
        case .jobSettled(let result):
            out.jobSettled = .with {
                $0.job = result.job.value
                $0.attempt = UInt32(clamping: result.attempt)
                $0.result = result.kept.message
            }
        case .jobInDoubt(let job, let doubt):
            out.jobInDoubt = .with {
                $0.job = job.value
                $0.doubt = doubt.message
            }
        case .jobUndecided(let job, let doubt):
            out.jobUndecided = .with {
                $0.job = job.value
                $0.doubt = doubt.message
            }
        case .personDecided(let job, let decision):
            out.personDecided = .with {
                $0.job = job.value
                $0.decision = decision.message
            }
        case .hostKeysChanged(let host, let keys): out.hostKeysChanged = .with { $0.keys = keys.message(of: host) }
        case .stepNotRun(let host, let step, let reason):
            out.stepNotRun = .with {
                $0.host = host.value
                $0.step = step.value
                $0.reason = reason.message
            }
        case .paused: out.paused = Muster_V1_RunPaused()
        case .continued: out.continued = Muster_V1_RunContinued()
        case .cancelling: out.cancelling = Muster_V1_RunCancelling()
        case .finished: out.finished = Muster_V1_RunFinished()
        }
    }

    init(_ record: Muster_V1_RunRecord.OneOf_Record) throws(WireError) {
        switch record {
        case .began(let began):
            var keys: [HostName: HostKeys] = [:]
            for entry in began.keys { keys[HostName(entry.host)] = HostKeys(entry) }
            self = .began(CompiledPlan(variants: try began.variants.map { variant throws(WireError) in try CompiledPlan.Variant(variant) }), keys: keys)
        case .attemptCreated(let created):
            guard created.attempt >= 1, !created.host.isEmpty else { throw .invalid(field: "attempt_created", reason: "attempt or host is missing") }
            self = .attemptCreated(
                Attempt(
                    job: try Self.job(created.job), host: HostName(created.host), step: StepID(created.step), subtask: created.subtask,
                    number: Int(created.attempt), hostKey: created.hostKey))
        case .attemptClosed(let closed): self = .attemptClosed(try JobResult(closed.result, job: Self.job(closed.job), attempt: Int(closed.attempt)))
        case .jobSettled(let settled): self = .jobSettled(try JobResult(settled.result, job: Self.job(settled.job), attempt: Int(settled.attempt)))
        case .jobInDoubt(let doubt): self = .jobInDoubt(try Self.job(doubt.job), Doubt(doubt.doubt))
        case .jobUndecided(let doubt): self = .jobUndecided(try Self.job(doubt.job), Doubt(doubt.doubt))
        case .personDecided(let decided): self = .personDecided(try Self.job(decided.job), try PersonDecision(decided.decision))
        case .hostKeysChanged(let changed): self = .hostKeysChanged(HostName(changed.keys.host), HostKeys(changed.keys))
        case .stepNotRun(let step): self = .stepNotRun(HostName(step.host), StepID(step.step), try NotRunReason(step.reason))
        case .paused: self = .paused
        case .continued: self = .continued
        case .cancelling: self = .cancelling
        case .finished: self = .finished
        case .created, .handedOut: throw .unknownMessage
        }
    }

    private static func job(_ text: String) throws(WireError) -> JobID {
        guard Wire.isIdentifier(text) else { throw .invalid(field: "job", reason: "not 32 hexadecimal digits") }
        return JobID(text)
    }
}

extension JobResult {
    /// Ends of outputs explain failures; those of successes lie in the output files alone.
    fileprivate var kept: JobResult {
        guard outcome.isSuccess else { return self }
        var kept = self
        kept.standardOutput = []
        kept.standardError = []
        return kept
    }
}

extension HostKeys {
    fileprivate func message(of host: HostName) -> Muster_V1_HostKeysOf {
        Muster_V1_HostKeysOf.with {
            $0.host = host.value
            $0.login = login
            $0.root = root ?? ""
        }
    }

    fileprivate init(_ message: Muster_V1_HostKeysOf) {
        self.init(login: message.login, root: message.root.isEmpty ? nil : message.root)
    }
}

extension PersonDecision {
    fileprivate var message: Muster_V1_PersonDecided.Decision {
        switch self {
        case .done: .done
        case .failed: .failed
        case .again: .again
        }
    }

    fileprivate init(_ message: Muster_V1_PersonDecided.Decision) throws(WireError) {
        switch message {
        case .done: self = .done
        case .failed: self = .failed
        case .again: self = .again
        case .unspecified, .UNRECOGNIZED: throw .invalid(field: "decision", reason: "it is not known here")
        }
    }
}

extension NotRunReason {
    fileprivate var message: Muster_V1_StepNotRun.OneOf_Reason {
        switch self {
        case .dependsOn(let step): .dependsOn(step.value)
        case .after(let subtask): .afterSubtask(subtask)
        case .stopped: .stopped(true)
        case .cancelled: .cancelled(true)
        case .hostLost: .hostLost(true)
        case .waits(let subtask): .waitsForSubtask(subtask)
        }
    }

    fileprivate init(_ message: Muster_V1_StepNotRun.OneOf_Reason?) throws(WireError) {
        switch message {
        case .dependsOn(let step): self = .dependsOn(StepID(step))
        case .afterSubtask(let subtask): self = .after(subtask: subtask)
        case .stopped: self = .stopped
        case .cancelled: self = .cancelled
        case .hostLost: self = .hostLost
        case .waitsForSubtask(let subtask): self = .waits(subtask: subtask)
        case nil: throw .invalid(field: "reason", reason: "missing, or not known here")
        }
    }
}
