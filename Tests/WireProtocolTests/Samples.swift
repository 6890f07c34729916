import Foundation
import Model
import Orchestration
import ProtocolMessages
import WireProtocol

/// One message of each kind, with every field set: what the round trips and the golden examples are made of.
enum Samples {
    static let jobID = JobID("0199123456787000bfffffffffffffff")
    static let instance = "00112233445566778899aabbccddeeff"
    static let digest = [UInt8](repeating: 0xab, count: 32)
    static let reference = Wire.reference(jobID, 1, 2)

    static let host = Host(
        name: "db1", address: "192.0.2.10", port: 2222, user: "deploy", authentication: .key(path: "/keys/db1", passphrase: .environment("KEY_PASS")),
        hostKeyPolicy: .acceptNew, timeout: .milliseconds(12_500), ledger: "/var/tmp/ledger-db1")

    static let job = Job(
        id: jobID, run: RunID("01991234567870008000000000000000"), host: "db1", step: "packages", subtask: "install", attempt: 1, epoch: 2, hostKey: "ledger:boot:start:machine",
        work: Job.Work(
            guardCheck: "dpkg-query -W postgresql", command: "apt-get install -y postgresql", content: Array("listen 80\n".utf8),
            healthCheck: HealthCheck(command: "pg_isready -q", within: .seconds(60)), become: true, environment: ["LANG": "C.UTF-8"],
            timeout: .seconds(900)))

    static let assignment = Assignment(
        job: job, coordinator: "muster@admin1", target: RemoteTarget(host: host, hostKeys: [[0, 0, 0, 11], [1, 2]]),
        guardDigest: digest, commandDigest: digest, healthDigest: digest)

    static let outcomes: [JobOutcome] = [
        .skipped, .changed, .inDoubt(Doubt(.unanswered, "interrupted")), .inDoubt(doubt), .inDoubt(Doubt(.otherMachine, "another machine")),
        .inDoubt(Doubt(.ledgerLost(Doubt.Evidence(guardSatisfied: nil, healthPassed: true)), "another ledger")),
        .notStarted(reason: "revoked"), .failed(.command(exitCode: 100)), .failed(.command(exitCode: -1)),
        .failed(.healthCheck(exitCode: 3, commandExitCode: 0)), .failed(.deadline(.seconds(300))), .failed(.cancelled), .failed(.refusedByPolicy("rm on /usr")),
        .failed(.unreachable("db1: no answer")), .failed(.become("sudo asks for a password")), .failed(.refusedByHost("busy: run 7")),
        .failed(.decided),
    ]

    static let doubt = Doubt(.interrupted(Doubt.Evidence(guardSatisfied: false, healthPassed: nil)), "started and vanished")

    /// A subtask that may be carried out again, takes the link down, and is only to be settled.
    static let settling: Assignment = {
        var assignment = Samples.assignment
        assignment.purpose = .settle
        assignment.claimsAsRoot = true
        assignment.job.hostKey = "ledger/boot.7/machine"
        assignment.job.work.isIdempotent = true
        assignment.job.work.endsConnection = .reboot
        return assignment
    }()

    static func result(_ outcome: JobOutcome) -> JobResult {
        JobResult(
            job: jobID, attempt: 1, outcome: outcome, standardOutput: Array("done\n".utf8), standardError: [0xff, 0x00, 0x1b], duration: .microseconds(1_234_567))
    }

    static let probed = ProbedHost(
        facts: Facts(
            osID: "debian", osVersion: "12", osName: "Debian GNU/Linux 12 (bookworm)", osLike: ["debian"], architecture: "x86_64", kernel: "6.1.0-13-amd64",
            initSystem: "systemd", hostName: "db1.example.com", presentServices: ["ssh", "cron"]), identity: "l:b:s:m", rootIdentity: "r:b:s:m", becomeError: nil,
        hostKey: [0, 0, 0, 11, 0xff])

    // MARK: Messages

    static func worker(_ body: Muster_V1_WorkerMessage.OneOf_Body) -> Muster_V1_WorkerMessage {
        var message = Muster_V1_WorkerMessage()
        message.body = body
        return message
    }

    static func coordinator(_ body: Muster_V1_CoordinatorMessage.OneOf_Body) -> Muster_V1_CoordinatorMessage {
        var message = Muster_V1_CoordinatorMessage()
        message.body = body
        return message
    }

    static func with<Value>(_ value: Value, _ change: (inout Value) -> Void) -> Value {
        var value = value
        change(&value)
        return value
    }

