/// Databases and stores.
enum DatabasePrograms {
    private static let psqlOptions =
        "-c/--command= -f/--file= -d/--dbname= -h/--host= -p/--port= -U/--username= -v/--set/--variable= -F= -R= -P= -o/--output:writes -L/--log-file:appends -T= -A -t -X -q -w -W -l/--list -1 -x -E -e -n -s -b -a -0 -z --csv -H"
    private static let mysqlOptions =
        "-e/--execute= -h/--host= -u/--user= -p? -P/--port= -D/--database= -S/--socket= --defaults-file= --defaults-extra-file= --default-character-set= --pager:code --tee:appends --init-command= -N -B -s -t -A -f -v --ssl-ca= --delimiter= --login-path= --protocol= --password?"

    static let table: [ProgramSpec] = [
        ProgramSpec("psql pgcli", options: psqlOptions, examples: ["psql -c DROP -> database!", "psql -l ->"]) { $0.sql(["-c"], ["-f"], listing: ["-l"]) },
        ProgramSpec("mysql mariadb mycli mysqlsh", options: mysqlOptions) { $0.sql(["-e", "--init-command"], [], listing: []) },
        ProgramSpec(
            "sqlite3 sqlite duckdb clickhouse-client clickhouse cqlsh sqlcmd bcp isql tsql usql sqlplus hive beeline presto trino influx isql-fb db2 spark-sql snowsql cockroach",
            options:
                "-e/--execute/--query/-q= -c= -f/--file= -h= -u= -p= -d= -S= -U= -P= -Q= -i= -o:writes -init= -cmd= --host= --user= --password= --database= -separator= -header -csv -json -line -column -readonly -batch"
        ) { r in
            // What `sql -e` of cockroach says stands behind a verb.
            let verbal = r.call.program == "cockroach" || r.call.program == "clickhouse" ? r.words.filter { $0.contains(" ") } : []
            let text =
                (verbal.map { $0 } + r.operands.dropFirst(r.call.program.hasPrefix("sqlite") || r.call.program == "duckdb" ? 1 : 0).map(\.display)
                + ["-e", "-q", "-Q", "-cmd", "-c"].flatMap { r.values($0).map(\.display) })
                .joined(separator: "\n")
            r.statements(text)
            if r.value("-f", "-i", "-init") != nil {
                r.add(.database(what: "\(r.call.program) runs a file of statements", isDestructive: false))
            } else if text.isEmpty || r.call.program == "sqlplus" || r.call.program == "db2", r.hasInput {
                r.statementsFromInput()
            }
            if text.contains(".shell") || text.contains(".system") || text.contains("load_extension") || text.contains("xp_cmdshell") {
                r.addShell(Value(String(text.drop { $0 != " " })), by: r.call.program)
            }
        },
        ProgramSpec("mongo mongosh", options: "--eval= --host= --port= -u/--username= -p/--password= --authenticationDatabase= --quiet --norc --nodb -f/--file=") { r in
            let text = r.values("--eval").map(\.display).joined(separator: "\n") + (r.inputText?.display ?? "")
            let bare = text.lowercased()
            let destroys = [
                "dropdatabase", ".drop(", "deletemany({})", "remove({})", "deletemany({ })", "dropindexes", "dropuser", "dropallusers", ".remove({ })", "drop()", "dropcollection", "deletemany( {} )",
                "removeshard", "dropallroles",
            ].contains(where: bare.contains)
            if destroys {
                r.add(.database(what: "\(r.call.program) drops data", isDestructive: true))
            } else if bare.contains("shutdownserver") || bare.contains("shutdown") {
                r.add(.database(what: "\(r.call.program) stops the server", isDestructive: true))
            } else if ["insert", "update", "createindex", "createuser", "deleteone", "deletemany", "save(", "renamecollection", "setparameter", "rs."].contains(where: bare.contains),
                !bare.contains("rs.status")
            {
                r.add(.database(what: "\(r.call.program) changes data", isDestructive: false))
            }
            if r.value("-f") != nil || r.operands.contains(where: { $0.known?.hasSuffix(".js") ?? false }) { r.add(.database(what: "runs a script", isDestructive: false)) }
        },
        ProgramSpec(
            "redis-cli valkey-cli keydb-cli",
            options:
                "-h= -p= -s= -a= -u= -n= -r= -i= -d= -D= --user= --pass= --eval:runs -x -c --rdb:writes --tls --cacert= --cert= --key= --no-auth-warning --raw --scan --pattern= --bigkeys --latency --stat --cluster= --pipe --json",
            stopsAtOperand: true, examples: ["redis-cli -n 0 FLUSHDB -> database!", "redis-cli dbsize ->"]
        ) { r in
            let words = (r.operands.map { $0.known ?? "?" } + (r.inputText?.known ?? r.printedBefore?.known ?? "").split(whereSeparator: \.isWhitespace).map(String.init)).map { $0.uppercased() }
            guard let verb = words.first else { return r.hasInput ? r.add(.database(what: "redis-cli runs what comes in", isDestructive: r.inputText == nil)) : () }
            if words.contains("FLUSHALL") || words.contains("FLUSHDB") || words.contains("SHUTDOWN") || words.contains("SWAPDB") {
                return r.add(.database(what: "\(r.call.program) \(words.joined(separator: " "))", isDestructive: true))
            }
            switch verb {
            case "DEL", "UNLINK": r.add(.database(what: "redis-cli \(verb)", isDestructive: r.call.wrappers.contains("xargs") || words.contains("*")))
            case "CONFIG":
                if words.contains("GET"), words.contains("REQUIREPASS") || words.contains("MASTERAUTH") { r.add(.secret(what: "redis-cli prints its password")) }
                if words.contains("SET") {
                    r.add(
                        words.contains("DIR") || words.contains("DBFILENAME")
                            ? .backdoor(what: "redis-cli CONFIG SET \(words.last ?? "") lets redis write files anywhere")
                            : words.contains("REQUIREPASS") || words.contains("PROTECTED-MODE") ? .security(what: "redis-cli changes who may log in") : .change(what: "sets redis up"))
                }
            case "SLAVEOF", "REPLICAOF": r.add(.database(what: "redis-cli \(verb) replaces all data", isDestructive: words.dropFirst().first != "NO"))
            case "EVAL", "SCRIPT", "FUNCTION", "DEBUG", "MODULE": r.add(.runUnknown(source: "redis-cli \(verb)"))
            case "CLUSTER":
                if words.contains("RESET") || words.contains("FORGET") || words.contains("FLUSHSLOTS") || words.contains("DELSLOTS") {
                    r.add(.database(what: "redis-cli CLUSTER", isDestructive: true))
                }
            case "ACL": if words.contains("SETUSER") || words.contains("DELUSER") { r.add(.change(what: "changes redis accounts")) }
            case "GET", "MGET", "KEYS", "SCAN", "INFO", "PING", "DBSIZE", "TTL", "TYPE", "LLEN", "LRANGE", "HGETALL", "HGET", "SMEMBERS", "MEMORY", "SLOWLOG", "CLIENT", "LATENCY", "MONITOR", "EXISTS",
                "LASTSAVE", "ROLE", "TIME", "ZRANGE", "COMMAND", "OBJECT", "SCARD", "HLEN", "XLEN", "XINFO", "STRLEN":
                break
            default: r.add(.database(what: "redis-cli \(verb)", isDestructive: false))
            }
        },
        ProgramSpec("dropdb dropuser pg_dropcluster pg_resetwal pg_resetxlog mysql_install_db initdb ", options: "-h= -p= -U= -f -i -e -w -W -D= --if-exists --force --stop") { r in
            if ["mysql_install_db", "initdb"].contains(r.call.program) {
                r.add(.database(what: "\(r.call.program) makes a cluster", isDestructive: false))
            } else {
                r.add(.database(what: "\(r.call.program) destroys \(r.operands.last?.display ?? "data")", isDestructive: true))
            }
        },
        ProgramSpec(
            "createdb createuser createlang reindexdb vacuumdb clusterdb pg_createcluster pg_ctlcluster pg_ctl pg_upgrade pg_upgradecluster pg_basebackup pg_rewind pg_restore mysqlimport mysqlcheck mysql_upgrade mysql_secure_installation mongorestore mongoimport mariadb-upgrade mariadb-check postgresql-setup pgbackrest barman wal-g repmgr patronictl mysqlrepair mysqlbinlog innochecksum pgbench galera_new_cluster  pg_recvlogical pg_conftool mydumper myloader pt-online-schema-change xtrabackup mariabackup",
            options: "-h= -p= -U= -d= -D= -f= -j= -l= -u= -n= -F= -O= -o= -m= -c/--clean -C -e --if-exists --create --drop --uri= --db= --nsInclude= --stanza= --target-dir= --set="
        ) { r in
            let drops =
                r.has("--drop") || r.has("-c") && r.call.program == "pg_restore" || r.call.program == "pg_rewind" || r.hasWord("stanza-delete", "expire", "delete", "remove", "reinit", "--delta")
            if r.call.program == "createuser", r.hasWord("-s", "--superuser") { r.add(.grant(what: "a database's superuser", to: r.operands.last ?? .unknown)) }
            if ["list", "info", "check", "status", "-l"].contains(where: { r.hasWord($0) }) && !drops { return }
            if r.hasWord("status") { return }
            r.add(.database(what: "\(r.call.program) changes a database", isDestructive: drops))
        },
        ProgramSpec(
            "pg_dump pg_dumpall mysqldump mariadb-dump mongodump mongoexport pg_isready pg_lsclusters pg_config pg_controldata pg_waldump mysqlshow  mongostat mongotop pg_top pg_activity redis-benchmark redis-check-rdb redis-check-aof sqldiff innotop mytop pgmetrics pg_verifybackup pg_test_fsync pg_amcheck ",
            options:
                "-f/--file:writes -o/--out:writes -r/--result-file:writes -h= -p? -U= -u= -d= -F= -t= -n= -N= -T= -j= -Z= -P= --uri= --db= --gzip --archive? --single-transaction --databases --all-databases"
        ),
        ProgramSpec("mysqladmin mariadb-admin", options: mysqlOptions + " -i= -c= -r") { r in
            let words = Set(r.words)
            if words.contains("drop") {
                r.add(.database(what: "mysqladmin drops a database", isDestructive: true))
            } else if words.contains("shutdown") {
                r.add(.service(Value("mysql"), verb: "stop"))
            } else if words.contains("password") {
                r.add(.account(Value("database"), what: "password"))
            } else if words.isDisjoint(with: ["status", "ping", "version", "processlist", "variables", "extended-status"]) {
                r.add(.database(what: "mysqladmin", isDestructive: false))
            }
        },
        ProgramSpec(
            "etcdctl etcdutl consul zkCli.sh kafka-topics.sh kafka-topics kafka-consumer-groups.sh kafka-configs.sh kafka-delete-records.sh rabbitmqctl rabbitmqadmin rabbitmq-plugins nodetool curator elasticsearch-plugin solr couchbase-cli ksql nsq riak-admin mc s3cmd gsutil minio influx-cli vault-snapshot nats",
            options: "--endpoints= --cacert= --cert= --key= --bootstrap-server= --zookeeper= --topic= -n= -p= -h= -u= -w= --prefix --recursive --force --config= -c= --data-dir="
        ) { r in
            let text = " " + r.wholeText.lowercased() + " "
            let words = Set(r.words.map { $0.lowercased() })
            let destroys: Bool
            switch r.call.program {
            case "etcdctl", "etcdutl":
                destroys =
                    words.contains("del") && (r.has("--prefix") || words.contains("--from-key") || words.contains("/") || words.contains("")) || words.contains("del") || words.contains("rm")
                    || words.contains("remove") || words.contains("defrag") && false || words.contains("restore")
            case "consul": destroys = words.contains("delete") || words.contains("leave") || words.contains("force-leave") || words.contains("restore")
            case "rabbitmqctl":
                destroys = !words.isDisjoint(with: ["reset", "force_reset", "delete_vhost", "delete_queue", "purge_queue", "forget_cluster_node", "delete_user", "stop_app", "stop", "shutdown"])
            case "rabbitmqadmin": destroys = words.contains("delete") || words.contains("purge")
            case "nodetool": destroys = !words.isDisjoint(with: ["decommission", "removenode", "assassinate", "clearsnapshot", "drain", "truncate", "truncatehints", "stopdaemon"])
            case "mc", "s3cmd", "gsutil", "rclone":
                destroys =
                    !words.isDisjoint(with: ["rb", "rm", "purge", "delete", "del", "expunge", "deletefile", "rmdirs", "remove", "undo"])
                    && (words.contains("--recursive") || words.contains("-r") || words.contains("--force") || words.contains("rb") || words.contains("purge") || words.contains("delete")
                        || text.contains("*") || words.contains("--delete-removed"))
                    || words.contains("--delete-removed") || text.contains(" sync ") && r.call.program == "rclone" && r.operands.contains { $0.prefix.hasPrefix("/dev/null") }
            default: destroys = text.contains("--delete") || words.contains("delete") || text.contains("delete_indices") || words.contains("flush_all")
            }
            if ["gsutil", "mc", "s3cmd"].contains(r.call.program), !words.isDisjoint(with: ["cp", "put", "mirror", "rsync", "sync", "mv", "pipe"]) {
                for source in r.operands.dropFirst().dropLast() where !source.prefix.contains("://") && (source.prefix.hasPrefix("/") || source.prefix.hasPrefix("~")) {
                    r.add(.send(source, to: r.operands.last ?? .unknown))
                }
            }
            if destroys { return r.add(.database(what: "\(r.call.program) removes data", isDestructive: true)) }
            let looks: Set<String> = [
                "get", "ls", "list", "status", "info", "--list", "--describe", "members", "member", "endpoint", "describe", "stat", "du", "cat", "list_queues", "list_vhosts", "list_users",
                "cluster_status", "health", "ring", "tpstats", "alarm", "snapshot", "lsd", "lsf", "version", "check", "size", "tree", "node_health_check", "ping", "list_connections", "environment",
                "report", "watch", "history", "kv",
            ]
            if words.isDisjoint(with: looks) || words.contains("put") { r.add(.database(what: "\(r.call.program) changes a store", isDestructive: false)) }
        },
        ProgramSpec("influxd prometheus promtool amtool grafana-cli grafana-server telegraf alertmanager", options: "-c= --config=") { r in
            if r.hasWord("check", "query", "test", "ls", "list", "--version", "version") { return }; r.add(.change(what: "\(r.call.program) changes monitoring"))
        },
    ]
}

