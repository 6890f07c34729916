extension PolicyClass {
    /// What the built-in policy says to it, depending on the call: `deny`, `ask`, or both.
    package var builtInDecisions: [Decision] {
        switch self {
        case .partitionVolumeDestroy, .resourceExhaustion, .lookMustNotChange, .forbiddenByConfiguration: [.deny]
        case .powerCycle, .privilegeGrant, .sshKeyTamper, .remoteCodePipe, .databaseDestroy, .containerClusterDestroy, .environmentHijack, .accountChange: [.ask]
        default: [.deny, .ask]
        }
    }

    /// Whether there is anything about it that a person can say yes to.
    package var canBeAsked: Bool { builtInDecisions.contains(.ask) }

    /// Whether it is held against the text as a whole, so that no rule on a call can take it away.
    package var isAboutText: Bool { self == .notUnderstood }

    /// One sentence for people.
    package var sentence: String {
        switch self {
        case .deleteSystemTree: "Deletes a protected tree, or everything in one."
        case .rawDeviceWrite: "Writes to a block device directly."
        case .makeFilesystem: "Makes a file system or swap on a device, or wipes its signatures."
        case .partitionVolumeDestroy: "Rewrites partition tables; removes or shrinks volumes, arrays and encryption."
        case .criticalFileClobber: "Replaces, empties or removes a file that the machine can't run or be logged in to without."
        case .recursivePermissions: "Changes modes or owners of a protected tree, or opens up a file that must stay closed."
        case .accountLockout: "Locks, removes or re-passwords root, the login account, or everybody."
        case .accountChange: "Changes another account."
        case .privilegeGrant: "Gives new power: sudoers, groups, set-uid, capabilities."
        case .sshServiceLockout: "Stops, removes or misconfigures the SSH server."
        case .sshKeyTamper: "Changes which keys may log in."
        case .firewallLockout: "Flushes or disables the firewall, or blocks the way in; other changes ask."
        case .networkCut: "Takes the network down; other changes ask."
        case .powerCycle: "Restarts, halts or suspends the machine."
        case .bootChainBreak: "Breaks kernel, boot loader, init, loader or C library."
        case .corePackageRemoval: "Uninstalls what the system needs, or goes past the package manager's checks."
        case .resourceExhaustion: "Fills processes, memory or disk without a bound."
        case .massKill: "Signals or stops everything, or what everything needs."
        case .logAuditWipe: "Removes or empties logs, or stops logging and auditing."
        case .remoteCodePipe: "Runs what comes from the network unread."
        case .backdoorShell: "Leaves a listener or a shell on a socket."
        case .secretExfiltration: "Shows or sends private keys, passwords or credentials; output is stored."
        case .databaseDestroy: "Drops or empties databases or tables, or removes their files."
        case .containerClusterDestroy: "Removes containers, volumes, clusters or their data, or reaches the host's root from one."
        case .securityControlsOff: "Turns security controls or signature checks off."
        case .scheduleHijack: "Empties schedules, or plants what runs by itself."
        case .environmentHijack: "Changes what later commands mean: PATH, preloading, start-up files, system programs, hosts."
        case .kernelInterface: "Reaches the running kernel or the hardware directly."
        case .rootFilesystemRelocate: "Moves, covers, unmounts or freezes a protected tree."
        case .notUnderstood: "The text can't be read, or looks different from what it is."
        case .unknownCode: "What would run can't be told from the text."
        case .lookMustNotChange: "A guard, health check or fact would change something."
        case .forbiddenByConfiguration: "A line of forbidden_commands, or a rule without a class."
        }
    }
}
