import Model
import Orchestration
import ProtocolMessages
import Testing
import WireProtocol

@Suite("What is written is read back")
struct RoundTripTests {
    @Test("worker messages of every kind")
    func workerMessages() throws {
        for sample in Samples.workerMessages {
            #expect(try Wire.decodeWorkerMessage(Wire.encode(sample.message)) == sample.message, "\(sample.name)")
        }
    }

    @Test("coordinator messages of every kind")
    func coordinatorMessages() throws {
        for sample in Samples.coordinatorMessages {
            #expect(try Wire.decodeCoordinatorMessage(Wire.encode(sample.message)) == sample.message, "\(sample.name)")
        }
    }

    @Test("an assignment with all that a worker needs")
    func assignment() throws {
        #expect(try Assignment(Samples.assignment.message) == Samples.assignment)
    }

    @Test("an assignment of every purpose", arguments: Purpose.allCases)
    func purposes(purpose: Purpose) throws {
        var assignment = Samples.settling
        assignment.purpose = purpose
        #expect(try Assignment(assignment.message) == assignment)
    }

    @Test("a doubt of a kind that this version does not know is a doubt all the same")
    func unknownDoubt() {
        var message = Samples.doubt.message
        message.kind = .UNRECOGNIZED(9)
        #expect(Doubt(message) == Doubt(.unanswered, Samples.doubt.reason))
    }

    @Test("an assignment without what may be missing: no guard, no health check, no file")
    func plainAssignment() throws {
        var assignment = Samples.assignment
        assignment.job.work = Job.Work(command: "true", timeout: .seconds(1))
        assignment.guardDigest = []
        assignment.healthDigest = []
        let read = try Assignment(assignment.message)
        #expect(read == assignment)
        #expect(read.job.work.guardCheck == nil && read.job.work.content == nil && read.job.work.healthCheck == nil)
    }

    @Test("an empty file is a file")
    func emptyContent() throws {
        var assignment = Samples.assignment
        assignment.job.work.content = []
        #expect(try Assignment(assignment.message).job.work.content == [])
    }

    @Test("every outcome with its details", arguments: Samples.outcomes)
    func outcomes(outcome: JobOutcome) throws {
        let result = Samples.result(outcome)
        #expect(try JobResult(result.message, job: result.job, attempt: result.attempt) == result)
    }

    @Test("of long output only the end travels")
    func tails() throws {
        var result = Samples.result(.changed)
        result.standardOutput = [UInt8](repeating: 1, count: 100) + [UInt8](repeating: 2, count: JobResult.tailLimit)
        let read = try JobResult(result.message, job: result.job, attempt: 1)
        #expect(read.standardOutput == [UInt8](repeating: 2, count: JobResult.tailLimit))
    }

    @Test(
        "every way to log in",
        arguments: [
            .agent, .key(path: "/k", passphrase: nil), .key(path: "/k", passphrase: .file("/run/pass")), .password(.environment("P")),
            .keyboardInteractive(.credential("c")),
        ] as [Authentication])
    func authentication(authentication: Authentication) throws {
        var target = Samples.assignment.target
        target.authentication = authentication
        #expect(try RemoteTarget(target.message) == target)
    }

    @Test("every policy for host keys", arguments: HostKeyPolicy.allCases)
    func hostKeyPolicy(policy: HostKeyPolicy) throws {
        var target = Samples.assignment.target
        target.hostKeyPolicy = policy
        #expect(try RemoteTarget(target.message) == target)
    }

    @Test("every way to a host", arguments: Transport.allCases)
    func transport(transport: Transport) throws {
        var target = Samples.assignment.target
        target.connection = ConnectionWay(transport: transport, proxyJump: "root@bastion:2222", sshConfiguration: "/etc/ssh/fleet")
        #expect(try RemoteTarget(target.message) == target)
        target.connection = ConnectionWay(transport: transport)
        #expect(try RemoteTarget(target.message) == target)
    }

    @Test("a way that this version does not know is refused: another may not lead there")
    func unknownTransport() throws {
        var message = Samples.assignment.target.message
        message.transport = .UNRECOGNIZED(9)
        #expect(throws: WireError.self) { try RemoteTarget(message) }
    }

    @Test("a policy that this version does not know is read as the strictest")
    func unknownPolicy() throws {
        var message = Samples.assignment.target.message
        message.hostKeyPolicy = .UNRECOGNIZED(9)
        #expect(try RemoteTarget(message).hostKeyPolicy == .strict)
        message.hostKeyPolicy = .unspecified
        #expect(try RemoteTarget(message).hostKeyPolicy == .strict)
    }

    @Test("facts of a host, with root and without")
    func facts() {
        #expect(ProbedHost(Samples.probed.message) == Samples.probed)
        var rootless = Samples.probed
        rootless.rootIdentity = nil
        rootless.becomeError = "sudo asks for a password"
        #expect(ProbedHost(rootless.message) == rootless)
        var other = Samples.probed
        other.overOpenSSH = "the user key is RSA"
        #expect(ProbedHost(other.message) == other)
    }

    @Test("durations beyond what a field holds become the longest there is, never a trap")
    func durations() {
        #expect(Wire.milliseconds(.seconds(15)) == 15_000)
        #expect(Wire.milliseconds(.microseconds(999)) == 0)
        #expect(Wire.milliseconds(.seconds(-5)) == 0)
        #expect(Wire.milliseconds(.seconds(Int64.max)) == .max)
        #expect(Wire.milliseconds(.seconds(Int64.min)) == 0)
        var result = Samples.result(.changed)
        result.duration = .seconds(Int64.max)
        #expect(result.message.durationMicroseconds > 0)
        result.duration = .seconds(-1)
        #expect(result.message.durationMicroseconds == 0)
        result.outcome = .failed(.deadline(.seconds(Int64.max)))
        #expect(result.message.failed.deadline.limitMilliseconds == .max)
    }
}
