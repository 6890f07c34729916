/// Containers, clusters, virtual machines.
enum ContainerPrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec(
            "docker podman nerdctl docker-compose podman-compose", options: dockerOptions,
            examples: ["docker ps -a ->", "docker system prune -af -> container!", "docker compose up -d -> container", "docker run -v /:/host x -> container!"]
        ) { $0.docker() },
        ProgramSpec("buildah skopeo crane oras ko kaniko", options: "-t= -f= --authfile= --creds=") { r in
            if r.hasWord("rm", "rmi", "delete", "prune") && r.hasWord("-a", "--all", "-af", "delete", "prune") {
                r.add(.container(what: "\(r.call.program) removes images", isDestructive: true))
            } else if !r.hasWord("images", "inspect", "ps", "list-tags", "containers", "ls", "manifest", "digest") {
                r.add(.container(what: r.call.program, isDestructive: false))
            }
        },
        ProgramSpec("crictl ctr", options: "-n= --namespace= -a -q -o= -r= --runtime-endpoint= -f") { r in
            let words = Set(r.words)
            if !words.isDisjoint(with: ["ps", "images", "pods", "info", "inspect", "inspecti", "inspectp", "logs", "stats", "version", "ls", "list", "img", "top"])
                && words.isDisjoint(with: ["rm", "delete", "del"])
            {
                return
            }
            let mass = words.contains("-a") || words.contains("--all") || words.contains("--prune") || words.contains("-fa") || words.contains("-af") || r.hasUnknownWord || r.operands.count > 3
            r.add(
                .container(
                    what: "\(r.call.program) changes containers",
                    isDestructive: !words.isDisjoint(with: ["rm", "rmi", "rmp", "stopp", "delete", "del", "remove", "stop"]) && mass || words.contains("rmp") || words.contains("delete")))
        },
        ProgramSpec(
            "kubectl oc k3s.kubectl microk8s.kubectl", options: kubeOptions, examples: ["kubectl get pods -A ->", "kubectl delete ns staging -> container!", "kubectl get secret x -o yaml -> secret"]
        ) { $0.kubectl() },
        ProgramSpec(
            "kubeadm k3s rke rke2 kops eksctl minikube kind k3d microk8s k0s talosctl velero argocd flux istioctl kustomize kubeseal cilium calicoctl linkerd k3s-uninstall.sh k3s-killall.sh rke2-uninstall.sh clusterctl kubectx kubens stern k9s",
            options: "-f= -n= --name= --region= --context= -o= --kubeconfig= --yes -y --confirm --force"
        ) { r in
            let words = Set(r.words)
            if r.call.program == "kubectx" || r.call.program == "kubens" || r.call.program == "stern" || r.call.program == "kustomize" { return }
            if r.call.program.hasSuffix("uninstall.sh") || r.call.program.hasSuffix("killall.sh")
                || !words.isDisjoint(with: ["reset", "delete", "destroy", "remove", "uninstall", "prune", "purge", "upgrade-reset", "teardown"])
            {
                return r.add(.container(what: "\(r.call.program) removes a cluster or parts of it", isDestructive: true))
            }
            if words.contains("kubectl"), r.call.program == "k3s" || r.call.program == "microk8s" || r.call.program == "minikube" { return r.inner("kubectl") }
            if !words.isDisjoint(with: [
                "get", "list", "version", "status", "describe", "logs", "config", "check-expiration", "images", "app", "profile", "certs", "plan", "check", "health", "members", "diff",
            ]) && words.isDisjoint(with: ["create", "apply", "upgrade", "join", "init", "sync", "renew", "write-kubeconfig"]) {
                return
            }
            if words.contains("token"), words.contains("create") { return r.add(.secret(what: "kubeadm prints a join token")) }
            r.add(.container(what: "\(r.call.program) changes a cluster", isDestructive: false))
        },
        ProgramSpec(
            "helm helmfile",
            options:
                "-n/--namespace= -f/--values= --set= --version= --kube-context= --timeout= -o= --create-namespace --atomic --wait --dry-run --kubeconfig= --set-string= --repo= --history-max= -A --post-renderer:code"
        ) { r in
            switch r.verb {
            case "uninstall", "delete", "del", "un", "destroy": if !r.has("--dry-run") { r.add(.container(what: "helm removes a release", isDestructive: true)) }
            case "list", "ls", "status", "get", "show", "template", "history", "search", "version", "env", "lint", "verify", "inspect", "diff", "": if r.verb == "get", r.word(1) == "values" { return }
            case "rollback", "install", "upgrade", "repo", "dependency", "pull", "push", "package", "plugin", "test", "apply", "sync", "create", "registry":
                if !r.has("--dry-run") { r.add(.container(what: "helm \(r.verb ?? "")", isDestructive: false)) }
            default: r.add(.container(what: "helm \(r.verb ?? "…")", isDestructive: r.verb == nil))
            }
        },
        ProgramSpec(
            "virsh virt-install virt-clone virt-customize guestfish xl xe vim-cmd esxcli prlctl VBoxManage vboxmanage multipass vagrant govc qm pct pvesh pvecm pvesm pveceph qemu-system-x86_64 lxc-destroy lxc-stop lxc-ls lxc-start lxc lxd incus lxc-attach pveam vzdump qmrestore vmrun",
            options: "-c/--connect= --vm= --name= -n= -f/--force -P= --uuid= -t="
        ) { r in
            let words = Set(r.words.map { $0.lowercased() })
            let looks: Set<String> = [
                "list", "dominfo", "domstate", "info", "show", "status", "config", "dumpxml", "net-list", "pool-list", "vol-list", "get", "ls", "global-status", "showvminfo", "nodeinfo",
                "capabilities", "domblklist", "domiflist", "version", "console", "listsnapshot", "pending", "available", "nodes", "find", "domstats", "snapshot-list", "net-info", "pool-info",
                "vcpuinfo", "lxc-ls", "--version",
            ]
            let isMass =
                r.call.program == "vagrant"
                ? words.contains("destroy")
                : !words.isDisjoint(with: [
                    "destroy", "undefine", "vol-delete", "pool-destroy", "pool-delete", "delete", "remove", "unregistervm", "net-destroy", "net-undefine", "purge", "--purge", "rm", "vm-uninstall",
                    "vm.destroy", "snapshot-delete", "vol-wipe", "delsnapshot", "--delete", "delnode", "vm-destroy", "prune", "rollback", "snapshot-revert", "free", "zap", "nodes-remove", "deletevm",
                ]) || r.call.program == "lxc-destroy" || r.call.program == "pct" && words.contains("destroy")
            if r.call.program == "guestfish",
                words.contains(where: { $0.hasPrefix("rm") || $0 == "sh" || $0 == "command" || $0.hasPrefix("mkfs") || $0.hasPrefix("part-") }) || r.call.program == "virt-customize"
            {
                return r.add(.runUnknown(source: "\(r.call.program) changes a machine from outside"))
            }
            if isMass { return r.add(.container(what: "\(r.call.program) removes machines, volumes or networks", isDestructive: true)) }
            if r.call.program == "virsh", !words.isDisjoint(with: ["shutdown", "reboot", "reset", "suspend", "managedsave", "dompmsuspend"]) {
                return r.add(.power(what: "virsh takes a machine down"))
            }
            if words.isDisjoint(with: looks) || !words.isDisjoint(with: ["start", "stop", "shutdown", "set", "create"]) {
                r.add(
                    .container(
                        what: "\(r.call.program) changes machines",
                        isDestructive: r.wholeText.contains("security.privileged=true") || r.wholeText.contains("source=/ ") || r.wholeText.contains("source=/")))
            }
        },
        ProgramSpec(
            "nomad vault packer terraform tofu terragrunt pulumi ansible ansible-playbook ansible-galaxy salt salt-call puppet chef-client knife cdk serverless juju",
            options:
                "-target= -var= -var-file= -state= -chdir= -auto-approve -force -destroy -out= -refresh-only -detach -purge -yes -lock= -i= -m= -a= -e= -t= -l= -u= -b -K -C --check --diff --tags= --limit= --noop --test -D -input= -field= -format= --inventory= --extra-vars= --yes -y --stack= --namespace= -mount= --module-name= --args= -address= -namespace=",
            longDashes: true, examples: ["terraform plan ->", "terraform destroy -auto-approve -> container!"]
        ) { $0.orchestration() },
        ProgramSpec("docker-init dockerd containerd runc crun kubelet kube-apiserver cri-dockerd conmon", options: "-H= --host= --config=") { r in
            if r.call.program == "dockerd", r.wholeText.contains("tcp://0.0.0.0") { return r.add(.backdoor(what: "dockerd listens to everybody")) }
            if ["list", "state", "--version", "events", "ps"].contains(r.verb ?? "") { return }
            r.add(.container(what: r.call.program, isDestructive: ["delete", "kill"].contains(r.verb)))
        },
    ]

    private static let dockerOptions =
        "-f= -v= -p= -e/--env= --name= --network= --net= --restart= -u/--user= -w/--workdir= --env-file= --mount= --volumes-from= --pid= --ipc= --userns= --uts= --cgroupns= --cap-add= --cap-drop= --security-opt= --device= --entrypoint= -l/--label= --memory= -m= --cpus= --hostname= -h= -H/--host= -c/--context= --log-level= -t= --tag= --format= --filter= --since= --until= --tail= -n= --build-arg= --target= --platform= --pull= --time= -s= --link= --add-host= --dns= --log-driver= --log-opt= --ulimit= --shm-size= --tmpfs= --gpus= --project-name= --profile= --file= --driver= -d/--detach --rm -i -t? -it -a/--all -q/--quiet --volumes --force --privileged --rmi= --remove-orphans --no-cache --publish= --expose= --ip= --signal= --replicas= --image= --config= --project-directory= --scale= --progress= --no-trunc --health-cmd="
    private static let kubeOptions =
        "-n/--namespace= -f/--filename= -o/--output= -l/--selector= -c/--container= --context= --cluster= --kubeconfig= -k/--kustomize= --field-selector= --replicas= --image= -p/--patch= --type= --tail= --since= --timeout= --grace-period= --as= --token= --server= -s= --from-literal= --from-file= --dry-run? --cascade? --sort-by= --for= --port= --target-port= --overrides= --restart= --env= -A/--all-namespaces --all --force -w --v= --template= --user= --show-labels --min= --max= --cpu-percent= --to-revision= --raw= --subresource= --serviceaccount= --clusterrole= --now -i -t --ignore-daemonsets --delete-emptydir-data --prune --overwrite --keep-context --revision= --no-headers --address="
}