extension Reading {
    fileprivate mutating func sql(_ codeOptions: [String], _ fileOptions: [String], listing: [String]) {
        if options.contains(where: { listing.contains($0.name) }) { return }
        let texts = codeOptions.flatMap { values($0) }
        for text in texts { statements(text.allText) }
        var files = fileOptions.flatMap { values($0) }.filter { $0.known != "-" }
        for file in files { if let text = file.known.flatMap({ call.files[$0] }) { statements(text.allText) } }
        files.removeAll { file in file.known.map { call.files[$0] != nil } ?? false }
        if !files.isEmpty { add(.runUnknown(source: "\(call.program) runs the statements of \(files[0].display)")) }
        if texts.isEmpty, files.isEmpty, hasInput { statementsFromInput() }
        if isUncertain, texts.isEmpty { add(.database(what: "what \(call.program) would do can't be told", isDestructive: false)) }
    }

    fileprivate mutating func statementsFromInput() {
        if let text = inputText ?? printedBefore, text.known != nil {
            statements(text.allText)
        } else if case .file(let file) = call.input {
            add(.runUnknown(source: "\(call.program) runs the statements of \(file.display)"))
        } else {
            let source = inputCalls.last?.program ?? ""
            // A dump that is read back, as everybody does it.
            if ["pg_dump", "mysqldump", "gunzip", "zcat", "gzip", "xzcat", "cat", "zstdcat", "pg_dumpall", "bzcat", "mariadb-dump"].contains(source) {
                add(.database(what: "\(call.program) runs a dump", isDestructive: false))
            } else {
                add(.runUnknown(source: "\(call.program) runs statements that nobody has read"))
            }
        }
    }

