import Model
import YAML

/// What a place in the files says about a host; what it does not say comes from the next wider place.
struct HostFields {
    enum Method: String, CaseIterable { case key, password, agent, keyboardInteractive = "keyboard-interactive" }
    enum Become: String, CaseIterable { case none, sudo }

    var address: String?
    var port: Int?
    var user: String?
    var method: Method?
    var keyPath: String?
    var passphrase: SecretReference?
    var password: SecretReference?
    var timeout: Int?
    var osType: String?
    var forbiddenCommands: [String]?
    var installedServices: [String]?
    var knownHosts: String?
    var hostKeys: HostKeyPolicy?
    var become: Become?
    var ledger: String?
    var worker: String?
    var transport: Transport?
    var proxyJump: String?
    var sshConfiguration: String?
    var variables: [String: String] = [:]

    init() {}

    /// - Parameters:
    ///   - addressKey, userKey: `host` and `username` in server_config.yaml, `address` and `user` in an inventory.
    init(_ map: YAMLMapping, addressKey: String?, userKey: String, decoder: YAMLDecoder, paths: PathRules) {
        if let addressKey { address = map.text(addressKey) }
        port = map.integer("port", in: 1...65535)
        user = map.text(userKey)
        method = map.choice("auth_method", Method.self)
        keyPath = map.text("key_path").map(paths.resolve)
        passphrase = Self.secret("passphrase", map, decoder, paths)
        password = Self.secret("password", map, decoder, paths)
        timeout = map.integer("timeout", in: 1...3600)
        osType = map.text("os_type")
        forbiddenCommands = map.texts("forbidden_commands")
        installedServices = map.texts("installed_services")
        knownHosts = map.text("known_hosts").map(paths.resolve)
        hostKeys = map.choice("host_keys", HostKeyPolicy.self)
        become = map.choice("become", Become.self)
        ledger = map.text("ledger")
        transport = map.choice("transport", Transport.self)
        sshConfiguration = map.text("ssh_config").map(paths.resolve)
        proxyJump = map.text("proxy_jump")
        if let proxyJump, !Self.isJump(proxyJump), let node = map.node("proxy_jump") {
            decoder.report(node, "\(map.path).proxy_jump is '\(proxyJump)'", "write [user@]host[:port], several with commas between")
        }
        if let ledger, !ledger.hasPrefix("/"), let node = map.node("ledger") {
            decoder.report(node, "\(map.path).ledger is '\(ledger)'", "it must be an absolute path on the host")
        }
        worker = map.text("worker")
        if let worker, !InventoryNames.isName(worker), let node = map.node("worker") {
            decoder.report(node, "\(map.path).worker is '\(worker)'", "it must be a label or the name of a worker: letters, digits, '.', '-' and '_'")
        }
        if let values = map.mapping("variables") {
            for pair in values.pairs {
                guard let node = values.node(pair.key) else { continue }
                variables[pair.key] = decoder.string(node, "\(map.path).variables.\(pair.key)")
            }
        }
    }

    private static func secret(_ key: String, _ map: YAMLMapping, _ decoder: YAMLDecoder, _ paths: PathRules) -> SecretReference? {
        guard let node = map.node(key), let text = decoder.string(node, "\(map.path).\(key)") else { return nil }
        return Secrets.reference(text, node, "\(map.path).\(key)", decoder, paths)
    }

    /// These fields, and the other's where nothing is said here.
    func over(_ other: HostFields) -> HostFields {
        var merged = self
        merged.address = address ?? other.address
        merged.port = port ?? other.port
        merged.user = user ?? other.user
        merged.method = method ?? other.method
        merged.keyPath = keyPath ?? other.keyPath
        merged.passphrase = passphrase ?? other.passphrase
        merged.password = password ?? other.password
        merged.timeout = timeout ?? other.timeout
        merged.osType = osType ?? other.osType
        merged.forbiddenCommands = (forbiddenCommands ?? []) + (other.forbiddenCommands ?? [])
        merged.installedServices = installedServices ?? other.installedServices
        merged.knownHosts = knownHosts ?? other.knownHosts
        merged.hostKeys = hostKeys ?? other.hostKeys
        merged.become = become ?? other.become
        merged.ledger = ledger ?? other.ledger
        merged.worker = worker ?? other.worker
        merged.transport = transport ?? other.transport
        merged.proxyJump = proxyJump ?? other.proxyJump
        merged.sshConfiguration = sshConfiguration ?? other.sshConfiguration
        merged.variables = other.variables.merging(variables) { $1 }
        return merged
    }