extension Reading {
    /// The rest of the line is another program's: `microk8s kubectl …`.
    fileprivate mutating func inner(_ program: String) {
        guard let spec = Programs.spec(of: program) else { return }
        var inner = call
        inner.program = program
        inner.path = program
        inner.arguments = Array(call.arguments.drop { $0.known != program }.dropFirst())
        let read = spec.read(inner)
        effects += read.effects
        shellCode += read.shellCode
    }

    // MARK: Docker

    fileprivate mutating func docker() {
        var words = operands.map { $0.known ?? "?" }
        if call.program.hasSuffix("compose") { words.insert("compose", at: 0) }
        guard let verb = words.first else { return }
        let second = words.count > 1 ? words[1] : ""
        let flags = Set(call.arguments.compactMap(\.known))
        func container(_ what: String, _ isDestructive: Bool) { effects.append(.container(what: "\(call.program) \(what)", isDestructive: isDestructive)) }
        let many = hasUnknownWord || call.wrappers.contains("xargs") || operands.count > 4 || has("-a") || operands.dropFirst().contains { $0.known == nil }
        switch verb {
        case "ps", "images", "info", "version", "inspect", "stats", "top", "port", "diff", "history", "search", "events", "wait", "help", "logs": return
        case "system", "volume", "image", "container", "network", "builder", "buildx", "context", "secret", "config", "stack", "service", "swarm", "node", "plugin", "manifest", "trust", "machine",
            "pod":
            switch second {
            case "ls", "list", "inspect", "df", "info", "events", "ps", "logs", "stats", "top", "exists", "history", "diff", "port", "": return
            case "prune":
                // Dangling images and build cache only.
                container(
                    "\(verb) prune",
                    !(verb == "builder" || verb == "buildx" || verb == "image" && !flags.contains("-a") && !flags.contains("--all") && !flags.contains("-af") && !flags.contains("-fa")))
            case "rm", "remove": container("\(verb) rm", verb != "container" && verb != "image" && verb != "context" || many || flags.contains("-v"))
            case "leave", "reset", "kill", "stop": container("\(verb) \(second)", verb == "swarm" || verb == "machine" || verb == "system" || many)
            case "run", "create", "exec": dockerRun()
            case "update": container("\(verb) update", flags.contains("drain"))
            default: container("\(verb) \(second)", false)
            }
        case "rm", "rmi", "kill", "stop":
            container(
                verb,
                many && !(verb == "stop" && !hasUnknownWord && operands.count < 6) || flags.contains("-v") && verb == "rm" || flags.contains("-fv") || flags.contains("-vf")
                    || flags.contains("--volumes"))
        case "compose":
            let actions = Set(words.dropFirst())
            if actions.contains("down") || actions.contains("rm") && (flags.contains("-v") || flags.contains("-fv") || flags.contains("-sfv")) {
                container("compose \(second)", flags.contains("-v") || flags.contains("--volumes") || has("--rmi") || flags.contains("-sfv") || flags.contains("-fv"))
            } else if actions.isDisjoint(with: ["ps", "logs", "config", "images", "top", "ls", "version", "port", "events"]) {
                container("compose", false)
            }
        case "run", "create", "exec": dockerRun()
        case "cp":
            let paths = Array(operands.dropFirst())
            if paths.count == 2 { if paths[0].prefix.contains(":") { add(.write(paths[1], .replace, content: nil)) } else { add(.read(paths[0], prints: true)) } }
        case "save", "export": if let file = value("--output") { add(.write(file, .replace, content: nil)) } else { container(verb, false) }
        case "unpause", "pause", "start", "restart", "pull", "push", "build", "tag", "login", "logout", "load", "import", "rename", "update", "commit", "attach", "scout", "init":
            container(verb, false)
        default: container(verb, hasUnknownWord && verb == "?")
        }
    }

