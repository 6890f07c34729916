/// What a host told about itself when it was first reached in a run.
package struct Facts: Sendable, Equatable {
    /// `ID` of os-release(5): debian, ubuntu, rocky, alpine.
    package var osID: String
    /// `VERSION_ID` of os-release(5), empty for rolling releases.
    package var osVersion: String
    /// `PRETTY_NAME` of os-release(5).
    package var osName: String
    /// `ID_LIKE` of os-release(5), in order.
    package var osLike: [String]
    /// Machine hardware name (uname -m).
    package var architecture: String
    /// Kernel release (uname -r).
    package var kernel: String
    /// Name of process 1: systemd, init, openrc-init.
    package var initSystem: String
    /// The host's own idea of its name.
    package var hostName: String
    /// Names of installed packages or units that were asked about in `installed_services`.
    package var presentServices: [String]

    package init(
        osID: String, osVersion: String, osName: String, osLike: [String] = [], architecture: String, kernel: String,
        initSystem: String, hostName: String, presentServices: [String] = []
    ) {
        self.osID = osID
        self.osVersion = osVersion
        self.osName = osName
        self.osLike = osLike
        self.architecture = architecture
        self.kernel = kernel
        self.initSystem = initSystem
        self.hostName = hostName
        self.presentServices = presentServices
    }

    /// The family that decides which commands manage packages and services.
    package var family: OSFamily { OSFamily(osID: osID, like: osLike) }

    package var hostClass: HostClass {
        HostClass(family: family, osID: osID, osVersion: osVersion, architecture: architecture, initSystem: initSystem)
    }
}

/// Distributions that are administered alike.
package enum OSFamily: String, Hashable, Sendable, CaseIterable {
    case debian, redhat, alpine, suse, arch, unknown

    package init(osID: String, like: [String]) {
        self = ([osID] + like).lazy.compactMap(Self.known).first ?? .unknown
    }

    private static func known(_ id: String) -> OSFamily? {
        switch id {
        case "debian", "ubuntu", "raspbian", "linuxmint": .debian
        case "rhel", "centos", "fedora", "rocky", "almalinux", "ol", "redhat": .redhat
        case "alpine": .alpine
        case "suse", "opensuse", "opensuse-leap", "opensuse-tumbleweed", "sles": .suse
        case "arch", "archlinux", "manjaro": .arch
        default: nil
        }
    }
}

/// Hosts for which one plan serves: the same system in everything that commands depend on.
package struct HostClass: Hashable, Sendable, CustomStringConvertible {
    package var family: OSFamily
    package var osID: String
    package var osVersion: String
    package var architecture: String
    package var initSystem: String

    package init(family: OSFamily, osID: String, osVersion: String, architecture: String, initSystem: String) {
        self.family = family
        self.osID = osID
        self.osVersion = osVersion
        self.architecture = architecture
        self.initSystem = initSystem
    }

    package var description: String {
        [osID, osVersion, architecture, initSystem].filter { !$0.isEmpty }.joined(separator: " ")
    }
}
