/// The two sockets of a coordinator: people name the first, the second follows from it.
package enum Endpoints {
    package struct Invalid: Error, CustomStringConvertible {
        package let description: String
        package init(description: String) { self.description = description }
    }

    /// The bulk endpoint that belongs to a control endpoint: the next port, or the path with `-bulk`.
    package static func bulk(for control: String) throws -> String {
        if control.hasPrefix("ipc://"), control.count > 6 { return control + "-bulk" }
        guard control.hasPrefix("tcp://"), let colon = control.lastIndex(of: ":"),
            let port = Int(control[control.index(after: colon)...]), (1...65534).contains(port)
        else { throw Invalid(description: "'\(control)' is not an endpoint — write tcp://ADDRESS:PORT (port 1 to 65534) or ipc://PATH") }
        return "\(control[..<colon]):\(port + 1)"
    }
}