    private mutating func dockerRun() {
        let flags = call.arguments.compactMap(\.known)
        // Options after the image are the program's in the container, but whoever writes them there has asked for trouble all the same.
        var reaches =
            flags.contains("--privileged") || flags.contains("--privileged=true") || ["host", "container:"].contains { value("--pid")?.known?.hasPrefix($0) ?? false }
            || value("--userns")?.known == "host" || value("--ipc")?.known == "host" && false
        for capability in values("--cap-add") where ["ALL", "SYS_ADMIN", "SYS_PTRACE", "SYS_MODULE", "SYS_RAWIO", "DAC_READ_SEARCH", "CAP_SYS_ADMIN", "all"].contains(capability.known ?? "ALL") {
            reaches = true
        }
        for option in values("--security-opt") where option.display.contains("unconfined") || option.display.contains("disable") { reaches = true }
        for device in values("--device") where Devices.isBlock(String((device.known ?? "/dev/sda").prefix { $0 != ":" })) || device.display.hasPrefix("/dev/mem") { reaches = true }
        for volume in values("-v") + values("--volume") + values("--mount") where Self.reachesHost(volume) { reaches = true }
        for argument in flags
        where (argument.hasPrefix("--volume=") || argument.hasPrefix("-v=") || argument.hasPrefix("--mount=")) && Self.reachesHost(Value(String(argument.drop { $0 != "=" }.dropFirst()))) {
            reaches = true
        }
        for (index, flag) in flags.enumerated() where flag == "--volume" && index + 1 < flags.count { if Self.reachesHost(Value(flags[index + 1])) { reaches = true } }
        add(.container(what: reaches ? "\(call.program) starts a container that reaches the host itself" : "\(call.program) starts a container", isDestructive: reaches))
    }

