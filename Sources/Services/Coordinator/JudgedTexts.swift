import CommandSafety
import Cryptography

/// What the guard said of texts at dispatch, and their digests. Hosts of one class get the same texts, and the guard is pure:
/// the same text for the same purpose, account and policy gets the same verdict, so each is judged once, and not for each host.
struct JudgedTexts {
    enum Judgement: Sendable, Equatable {
        /// It may leave, with the SHA-256 of its bytes.
        case cleared(digest: [UInt8])
        /// It may with a person's yes to exactly these bytes; why it is asked for, in words for people.
        case asked(digest: [UInt8], String)
        /// It must not: why, in words for people.
        case refused(String)
    }

    private struct Question: Hashable {
        let text: String
        let purpose: CommandPurpose
        let loginUser: String
        /// All that is the host's own: two policies are never taken for one.
        let forbidden: [String]
        /// The rules that name this host.
        let rules: [Int]

        var bytes: Int { text.utf8.count + loginUser.utf8.count + forbidden.reduce(0) { $0 + $1.utf8.count } + rules.count * 8 + 200 }
    }

    private let limit: Int
    private let policy: CommandPolicy
    private var judgements: [Question: Judgement] = [:]
    private(set) var bytes = 0
    /// How many texts were judged, and not found to be judged already.
    private(set) var judged = 0

    /// - Parameters:
    ///   - policy: what is judged by, beside what is each host's own.
    ///   - limit: bytes of texts and policies that are kept; all are forgotten when it is reached.
    init(policy: CommandPolicy = CommandPolicy(), limit: Int = 8 << 20) {
        self.policy = policy
        self.limit = limit
    }

    mutating func judge(_ text: String, for purpose: CommandPurpose, host: String? = nil, loginUser: String, forbidden: [String]) -> Judgement {
        let question = Question(text: text, purpose: purpose, loginUser: loginUser, forbidden: forbidden, rules: host.map(policy.rulesNaming) ?? [])
        if let known = judgements[question] { return known }
        let judgement = judge(question, host)
        judged += 1
        if bytes + question.bytes > limit {
            judgements = [:]
            bytes = 0
        }
        judgements[question] = judgement
        bytes += question.bytes
        return judgement
    }

    private func judge(_ question: Question, _ host: String?) -> Judgement {
        let guardian = CommandGuard(policy: policy.forbidding(question.forbidden))
        do throws(CommandRefusal) {
            let cleared = try guardian.clear(question.text, context: CommandContext(purpose: question.purpose, loginUser: question.loginUser, host: host))
            return .cleared(digest: Digest.sha256(Array(cleared.text.utf8)))
        } catch {
            return error.verdict.decision == .ask ? .asked(digest: Digest.sha256(Array(question.text.utf8)), "\(error)") : .refused("\(error)")
        }
    }
}
