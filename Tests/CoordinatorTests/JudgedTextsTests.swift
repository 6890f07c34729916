import CommandSafety
import Cryptography
import Testing

@testable import Coordinator

@Suite("Texts that are judged at dispatch")
struct JudgedTextsTests {
    func isCleared(_ judgement: JudgedTexts.Judgement) -> Bool {
        if case .cleared = judgement { true } else { false }
    }

    func isRefused(_ judgement: JudgedTexts.Judgement) -> Bool {
        if case .refused = judgement { true } else { false }
    }

    @Test("the same text for the same purpose, account and policy is judged once")
    func once() {
        var texts = JudgedTexts()
        let first = texts.judge("touch /x", for: .command, loginUser: "deploy", forbidden: ["mkfs"])
        #expect(first == .cleared(digest: Digest.sha256(Array("touch /x".utf8))))
        #expect(texts.judge("touch /x", for: .command, loginUser: "deploy", forbidden: ["mkfs"]) == first)
        #expect(texts.judged == 1)
    }

    @Test("a verdict is of no use for another policy, purpose, account or text")
    func apart() {
        var texts = JudgedTexts()
        #expect(isCleared(texts.judge("logger --all", for: .command, loginUser: "deploy", forbidden: [])))
        #expect(!isCleared(texts.judge("logger --all", for: .command, loginUser: "deploy", forbidden: ["logger"])))
        #expect(isCleared(texts.judge("logger --all", for: .command, loginUser: "deploy", forbidden: [])))
        // A guard must only look.
        #expect(isCleared(texts.judge("touch /x", for: .command, loginUser: "deploy", forbidden: [])))
        #expect(!isCleared(texts.judge("touch /x", for: .guardCheck, loginUser: "deploy", forbidden: [])))
        // Nobody may lock out the account that Muster logs in with.
        #expect(!isRefused(texts.judge("usermod -L other", for: .command, loginUser: "deploy", forbidden: [])))
        #expect(isRefused(texts.judge("usermod -L other", for: .command, loginUser: "other", forbidden: [])))
        #expect(texts.judged == 6)
    }

    @Test("rules that name hosts tell hosts apart, and only those")
    func hosts() {
        var condition = PolicyCondition(), policy = CommandPolicy()
        condition.programs = ["touch"]
        condition.hosts = ["db*"]
        policy.rules = [PolicyRule(id: "r", decision: .deny, condition: condition)]
        var texts = JudgedTexts(policy: policy)
        for host in ["web1", "web2"] { #expect(isCleared(texts.judge("touch /x", for: .command, host: host, loginUser: "deploy", forbidden: []))) }
        for host in ["db1", "db2"] { #expect(!isCleared(texts.judge("touch /x", for: .command, host: host, loginUser: "deploy", forbidden: []))) }
        #expect(texts.judged == 2)
    }

    @Test("says of a refused text what the guard says of it, each time")
    func refused() {
        var texts = JudgedTexts()
        var refusal = ""
        do { _ = try CommandGuard().clear("rm -rf /", context: CommandContext(purpose: .command, loginUser: "root")) } catch { refusal = "\(error)" }
        for _ in 0..<2 { #expect(texts.judge("rm -rf /", for: .command, loginUser: "root", forbidden: []) == .refused(refusal)) }
        #expect(texts.judged == 1 && !refusal.isEmpty)
    }

    @Test("keeps no more than it may, and judges anew what it forgot")
    func bounded() {
        var texts = JudgedTexts(limit: 2000)
        for number in 0..<100 {
            #expect(isCleared(texts.judge("touch /x\(number)", for: .command, loginUser: "deploy", forbidden: [])))
            #expect(texts.bytes <= 2000)
        }
        #expect(!isCleared(texts.judge("touch /x0", for: .command, loginUser: "deploy", forbidden: ["touch"])))
        #expect(isCleared(texts.judge("touch /x0", for: .command, loginUser: "deploy", forbidden: [])))
        #expect(texts.judged == 102)
    }
}

@Suite("Inputs on their way to the coordinator")
struct FeedTests {
    @Test("all that wait are taken at once, in order; what is too many is dropped")
    func takes() async {
        let feed = Feed<Int>(limit: 3)
        for number in 1...5 { feed.yield(number) }
        var arrivals = feed.arrivals.makeAsyncIterator()
        #expect(await arrivals.next() != nil)
        #expect(feed.takeAll() == [1, 2, 3])
        #expect(feed.takeAll().isEmpty)
        // The taker hears of what comes after it took all.
        feed.yield(6)
        #expect(await arrivals.next() != nil)
        #expect(feed.takeAll() == [6])
    }
}
