import Glibc

/// Users and groups of this machine.
package enum Accounts {
    /// The number of a group; nil if there is none of this name.
    package static func group(named name: String) -> UInt32? {
        var entry = unsafe Glibc.group(), found: UnsafeMutablePointer<Glibc.group>?
        var buffer = [CChar](repeating: 0, count: 64 << 10)
        // SAFETY: getgrnam_r(3) fills `entry` with pointers into `buffer`; only the number is read, while both live.
        let status = unsafe getgrnam_r(name, &entry, &buffer, buffer.count, &found)
        return unsafe status == 0 && found != nil ? entry.gr_gid : nil
    }

    /// Whether a user belongs to a group, by its own group or as a member.
    package static func isMember(user: UInt32, of wanted: UInt32) -> Bool {
        var entry = unsafe passwd(), found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 64 << 10)
        // SAFETY: getpwuid_r(3) fills `entry` with pointers into `buffer`, which lives until the end of this function.
        guard unsafe getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, unsafe found != nil, let name = unsafe entry.pw_name else { return false }
        if unsafe entry.pw_gid == wanted { return true }
        var groups = [gid_t](repeating: 0, count: 1024), count = Int32(1024)
        // SAFETY: getgrouplist(3) writes at most `count` numbers, and says how many there are.
        guard unsafe getgrouplist(name, entry.pw_gid, &groups, &count) >= 0 else { return false }
        return groups.prefix(Int(count)).contains(wanted)
    }

    /// Name of a user, for logs; its number if it has none.
    package static func name(of user: UInt32) -> String {
        var entry = unsafe passwd(), found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 64 << 10)
        // SAFETY: as above; the name is copied.
        guard unsafe getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, unsafe found != nil, let name = unsafe entry.pw_name else { return "\(user)" }
        return unsafe String(cString: name)
    }

    /// The user of this process.
    package static var own: UInt32 { geteuid() }
}

/// Who may use a file, for sockets.
package enum FilePermissions {
    /// Lets the owner, and a group if there is one, read and write; nobody else.
    ///
    /// - Returns: nil, or why it could not be done.
    package static func restrict(_ path: String, to group: UInt32?) -> String? {
        if let group, unsafe chown(path, geteuid(), group) != 0 { return "its group can't be set: \(reason())" }
        if unsafe chmod(path, group == nil ? 0o600 : 0o660) != 0 { return "its mode can't be set: \(reason())" }
        return nil
    }

    /// Files that this process makes from now on are its own only; what others may see is opened afterwards.
    package static func makePrivateByDefault() { umask(0o077) }

    private static func reason() -> String {
        // SAFETY: strerror's text is copied at once.
        unsafe String(cString: strerror(errno))
    }
}
