import TestSupport
import Testing
@testable import ZeroMQ

@Suite("CURVE keys")
struct KeyTests {
    @Test("are made anew each time and can be read back from their texts")
    func roundTrip() throws {
        let keys = try CurveKeyPair.generate()
        #expect(CurveKeyPair.isKey(keys.publicKey) && CurveKeyPair.isKey(keys.secretKey))
        #expect(try CurveKeyPair(publicKey: keys.publicKey, secretKey: keys.secretKey) == keys)
        #expect(try CurveKeyPair.generate() != keys)
    }

    @Test("halves that do not belong together are refused")
    func halves() throws {
        let one = try CurveKeyPair.generate(), other = try CurveKeyPair.generate()
        let error = #expect(throws: ZeroMQError.self) { _ = try CurveKeyPair(publicKey: one.publicKey, secretKey: other.secretKey) }
        #expect(error.map { "\($0)" } == "the public and the secret key do not belong together — make new ones with 'muster keys generate'")
    }

    @Test(
        "what is no key is refused",
        arguments: [
            "", "short", String(repeating: "~", count: 40), String(repeating: "a", count: 41), String(repeating: "é", count: 20),
            String(repeating: "a", count: 35) + "\0bbbb", String(repeating: "#", count: 40),
        ])
    func invalid(_ text: String) throws {
        #expect(!CurveKeyPair.isKey(text))
        let keys = try CurveKeyPair.generate()
        let error = #expect(throws: ZeroMQError.self) { _ = try CurveKeyPair(publicKey: keys.publicKey, secretKey: text) }
        #expect(error.map { "\($0)" } == "the secret key is not a CURVE key (40 characters of Z85) — make keys with 'muster keys generate'")
    }

    @Test("never show their secret half")
    func secret() throws {
        let keys = try CurveKeyPair.generate()
        for text in ["\(keys)", String(reflecting: keys), "\([keys])", "\(Optional(keys) as Any)"] { #expect(!text.contains(keys.secretKey)) }
        var dumped = ""
        dump(keys, to: &dumped)
        #expect(!dumped.contains(keys.secretKey))
    }
}
