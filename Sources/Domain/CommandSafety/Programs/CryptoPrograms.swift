/// Keys, certificates, signatures.
enum CryptoPrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec(
            "openssl libressl",
            options:
                "-in= -out:writes -keyout:writes -key= -inkey= -pass= -passin= -passout= -subj= -days= -config= -connect= -CAfile= -CA= -CAkey= -servername= -engine:code -provider= -signature= -cert= -writerand:writes -kfile= -k= -K= -iv= -extfile= -extensions= -addext= -newkey= -port= -accept= -certfile= -name= -noout -pubout -pubin -text -nodes -noenc -check -modulus -export",
            longDashes: true, examples: ["openssl rand -base64 24 ->", "openssl rsa -in /root/k.pem -> print /root/k.pem", "openssl x509 -in /x -noout -> read /x"]
        ) { r in
            let verb = r.verb ?? "?"
            if verb == "rand", r.operands.dropFirst().contains(where: { $0.known.map { $0.count > 9 || $0.hasSuffix("G") || $0.hasSuffix("T") } ?? false }) {
                r.add(.exhaust(what: "openssl rand makes more than a disk holds"))
            }
            let quiet = r.has("-noout", "-pubout", "-modulus", "-nokeys") || r.has("-text") && verb == "x509"
            if let input = r.value("-in") {
                r.add(
                    .read(
                        input,
                        prints: !quiet && r.value("-out") == nil && !["dgst", "x509", "req", "verify", "s_client", "ocsp", "crl", "sha256"].contains(verb) || verb == "enc"
                            || verb == "base64" && r.value("-out") == nil))
            }
            if ["dgst", "sha256", "md5", "sha1"].contains(verb) { for file in r.operands.dropFirst() { r.add(.read(file, prints: false)) } }
            if verb == "s_server" { r.add(.listen(port: r.value("-accept", "-port") ?? Value("4433"))) }
            if verb == "s_client" {
                if r.inputCalls.contains(where: { ShellPrograms.isShell($0.program) }) {
                    r.add(.backdoor(what: "a shell talks through openssl"))
                } else {
                    r.sendsInput(to: r.value("-connect") ?? .unknown)
                }
                r.add(.connect(to: r.value("-connect") ?? .unknown))
            }
            if ["genrsa", "genpkey", "req", "x509", "ecparam", "dhparam", "pkcs12", "ca", "rsa", "pkcs8", "enc"].contains(verb), r.value("-out") != nil { r.add(.change(what: "writes keys")) }
        },
        ProgramSpec(
            "gpg gpg2 gpgv gpgconf gpg-agent sq age minisign signify cosign sops pass keepassxc-cli bw op",
            options:
                "-o/--output:writes --homedir= -u/--local-user= -r/--recipient= --keyserver= --passphrase= --passphrase-file= --batch --yes --dearmor --export-secret-keys --export-secret-subkeys --import --delete-secret-keys -d/--decrypt -c/--symmetric -e/--encrypt -k -K --list-keys --verify -i= -a/--armor -s -b"
        ) { r in
            if r.has("--export-secret-keys", "--export-secret-subkeys") || r.hasWord("--export-secret-key") { return r.add(.secret(what: "gpg prints private keys")) }
            if ["pass", "bw", "op", "keepassxc-cli"].contains(r.call.program), ["show", "get", "read", "item"].contains(r.verb ?? "") {
                return r.add(.secret(what: "\(r.call.program) prints a password"))
            }
            if r.call.program == "sops", r.hasWord("-d", "--decrypt") || r.has("-d") { return r.add(.secret(what: "sops prints secrets")) }
            if r.has("--delete-secret-keys") { return r.add(.delete(Value("~/.gnupg"), .tree)) }
            for file in r.operands where file.prefix.hasPrefix("/") || file.prefix.hasPrefix("~") { r.add(.read(file, prints: r.has("-c", "-e", "-a") && r.value("-o") == nil)) }
            if r.has("--import", "-o") { r.add(.change(what: "gpg imports or writes")) }
        },
        ProgramSpec(
            "ssh-keygen", options: "-f= -t= -b= -N= -C= -P= -R= -F= -I= -s= -n= -V= -z= -O= -D= -E= -m= -Y= -l -y -B -A -p -q -e -i -L -r= -H -Q -k -u -M= -a= -Z= -w= -g -h -U -c -K",
            examples: ["ssh-keygen -t ed25519 -f /tmp/k -N x -> write /tmp/k", "ssh-keygen -lf /x ->"]
        ) { r in
            if r.has("-l", "-y", "-F", "-B", "-L", "-Q", "-e") { return }
            if r.has("-R") { return r.add(.change(what: "forgets a host's key")) }
            if r.has("-A") { return r.add(.change(what: "makes host keys that are missing")) }
            if let file = r.value("-f") {
                r.add(r.has("-p", "-c") ? .write(file, .edit, content: nil) : r.has("-s") ? .change(what: "signs a key") : .write(file, .replace, content: nil))
            } else {
                r.add(.change(what: "makes a key"))
            }
        },
        ProgramSpec("ssh-add ssh-agent ssh-keyscan keychain", options: "-t= -p= -T= -H -D -d -l -L -k -s -a= -c -f=") { r in
            if r.call.program == "ssh-import-id" { return r.add(.grant(what: "keys that may log in", to: r.operands.last ?? .unknown)) }
            r.add(.change(what: "sets up keys"))
        },
        ProgramSpec(
            "certtool keytool  trust cfssl cfssljson mkcert step-cli p11tool tpm2_getcap clevis",
            options: "-keystore= -alias= -file= -storepass= -importcert -list -delete -export -genkey -keyalg= --outfile:writes --load-privkey= -in= -out=", changes: "writes certificates",
            looks: "-list", longDashes: true),
    ]
}
