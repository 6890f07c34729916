/// Finds what a path is, by dictionaries: one look for the path, one for each directory above it, one for its last parts.
struct PathTable: Sendable {
    /// What a path is, and whether that is certain; it is not if it depends on something unknown.
    struct Match: Sendable, Equatable {
        var kind: PathKind
        var isCertain: Bool
    }

    static let shared = PathTable()

    private var exact: [String: [PathKind]] = [:]
    private var below: [String: [PathKind]] = [:]
    /// By the last part or the last two parts of a path.
    private var names: [String: [PathKind]] = [:]
    private var pairs: [String: [PathKind]] = [:]
    /// `/proc/*/mem`: by first and last part.
    private var inner: [(start: String, end: String, kind: PathKind)] = []
    private let entries: [Entry]
    private let nameEntries: [(parts: [[UInt8]], isOfKeys: Bool, kind: PathKind)]

    /// A path of the table, for patterns.
    private struct Entry {
        /// The path, and below `/usr` too where that is the same.
        let spellings: [[UInt8]]
        /// The same with a slash behind; empty if what lies below is not of this kind.
        let directories: [[UInt8]]
        let kind: PathKind

        init(_ path: String, isBelow: Bool, _ kind: PathKind) {
            let isMerged = path.hasPrefix("/bin") || path.hasPrefix("/sbin") || path.hasPrefix("/lib")
            spellings = (isMerged ? [path, "/usr" + path] : [path]).map { Array($0.utf8) }
            directories = isBelow ? spellings.map { $0 + [UInt8(ascii: "/")] } : []
            self.kind = kind
        }

        /// `start` is what is surely at the pattern's beginning: it spares most of the walks.
        func mayBe(_ pattern: PathPattern, _ start: [UInt8]) -> Bool {
            for index in spellings.indices {
                guard Self.agree(spellings[index], start) else { continue }
                if pattern.matches(spellings[index]) || !directories.isEmpty && pattern.mayBeBelow(directories[index]) { return true }
            }
            return false
        }

        /// One is the beginning of the other.
        private static func agree(_ path: [UInt8], _ start: [UInt8]) -> Bool {
            for index in 0..<min(path.count, start.count) where path[index] != start[index] { return false }
            return true
        }
    }

    private init() {
        var entries: [Entry] = []
        var nameEntries: [([[UInt8]], Bool, PathKind)] = []
        for (kind, list) in PathKind.table {
            for entry in list.split(separator: " ").map(String.init) {
                if entry.hasPrefix("*/") {
                    let parts = entry.dropFirst(2).split(separator: "/").map(String.init)
                    let isOfKeys = ["pem", "key", "_rsa", "ed25519", "_history", "keytab", "_keys"].contains(where: parts[0].hasSuffix)
                    nameEntries.append((parts.map { Array($0.utf8) }, isOfKeys, kind))
                    if parts.count == 1 { names[parts[0], default: []].append(kind) } else { pairs[parts.suffix(2).joined(separator: "/"), default: []].append(kind) }
                } else if let star = entry.firstRange(of: "/*") {
                    inner.append((String(entry[..<star.lowerBound]) + "/", String(entry[star.upperBound...]), kind))
                } else if entry.hasSuffix("/"), entry != "/" {
                    let path = Self.plain(String(entry.dropLast()))
                    exact[path, default: []].append(kind)
                    below[path, default: []].append(kind)
                    entries.append(Entry(path, isBelow: true, kind))
                } else {
                    let path = Self.plain(entry)
                    exact[path, default: []].append(kind)
                    entries.append(Entry(path, isBelow: false, kind))
                }
            }
        }
        self.entries = entries
        self.nameEntries = nameEntries
    }

    private static func plain(_ entry: String) -> String { ResolvedPath.normalised(entry).known ?? entry }

    // MARK: Known paths

    func kinds(of path: String) -> [PathKind] {
        var found = exact[path] ?? []
        func add(_ kinds: [PathKind]?) {
            guard let kinds else { return }
            for kind in kinds where !found.contains(kind) { found.append(kind) }
        }
        let bytes = path.utf8
        // The first directory may be the root only: nothing is kept for all that lies below it.
        var index = bytes.startIndex
        var last = index, secondLast: String.Index?
        while index < bytes.endIndex {
            if bytes[index] == UInt8(ascii: "/") {
                if index > bytes.startIndex {
                    add(below[String(path[..<index])])
                    secondLast = last
                }
                last = index
            }
            index = bytes.index(after: index)
        }
        let name = String(path[last...].dropFirst())
        add(names[name])
        if let secondLast { add(pairs[String(path[secondLast...].dropFirst())]) }
        // A directory that holds such things: `~/.gnupg/private-keys-v1.d/x`, `~/.config/gcloud/y`.
        if path.contains("/.") || path.contains("/run/secrets") { addDirectories(of: path, add) }
        for entry in inner where path.hasPrefix(entry.start) {
            let rest = path.dropFirst(entry.start.count)
            if entry.end.isEmpty ? !rest.isEmpty && !rest.contains("/") : rest.hasSuffix(entry.end) && !rest.dropLast(entry.end.count).contains("/") { add([entry.kind]) }
        }
        if path.hasPrefix("/dev/"), Devices.isBlock(path) { add([.rawDevice]) }
        if Self.looksLikePrivateKey(path, name) { add([.secret]) }
        return found
    }

    private func addDirectories(of path: String, _ add: ([PathKind]?) -> Void) {
        let parts = path.split(separator: "/").map(String.init)
        for (index, part) in parts.dropLast().enumerated() where part.hasPrefix(".") || index > 0 && parts[index - 1].hasPrefix(".") {
            // `~/.ssh` as a whole is one thing, a file in it another.
            add(names[part]?.filter { $0 == .secret && part != ".ssh" })
            if index > 0 { add(pairs[parts[index - 1] + "/" + part]?.filter { $0 == .secret || $0 == .systemUnit || $0 == .initScript }) }
        }
    }

