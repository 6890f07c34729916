/// Package managers.
enum PackagePrograms {
    private static let aptOptions =
        "-o/--option= -c/--config-file= -t/--target-release/--default-release= -a/--host-architecture= -y/--yes/--assume-yes -q/--quiet? -s/--simulate/--just-print/--dry-run/--recon/--no-act -d/--download-only -f/--fix-broken -m -u -V --purge --reinstall --no-install-recommends --allow-unauthenticated --allow-remove-essential --allow-downgrades --allow-change-held-packages --force-yes --auto-remove/--autoremove --allow-insecure-repositories --print-uris --solver= --only-upgrade --install-recommends"

    static let table: [ProgramSpec] = [
        ProgramSpec(
            "apt-get apt aptitude apt-fast nala", options: aptOptions,
            examples: ["apt-get -s purge libc6 ->", "apt-get purge -y libc6 -> remove libc6", "apt-get install -y nginx -> install nginx", "apt-get install foo bash- -> install foo, remove bash"]
        ) { $0.apt() },
        ProgramSpec(
            "dpkg",
            options:
                "--root= --admindir= -i/--install -r/--remove -P/--purge -l/--list -L/--listfiles -s/--status -S/--search -V/--verify -C/--audit -p -c/--contents -I/--info -e -x/--extract -X -b -a/--pending --configure --unpack --force-all --simulate/--no-act/--dry-run --print-architecture --compare-versions --get-selections --set-selections --clear-selections --add-architecture --remove-architecture --force-depends --force-remove-essential --force-remove-reinstreq -R",
            examples: ["dpkg -l libc6 ->", "dpkg --purge --force-all bash -> remove bash, force"]
        ) { $0.dpkg() },
        ProgramSpec(
            "dnf yum microdnf dnf5 tdnf",
            options:
                "--enablerepo= --disablerepo= --repo= -c= --installroot= --releasever= -x/--exclude= --setopt= -d= -e= -y/--assumeyes -q/--quiet -C --nogpgcheck/--no-gpgchecks --skip-broken --assumeno --downloadonly --best --allowerasing -v --repofrompath= --destdir= --comment= --advisory=",
            looks: "--assumeno --downloadonly", examples: ["dnf remove -y glibc -> remove glibc"]
        ) { $0.dnf() },
        ProgramSpec(
            "rpm",
            options:
                "-i/--install -U/--upgrade -F -e/--erase -q/--query -V/--verify -K/--checksig --import -a -l -f -p -c -d --nodeps --force --nosignature --nodigest --noscripts --allmatches --test --initdb --rebuilddb --root= -r= --qf= --queryformat= --dbpath= -v -h --justdb --eval= -E= --define= -D= --setperms --setugids --restore --noplugins --replacepkgs",
            looks: "--test", examples: ["rpm -e --nodeps systemd -> force, remove systemd", "rpm -qa ->"]
        ) { $0.rpm() },
        ProgramSpec(
            "zypper", options: "-n/--non-interactive -q --no-gpg-checks --gpg-auto-import-keys -R= -r/--repo= -t= -y -D/--dry-run -l -f -u/--clean-deps --force --no-refresh -p= --root= -C=",
            looks: "-D"
        ) { $0.zypper() },
        ProgramSpec(
            "apk",
            options:
                "-p/--root= -X/--repository= -t/--virtual= --repositories-file= --keys-dir= --arch= -q -U -s/--simulate --no-cache --allow-untrusted -f/--force --force-broken-world --purge -l -u --no-network --cache-dir= --wait=",
            looks: "-s", examples: ["apk del musl -> remove musl", "apk add curl -> install curl"]
        ) { $0.apk() },
        ProgramSpec(
            "pacman yay paru",
            options:
                "-b= -r= --config= --ignore= -S/--sync -R/--remove -U/--upgrade -Q/--query -D/--database -F/--files -T -s -y -u -n -d/--nodeps -c -p/--print -i -l -o -q -w --noconfirm --needed --overwrite= --asdeps --root= --dbpath= --assume-installed= -k -e -m",
            looks: "-p", examples: ["pacman -Rdd glibc -> force, remove glibc", "pacman -Syu --noconfirm -> change"]
        ) { $0.pacman() },
        ProgramSpec("snap flatpak brew nix-env emerge xbps-install xbps-remove eopkg swupd guix opkg", options: "--classic --channel= -y -r -i= -e= -u -C/--unmerge -c/--depclean") { r in
            let verb = r.verb ?? "?"
            if ["list", "info", "find", "search", "version", "changes", "services", "logs", "show", "history", "outdated", "config", "get", "connections"].contains(verb) { return }
            if ["remove", "uninstall", "disable", "purge", "rm", "bundle-remove", "delete", "unmerge"].contains(verb) || r.has("-C", "-c") && r.call.program == "emerge"
                || r.call.program == "xbps-remove" || r.has("-e")
            {
                if r.call.program == "nix-env" { r.add(.remove(r.values("-e"), purges: true)) }
                if r.wholeText.contains("--force-depends") || r.wholeText.contains("--force-removal") { r.add(.packageChecks(what: "\(r.call.program) past its checks")) }
                r.add(.remove(Array(r.operands.dropFirst(r.call.program == "xbps-remove" || r.has("-C", "-c") ? 0 : 1)), purges: r.hasWord("--purge")))
            } else {
                r.add(.change(what: "\(r.call.program) changes software"))
            }
        },
        ProgramSpec(
            "apt-cache dpkg-query apt-file rpmquery repoquery dpkg-deb apt-show-versions apt-listchanges debsums deborphan dlocate apt-rdepends aptitude-search dpkg-architecture dpkg-parsechangelog equery dpkg-split rpm2cpio repoclosure rpmverify",
            options: "-W -f= --showformat= -l -L -s -S -x/--extract -X -R -e -b/--build -c -I"
        ) { r in
            if r.call.program == "dpkg-deb", r.has("-x", "-X", "-R", "-e"), let target = r.operands.dropFirst().first { r.add(.unpack(into: target)) }
        },
        ProgramSpec("apt-mark", changes: "marks packages") { r in if ["showhold", "showmanual", "showauto", ""].contains(r.verb) { r.effects = [.read(Value("/var/lib/apt"), prints: false)] } },
        ProgramSpec(
            "apt-key rpmkeys add-apt-repository apt-add-repository dpkg-divert dpkg-statoverride yum-config-manager dnf-config-manager debconf-set-selections extrepo subscription-manager SUSEConnect",
            options: "--add-repo= --save --setopt= --keyserver= --recv-keys= --remove"
        ) { r in
            if r.hasWord("list", "--list", "finger", "--checksig", "repolist", "status", "identity") { return }
            if r.wholeText.contains("gpgcheck=0") || r.wholeText.contains("gpgcheck=false") {
                r.add(.security(what: "\(r.call.program) turns off signature checks"))
            } else {
                r.add(.change(what: "\(r.call.program) changes where packages come from"))
            }
            if r.call.program == "dpkg-divert" || r.call.program == "dpkg-statoverride" { for path in r.operands where path.prefix.hasPrefix("/") { r.add(.write(path, .edit, content: nil)) } }
        },
        ProgramSpec(
            "dpkg-reconfigure update-alternatives alternatives locale-gen update-locale localedef ldconfig update-ca-certificates update-ca-trust update-rc.d.no mandb updatedb update-mime-database fc-cache gtk-update-icon-cache depmod ucf debconf-communicate tasksel unattended-upgrade unattended-upgrades dnf-automatic  do-release-upgrade apt-daily deb-systemd-helper deb-systemd-invoke update-desktop-database glib-compile-schemas texhash authselect",
            options: "--install --set --config --display --list --query -p/--print-cache --dry-run -f= --priority= -i= -c=", changes: "sets up software", looks: "--display --list --query -p --dry-run"
        ) { r in
            guard r.call.program.contains("alternatives"), r.has("--install", "--set") else {
                if r.call.program == "authselect", !["current", "list", "check", "show", "test"].contains(r.verb) { r.add(.write(Value("/etc/pam.d"), .edit, content: nil)) }
                if r.call.program == "do-release-upgrade" { r.add(.power(what: "do-release-upgrade replaces the system and restarts it")) }
                return
            }
            if let name = r.word(r.has("--install") ? 1 : 0), let path = r.operands.last(where: { $0.prefix.hasPrefix("/") }),
                ["/tmp/", "/var/tmp/", "/dev/shm/", "/home/"].contains(where: path.prefix.hasPrefix)
            {
                r.add(.environment(name: "alternative \(name)", value: path))
            }
        },
        ProgramSpec(
            "pip pip3 pip3.* pipx uv poetry pipenv conda mamba easy_install",
            options: "-r/--requirement= -i/--index-url= --extra-index-url= --trusted-host= -t/--target= --prefix= --root= -c= -e= -U/--upgrade --break-system-packages --no-cache-dir -q -y --user"
        ) { r in
            let verb = r.verb ?? "?"
            if verb == "config", r.word(1) == "set", ["index", "trusted", "find-links"].contains(where: { r.word(2)?.contains($0) ?? false }) {
                return r.add(.environment(name: "package index", value: r.operands.last ?? .unknown))
            }
            if ["list", "show", "freeze", "check", "search", "config", "debug", "index", "download", "hash", "inspect", "cache", ""].contains(verb) { return }
            if r.has("-i", "--extra-index-url"), let url = r.value("-i", "--extra-index-url"), url.prefix.hasPrefix("http://") { r.add(.environment(name: "package index", value: url)) }
            for operand in r.operands.dropFirst() where operand.prefix.hasPrefix("http") || operand.prefix.hasPrefix("git+") {
                r.add(.runFetched(source: "\(r.call.program) installs \(operand.display)"))
            }
            if ["run", "exec"].contains(verb) { r.runsInside(1) }
            r.add(.change(what: "\(r.call.program) \(verb)s Python packages"))
        },
        ProgramSpec("npm yarn pnpm npx bun corepack", options: "-g/--global --prefix= --registry= -C= -w= -D --omit= --production -y -c/--call:code") { r in
            let verb = r.verb ?? "?"
            if ["list", "ls", "view", "info", "outdated", "audit", "config", "version", "ping", "whoami", "root", "bin", "why", "search", ""].contains(verb) {
                if verb == "config", r.hasWord("set"), r.wholeText.contains("registry") || r.wholeText.contains("strict-ssl") || r.wholeText.contains("script-shell") {
                    r.add(.environment(name: "package registry", value: r.operands.last ?? .unknown))
                }
                return
            }
            if r.call.program == "bun", let at = r.words.firstIndex(where: { ["-e", "--eval", "-p"].contains($0) }), at + 1 < r.words.count { r.addCode(r.words[at + 1], language: "bun") }
            if r.call.program == "npx", r.operands.contains(where: { $0.prefix.contains("://") || $0.prefix.hasPrefix("github:") }) { r.add(.runFetched(source: "npx runs \(r.operands[0].display)")) }
            if let place = r.operands.first(where: { $0.prefix.hasPrefix("http://") }) { r.add(.runFetched(source: "\(r.call.program) installs \(place.display)")) }
            r.runsInside(r.call.program == "npx" ? 0 : ["exec", "dlx", "x"].contains(verb) ? 1 : nil)
            if let registry = r.value("--registry"), !registry.prefix.hasPrefix("https://registry.npmjs.org") { r.add(.environment(name: "package registry", value: registry)) }
            r.add(.change(what: "\(r.call.program) \(verb)"))
        },
        ProgramSpec(
            "gem bundle bundler composer cargo go rustup cpan cpanm luarocks dotnet nuget mvn gradle ant sbt mix rebar3 stack cabal opam", options: "-v -q -C= -f= --manifest-path= -o= -i -r --source="
        ) { r in
            if ["list", "info", "show", "search", "version", "env", "outdated", "tree", "metadata", "check", "validate", "vet", "fmt", "doc", ""].contains(r.verb) { return }
            r.add(.change(what: "\(r.call.program) builds or installs software"))
            r.runsInside(["exec", "run"].contains(r.verb) ? 1 : nil)
            if let source = r.value("--source", "--clear-sources")?.display ?? r.operands.first(where: { $0.prefix.hasPrefix("http://") })?.display, source.hasPrefix("http://") {
                r.add(.runFetched(source: "\(r.call.program) installs from \(source)"))
            }
            if r.call.program == "go", r.verb == "run", let file = r.operands.dropFirst().first { r.add(.runFile(file)) }
        },
    ]
}

