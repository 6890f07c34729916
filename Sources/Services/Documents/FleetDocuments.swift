import CommandSafety
package import Coordinator
package import Model

/// A host as it was found when it was asked.
package struct HostFactsDocument: Codable, Sendable, Equatable {
    package var host: String
    /// Why it could not be reached; the rest is missing then.
    package var unreachable: String?
    package var os: String?
    package var architecture: String?
    package var kernel: String?
    package var initSystem: String?
    /// Why root can't be had; nil if it can.
    package var withoutRoot: String?
    /// Why it is reached over OpenSSH; nil over libssh2.
    package var overOpenSSH: String?

    enum CodingKeys: String, CodingKey {
        case host, unreachable, os, architecture, kernel
        case initSystem = "init"
        case withoutRoot = "without_root"
        case overOpenSSH = "over_openssh"
    }

    package init(_ name: HostName, _ result: ProbeResult?) {
        host = name.value
        switch result {
        case .reached(let known):
            os = known.facts.osName
            architecture = known.facts.architecture
            kernel = known.facts.kernel
            initSystem = known.facts.initSystem
            overOpenSSH = known.overOpenSSH
            if known.rootIdentity == nil { withoutRoot = Self.withoutName(known.becomeError ?? "?", host) }
        case .unreachable(let reason): unreachable = Self.withoutName(reason, host)
        case nil: unreachable = "it was not asked"
        }
    }

    /// Reasons begin with the host's name, which stands at the start of the line already.
    private static func withoutName(_ reason: String, _ host: String) -> String {
        let start = "\(host): "
        return reason.hasPrefix(start) ? String(reason.dropFirst(start.count)) : reason
    }

    /// - Parameter width: of the column with the names.
    package func text(width: Int) -> String {
        let name = host.rightPadded(to: width)
        if let unreachable { return "\(name)  UNREACHABLE  \(DisplayText.escaped(unreachable))" }
        let root = withoutRoot.map { "no root: \($0)" } ?? "root"
        let way = overOpenSSH.map { "  over OpenSSH: \($0)" } ?? ""
        return DisplayText.escaped("\(name)  \(os ?? "?")  \(architecture ?? "?")  \(kernel ?? "?")  \(initSystem ?? "?")  \(root)\(way)")
    }
}
