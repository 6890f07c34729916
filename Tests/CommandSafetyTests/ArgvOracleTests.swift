@testable import CommandSafety
import Foundation
import ShellSyntax
import Testing

/// What bash really passes to programs, beside what the evaluator says.
///
/// The programs are stubs with names of their own that write down their arguments and do nothing else; only texts made for this test are run
/// (see ``ArgvTexts``), with nothing but the stubs, xargs and bash on the PATH, in an empty directory and without a network where that can be had.
@Suite("The evaluator beside bash")
struct ArgvOracleTests {
    /// How a call that bash made was foreseen.
    private enum Foresight {
        case exactly, asPossible, asUnknownProgram, asDenied, no
    }

    @Test("foresees the arguments of every call that bash makes")
    func foresees() throws {
        guard let bash = Self.program("bash"), let xargs = Self.program("xargs") else { return print("skipped: no bash or no xargs on the PATH") }
        let environment = ProcessInfo.processInfo.environment
        var generator = ArgvTexts(seed: environment["ARGV_SEED"].flatMap(UInt64.init) ?? 1)
        let texts = (0..<(environment["ARGV_TEXTS"].flatMap(Int.init) ?? 200)).map { _ in generator.text() }
        let runs = try Self.run(texts, bash: bash, xargs: xargs)
        try #require(runs.count == texts.count)
        var counts: [Foresight: Int] = [:], agreed = 0
        for (text, calls) in zip(texts, runs) {
            let prediction = Prediction(text)
            var missed: [[String]] = []
            for call in calls {
                let foresight = prediction.foresight(of: call)
                counts[foresight, default: 0] += 1
                if foresight == .no { missed.append(call) }
            }
            if missed.isEmpty { agreed += 1 }
            #expect(missed.isEmpty, "bash ran \(missed.map(\.debugDescription).joined(separator: ", "))\nwhich is not among \(observed(text))\nof the text\n\(text)")
        }
        let all = counts.values.reduce(0, +)
        print(
            """
            agreement with bash: \(agreed) of \(texts.count) texts, \(all - counts[.no, default: 0]) of \(all) calls (\(counts[.exactly, default: 0]) foreseen exactly, \
            \(counts[.asPossible, default: 0]) as one of several ways, \(counts[.asUnknownProgram, default: 0]) as an unknown program, \(counts[.asDenied, default: 0]) in denied texts)
            """)
        #expect(all > texts.count, "too few calls to say anything")
        #expect(counts[.exactly, default: 0] * 2 > all, "too few calls are foreseen exactly")
    }

    // MARK: What the evaluator says

    private struct Prediction {
        var calls: [Call] = []
        /// The text is refused, or holds something that is always denied.
        var isDenied = false
        var hasUnknownProgram = false

        init(_ text: String) {
            var evaluator = Evaluator()
            do {
                evaluator.run(try ShellParser.parse(text))
            } catch {
                isDenied = true
            }
            for observation in evaluator.observations {
                switch observation {
                case .call(let call): calls.append(call)
                case .effect(.runUnknown, _, _), .effect(.runFile, _, _): hasUnknownProgram = true
                case .effect: break
                case .finding(let finding): if finding.decision == .deny { isDenied = true }
                }
            }
        }

        func foresight(of call: [String]) -> Foresight {
            let arguments = call.dropFirst()
            let named = calls.filter { $0.path.utf8.elementsEqual(call[0].utf8) }
            if named.contains(where: { $0.arguments.count == arguments.count && zip($0.arguments, arguments).allSatisfy { $0.known?.utf8.elementsEqual($1.utf8) ?? false } }) { return .exactly }
            if named.contains(where: { Self.mayBe($0.arguments[...], arguments) }) { return .asPossible }
            if hasUnknownProgram { return .asUnknownProgram }
            return isDenied ? .asDenied : .no
        }

        private static func mayBe(_ predicted: ArraySlice<Argument>, _ real: ArraySlice<String>) -> Bool {
            guard let first = predicted.first else { return real.isEmpty }
            if let word = real.first, first.value.texts.contains(where: { mayRead($0.pieces[...], Array(word.unicodeScalars)[...]) }), mayBe(predicted.dropFirst(), real.dropFirst()) { return true }
            guard first.maySplit else { return false }
            // None, or several words that are read from something unknown.
            return (0...real.count).contains { count in
                let words = real.prefix(count)
                return (count == 0 || first.value.texts.contains { isSplit($0, into: words) }) && mayBe(predicted.dropFirst(), real.dropFirst(count))
            }
        }