    /// Every kind of worker message, by the name of its example.
    static let workerMessages: [(name: String, meaning: String, message: Muster_V1_WorkerMessage)] = [
        (
            "hello", "A worker with 4 slots says which versions it speaks and which job it still knows.",
            worker(
                .hello(
                    with(Muster_V1_Hello()) {
                        $0.minimumVersion = 1
                        $0.maximumVersion = 1
                        $0.instance = instance
                        $0.slots = 4
                        $0.jobs = [
                            with(Muster_V1_KnownJob()) {
                                $0.job = jobID.value
                                $0.attempt = 1
                                $0.epoch = 2
                            }
                        ]
                        $0.software = "muster-worker"
                    }))
        ),
        ("heartbeat", "The 300th sign of life of a worker.", worker(.heartbeat(with(Muster_V1_Heartbeat()) { $0.sequence = 300 }))),
        ("accepted", "The worker has the job, second hand-out of its first attempt, and will report what becomes of it.", worker(.accepted(with(Muster_V1_Accepted()) { $0.job = reference }))),
        (
            "refused", "The worker takes no more jobs; not one byte of this one has reached the host.",
            worker(
                .refused(
                    with(Muster_V1_Refused()) {
                        $0.job = reference
                        $0.reason = .draining
                        $0.text = "draining"
                    }))
        ),
        ("started", "The command has been handed to the host's runner.", worker(.started(with(Muster_V1_Started()) { $0.job = reference }))),
        (
            "finished-changed", "The command ran for 1.234567 s and its health check passed.",
            worker(
                .finished(
                    with(Muster_V1_Finished()) {
                        $0.job = reference
                        $0.result = result(.changed).message
                    }))
        ),
        (
            "finished-failed", "The health check still ended with 3 when its time was over; the command itself had ended with 0.",
            worker(
                .finished(
                    with(Muster_V1_Finished()) {
                        $0.job = reference
                        $0.result = result(.failed(.healthCheck(exitCode: 3, commandExitCode: 0))).message
                    }))
        ),
        (
            "finished-in-doubt", "The command was interrupted and its end can't be known; it is not run again by itself.",
            worker(
                .finished(
                    with(Muster_V1_Finished()) {
                        $0.job = reference
                        $0.result = result(.inDoubt(Doubt(.unanswered, "interrupted"))).message
                    }))
        ),
        (
            "finished-in-doubt-evidence", "The command was started and vanished; the guard says that the state is not there, a health check there is none.",
            worker(
                .finished(
                    with(Muster_V1_Finished()) {
                        $0.job = reference
                        $0.result = with(result(.inDoubt(doubt))) { $0.hostKey = "ledger/boot.7/machine" }.message
                    }))
        ),
        ("forgotten", "The host has been told.", worker(.forgotten(with(Muster_V1_Forgotten()) { $0.request = 9 }))),
        (
            "forgotten-unreachable", "The host could not be told, and why.",
            worker(
                .forgotten(
                    with(Muster_V1_Forgotten()) {
                        $0.request = 10
                        $0.problem = "db2: connection refused at 192.0.2.11 port 22"
                    }))
        ),
        (
            "probed", "Facts of a host, who it is, and the key that it presented.",
            worker(
                .probed(
                    with(Muster_V1_Probed()) {
                        $0.request = 7
                        $0.host = "db1"
                        $0.facts = probed.message
                    }))
        ),
        (
            "probed-unreachable", "A host that could not be reached, and what to do about it.",
            worker(
                .probed(
                    with(Muster_V1_Probed()) {
                        $0.request = 8
                        $0.host = "db2"
                        $0.unreachable = "db2: connection refused at 192.0.2.11 port 22"
                    }))
        ),
        ("goodbye", "The worker leaves; it has nothing of ours any more.", worker(.goodbye(Muster_V1_Goodbye()))),
        (
            "output", "Five bytes of standard error from offset 4096 on. Bulk socket only.",
            worker(
                .output(
                    with(Muster_V1_Output()) {
                        $0.job = reference
                        $0.stream = .standardError
                        $0.offset = 4096
                        $0.data = Data("oops\n".utf8)
                    }))
        ),
    ]

    /// Every kind of coordinator message, by the name of its example.
    static let coordinatorMessages: [(name: String, meaning: String, message: Muster_V1_CoordinatorMessage)] = [
        (
            "welcome", "The worker is known as east-1; its lease is 15 s.",
            coordinator(
                .welcome(
                    with(Muster_V1_Welcome()) {
                        $0.version = 1
                        $0.workerName = "east-1"
                        $0.leaseMilliseconds = 15_000
                        $0.coordinator = "muster@admin1"
                    }))
        ),
        (
            "rejected", "The worker speaks none of the coordinator's versions.",
            coordinator(
                .rejected(
                    with(Muster_V1_Rejected()) {
                        $0.reason = "it speaks versions 7 to 9, this coordinator 1 to 1"
                        $0.minimumVersion = 1
                        $0.maximumVersion = 1
                    }))
        ),
        ("assign", "A job with guard, command, content, health check and environment, for a host behind port 2222.", coordinator(.assign(assignment.message))),
        (
            "assign-settle", "An attempt that is only to be settled: find out what became of it, start nothing. Root's ledger claims the host.",
            coordinator(.assign(settling.message))
        ),
        (
            "forget", "A run is over: the host's ledgers may forget these attempts, and refuse starts of jobs up to the second.",
            coordinator(
                .forget(
                    with(Muster_V1_Forget()) {
                        $0.request = 9
                        $0.target = assignment.target.message
                        $0.coordinator = "muster@admin1"
                        $0.low = jobID.value
                        $0.attempts = ([("0199123456787000bffffffffffffffe", 2, false), (jobID.value, 1, true)] as [(String, UInt32, Bool)]).map { job, attempt, become in
                            with(Muster_V1_ForgottenAttempt()) {
                                $0.job = job
                                $0.attempt = attempt
                                $0.become = become
                            }
                        }
                    }))
        ),
        ("acknowledged", "The outcome is recorded; the worker may forget the job.", coordinator(.acknowledged(with(Muster_V1_Acknowledged()) { $0.job = reference }))),
        ("cancel", "The job is to be ended.", coordinator(.cancel(with(Muster_V1_Cancel()) { $0.job = reference }))),
        (
            "probe", "Reach the host, tell its facts, whether ssh is there, and whether root can be had.",
            coordinator(
                .probe(
                    with(Muster_V1_Probe()) {
                        $0.request = 7
                        $0.target = assignment.target.message
                        $0.services = ["ssh"]
                        $0.become = true
                    }))
        ),
        ("drain", "Take no more jobs, finish the running ones, say Goodbye.", coordinator(.drain(Muster_V1_Drain()))),
        ("heartbeat-seen", "The answer to the 300th heartbeat.", coordinator(.heartbeatSeen(with(Muster_V1_HeartbeatSeen()) { $0.sequence = 300 }))),
    ]
}