    private static func reachesHost(_ volume: Value) -> Bool {
        guard let text = volume.texts.first else { return false }
        var source = text.prefix
        if source.contains("source=") || source.contains("src=") {
            source = source.split(separator: ",").first { $0.hasPrefix("source=") || $0.hasPrefix("src=") }.map { String($0.drop { $0 != "=" }.dropFirst()) } ?? ""
        } else {
            source = String(source.prefix { $0 != ":" })
        }
        guard source.hasPrefix("/") || source.hasPrefix("~") else { return false }
        guard text.known != nil else { return source == "/" }
        let path = ResolvedPath.normalised(source).known ?? source
        return [
            "/", "/etc", "/root", "/boot", "/dev", "/proc", "/sys", "/var", "/usr", "/bin", "/sbin", "/lib", "/home", "/run", "/var/lib", "/var/lib/docker", "/run/docker.sock",
            "/run/containerd/containerd.sock", "/etc/shadow", "/etc/kubernetes", "/root/.ssh", "/run/podman/podman.sock", "/var/lib/kubelet", "/run/crio/crio.sock", "/etc/passwd", "/run/containerd",
        ].contains(path)
    }

    // MARK: Kubernetes

    fileprivate mutating func kubectl() {
        let words = operands.map { $0.known ?? "?" }
        guard let verb = words.first else { return }
        let second = words.count > 1 ? words[1].lowercased() : ""
        let isDry = options.contains { $0.name == "--dry-run" && $0.value?.known != "none" }
        let output = value("-o")?.known ?? ""
        switch verb {
        case "delete"
        where ["pod", "pods", "po", "job", "jobs"].contains(second) && words.count == 3 && !words.contains("?") && !has("--all", "-l", "-A", "--all-namespaces", "-f", "--field-selector")
            && !hasWord("--all", "-A"):
            // One pod comes again; one job is done.
            add(.container(what: "kubectl delete \(second)", isDestructive: false))
        case "delete", "drain", "destroy": if !isDry { add(.container(what: "kubectl \(verb) \(words.dropFirst().joined(separator: " "))", isDestructive: true)) }
        case "get", "describe":
            if second.hasPrefix("secret"), verb == "get", ["yaml", "json", "jsonpath", "go-template", "custom-columns"].contains(where: output.hasPrefix) {
                add(.secret(what: "kubectl prints a secret"))
            }
            if let raw = value("--raw")?.known, raw.contains("/secrets") { add(.secret(what: "kubectl prints secrets")) }
        case "config":
            if second == "view", hasWord("--raw", "--flatten") {
                add(.secret(what: "kubectl prints its credentials"))
            } else if ["set-context", "use-context", "set", "set-cluster", "set-credentials", "unset", "rename-context"].contains(second) {
                add(.change(what: "sets kubectl up"))
            } else if second.hasPrefix("delete") {
                add(.container(what: "kubectl config \(second)", isDestructive: false))
            }
        case "scale": add(.container(what: "kubectl scale", isDestructive: value("--replicas")?.known == "0" && (has("--all") || words.contains { $0.hasSuffix("--all") } || has("-A"))))
        case "replace":
            fetchesManifests()
            add(.container(what: "kubectl replace", isDestructive: has("--force")))
        case "apply":
            fetchesManifests()
            add(.container(what: "kubectl apply", isDestructive: has("--prune") && !isDry))
        case "create":
            fetchesManifests()
            if second == "token" {
                add(.secret(what: "kubectl prints a token"))
            } else if second == "clusterrolebinding", call.arguments.contains(where: { $0.known?.contains("cluster-admin") ?? false }) {
                add(.grant(what: "cluster-admin", to: operands.last ?? .unknown))
            } else if !isDry {
                add(.container(what: "kubectl create", isDestructive: false))
            }
        case "run", "debug":
            add(
                .container(
                    what: "kubectl \(verb)",
                    isDestructive: wholeText.contains("\"privileged\":") && wholeText.contains("true") || wholeText.contains("hostPID") || wholeText.contains("hostPath")
                        || verb == "debug" && second.hasPrefix("node")))
        case "cordon", "uncordon", "taint", "label", "annotate", "patch", "edit", "set", "rollout", "expose", "autoscale", "exec", "cp", "port-forward", "proxy", "attach", "certificate", "plugin",
            "adm":
            add(
                .container(
                    what: "kubectl \(verb)",
                    isDestructive: verb == "taint" && wholeText.contains("NoExecute") || verb == "adm" && (words.contains("drain") || words.contains("prune"))
                        || verb == "patch" && wholeText.contains("finalizers")))
        case "?": add(.container(what: "what kubectl would do can't be told", isDestructive: true))
        default: break
        }
    }

