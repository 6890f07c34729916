import Model
import ProtocolMessages
import SwiftProtobuf
import WireProtocol

extension CompiledPlan.Variant {
    var message: Muster_V1_PlanVariant {
        Muster_V1_PlanVariant.with {
            $0.hosts = hosts.map(\.value)
            $0.steps = steps.map(\.message)
        }
    }

    init(_ message: Muster_V1_PlanVariant) throws(WireError) {
        self.init(
            hosts: message.hosts.map { HostName($0) }, steps: try message.steps.map { step throws(WireError) in try CompiledStep(step) })
    }
}

extension CompiledStep {
    fileprivate var message: Muster_V1_PlanStep {
        Muster_V1_PlanStep.with {
            $0.id = id.value
            $0.title = title
            $0.hosts = hosts.map(\.value).sorted()
            $0.dependencies = dependencies.map { dependency in
                .with {
                    $0.step = dependency.step.value
                    $0.onAllHosts = dependency.when == .all
                }
            }
            $0.subtasks = subtasks.map { subtask in
                .with {
                    $0.id = subtask.id
                    $0.title = subtask.title
                    $0.work = subtask.work.message
                    if let rollback = subtask.rollback {
                        $0.rollback = rollback
                        $0.hasRollback_p = true
                    }
                }
            }
        }
    }

    fileprivate init(_ message: Muster_V1_PlanStep) throws(WireError) {
        self.init(
            id: StepID(message.id), title: message.title, hosts: Set(message.hosts.map { HostName($0) }),
            dependencies: message.dependencies.map { StepDependency(step: StepID($0.step), when: $0.onAllHosts ? .all : .host) },
            subtasks: try message.subtasks.map { subtask throws(WireError) in
                CompiledSubtask(
                    id: subtask.id, title: subtask.title, work: try Job.Work(subtask.work), rollback: subtask.hasRollback_p ? subtask.rollback : nil)
            })
    }
}
