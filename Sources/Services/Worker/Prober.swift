import CommandSafety
import HostRunner
import Logging
import Model
import WireProtocol

/// Reaches a host for the first time and asks what it is.
struct Prober: Sendable {
    let links: HostLinks
    let guardian: CommandGuard

    /// Constant but for the names of services, which are checked words.
    private static let script = [
        "cat /etc/os-release", "echo --muster--", "uname -m", "uname -r", "cat /proc/1/comm", "cat /proc/sys/kernel/hostname", "echo --muster--",
    ]

    func probe(_ target: RemoteTarget, services: [String], become: Bool) async throws(HostLinkError) -> ProbedHost {
        let link = await links.link(target)
        let runner = try await link.runner(.login)
        var root: (identity: String?, error: String?) = (nil, nil)
        if target.user == "root" {
            root.identity = runner.hello.key
        } else if become {
            do throws(HostLinkError) { root.identity = try await link.runner(.root).hello.key } catch { root.error = "\(error)" }
        } else {
            root.error = "\(target.name): become is off for this host — set become: sudo"
        }
        let facts = try await facts(target, runner, services)
        return ProbedHost(
            facts: facts, identity: runner.hello.key, rootIdentity: root.identity, becomeError: root.error, hostKey: await link.hostKey,
            overOpenSSH: await link.overOpenSSH)
    }

    private func facts(_ target: RemoteTarget, _ runner: HostRunner, _ services: [String]) async throws(HostLinkError) -> Facts {
        let names = services.filter { name in !name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._@-".contains($0)) } && !name.hasPrefix("-") }
        let questions = names.map { "systemctl cat -- \($0).service >/dev/null 2>&1 && echo \($0)" }
        let text = (Self.script + questions).joined(separator: "; ")
        do {
            let command = try guardian.clear(text, context: CommandContext(purpose: .facts, loginUser: target.user, host: target.name.value))
            let seen = try await runner.look(command, within: .seconds(30))
            guard let facts = FactsParser.parse(String(decoding: seen.standardOutput, as: UTF8.self), services: names) else {
                throw HostLinkError.unreachable("\(target.name): it told nothing that can be understood about itself — is it a Linux system with /etc/os-release?")
            }
            return facts
        } catch let error as HostLinkError {
            throw error
        } catch {
            throw .unreachable("\(target.name): \(error)")
        }
    }
}

/// Reads what the facts script printed.
enum FactsParser {
    static func parse(_ text: String, services: [String]) -> Facts? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let first = lines.firstIndex(of: "--muster--"), let second = lines[(first + 1)...].firstIndex(of: "--muster--"), second - first == 5 else { return nil }
        var release: [String: String] = [:]
        for line in lines[..<first] {
            guard let equals = line.firstIndex(of: "=") else { continue }
            release[String(line[..<equals])] = unquoted(String(line[line.index(after: equals)...]))
        }
        guard let id = release["ID"] else { return nil }
        let present = Set(lines[(second + 1)...])
        func bounded(_ text: String) -> String { String(text.prefix(120)) }
        return Facts(
            osID: bounded(id), osVersion: bounded(release["VERSION_ID"] ?? ""), osName: bounded(release["PRETTY_NAME"] ?? id),
            osLike: (release["ID_LIKE"] ?? "").split(separator: " ").map { bounded(String($0)) }, architecture: bounded(lines[first + 1]),
            kernel: bounded(lines[first + 2]), initSystem: bounded(lines[first + 3]), hostName: bounded(lines[first + 4]),
            presentServices: services.filter(present.contains))
    }

    private static func unquoted(_ text: String) -> String {
        guard text.count >= 2, let first = text.first, first == text.last, first == "\"" || first == "'" else { return text }
        return String(text.dropFirst().dropLast())
    }
}
