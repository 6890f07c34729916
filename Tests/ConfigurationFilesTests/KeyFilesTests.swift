import ConfigurationFiles
import Foundation
import TestSupport
import Testing
import ZeroMQ

@Suite("Key files")
struct KeyFilesTests {
    let directory: TemporaryDirectory
    var files: KeyFiles { KeyFiles(directory: directory.file("a/b")) }

    init() throws { directory = try TemporaryDirectory() }

    private static func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    /// The one line that a person sees.
    private static func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch { return "\(error)" }
    }

    @Test("are read as they were written, and only their owner may read them")
    func roundTrip() throws {
        let coordinator = try files.generate("coordinator", isWorker: false)
        let worker = try files.generate("w1", isWorker: true)
        #expect(try files.coordinator.publicKey == coordinator)
        let pair = try KeyFiles.read("\(files.directory)/w1.key")
        #expect(pair.publicKey == worker && pair.secretKey != worker && CurveKeyPair.isKey(pair.secretKey))
        #expect(try KeyFiles.publicKey("\(files.directory)/w1.pub") == worker)
        #expect(try KeyFiles.publicKey(worker) == worker)
        for name in ["coordinator.key", "w1.key"] { #expect(try Self.mode("\(files.directory)/\(name)") == 0o600) }
        #expect(try Self.mode(files.directory) == 0o700)
        #expect(try FileManager.default.contentsOfDirectory(atPath: files.directory).sorted() == ["coordinator.key", "coordinator.pub", "w1.key", "w1.pub", "workers"])
        // The public halves give nothing away.
        for name in ["w1.pub", "workers"] {
            #expect(try !String(decoding: bytes(ofFile: "\(files.directory)/\(name)"), as: UTF8.self).contains(pair.secretKey))
        }
    }

    @Test("go to a directory that is named relative to the working directory")
    func relative() throws {
        // The working directory belongs to all tests: it is used as it is.
        let name = "muster-test-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: name) }
        for path in ["\(name)/keys", "./\(name)//more/keys/"] {
            let key = try KeyFiles(directory: path).generate("coordinator", isWorker: false)
            #expect(try KeyFiles(directory: path).coordinator.publicKey == key)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: name).sorted() == ["keys", "more"])
        #expect(!FileManager.default.fileExists(atPath: "/\(name)"))
    }

    @Test("do not go to the root when no directory is named")
    func noDirectory() {
        #expect(Self.message { _ = try KeyFiles(directory: "").generate("muster-test", isWorker: false) } == "no directory is named for the keys — leave --directory out, or name one")
        #expect(!FileManager.default.fileExists(atPath: "/muster-test.key"))
    }

    @Test("list the workers that may connect, and nobody else")
    func workers() throws {
        let first = try files.generate("w1", isWorker: true)
        _ = try files.generate("coordinator", isWorker: false)
        let second = try files.generate("w2", isWorker: true)
        #expect(try files.workers() == [first: PeerIdentity(name: "w1", role: "worker"), second: PeerIdentity(name: "w2", role: "worker")])
    }

    @Test("take a list of workers that a person has edited")
    func editedWorkers() throws {
        let first = try files.generate("w1", isWorker: true)
        // No newline at the end: the next worker still gets a line of its own.
        try directory.write("a/b/workers", "# ours\r\n\r\n  w1\t\(first)")
        let second = try files.generate("w2", isWorker: true)
        #expect(try files.workers().mapValues(\.name) == [first: "w1", second: "w2"])
        try directory.write("a/b/workers", "w1 \(first)\r\nw2 \(second)\r\n")
        #expect(try files.workers().mapValues(\.name) == [first: "w1", second: "w2"])
    }

    @Test("with a line that is no worker say which line it is", arguments: ["w1", "w1 key", "w1 KEY more"])
    func badWorkers(line: String) throws {
        let key = try files.generate("w1", isWorker: true)
        let path = try directory.write("a/b/workers", "# ours\n\(line.replacingOccurrences(of: "KEY", with: key))\n")
        #expect(Self.message { _ = try files.workers() } == "\(path):2: expected a name and a public key — list workers with 'muster keys generate worker NAME'")
    }

    @Test("are never overwritten")
    func kept() throws {
        let key = try files.generate("w1", isWorker: true)
        #expect(Self.message { _ = try files.generate("w1", isWorker: true) } == "\(files.directory)/w1.key is there already — remove it first if it is to be replaced")
        #expect(try KeyFiles.read("\(files.directory)/w1.key").publicKey == key)
        #expect(try files.workers().count == 1)
    }

    @Test("have plain names only", arguments: ["", ".", "..", ".hidden", "a/b", "../a", "a b", "a\nb", "имя", String(repeating: "a", count: 41)])
    func names(name: String) {
        #expect(Self.message { _ = try files.generate(name, isWorker: true) }.contains("is not a name for a key — use letters, digits"))
        #expect(!FileManager.default.fileExists(atPath: directory.file("a")))
    }

    @Test("that others may read are refused")
    func tooOpen() throws {
        _ = try files.generate("w1", isWorker: true)
        let path = "\(files.directory)/w1.key"
        for mode in [0o640, 0o604, 0o620] {
            try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
            #expect(Self.message { _ = try KeyFiles.read(path) } == "the key file \(path) can be read by others (mode \(String(mode, radix: 8))) — chmod 600 it")
        }
    }

    @Test("whose halves do not belong together say so, with their name and without the secret")
    func mismatched() throws {
        let first = try CurveKeyPair.generate(), second = try CurveKeyPair.generate()
        let path = try directory.write("w.key", "public: \(first.publicKey)\nsecret: \(second.secretKey)\n")
        #expect(Self.message { _ = try KeyFiles.read(path) } == "\(path): the public and the secret key do not belong together — make new ones with 'muster keys generate'")
        let broken = try directory.write("broken.key", "public: \(first.publicKey)\nsecret: \(first.secretKey)x\n")
        let message = Self.message { _ = try KeyFiles.read(broken) }
        #expect(message.hasPrefix("\(broken): ") && !message.contains(first.secretKey) && !message.contains("\n"), "\(message)")
    }

    @Test("written with the line ends of another system are read")
    func lineEnds() throws {
        let pair = try CurveKeyPair.generate()
        let path = try directory.write("w.key", "# a key\r\npublic: \(pair.publicKey)\r\nsecret:  \(pair.secretKey) \r\n")
        #expect(try KeyFiles.read(path) == pair)
    }

    @Test("are told from other files")
    func otherFiles() throws {
        let pair = try CurveKeyPair.generate()
        for text in ["", "hello\n", "public: \(pair.publicKey)\n", "\u{7f}ELF\0\0", "-----BEGIN OPENSSH PRIVATE KEY-----\n"] {
            let path = try directory.write("other", text)
            #expect(Self.message { _ = try KeyFiles.read(path) } == "\(path) is not a key file — make one with 'muster keys generate'")
            #expect(Self.message { _ = try KeyFiles.publicKey(path) } == "\(path) holds no public key")
        }
        let path = try directory.write("w.pub", "\(pair.publicKey)\n", mode: 0o644)
        #expect(Self.message { _ = try KeyFiles.read(path) } == "\(path) is the public half of a key — name the '.key' file beside it")
        let missing = directory.file("nope")
        #expect(Self.message { _ = try KeyFiles.read(missing) } == "there is no key file \(missing) — make keys with 'muster keys generate'")
        #expect(Self.message { _ = try KeyFiles.publicKey(missing) } == "there is no key file \(missing) — make keys with 'muster keys generate'")
        #expect(Self.message { _ = try KeyFiles(directory: missing).workers() }.hasPrefix("there is no key file \(missing)/workers"))
        let file = try directory.write("file", "")
        #expect(Self.message { _ = try KeyFiles(directory: "\(file)/keys").generate("w1", isWorker: true) } == "the directory \(file)/keys can't be made: Not a directory")
        #expect(Self.message { _ = try KeyFiles(directory: file).generate("w1", isWorker: true) }.hasPrefix("\(file)/w1.key can't be written: Not a directory"))
    }
}