    /// The host, with all defaults filled in.
    ///
    /// - Parameter label: its name in the file, for messages: the same for all of a range.
    func host(_ name: String, at position: YAMLPosition, label: String, paths: PathRules, decoder: YAMLDecoder) -> Host {
        checkTransport(label, position, decoder)
        return Host(
            name: HostName(name), address: address ?? name, port: port ?? 22, user: user ?? paths.userName,
            authentication: authentication(label, position, paths, decoder), hostKeyPolicy: hostKeys ?? .strict,
            timeout: .seconds(timeout ?? 30), osTypeHint: osType, installedServicesHint: installedServices ?? [], variables: variables,
            knownHosts: knownHosts ?? paths.resolve("~/.ssh/known_hosts"), maySudo: become != Become.none,
            forbiddenCommands: forbiddenCommands ?? [], ledger: ledger,
            connection: ConnectionWay(transport: transport ?? .auto, proxyJump: proxyJump, sshConfiguration: sshConfiguration), worker: worker)
    }

    /// ssh hands the words to a shell: nothing but names, addresses and ports may stand there.
    private static func isJump(_ text: String) -> Bool {
        text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { hop in
            let first = hop.unicodeScalars.first.map(String.init) ?? "-"
            return first != "-" && !hop.contains("@-")
                && hop.unicodeScalars.allSatisfy { $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0) || "._-@:[]".unicodeScalars.contains($0)) }
        }
    }

    private func checkTransport(_ label: String, _ position: YAMLPosition, _ decoder: YAMLDecoder) {
        let needsOpenSSH = proxyJump != nil ? "proxy_jump" : sshConfiguration != nil ? "ssh_config" : nil
        if let needsOpenSSH, transport == .libssh2 {
            decoder.report(at: position, "host '\(label)' has \(needsOpenSSH), which libssh2 can't use", "remove it, or set transport: auto or openssh")
        }
        guard needsOpenSSH != nil || transport == .openssh else { return }
        let why = needsOpenSSH ?? "transport: openssh"
        switch method {
        case .password, .keyboardInteractive:
            decoder.report(at: position, "host '\(label)' has \(why) and logs in by password, which OpenSSH takes from no program", "use auth_method: key or agent")
        case .key, .agent, nil:
            if passphrase != nil, method != .agent {
                decoder.report(at: position, "host '\(label)' has \(why) and a passphrase, which OpenSSH takes from no program", "load the key into ssh-agent and set auth_method: agent")
            }
        }
    }

    private func authentication(
        _ label: String, _ position: YAMLPosition, _ paths: PathRules, _ decoder: YAMLDecoder
    ) -> Authentication {
        switch method {
        case nil where password != nil:
            // Not left aside in silence, and not taken for a wish either.
            decoder.report(at: position, "host '\(label)' has a password and no auth_method", "add auth_method: password, or keyboard-interactive")
            return .agent
        case .key, nil: return .key(path: keyPath ?? paths.resolve("~/.ssh/id_ed25519"), passphrase: passphrase)
        case .agent: return .agent
        case .password:
            if let password { return .password(password) }
        case .keyboardInteractive:
            if let password { return .keyboardInteractive(password) }
        }
        decoder.report(at: position, "host '\(label)' logs in by password, and none is named", "add password: env:NAME, file:PATH or credential:NAME")
        return .agent
    }
}

/// How paths in files are read: `~` is the user's home, relative ones start at the file. Nothing is touched.
struct PathRules {
    let home: String
    let directory: String
    let userName: String

    func resolve(_ path: String) -> String {
        if path == "~" { return home }
        if path.hasPrefix("~/") { return home + path.dropFirst() }
        return path.hasPrefix("/") ? path : directory + "/" + path
    }
}