extension Reading {
    /// `bundle exec rake db:drop`: from this operand on it is another program's line.
    fileprivate mutating func runsInside(_ start: Int?) {
        guard let start, operands.count > start, let first = operands[start].known, Programs.knows(first) || ShellPrograms.isShell(first) else { return }
        guard let place = call.arguments.firstIndex(where: { $0.known == first }) else { return }
        var inner = call
        inner.program = first
        inner.path = first
        inner.arguments = Array(call.arguments[(place + 1)...])
        if let spec = Programs.spec(of: first) {
            let read = spec.read(inner)
            effects += read.effects
            shellCode += read.shellCode
        }
    }

    private static let insecure = ["--allow-unauthenticated", "--nogpgcheck", "--no-gpg-checks", "--allow-untrusted", "--nosignature", "--no-gpgchecks", "--allow-insecure-repositories"]

    /// Options in any text that switch signature checks off, or run something.
    private mutating func packageOptions() {
        for word in words {
            let bare = word.replacing(" ", with: "").lowercased()
            if Self.insecure.contains(word) || bare.contains("allowunauthenticated=") && !bare.hasSuffix("false") && !bare.hasSuffix("=0")
                || bare.contains("allowinsecurerepositories=") && !bare.hasSuffix("false")
                || bare.contains("gpgcheck=0") || bare.contains("gpgcheck=false") || bare.contains("gpgcheck=no") || bare.contains("verify-peer=false") || bare.contains("[trusted=yes]")
            {
                add(.security(what: "\(call.program) installs without checking signatures"))
            }
            if bare.contains("pre-invoke") || bare.contains("post-invoke") || bare.contains("pre-install-pkgs") || bare.contains("dpkg::path") || bare.contains("dir::bin")
                || bare.contains("proxyautodetect") || bare.contains("proxy-auto-detect")
            {
                addShell(Value(String(word.drop { $0 != "=" }.dropFirst())), by: call.program)
            }
        }
    }

