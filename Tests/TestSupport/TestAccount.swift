import Foundation
import Glibc

/// A local account with a password, for servers that ask PAM. Removed when the last reference goes; needs root.
package final class TestAccount: Sendable {
    package static let isAvailable =
        getuid() == 0 && access("/usr/sbin/useradd", X_OK) == 0 && access("/usr/sbin/chpasswd", X_OK) == 0 && access("/etc/pam.d/sshd", R_OK) == 0

    package let name: String
    package let password: String

    package init() throws {
        name = "mt\(UUID().uuidString.lowercased().prefix(8))"
        password = UUID().uuidString
        try run("/usr/sbin/useradd", ["--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/sh", name])
        try run("/usr/sbin/chpasswd", [], input: "\(name):\(password)\n")
    }

    deinit { _ = try? run("/usr/sbin/userdel", ["--force", name]) }
}
