import Model
import Testing

@Suite("Identifiers")
struct IdentifierTests {
    @Test("are UUIDv7 values as 32 hexadecimal digits")
    func form() {
        var identifiers = AscendingIdentifiers()
        let value = identifiers.next(milliseconds: 0x0199_1234_5678, random: .max)
        #expect(value == "0199123456787000bfffffffffffffff")
    }

    @Test("ascend when the clock stands still or goes back, and after thousands within one millisecond")
    func ascend() {
        var identifiers = AscendingIdentifiers()
        var last = ""
        for index in 0..<10_000 {
            let clock: UInt64 = index < 5000 ? 1_700_000_000_000 : 1_600_000_000_000
            let value = identifiers.next(milliseconds: clock, random: UInt64(index) &* 0x9E37_79B9_7F4A_7C15)
            #expect(value > last)
            #expect(value.utf8.count == 32)
            last = value
        }
    }

    @Test("made after a replay are greater than all that were seen in it")
    func observe() {
        var before = AscendingIdentifiers()
        var value = ""
        for _ in 0..<5000 { value = before.next(milliseconds: 1000, random: 1) }
        var after = AscendingIdentifiers()
        after.observe(value)
        after.observe("no identifier")
        after.observe("")
        #expect(after.next(milliseconds: 1000, random: 0) > value)
    }
}

@Suite("The nearest name")
struct NearestNameTests {
    @Test(
        "is found for a slip, not for another word",
        arguments: [("potgresql", "postgresql"), ("ngnix", "nginx"), ("NGINX", "nginx"), ("timezone", nil), ("redis", nil), ("x", nil)] as [(String, String?)])
    func nearest(text: String, expected: String?) {
        #expect(NearestName.to(text, among: ["nginx", "postgresql", "timezone-ntp"]) == expected)
    }

    @Test(
        "counts inserted, deleted, replaced and swapped letters",
        arguments: [("", "", 0), ("a", "", 1), ("abc", "abc", 0), ("abc", "acb", 1), ("abc", "abcd", 1), ("abc", "axc", 1), ("kitten", "sitting", 3)])
    func distance(left: String, right: String, expected: Int) {
        #expect(NearestName.editDistance(left, right) == expected)
        #expect(NearestName.editDistance(right, left) == expected)
    }
}

@Suite("A secret reference")
struct SecretReferenceTests {
    @Test("is read and written in one form", arguments: ["env:DB_PASS", "file:/run/secrets/db", "credential:db", "file:a:b"])
    func roundTrip(text: String) { #expect(SecretReference(text)?.description == text) }

    @Test("is never a secret itself", arguments: ["hunter2", "env:", ":x", "vault:db", "", "ENV:X"])
    func refused(text: String) { #expect(SecretReference(text) == nil) }
}

@Suite("Facts")
struct FactsTests {
    @Test(
        "tell the family from the system's name, then from what it is like",
        arguments: [
            ("debian", [], .debian), ("ubuntu", ["debian"], .debian), ("pop", ["ubuntu", "debian"], .debian), ("rocky", ["rhel", "centos", "fedora"], .redhat),
            ("alpine", [], .alpine), ("opensuse-leap", ["suse"], .suse), ("manjaro", ["arch"], .arch), ("plan9", [], .unknown), ("", [], .unknown),
        ] as [(String, [String], OSFamily)])
    func family(id: String, like: [String], expected: OSFamily) { #expect(OSFamily(osID: id, like: like) == expected) }

    @Test("name a host class in words, without gaps for what is not known")
    func hostClass() {
        #expect(HostClass(family: .debian, osID: "debian", osVersion: "12", architecture: "x86_64", initSystem: "systemd").description == "debian 12 x86_64 systemd")
        #expect(HostClass(family: .arch, osID: "arch", osVersion: "", architecture: "x86_64", initSystem: "").description == "arch x86_64")
    }
}
