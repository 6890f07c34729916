import TestSupport
import Testing

extension OnHosts {
    @Suite("One sentence")
    struct MainJobTests {
        @Test("makes every host run PostgreSQL, and says of the second time that there is nothing to do")
        func postgresql() async throws {
            let lab = try Lab(), sentence = "Install and configure PostgreSQL on the servers"
            let first = try await lab.muster(["run", sentence, "--yes"], within: .seconds(240))
            #expect(first.status == 0, "\(first.text)")
            #expect(first.has("3 of 3 hosts done"))
            for host in Lab.hosts {
                let answer = try await Lab.on(host, "runuser", "-u", "postgres", "--", "psql", "-XAtc", "SHOW server_encoding")
                #expect(answer.contains("UTF8"))
            }
            let second = try await lab.muster(["run", sentence, "--yes", "--json"])
            #expect(second.status == 0)
            let finished = try second.events("finished")
            #expect(finished.count == 9)
            #expect(finished.allSatisfy { $0["status"] as? String == "skipped" })
        }

        @Test("sets up a database and its owner with the names it says")
        func database() async throws {
            let lab = try Lab(hosts: ["h01"])
            let first = try await lab.muster(["run", "Install PostgreSQL 15 with a database shop owned by anna", "--yes"], within: .seconds(240))
            #expect(first.status == 0, "\(first.text)")
            let query = "SELECT pg_catalog.pg_get_userbyid(datdba), pg_encoding_to_char(encoding) FROM pg_database WHERE datname = 'shop'"
            #expect(try await Lab.on("h01", "runuser", "-u", "postgres", "--", "psql", "-XAtc", query).contains("anna|UTF8"))
            let second = try await lab.muster(["run", "Install PostgreSQL 15 with a database shop owned by anna", "--yes"])
            #expect(second.has("0 subtasks changed something"), "\(second.text)")
        }

        @Test(
            "carries out the other runbooks too, in English and Russian",
            arguments: [
                ("Установить и настроить nginx", "curl -fsS http://127.0.0.1/ >/dev/null && echo served", "served"),
                ("Set the time zone to Europe/Berlin and NTP", "timedatectl show -p Timezone --value", "Europe/Berlin"),
            ])
        func others(sentence: String, proof: String, answer: String) async throws {
            let lab = try Lab()
            let first = try await lab.muster(["run", sentence, "--yes"], within: .seconds(240))
            #expect(first.status == 0, "\(first.text)")
            for host in Lab.hosts { #expect(try await Lab.on(host, "sh", "-c", proof).contains(answer)) }
            let second = try await lab.muster(["run", sentence, "--yes"])
            #expect(second.status == 0 && second.has("0 subtasks changed something"), "\(second.text)")
        }

        @Test("that asks for something forbidden is refused whole, before anything runs")
        func forbidden() async throws {
            let lab = try Lab()
            let refused = try await lab.muster(["run", "Wipe the disk", "--yes"])
            #expect(refused.status == 4)
            #expect(refused.has("raw-device-write") && refused.has("nothing was executed"), "\(refused.text)")
            let audit = try await lab.muster(["audit", "list", "--denied"])
            #expect(audit.status == 0 && audit.has("wipe/dd, command") && audit.has("raw-device-write: ") && audit.has("runbook probe-forbidden, user "), "\(audit.text)")
            #expect(try await lab.muster(["runs"]).has("refused"))
            let run = try #require(try await lab.muster(["runs", "--json"]).objects().first?["run"] as? String)
            #expect(try await lab.muster(["status", run]).has("refused"))
            let resumed = try await lab.muster(["resume", run])
            #expect(resumed.status == 2 && resumed.has("was refused, and nothing of it ran; 'muster audit list"), "\(resumed.text)")
            let next = try await lab.muster(["run", "Count quickly", "--set", "mark=\(Lab.mark())", "--yes", "--hosts", "h01"])
            #expect(next.status == 0 && !next.has("is not finished"), "\(next.text)")
            #expect(try await lab.muster(["audit", "verify"]).lines.last == "2 runs here and 0 sealed; all chains are whole")
            for host in Lab.hosts {
                #expect(try await Lab.on(host, "sh", "-c", "test -e /var/tmp/muster-forbidden-ran && echo ran || echo clean") == ["clean"])
            }
        }

        @Test("is not carried out without a yes")
        func unasked() async throws {
            let ended = try await Lab(hosts: ["h01"]).muster(["run", "Count slowly", "--set", "mark=unasked"])
            #expect(ended.status == 5)
            #expect(ended.has("--yes") && ended.has("nothing was executed"))
        }

        @Test("that no runbook explains gets the nearest three, and runs nothing")
        func unknown() async throws {
            let ended = try await Lab(hosts: ["h01"]).muster(["run", "Install MySQL", "--yes"])
            #expect(ended.status == 3)
            #expect(ended.has("no runbook fits") && ended.has("nothing was executed") && ended.has("postgresql:"))
        }
    }
}