    fileprivate mutating func apt() {
        packageOptions()
        if has("-s", "--print-uris") || has("-d") && verb != "autoremove" { return }
        guard let verb else {
            if !operands.isEmpty { add(.runUnknown(source: "what \(call.program) would do can't be told")) }
            return
        }
        if has("--force-yes", "--allow-remove-essential") { add(.packageChecks(what: "\(call.program) may remove what the system needs")) }
        let names = Array(operands.dropFirst())
        switch verb {
        case "remove", "purge": add(.remove(names, purges: verb == "purge" || has("--purge")))
        case "autoremove", "autopurge", "auto-remove", "autoclean", "clean", "auto-clean", "distclean":
            if names.isEmpty { add(.change(what: "\(call.program) \(verb) removes what nothing needs")) } else { add(.remove(names, purges: true)) }
        case "install", "reinstall", "build-dep", "satisfy", "full-upgrade", "dist-upgrade", "upgrade", "safe-upgrade", "markauto", "hold", "unhold", "unmarkauto":
            let gone = names.filter { $0.known?.hasSuffix("-") ?? false }
            add(.install(names.filter { !($0.known?.hasSuffix("-") ?? false) }))
            if !gone.isEmpty { add(.remove(gone.map { Value(String(($0.known ?? "").dropLast())) }, purges: false)) }
        case "update", "edit-sources", "dselect-upgrade", "source": add(.change(what: "\(call.program) \(verb)"))
        default: break
        }
    }

