import Foundation
import TestSupport
import Testing

extension OnHosts {
    @Suite("A secret of a command")
    struct SecretTests {
        @Test("reaches its environment, and no command line, log, file or journal")
        func everywhere() async throws {
            let lab = try Lab(hosts: ["h01"]), mark = Lab.mark(), secret = "Sesame-\(Lab.mark())-Open"
            let child = try lab.start(["run", "Use the secret", "--set", "mark=\(mark)", "--yes"], environment: ["MUSTER_TEST_SECRET": secret])
            // While it runs: the first line is there, the last is not.
            #expect(try await eventually(within: .seconds(60)) { try await Lab.on("h01", "sh", "-c", "cat /var/tmp/count-\(mark) 2>/dev/null || true").count == 1 })
            // The question itself has the secret in two halves, so that it does not find itself. What the command printed lies in its output
            // on the host, for root alone, until the run is over.
            let half = secret.index(secret.startIndex, offsetBy: 9)
            let find = """
                export A='\(secret[..<half])' B='\(secret[half...])'
                { cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; ps axww -o args; journalctl --no-pager 2>/dev/null; } | awk 'index($0, ENVIRON["A"] ENVIRON["B"])'
                find /var/log /var/lib/muster /var/tmp /tmp /root /home /run -type f ! -name '*.o' -size -1000k 2>/dev/null |
                    while read -r f; do awk 'index($0, ENVIRON["A"] ENVIRON["B"]) { print FILENAME }' "$f" 2>/dev/null; done
                """
            let seen = try await Lab.on("h01", "sh", "-c", find)
            #expect(seen == [], "\(seen)")
            #expect(try await end(child, within: .seconds(60)) == 0, "\(child.output)")
            let digest = try await Lab.on("h01", "cat", "/var/tmp/count-\(mark)")
            #expect(digest.last == "done")
            let wanted = try TestSupport.run("/bin/sh", ["-c", "printf %s '\(secret)' | sha256sum | cut -c1-64"])
            #expect(digest.first == wanted.first)
            // What it printed is kept with stars in its place, byte for byte.
            let run = try #require(try await lab.muster(["runs", "--json"]).objects().first?["run"] as? String)
            let logs = try await lab.muster(["logs", run])
            #expect(logs.has("it is " + String(repeating: "*", count: secret.utf8.count)), "\(logs.text)")
            let kept = try TestSupport.run("/bin/sh", ["-c", "grep -rlF '\(secret)' '\(lab.state)' || true"])
            #expect(kept == [], "\(kept)")
            #expect(!child.output.contains { $0.contains(secret) })
        }
    }
}
