import Foundation
import Model
import ProtocolMessages
import Testing
import WireProtocol

@Suite("Frames that are not right")
struct RefusalTests {
    func workerError(_ frames: [[UInt8]], limit: Int = Wire.controlLimit) -> WireError? {
        do throws(WireError) {
            _ = try Wire.decodeWorkerMessage(frames, limit: limit)
            return nil
        } catch { return error }
    }

    func assignmentError(_ change: (inout Muster_V1_Assign) -> Void) -> String? {
        var message = Samples.assignment.message
        change(&message)
        do throws(WireError) {
            _ = try Assignment(message)
            return nil
        } catch { return "\(error)" }
    }

    @Test("are refused by their number", arguments: [0, 1, 3])
    func frameCount(count: Int) {
        let frames = Array([Wire.signature, [], []].prefix(count))
        #expect(workerError(frames) == .malformed("\(count) frames instead of 2"))
    }

    @Test("of another version are refused by name")
    func version() {
        #expect(workerError([Array("muster/2".utf8), []])?.description == "message of another protocol or version: 'muster/2' instead of 'muster/1'")
        #expect(workerError([[], []]) == .foreignVersion(""))
        let coordinator = #expect(throws: WireError.self) { try Wire.decodeCoordinatorMessage([Array("muster/2".utf8), []]) }
        #expect(coordinator == .foreignVersion("muster/2"))
    }

    @Test("of strangers are named without what a terminal would act on")
    func hostileSignature() {
        let error = workerError([[0x1b, UInt8(ascii: "["), UInt8(ascii: "2"), UInt8(ascii: "J"), 0xff, 0x00] + [UInt8](repeating: UInt8(ascii: "A"), count: 5000), []])
        let text = error?.description ?? ""
        #expect(!text.isEmpty)
        #expect(text.utf8.allSatisfy { (0x20...0x7e).contains($0) }, "\(text)")
        #expect(text.utf8.count < 200)
    }

    @Test("larger than their socket takes are refused before they are read")
    func oversized() {
        let payload = [UInt8](repeating: 0xff, count: Wire.bulkLimit + 1)
        #expect(workerError([Wire.signature, payload], limit: Wire.bulkLimit) == .oversized(bytes: Wire.bulkLimit + 1, limit: Wire.bulkLimit))
        var output = Muster_V1_Output()
        output.data = Data(repeating: 1, count: Wire.controlLimit)
        #expect(throws: WireError.self) { try Wire.encode(Samples.worker(.output(output))) }
    }

    @Test("the largest assignment that planning lets through fits")
    func largest() throws {
        var assignment = Samples.assignment
        let text = String(repeating: "x", count: Wire.textLimit)
        assignment.job.work.guardCheck = text
        assignment.job.work.command = text
        assignment.job.work.healthCheck?.command = text
        assignment.job.work.content = [UInt8](repeating: 7, count: Wire.contentLimit)
        let frames = try Wire.encode(Samples.coordinator(.assign(assignment.message)))
        #expect(try Assignment(Wire.decodeCoordinatorMessage(frames).assign) == assignment)
    }

    @Test("without a body, or with one that is not known, are refused")
    func unknownKind() {
        #expect(workerError([Wire.signature, []]) == .unknownMessage)
        // Field 200, an empty message: some later version's kind.
        #expect(workerError([Wire.signature, [0xc2, 0x0c, 0x00]]) == .unknownMessage)
    }

    @Test("cut short anywhere give an error or an incomplete message, never a trap")
    func truncated() throws {
        for sample in Samples.workerMessages {
            let frames = try Wire.encode(sample.message)
            for length in 0..<frames[1].count { consume([frames[0], Array(frames[1].prefix(length))]) }
        }
        for sample in Samples.coordinatorMessages {
            let frames = try Wire.encode(sample.message)
            for length in 0..<frames[1].count { consume([frames[0], Array(frames[1].prefix(length))]) }
        }
    }

