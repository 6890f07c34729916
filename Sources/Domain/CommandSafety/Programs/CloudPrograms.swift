/// Clouds by their command lines.
enum CloudPrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec(
            "aws gcloud az doctl hcloud openstack nova oci ibmcloud linode-cli scw exo aliyun flyctl fly heroku vercel wrangler gh glab b2 bq eb sam ovh civo vultr-cli upctl",
            options:
                "--region= --profile= --query= --output= -o= -g/--resource-group= -n/--name= --project= --zone= --instance-ids= --bucket= --force --yes -y -q --quiet --recursive --dryrun --dry-run --key= --filter= --filters= --format=",
            examples: ["aws s3 ls ->", "aws ec2 terminate-instances --instance-ids i-1 -> container!"]
        ) { $0.cloud() }
    ]
}

extension Reading {
    fileprivate mutating func cloud() {
        let words = operands.map { ($0.known ?? "?").lowercased() }
        let text = " " + words.joined(separator: " ") + " "
        let secrets = [
            "get-secret-value", "get-session-token", "export-credentials", "print-access-token", "print-identity-token", "get-access-token", "get-login-password", "create-access-key",
            "get-parameter ", "get-password-data", "secrets versions access", "keyvault secret show", "list-keys", "keys list", "show-connection-string", "get-federation-token", "auth token ",
            "config:get", "assume-role", "service-accounts keys create", "keyvault key download", "create-for-rbac", "decrypt ",
        ]
        if secrets.contains(where: text.contains) {
            if text.contains("get-login-password"), !call.outputs.isEmpty || true { return add(.change(what: "logs in to a registry")) }
            return add(.secret(what: "\(call.program) prints credentials"))
        }
        if has("--dryrun", "--dry-run") { return }
        if words.contains("upload") || words.contains("upload-batch") || words.contains("put-object") {
            for (index, word) in self.words.enumerated() where ["-f", "--file", "--body", "-s", "--source"].contains(word) && index + 1 < self.words.count {
                add(.send(Value(self.words[index + 1]), to: Value("the cloud")))
            }
        }
        let destroying = words.contains { word in
            ["delete", "destroy", "rb", "rm", "terminate", "purge", "remove", "deprovision", "del", "apps:destroy", "pg:reset"].contains(word) || word.hasPrefix("delete-")
                || word.hasPrefix("terminate-") || word.hasPrefix("deregister-") || word.hasPrefix("destroy-") || word.hasPrefix("purge-")
                || word.hasPrefix("remove-") && !word.hasPrefix("remove-tags") || word.hasPrefix("batch-delete") || word.hasPrefix("schedule-key-deletion")
                || word.hasPrefix("disable-") && word.contains("key") || word == "deallocate" || word == "stop-instances" || word == "detach-volume" || word == "reset" || word == "release-address"
                || word.hasPrefix("revoke-security-group") || word.hasSuffix("-delete") || word.hasSuffix("-rm") || word.hasSuffix("-remove") || word.hasSuffix("-terminate")
                || word.hasSuffix(":destroy")
        }
        if destroying {
            // One object of a bucket.
            let isOneObject = text.hasPrefix(" s3 rm ") && !has("--recursive")
            return add(.container(what: "\(call.program)\(text.prefix(60))removes what is in the cloud", isDestructive: !isOneObject))
        }
        if words.contains("sync"), hasWord("--delete") { return add(.container(what: "\(call.program) sync --delete", isDestructive: true)) }
        if text.hasPrefix(" s3 cp ") || text.hasPrefix(" s3 mv ") || text.hasPrefix(" s3 sync ") || text.hasPrefix(" storage cp "), operands.count > 3 {
            let source = operands[operands.count - 2], target = operands[operands.count - 1]
            if target.prefix.contains("://") { if !source.prefix.contains("://") { add(.send(source, to: target)) } } else { add(.write(target, .replace, content: nil)) }
            return
        }
        let looks = words.contains {
            $0 == "list" || $0 == "ls" || $0 == "show" || $0 == "describe" || $0 == "get" || $0.hasPrefix("describe-") || $0.hasPrefix("list-") || $0.hasPrefix("get-") || $0.hasPrefix("head-")
                || $0 == "status" || $0 == "info" || $0 == "version" || $0 == "view" || $0 == "logs" || $0 == "tail" || $0.hasPrefix("lookup") || $0 == "wait" || $0 == "configure"
        }
        if !looks { add(.container(what: "\(call.program) changes what is in the cloud", isDestructive: hasUnknownWord && words.contains("?") && words.first == "?")) }
    }
}
