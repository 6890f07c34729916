/// Servers by their own commands.
enum ServerPrograms {
    static let table: [ProgramSpec] = [
        ProgramSpec(
            "nginx haproxy varnishd squid named unbound dnsmasq postfix postconf postmap newaliases postqueue postsuper exim-config caddy traefik envoy php-fpm uwsgi gunicorn puma httpd apache2 lighttpd caddy-server named-checkconf named-checkzone unbound-checkconf rndc testparm smbd smbstatus smbcontrol  slapcat slaptest dovecot doveconf cupsctl lpadmin lpstat lp keepalived corosync pacemaker pcs crm crm_mon corosync-cfgtool varnishadm memcached mosquitto vsftpd proftpd  tomcat catalina.sh jboss-cli.sh php-fpm8.2 php-fpm8.1 php-fpm8.3",
            options: "-t -T -v -V -c= -f= -s= -p= -g= -q -n -e -d= -S -l -k= --config= -M -W -C -D -z -j"
        ) { r in
            let words = Set(r.words)
            if r.call.program == "httpd", r.call.wrappers.contains("busybox") || words.contains("-h") { return r.add(.listen(port: r.value("-p") ?? Value("80"))) }
            switch r.call.program {
            case "nginx", "haproxy", "squid", "httpd", "apache2", "caddy", "php-fpm", "varnishd", "unbound", "dnsmasq", "dovecot", "php-fpm8.2", "php-fpm8.1", "php-fpm8.3", "lighttpd", "traefik",
                "envoy":
                if r.has("-t", "-T", "-v", "-V", "-S", "-M", "-l", "-n") || words.contains("validate") || words.contains("--test") || words.contains("version") || words.contains("configtest")
                    || words.contains("-tt") || r.has("-c") && r.call.program == "haproxy" || words.contains("fmt") || words.contains("adapt")
                {
                    return
                }
                if let verb = r.value("-s", "-k")?.known { return r.add(.service(Value(r.call.program), verb: verb == "quit" ? "stop" : verb == "graceful" ? "reload" : verb)) }
                r.add(.change(what: "starts \(r.call.program)"))
            case "postsuper": r.add(words.contains("ALL") && words.contains("-d") ? .database(what: "postsuper empties the mail queue", isDestructive: true) : .change(what: "changes the mail queue"))
            case "pcs", "crm":
                if !words.isDisjoint(with: ["destroy", "delete", "standby", "stop", "kill", "erase", "remove"]) {
                    r.add(.container(what: "\(r.call.program) changes the cluster", isDestructive: true))
                } else if words.isDisjoint(with: ["status", "show", "config"]) {
                    r.add(.change(what: "changes the cluster"))
                }
            case "named-checkconf", "named-checkzone", "unbound-checkconf", "testparm", "smbstatus", "slapcat", "slaptest", "doveconf", "lpstat", "crm_mon", "postqueue", "corosync-cfgtool": break
            case "postconf": if r.has("-e") || r.wholeText.contains("=") { r.add(.change(what: "sets postfix up")) }
            case "rndc": if !["status", "stats", "dumpdb"].contains(r.verb) { r.add(.change(what: "rndc \(r.verb ?? "")")) }
            default: r.add(.change(what: "\(r.call.program) sets a server up"))
            }
        },
        ProgramSpec("apache2ctl apachectl", options: "-t -S -v -V -k= -M -D= -f=", looks: "-t -S -v -V -M") { r in
            guard let verb = r.value("-k")?.known ?? r.verb, !["configtest", "status", "fullstatus", ""].contains(verb) else { return }
            r.add(.service(Value("apache2"), verb: verb == "graceful" ? "reload" : verb == "graceful-stop" ? "stop" : verb))
        },
        ProgramSpec(
            "a2ensite a2dissite a2enmod a2dismod a2enconf a2disconf phpenmod phpdismod wp drush artisan occ rails django-admin flask celery ng-common supervisord lxc-common mailq certbot acme.sh lego dehydrated step zabbix_agentd zabbix_get zabbix_sender nagios check_http netdata node_exporter snmpwalk snmpget consul-template confd monitoring-plugins nrpe postalias mailman newrelic-infra datadog-agent  metricbeat  td-agent jenkins gitlab-ctl gitlab-rake gitlab-runner gitlab-backup runner act mattermost keycloak kcadm.sh discourse nextcloud",
            options: "-d= -m= -w= --path= -n= --cert-name= --config-dir= -s= -k= -H= -p= -q"
        ) { r in
            let words = Set(r.words)
            if !words.isDisjoint(with: ["certificates", "status", "plugins", "--version", "list", "--dry-run", "check", "get", "show", "configcheck", "version", "health"])
                || ["mailq", "zabbix_get", "snmpwalk", "snmpget", "check_http"].contains(r.call.program)
            {
                return
            }
            let text = r.wholeText
            if text.contains("db reset") || text.contains("db drop") || text.contains("db:drop") || text.contains("db:reset") || text.contains("migrate:fresh") || text.contains("migrate:reset")
                || text.contains("site empty") || text.contains("sql-drop") || text.contains("site:delete") || text.contains("gitlab:setup") || words.contains("cleanse")
                || words.contains("flush") && r.call.program == "django-admin" || text.contains("migrate:refresh") || text.contains("db:schema:load")
            {
                return r.add(.database(what: "\(r.call.program) drops its data", isDestructive: true))
            }
            if r.call.program == "wp", words.contains("eval") || words.contains("shell") || words.contains("eval-file") { return r.add(.runUnknown(source: "wp runs code")) }
            if ["revoke", "delete"].contains(r.verb), r.call.program == "certbot" { return r.add(.change(what: "certbot \(r.verb ?? "")")) }
            if r.call.program == "certbot" {
                for option in ["--deploy-hook", "--pre-hook", "--post-hook", "--renew-hook"] {
                    if let place = r.words.firstIndex(of: option), place + 1 < r.words.count { r.shellCode.append(Value(r.words[place + 1])) }
                }
            }
            r.add(.change(what: "\(r.call.program) sets a server up"))
        },
    ]
}