    @Test("of random bytes, and good ones with bits turned, never trap", arguments: 1...20 as ClosedRange<UInt64>)
    func fuzz(seed: UInt64) throws {
        var generator = Generator(state: seed)
        let good = try Samples.workerMessages.map { try Wire.encode($0.message)[1] } + Samples.coordinatorMessages.map { try Wire.encode($0.message)[1] }
        for _ in 0..<(ProcessInfo.processInfo.environment["MUSTER_LONG_TESTS"] == nil ? 400 : 20_000) {
            var bytes: [UInt8]
            if Bool.random(using: &generator) {
                bytes = (0..<Int.random(in: 0...200, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            } else {
                bytes = good.randomElement(using: &generator) ?? []
                for _ in 0..<Int.random(in: 1...6, using: &generator) where !bytes.isEmpty {
                    let at = Int.random(in: 0..<bytes.count, using: &generator)
                    switch Int.random(in: 0...2, using: &generator) {
                    case 0: bytes[at] ^= 1 << UInt8.random(in: 0...7, using: &generator)
                    case 1: bytes.remove(at: at)
                    default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: at)
                    }
                }
            }
            consume([Wire.signature, bytes])
        }
    }

    @Test("nested without end are refused")
    func nesting() {
        var bytes: [UInt8] = []
        // Groups within groups, which no message of ours has: field 15, start group.
        for _ in 0..<5000 { bytes.append(0x7b) }
        #expect(workerError([Wire.signature, bytes]) != nil)
    }

    /// Reads frames as either side would, with all that comes after the envelope.
    private func consume(_ frames: [[UInt8]]) {
        if let message = try? Wire.decodeWorkerMessage(frames) {
            switch message.body {
            case .finished(let finished):
                if let (job, attempt, _) = try? Wire.reference(finished.job) { _ = try? JobResult(finished.result, job: job, attempt: attempt) }
            case .probed(let probed): _ = ProbedHost(probed.facts)
            default: break
            }
        }
        if let message = try? Wire.decodeCoordinatorMessage(frames) {
            switch message.body {
            case .assign(let assign): _ = try? Assignment(assign)
            case .probe(let probe): _ = try? RemoteTarget(probe.target)
            case .forget(let forget): _ = try? RemoteTarget(forget.target)
            default: break
            }
        }
    }

    // MARK: Assignments

    @Test("an assignment must be complete and within its bounds")
    func assignments() {
        #expect(assignmentError { _ in } == nil)
        #expect(assignmentError { $0.job.reference.job = "../../etc/passwd" } == "field job: not 32 hexadecimal digits")
        #expect(assignmentError { $0.job.reference.job = Samples.jobID.value.uppercased() } == "field job: not 32 hexadecimal digits")
        #expect(assignmentError { $0.job.reference.attempt = 0 } == "field attempt: attempt and epoch start at 1")
        #expect(assignmentError { $0.job.reference.epoch = 0 } == "field attempt: attempt and epoch start at 1")
        #expect(assignmentError { $0.job.clearCommand() } == "field command: missing")
        #expect(assignmentError { $0.job.command.text = "" } == "field command: missing")
        #expect(assignmentError { $0.job.guard.text = String(repeating: "x", count: Wire.textLimit + 1) } == "field text: 65537 bytes, the limit is 65536")
        #expect(assignmentError { $0.job.content = Data(count: Wire.contentLimit + 1) } == "field content: 49153 bytes")
        #expect(assignmentError { $0.job.host = "other" } == "field host: differs from the target's name")
        #expect(assignmentError { $0.job.host = "" } != nil)
        #expect(assignmentError { $0.clearJob() } != nil)
        #expect(assignmentError { $0.clearTarget() } != nil)
        // To be told more than it understands is no leave to start anything.
        #expect(assignmentError { $0.purpose = .UNRECOGNIZED(9) } == "field purpose: 9 is not known here")
        #expect(assignmentError { $0.job.endsConnection = .UNRECOGNIZED(9) } == "field ends_connection: 9 is not known here")
        #expect(assignmentError { $0.target.port = 0 } == "field port: 0 is not a port")
        #expect(assignmentError { $0.target.port = 70_000 } == "field port: 70000 is not a port")
        #expect(assignmentError { $0.target.authentication = nil } == "field authentication: missing")
        #expect(assignmentError { $0.target.password = "hunter2" } == "field secret: not a secret reference")
    }

    /// Environment and texts become lines of one frame to the host: a line end in a value would move the rest.
    @Test("an environment that would break lines on the host is refused", arguments: ["x\ntouch /tmp/y", "x\r\ny", "\n", "a\u{0}b"])
    func environmentValues(value: String) {
        #expect(assignmentError { $0.job.environment = ["A": value] } == "field environment: the value of A is not one line")
    }

    @Test("so is a name that is none", arguments: ["", "A B", "A=B", "1A", "A\nB", "Ä"])
    func environmentNames(name: String) {
        #expect(assignmentError { $0.job.environment = [name: "x"] } == "field environment: a name is not one of letters, digits and '_'")
    }

    // MARK: Results

    @Test("a result without an outcome, or a failure without its kind, is refused")
    func results() {
        func error(_ result: Muster_V1_Result) -> WireError? {
            do throws(WireError) {
                _ = try JobResult(result, job: Samples.jobID, attempt: 1)
                return nil
            } catch { return error }
        }
        #expect(error(Muster_V1_Result()) == .invalid(field: "outcome", reason: "missing"))
        #expect(error(Samples.with(Muster_V1_Result()) { $0.failed = Muster_V1_Failed() }) == .invalid(field: "failure", reason: "missing"))
    }

    @Test("numbers at the ends of their ranges are read")
    func extremes() throws {
        var message = Samples.result(.changed).message
        message.durationMicroseconds = .max
        #expect(try JobResult(message, job: Samples.jobID, attempt: 1).duration > .zero)
        message.failed.deadline.limitMilliseconds = .max
        _ = try JobResult(message, job: Samples.jobID, attempt: 1)
        message.failed.command.exitCode = .min
        #expect(try JobResult(message, job: Samples.jobID, attempt: 1).outcome == .failed(.command(exitCode: Int(Int32.min))))
    }
}

/// Random numbers that a seed repeats exactly (splitmix64).
struct Generator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state = state &+ 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