    /// A manifest from the network says what runs on the cluster.
    private mutating func fetchesManifests() {
        for file in values("-f") + values("--filename") + values("-k") where file.prefix.hasPrefix("http://") || file.prefix.hasPrefix("https://") || file.prefix.hasPrefix("github.com/") {
            add(.runFetched(source: "\(call.program) runs what \(file.display) says"))
        }
    }

    // MARK: Orchestration

    /// `ansible -m file -a 'path=/x state=absent'`.
    private mutating func moduleCall(_ arguments: String) {
        var settings: [String: String] = [:]
        for word in arguments.split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { settings[parts[0]] = parts[1].filter { $0 != "\"" && $0 != "'" } }
        }
        let module = (value("-m")?.known ?? call.arguments.compactMap(\.known).first { $0.contains(".") && !$0.contains(" ") } ?? "").split(separator: ".").last.map(String.init) ?? ""
        let path = Value(settings["path"] ?? settings["dest"] ?? settings["name"] ?? "")
        let isAbsent = ["absent", "removed", "stopped"].contains(settings["state"] ?? "")
        switch module {
        case "file": if isAbsent { add(.delete(path, .tree)) } else if let mode = settings["mode"] { add(.changeMode(path, mode: Value(mode), settings["recurse"] == nil ? .itself : .tree)) }
        case "service", "systemd", "systemd_service": if isAbsent || settings["enabled"] == "no" || settings["masked"] == "yes" { add(.service(path, verb: "stop")) }
        case "apt", "yum", "dnf", "package", "zypper", "apk", "pacman": if isAbsent { add(.remove([path], purges: true)) }
        case "user": if isAbsent { add(.account(path, what: "delete")) }
        case "reboot": add(.power(what: "\(call.program) restarts machines"))
        case "filesystem": add(.makeFilesystem(Value(settings["dev"] ?? "")))
        case "lvol", "lvg", "parted", "zfs": if isAbsent { add(.volume(path, what: "\(call.program) removes volumes", isDestructive: true)) }
        case "mysql_db", "postgresql_db", "mongodb_user": if isAbsent { add(.database(what: "\(call.program) drops a database", isDestructive: true)) }
        case "copy", "template", "lineinfile", "blockinfile", "get_url": add(.write(path, module == "lineinfile" ? .edit : .replace, content: Value(arguments)))
        case "authorized_key": add(.grant(what: "a key that may log in", to: Value(settings["user"] ?? "")))
        default: break
        }
    }

    fileprivate mutating func orchestration() {
        let words = operands.map { $0.known ?? "?" }
        let flags = Set(self.words)
        let verb = words.first ?? ""
        func destroys(_ what: String) { effects.append(.container(what: "\(call.program) \(what)", isDestructive: true)) }
        switch call.program {
        case "terraform", "tofu", "terragrunt", "pulumi", "cdk", "serverless":
            if verb == "destroy" || verb == "remove" || verb == "run-all" && words.contains("destroy") || flags.contains("-destroy") || flags.contains("--destroy") || verb == "down" {
                if flags.contains("-destroy") && verb == "plan" { return }; destroys("destroys what it manages")
            } else if verb == "state", words.contains("rm") || words.contains("push") {
                destroys("forgets what it manages")
            } else if verb == "workspace", words.contains("delete") {
                destroys("deletes a workspace")
            } else if verb == "force-unlock" || verb == "taint" {
                destroys(verb)
            } else if ["apply", "up", "import", "init", "refresh", "deploy", "get", "untaint"].contains(verb) {
                add(.container(what: "\(call.program) \(verb)", isDestructive: verb == "apply" && (flags.contains("-auto-approve") || flags.contains("--auto-approve")) && false))
            }
        case "nomad":
            if verb == "job" && (words.contains("stop") || words.contains("purge")) || verb == "stop" || verb == "system" && words.contains("gc") || words.contains("drain") || words.contains("purge")
                || words.contains("delete") || words.contains("eligibility") && flags.contains("-disable") || verb == "node" && words.contains("drain")
            {
                destroys(verb)
            } else if ["run", "job", "alloc", "deployment"].contains(verb), !words.contains("status") {
                add(.container(what: "nomad \(verb)", isDestructive: false))
            }
        case "vault":
            if verb == "read" || verb == "kv" && words.contains("get") || verb == "token" && (words.contains("create") || words.contains("lookup") && false) || verb == "print" {
                add(.secret(what: "vault prints a secret"))
            } else if verb == "delete" || words.contains("delete") || words.contains("destroy") || words.contains("disable") || words.contains("seal") || words.contains("revoke") {
                destroys(verb)
            } else if !["status", "version", "list", "login"].contains(verb), !words.contains("list") {
                add(.change(what: "vault \(verb)"))
            }
        case "ansible", "salt", "salt-call":
            let code = value("-a")?.known ?? words.dropFirst().last ?? ""
            if flags.contains("ping") || flags.contains("setup") || flags.contains("test.ping") || flags.contains("--list-hosts") || flags.contains("grains.items") { return }
            if flags.contains("shell") || flags.contains("command") || flags.contains("cmd.run") || value("-m") == nil && value("-a") != nil {
                addShell(Value(code), by: call.program)
            } else {
                moduleCall(code)
                add(.runUnknown(source: "\(call.program) changes other machines"))
            }
        case "ansible-playbook":
            if !flags.contains("--check") && !flags.contains("-C") && !flags.contains("--syntax-check") && !flags.contains("--list-tasks") { for file in operands { add(.runFile(file)) } }
        case "puppet", "chef-client":
            if !flags.contains("--noop") && !flags.contains("-W") && verb != "config" && verb != "facts" { add(.change(what: "\(call.program) brings the host to its state")) }
        case "knife", "juju":
            if words.contains("delete") || words.contains("destroy-model") || words.contains("destroy-controller") || words.contains("remove-application") || words.contains("kill-controller")
                || words.contains("remove-machine")
            {
                destroys(verb)
            }
        default: if words.contains("build") || words.contains("install") { add(.change(what: "\(call.program) \(verb)")) }
        }
    }
}
