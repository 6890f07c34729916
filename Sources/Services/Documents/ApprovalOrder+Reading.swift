package import CommandSafety
package import Coordinator
import Cryptography
import Model

extension RunOrder {
    /// The yeses of an order, as the review of the plan takes them. Throws for what can't be a yes: an unknown class, a digest that is none.
    package func yeses() throws(ServiceProblem) -> (typed: Set<ApprovedText>, classes: Set<PolicyClass>) {
        var typed: Set<ApprovedText> = []
        for (index, approval) in (approvals ?? []).enumerated() {
            guard let digest = Digest.bytes(hexadecimal: approval.digest), digest.count == 32 else {
                throw ServiceProblem(.invalid, "'\(DisplayText.escaped(approval.digest))' is not the digest of a text", at: "approvals[\(index)].digest", remedy: "take it from the plan: 64 hexadecimal digits")
            }
            typed.insert(ApprovedText(step: StepID(approval.step), subtask: approval.subtask, part: approval.part, digest: digest))
        }
        return (typed, try PolicyClass.named(approve ?? [], at: "approve"))
    }
}

extension PolicyClass {
    /// Classes by their names. Throws for a name that is none.
    package static func named(_ names: [String], at place: String) throws(ServiceProblem) -> Set<PolicyClass> {
        var classes: Set<PolicyClass> = []
        for name in names {
            guard let known = PolicyClass(rawValue: name) else {
                throw ServiceProblem(.invalid, "there is no policy class '\(DisplayText.escaped(name))'", at: place, remedy: "the classes: " + PolicyClass.allCases.map(\.rawValue).joined(separator: ", "))
            }
            classes.insert(known)
        }
        return classes
    }
}