    fileprivate mutating func dpkg() {
        packageOptions()
        if has("-i", "--unpack"), operands.contains(where: { $0.prefix.hasPrefix("/dev/fd/") || $0.prefix.hasPrefix("/proc/self/fd/") }) { add(.runFetched(source: "dpkg installs what comes in")) }
        let forces = words.filter { $0.hasPrefix("--force-") }
        if has("--simulate") || has("-l", "-L", "-s", "-S", "-V", "-C", "-c", "-I", "-p", "--print-architecture", "--compare-versions", "--get-selections") { return }
        if has("-r", "-P") { add(.remove(operands, purges: has("-P"))) }
        if forces.contains(where: { !["--force-confold", "--force-confdef", "--force-confnew", "--force-confmiss", "--force-overwrite", "--force-downgrade", "--force-unsafe-io"].contains($0) }) {
            add(.packageChecks(what: "dpkg \(forces.joined(separator: " "))"))
        }
        if has("--set-selections", "--clear-selections") {
            add(hasInput || has("--clear-selections") ? .packageChecks(what: "dpkg changes what is to be installed") : .change(what: "dpkg sets selections"))
        }
        if has("-i", "--unpack") { add(.install(operands)) }
        if has("-x", "-X"), let target = operands.dropFirst().first { add(.unpack(into: target)) }
        if has("--configure", "-a", "--add-architecture", "--remove-architecture") { add(.change(what: "dpkg sets up packages")) }
        if isUncertain, effects.isEmpty { add(.runUnknown(source: "what dpkg would do can't be told")) }
    }

