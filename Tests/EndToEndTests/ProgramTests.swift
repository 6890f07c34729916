import TestSupport
import Testing

@Suite("The programs")
struct ProgramTests {
    @Test("name their versions, and the worker links no HTTP client, hence no LLM")
    func libraries() async throws {
        let version = try run("\(Lab.binaries)/muster", ["version"])
        #expect(version.contains { $0.contains("libssh2") } && version.contains { $0.contains("libzmq") || $0.contains("ZeroMQ") })
        let needed = try run("/usr/bin/readelf", ["-d", "\(Lab.binaries)/muster-worker"]).filter { $0.contains("NEEDED") }
        #expect(needed.contains { $0.contains("libssh2") })
        #expect(!needed.contains { $0.contains("libcurl") })
    }

    @Test("explain their exit codes")
    func exitCodes() throws {
        let lines = try run("\(Lab.binaries)/muster", ["exit-codes"])
        for code in ["0", "1", "2", "3", "4", "5", "6", "7", "8", "130"] { #expect(lines.contains { $0.trimmingPrefix { $0 == " " }.hasPrefix("\(code) ") }, "\(code)") }
    }
}