        private static func isSplit(_ text: Text, into words: ArraySlice<String>) -> Bool {
            guard let known = text.known else { return text.pieces.contains(.unknown) }
            var rest = known.unicodeScalars[...]
            return words.allSatisfy { word in
                guard let place = Substring(rest).range(of: word, options: .literal) else { return false }
                rest = rest[place.upperBound...]
                return true
            }
        }

        private static func mayRead(_ pieces: ArraySlice<Text.Piece>, _ text: ArraySlice<Unicode.Scalar>) -> Bool {
            guard let first = pieces.first else { return text.isEmpty }
            let rest = pieces.dropFirst()
            func mayTake(_ counts: some Sequence<Int>) -> Bool { counts.contains { mayRead(rest, text.dropFirst($0)) } }
            switch first {
            case .known(let known): return text.starts(with: known.unicodeScalars) && mayRead(rest, text.dropFirst(known.unicodeScalars.count))
            case .unknown: return mayTake(0...text.count)
            case .name:
                let length = text.first == "-" ? 0 : text.prefix { $0 != "/" && $0 != " " }.count
                return mayTake(stride(from: 1, through: length, by: 1))
            case .star: return mayTake(0...text.prefix { $0 != "/" }.count)
            case .oneOf(let members):
                // A pattern that nothing matches stays as it is written.
                if text.first == "[", let end = text.firstIndex(of: "]"), mayRead(rest, text[(end + 1)...]) { return true }
                guard let scalar = text.first, scalar != "/", members?.contains(Character(scalar)) ?? true || scalar == "?" else { return false }
                return mayRead(rest, text.dropFirst())
            }
        }
    }

    // MARK: What bash does

    /// The calls of each text, program first, in the order in which they were written down.
    private static func run(_ texts: [String], bash: String, xargs: String) throws -> [[[String]]] {
        let place = FileManager.default.temporaryDirectory.appending(path: "argv-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: place) }
        for name in ["bin", "texts", "empty"] { try FileManager.default.createDirectory(at: place.appending(path: name), withIntermediateDirectories: true) }
        let (programs, log) = (place.appending(path: "bin").path, place.appending(path: "log").path)
        // Stub 8 prints something, stub 9 fails.
        let stub = "#!/bin/sh\nprintf '%s\\0' \"$#\" \"${0##*/}\" \"$@\" >> '\(log)'\n"
        for number in 1...9 {
            let path = programs + "/p\(number)"
            try (stub + (number == 8 ? "printf 'o1 o2\\n'\n" : number == 9 ? "exit 1\n" : "")).write(toFile: path, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
        try FileManager.default.createSymbolicLink(atPath: programs + "/xargs", withDestinationPath: xargs)
        try FileManager.default.createSymbolicLink(atPath: programs + "/bash", withDestinationPath: bash)
        for (index, text) in texts.enumerated() { try text.write(to: place.appending(path: "texts/\(index)"), atomically: false, encoding: .utf8) }
        let driver = """
            cd "$1/empty" && i=0 && while [ -f "$1/texts/$i" ]; do
            timeout 10 env -i PATH="$1/bin" LC_ALL=C.UTF-8 bash --noprofile --norc -p -c "$(cat "$1/texts/$i")" </dev/null >/dev/null 2>&1
            printf 'end\\0' >>"$1/log"; i=$((i+1))
            done
            """
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        let alone = #"if unshare --net true 2>/dev/null; then exec unshare --net sh -c "$0" sh "$@"; else exec sh -c "$0" sh "$@"; fi"#
        process.arguments = ["-c", alone, driver, place.path]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)

        var fields = try Data(contentsOf: URL(filePath: log)).split(separator: 0, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }[...]
        var runs: [[[String]]] = [], calls: [[String]] = []
        while let field = fields.popFirst(), !field.isEmpty {
            if field == "end" {
                runs.append(calls)
                calls = []
            } else {
                let count = try #require(Int(field)) + 1
                calls.append(Array(fields.prefix(count)))
                fields = fields.dropFirst(count)
            }
        }
        return runs
    }

    private static func program(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
