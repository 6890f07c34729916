/// What may be a name or an address in an inventory.
enum InventoryNames {
    /// Names of hosts and groups: people type them in patterns, where `,`, `!`, `&` and `*` mean something.
    static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count) && !text.hasPrefix("-") && text != "all"
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
    }

    /// What to do about a name that can't be one.
    static func remedy(forName text: String) -> String {
        text == "all" ? "'all' stands for all hosts: choose another name" : "use letters, digits, '.', '-' and '_', at most 64"
    }

    /// What to do about a text that is neither DNS name nor IP address; nil if it is one.
    static func problem(withAddress text: String) -> String? {
        if text.contains("@") { return "write the user in a line of its own" }
        if text.count(where: { $0 == ":" }) == 1 { return "write the port in a line of its own: port:" }
        let isAddress =
            (1...253).contains(text.utf8.count) && !text.hasPrefix("-")
            && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-:%".contains($0)) }
        return isAddress ? nil : "write a DNS name or an IP address, without brackets"
    }
}