    fileprivate mutating func dnf() {
        packageOptions()
        let names = Array(operands.dropFirst())
        switch verb {
        case "remove", "erase", "rm": add(.remove(names, purges: true))
        case "group", "groups": if ["remove", "erase"].contains(word(1)) { add(.remove(Array(names.dropFirst()), purges: true)) } else if word(1) == "install" { add(.install(names)) }
        case "module":
            if ["remove", "reset", "disable"].contains(word(1)) { add(.change(what: "changes modules")) } else if ["enable", "install", "switch-to"].contains(word(1)) { add(.install(names)) }
        case "swap":
            if let old = names.first { add(.remove([old], purges: true)) }
        case "history": if ["undo", "rollback", "redo"].contains(word(1)) { add(.packageChecks(what: "\(call.program) history \(word(1) ?? "") removes packages unseen")) }
        case "config-manager", "copr": add(.change(what: "changes where packages come from"))
        case "list", "info", "search", "repolist", "check-update", "provides", "whatprovides", "repoquery", "check", "deplist", "updateinfo", "help", "repoinfo", "version", "", "needs-restarting",
            "grouplist", "changelog", "download", "leaves", "alias", "mark":
            if verb == "download" { add(.change(what: "fetches packages")) }
        case nil: add(.runUnknown(source: "what \(call.program) would do can't be told"))
        case "autoremove", "clean", "makecache", "versionlock": if names.isEmpty || verb != "autoremove" { add(.change(what: "\(call.program) cleans up")) } else { add(.remove(names, purges: true)) }
        case "shell": add(.runUnknown(source: "\(call.program) shell"))
        default: add(.install(names))
        }
    }

    fileprivate mutating func rpm() {
        packageOptions()
        if has("-q", "-V", "-K", "--eval", "-E") && !has("-e") { return }
        let isErasing = has("-e")
        if has("--nodeps", "--justdb", "--noscripts") && isErasing || has("--nodeps") && has("-U", "-i") && has("--force") { add(.packageChecks(what: "rpm past dependency checks")) }
        if has("--nosignature", "--nodigest") { add(.security(what: "rpm installs without checking signatures")) }
        if isErasing { add(.remove(operands, purges: true)) }
        if has("-i", "-U", "-F", "--import", "--rebuilddb", "--setperms", "--restore") {
            for operand in operands where operand.prefix.hasPrefix("http://") { add(.runFetched(source: "rpm installs \(operand.display)")) }
            add(.install(operands))
        }
        if has("--initdb") { add(.packageChecks(what: "rpm --initdb makes a new package database")) }
        if isUncertain, effects.isEmpty { add(.runUnknown(source: "what rpm would do can't be told")) }
    }

    fileprivate mutating func zypper() {
        packageOptions()
        let names = Array(operands.dropFirst())
        switch verb {
        case "remove", "rm": add(.remove(names, purges: has("-u")))
        case "search", "se", "info", "if", "repos", "lr", "list-updates", "lu", "lp", "list-patches", "patch-check", "pchk", "packages", "pa", "patterns", "what-provides", "wp", "ps", "locks", "ll",
            "services", "", "needs-rebooting", "products", "pd":
            break
        case nil: add(.runUnknown(source: "what zypper would do can't be told"))
        case "addrepo", "ar", "removerepo", "rr", "modifyrepo", "mr":
            if hasWord("--no-gpgcheck", "-G") { add(.security(what: "zypper turns off signature checks")) } else { add(.change(what: "zypper changes where packages come from")) }
        default: add(.install(names))
        }
    }

    fileprivate mutating func apk() {
        packageOptions()
        let names = Array(operands.dropFirst())
        switch verb {
        case "del": add(.remove(names, purges: has("--purge")))
        case "add", "upgrade", "fix": add(.install(names)); if has("--force-broken-world") { add(.packageChecks(what: "apk past its checks")) }
        case "update", "fetch", "cache": add(.change(what: "apk \(verb ?? "")"))
        case nil: add(.runUnknown(source: "what apk would do can't be told"))
        default: break
        }
    }

    fileprivate mutating func pacman() {
        if has("-Q", "-F", "-T") || has("-S") && has("-s", "-i", "-l") { return }
        if has("-R") {
            if options.count(where: { $0.name == "-d" }) > 0 { add(.packageChecks(what: "pacman past dependency checks")) }
            add(.remove(operands, purges: has("-n")))
        } else if has("-S", "-U") {
            add(operands.isEmpty ? .change(what: "pacman updates packages") : .install(operands))
        } else if has("-D") {
            add(.change(what: "pacman marks packages"))
        }
        if isUncertain, effects.isEmpty { add(.runUnknown(source: "what pacman would do can't be told")) }
    }
}