    /// SQL text: what it drops, and what it runs on the host.
    fileprivate mutating func statements(_ text: String) {
        if ["pg_shadow", "pg_authid", "authentication_string", "mysql.user.password"].contains(where: text.lowercased().contains) {
            add(.secret(what: "\(call.program) prints passwords of accounts"))
        }
        // Files that the server or the program reads for a statement.
        for name in ["load_file(", "pg_read_file(", "pg_read_binary_file(", "readfile(", "pg_ls_dir("] {
            for part in text.lowercased().split(separator: name).dropFirst(text.lowercased().hasPrefix(name) ? 0 : 1) {
                add(.read(Value(String(part.drop { $0 == "'" || $0 == "\"" || $0 == " " }.prefix { !"'\")".contains($0) })), prints: true))
            }
        }
        switch SQLText.judge(text) {
        case .destroys(let what): add(.database(what: "\(call.program): \(what)", isDestructive: true))
        case .changes: add(.database(what: "\(call.program) changes data", isDestructive: false))
        case .looks: break
        }
        if let code = SQLText.hostCode(text) { addShell(Value(code), by: call.program) }
        for path in SQLText.files(text) { add(.read(Value(path), prints: true)) }
        for path in SQLText.targets(text) { add(.write(Value(path), .replace, content: nil)) }
        if text.contains("\u{0}") { add(.database(what: "a part of the statement can't be told", isDestructive: text.trimmed.hasPrefix("\u{0}"))) }
    }
}
