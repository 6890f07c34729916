/// What a command would do that the policy has a word on. The names are those of the policy's documentation (docs/guard.md).
package enum PolicyClass: String, Sendable, Hashable, CaseIterable {
    case deleteSystemTree = "delete-system-tree"
    case rawDeviceWrite = "raw-device-write"
    case makeFilesystem = "make-filesystem"
    case partitionVolumeDestroy = "partition-volume-destroy"
    case criticalFileClobber = "critical-file-clobber"
    case recursivePermissions = "recursive-permissions"
    case accountLockout = "account-lockout"
    case accountChange = "account-change"
    case privilegeGrant = "privilege-grant"
    case sshServiceLockout = "ssh-service-lockout"
    case sshKeyTamper = "ssh-key-tamper"
    case firewallLockout = "firewall-lockout"
    case networkCut = "network-cut"
    case powerCycle = "power-cycle"
    case bootChainBreak = "boot-chain-break"
    case corePackageRemoval = "core-package-removal"
    case resourceExhaustion = "resource-exhaustion"
    case massKill = "mass-kill"
    case logAuditWipe = "log-audit-wipe"
    case remoteCodePipe = "remote-code-pipe"
    case backdoorShell = "backdoor-shell"
    case secretExfiltration = "secret-exfiltration"
    case databaseDestroy = "database-destroy"
    case containerClusterDestroy = "container-cluster-destroy"
    case securityControlsOff = "security-controls-off"
    case scheduleHijack = "schedule-wipe-or-hijack"
    case environmentHijack = "environment-hijack"
    case kernelInterface = "kernel-interface"
    case rootFilesystemRelocate = "root-filesystem-relocate"
    /// The text is not read as plain words, quotes and simple lists.
    case notUnderstood = "not-understood"
    /// What would run can't be worked out from the text.
    case unknownCode = "unknown-code"
    /// A guard, health check or fact that would change something.
    case lookMustNotChange = "look-must-not-change"
    /// A line of `forbidden_commands`.
    case forbiddenByConfiguration = "forbidden-by-configuration"
}

/// What may be done with a command.
package enum Decision: Int, Sendable, Comparable {
    case allow, ask, deny
    package static func < (left: Decision, right: Decision) -> Bool { left.rawValue < right.rawValue }
}