    /// `*.key` of servers and clusters; not public ones.
    private static func looksLikePrivateKey(_ path: String, _ name: String) -> Bool {
        if name.hasSuffix(".key"), path.hasPrefix("/etc/") || path.hasPrefix("/root/") || path.hasPrefix("/home/") || path.hasPrefix("/var/lib/") {
            return !path.hasPrefix("/etc/apt/") && !path.hasPrefix("/etc/pki/rpm-gpg")
        }
        if name.hasSuffix(".pem") { return name.contains("priv") || name.contains("key") && !name.contains("pub") }
        if name.hasSuffix(".keytab") || name.hasSuffix(".p12") || name.hasSuffix(".pfx") || name.hasSuffix(".ppk") || name.hasSuffix(".kdbx") { return true }
        return name.hasPrefix("id_") && path.contains("/.ssh/") && !name.hasSuffix(".pub")
    }

    // MARK: Patterns

    func matches(of path: ResolvedPath) -> [Match] {
        switch path.form {
        case .known(let known): return kinds(of: known).map { Match(kind: $0, isCertain: true) }
        case .unknown: return []
        case .pattern(let pattern):
            let isCertain = !pattern.hasUnknown
            var found: [Match] = []
            func add(_ kind: PathKind) {
                if !found.contains(where: { $0.kind == kind }) { found.append(Match(kind: kind, isCertain: isCertain)) }
            }
            let start = pattern.start
            for entry in entries where entry.mayBe(pattern, start) {
                add(entry.kind)
                // `/lib/modules/$(uname -r)`: whichever it is, it is one of them.
                if entry.kind == .boot || entry.kind == .kernelModules, entry.directories.contains(where: { start.starts(with: $0) }), !pattern.tokens.contains(.unknown),
                    let index = found.firstIndex(where: { $0.kind == entry.kind })
                {
                    found[index].isCertain = true
                }
            }
            let written = pattern.tokens.split(separator: .byte(UInt8(ascii: "/")))
            for entry in nameEntries where isNamed(written, entry.parts, isOfKeys: entry.isOfKeys) { add(entry.kind) }
            for entry in inner where ["1", "self"].contains(where: { pattern.matches(Array((entry.start + $0 + entry.end).utf8)) }) { add(entry.kind) }
            if Devices.mayBeBlock(pattern) { add(.rawDevice) }
            return found
        }
    }

    /// By the last parts, if the pattern says something of the last one.
    private func isNamed(_ written: [ArraySlice<PathPattern.Token>], _ parts: [[UInt8]], isOfKeys: Bool) -> Bool {
        guard written.count >= parts.count, let last = written.last else { return false }
        if parts.count == 1 {
            let literals = last.count { if case .byte = $0 { true } else { false } }
            guard literals > 2 else { return false }
            // `*.conf` is said of many files, `*.pem` and `*_rsa` of keys.
            if last.first == .star, !isOfKeys { return false }
        }
        return zip(written.suffix(parts.count), parts).allSatisfy { part, name in
            (parts.count > 1 || !part.contains(.unknown) && !part.contains(.name)) && PathPattern(Array(part)).matches(name)
        }
    }
}

/// Block devices by their names.
enum Devices {
    private static let prefixes = [
        "sd", "hd", "vd", "xvd", "nvme", "mmcblk", "dm-", "md", "mapper/", "disk/", "loop", "sr", "nbd", "zd", "vg", "ram", "pmem", "bcache", "drbd", "rbd", "ubuntu-vg", "pve/", "block/", "dasd",
        "mtd", "zvol/", "centos/", "rhel/", "rootvg",
    ]
    private static let others: Set<String> = [
        "null", "zero", "full", "random", "urandom", "tty", "console", "stdin", "stdout", "stderr", "ptmx", "log", "kmsg", "fuse", "kvm", "net", "shm", "fd", "pts", "tcp", "udp", "mqueue",
        "hugepages", "snd", "input", "dri", "mem", "kmem", "port", "watchdog", "nvram", "cpu", "rtc", "hpet",
    ]

    static func isBlock(_ path: String) -> Bool {
        guard path.hasPrefix("/dev/") else { return false }
        let name = path.dropFirst("/dev/".count)
        guard let first = name.split(separator: "/").first.map(String.init), !others.contains(first), !first.hasPrefix("tty"), !first.hasPrefix("watchdog"),
            first != "mapper" || name != "mapper/control"
        else { return false }
        if prefixes.contains(where: name.hasPrefix) { return true }
        // `/dev/GROUP/VOLUME` of LVM.
        return name.split(separator: "/").count == 2 && !["bus", "char", "vfio", "dma_heap", "infiniband", "usb", "cpu_dma_latency"].contains(first)
    }

    private static let usual: [[UInt8]] = [
        "sda", "sda1", "sdb", "sdb1", "sdc", "vda", "vda1", "vdb", "vdb1", "nvme0n1", "nvme0n1p1", "nvme1n1", "xvda", "mmcblk0", "dm-0", "md0", "hda", "loop0",
    ].map { Array("/dev/\($0)".utf8) }
    private static let mapper = Array("/dev/mapper/".utf8)

    static func mayBeBlock(_ pattern: PathPattern) -> Bool {
        if usual.contains(where: pattern.matches) || pattern.mayBeBelow(mapper) && !pattern.hasUnknown { return true }
        // `/dev/sd` and then something unknown.
        let start = String(decoding: pattern.start, as: UTF8.self)
        return start.hasPrefix("/dev/") && start.utf8.count > 5 && isBlock(start + "0")
    }
}
